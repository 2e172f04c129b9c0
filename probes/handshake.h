/* probes/handshake.h - TCP connections made only to see how they are made. */
#ifndef PROBES_HANDSHAKE_H
#define PROBES_HANDSHAKE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/tcp_info.h"
#include "probes/icmp_answer.h"
#include "probes/net.h"

struct handshake {
	int code;            /* 0: connected; or a positive errno that says why not */
	uint64_t connect_us; /* from connect(2) until it was connected, or had failed */
	struct net_address from;
	unsigned char info[512]; /* struct tcp_info, */
	size_t info_len;         /* of which this much is known */
	char congestion[16];     /* "": not known */
	bool heard;              /* a router or the host said why not: */
	struct icmp_answer answer;
};

/* One connection to each address, all at once, until `until_us`; closed again. */
void handshake_all(const struct net_addresses *to, uint64_t until_us, struct handshake *out)
	__attribute__((nonnull));
void handshake_one(const struct net_address *to, uint64_t until_us, struct handshake *out)
	__attribute__((nonnull));
/* One to each TTL from `first` on, NET_MOST_ADDRESSES at most, all at once: until it is known which
 * is the least that is enough, with `settle_us` for those below one that was. */
void handshake_hops(const struct net_address *to, uint8_t first, size_t count, uint64_t until_us,
		    uint64_t settle_us, struct handshake *out) __attribute__((nonnull));
bool handshake_get(const struct handshake *handshake, enum tcp_field field, uint64_t *out)
	__attribute__((nonnull));
/* How often the SYN was sent again; 0 where that is not known. */
unsigned handshake_again(const struct handshake *handshake) __attribute__((nonnull));
/* This host itself says that nobody on the link has the address: no router was asked. */
bool handshake_found_nobody(const struct handshake *handshake) __attribute__((nonnull));
/* Why it failed, and who says so: "refused: ...". The caller's. */
char *handshake_reason(const struct handshake *handshake)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));

#endif
