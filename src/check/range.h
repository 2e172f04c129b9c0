/* check/range.h - a value against what the catalogue says the kernel takes, before it is asked to.
 */
#ifndef CHECK_RANGE_H
#define CHECK_RANGE_H

#include <stdbool.h>

#include "base/err.h"
#include "catalog/catalog.h"

/* True where no range is known. */
bool check_range_holds(const struct catalog_key *known, struct num number)
	__attribute__((nonnull, warn_unused_result));

/* Every number of the text `to`. One that `from` has in the same place (NULL: not known) is good
 * whatever the catalogue says of it: the kernel holds it. Returns 0, or -ERANGE with the range and
 * its source. `known` may be NULL; text of another kind has no range. */
int check_range(const struct catalog_key *known, enum value_kind kind, const char *from,
		const char *to, struct err *err) __attribute__((nonnull(4, 5), warn_unused_result));

#endif
