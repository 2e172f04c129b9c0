/* check/resolve.h - an expectation on this host: quantities to numbers in the key's own unit. */
#ifndef CHECK_RESOLVE_H
#define CHECK_RESOLVE_H

#include "catalog/catalog.h"
#include "check/host.h"
#include "model/expect.h"
#include "sysctl/compare.h"

/* Which way a computed quantity goes that is no whole number of units: up for a least, down for a
 * most, so that no bound gets weaker; else the quantity's own way, or an error. */
enum rounding {
	ROUND_AS_IT_IS,
	ROUND_UP,
	ROUND_DOWN
};

/* What is resolved for: the key, what the catalogue knows of it (may be NULL) and its kind. */
struct resolve_key {
	const char *name;
	const struct catalog_key *known;
	enum value_kind kind;
	enum rounding rounding;
};

/* The criterion to compare with, the caller's. Returns 0, -EINVAL when an operand makes no sense
 * for the key (bytes for a key that counts packets), or what reading another key said. */
int check_resolve(const struct host *host, const struct resolve_key *key,
		  const struct expect *expect, struct sysctl_wanted **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* Operands `args[0..count)` together as one value of the key's kind, the caller's. */
int check_resolve_value(const struct host *host, const struct resolve_key *key,
			const struct quantity *args, size_t count, struct value **out,
			struct err *err) __attribute__((nonnull(1, 2, 5, 6), warn_unused_result));

#endif
