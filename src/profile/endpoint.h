/* profile/endpoint.h - where a path leads, as a profile says it: "192.0.2.10", "192.0.2.10:443",
 * "[2001:db8::1]:443", "2001:db8::/32". Never a name: a profile is data, and looks nothing up. */
#ifndef PROFILE_ENDPOINT_H
#define PROFILE_ENDPOINT_H

#include <stdbool.h>

#include "base/err.h"
#include "model/socket.h"

struct endpoint {
	int family;
	unsigned char bytes[16];
	unsigned prefix; /* bits of `bytes` that count */
	uint16_t port;   /* 0: any */
};

/* Returns 0, or -EBADMSG saying what was expected. */
int endpoint_parse(const char *text, struct endpoint *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* An IPv4 address counts as such also where an IPv6 socket talks to it. */
bool endpoint_holds(const struct endpoint *endpoint, const struct socket_address *address)
	__attribute__((nonnull));

#endif
