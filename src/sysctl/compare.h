/* sysctl/compare.h - does a value meet what is wanted of it? Pure: no host, no profile. */
#ifndef SYSCTL_COMPARE_H
#define SYSCTL_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/expect.h"
#include "model/value.h"

/* An expectation whose operands are values of the key's own kind and unit. EXPECT_FIRST_AVAILABLE
 * has become EXPECT_EQUALS and EXPECT_ABSENT does not come here. Fields are integers. */
struct sysctl_wanted {
	enum expect_op op;
	struct value **args;
	size_t n_args;
	struct sysctl_wanted **fields; /* NULL leaves that field alone */
	size_t n_fields;
};

void sysctl_wanted_free(struct sysctl_wanted *wanted);
MEM_DEFINE_FREEP(struct sysctl_wanted, sysctl_wanted)

/* Returns 0 with `*holds` set, or -EINVAL when the operator has no meaning for this kind (at-least
 * of a set), an operand is of another kind or has no members to look for, or the value is unknown,
 * or -ERANGE when it has fewer fields than are asked about and those it has are as wanted. */
int sysctl_compare(const struct value *actual, const struct sysctl_wanted *wanted, bool *holds,
		   struct err *err) __attribute__((nonnull, warn_unused_result));

#endif
