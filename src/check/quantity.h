/* check/quantity.h - one quantity to a number in a key's own unit. */
#ifndef CHECK_QUANTITY_H
#define CHECK_QUANTITY_H

#include "check/resolve.h"

/* Returns 0, -EINVAL when the quantity makes no sense for the key's unit (bytes for a key that
 * counts packets, 1500ms for one in whole seconds), -EOVERFLOW beyond 64 bits, or what reading the
 * key that it names said. Shares of memory are rounded down, bandwidth-delay products up. */
int check_quantity(const struct host *host, const struct resolve_key *key,
		   const struct quantity *quantity, struct num *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
