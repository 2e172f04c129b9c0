/* probes/auth.h - that both ends of a probe know the same token, which never goes over the wire.
 *
 * Each end sends a nonce of its own and shows HMAC-SHA256 (RFC 2104, FIPS 180-4) of both nonces and
 * its part, keyed with the token: nothing that one of them said before can be said again. */
#ifndef PROBES_AUTH_H
#define PROBES_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum {
	AUTH_NONCE_DIGITS = 32,
	AUTH_PROOF_DIGITS = 64,
	AUTH_TOKEN_LEAST = 16, /* characters */
	AUTH_TOKEN_MOST = 512,
};

struct auth_token {
	char text[AUTH_TOKEN_MOST + 1];
	size_t len;
};

/* The first line of standard input, or -EINVAL: too short, too long, none. */
int auth_read_token(struct auth_token *token, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* Hexadecimal digits of random bytes; `digits` is even. Never fails: getrandom(2) waits. */
void auth_nonce(char *out, size_t digits) __attribute__((nonnull));
/* `part` is who shows it: "probe" or "reflect", and what it is for. */
void auth_proof(const struct auth_token *token, const char *part, const char *nonce_probe,
		const char *nonce_reflect, char out[AUTH_PROOF_DIGITS + 1])
	__attribute__((nonnull));
/* In the same time wherever they differ. */
bool auth_same(const char *a, const char *b, size_t len) __attribute__((nonnull));

#endif
