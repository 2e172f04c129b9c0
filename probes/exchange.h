/* probes/exchange.h - the greeting that every connection of a probe begins with; see protocol.h. */
#ifndef PROBES_EXCHANGE_H
#define PROBES_EXCHANGE_H

#include "probes/auth.h"
#include "probes/lines.h"

/* The probe's side, to its end: 0, -EACCES when the tokens differ, -EPROTO for something else than
 * a reflector of this version, -ETIMEDOUT. */
int exchange_greet(struct lines *lines, const struct auth_token *token, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* The reflector's side, a line at a time. */
int exchange_open(int fd, char nonce[AUTH_NONCE_DIGITS + 1], struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* What the probe said: 0 with "ok" sent, or -EACCES, -EPROTO with "no" sent. */
int exchange_accept(int fd, const char *line, const char *nonce, const struct auth_token *token,
		    struct err *err) __attribute__((nonnull, warn_unused_result));

#endif
