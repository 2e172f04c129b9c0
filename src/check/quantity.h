/* check/quantity.h - one quantity to a number in a key's own unit. */
#ifndef CHECK_QUANTITY_H
#define CHECK_QUANTITY_H

#include "check/resolve.h"

/* Whether the quantity measures what the key counts; needs no host. Returns 0, or -EINVAL: bytes
 * for a key that counts packets, another key that counts something else. A plain number always
 * does: it is in the key's own unit. */
int check_quantity_fits(const struct resolve_key *key, const struct quantity *quantity,
			struct err *err) __attribute__((nonnull, warn_unused_result));

/* Returns 0, -EINVAL when it does not fit or is not a whole number of the key's units (1500ms for
 * one in seconds), -EOVERFLOW beyond 64 bits, or what reading the key that it names said. What is
 * computed need not be whole: see rounding in resolve.h; left to themselves, shares of memory are
 * rounded down and bandwidth-delay products up. */
int check_quantity(const struct host *host, const struct resolve_key *key,
		   const struct quantity *quantity, struct num *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
