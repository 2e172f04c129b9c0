/* profile/operators.h - what a profile asks of a value: one row an operator.
 *
 * `4096` and `[4096, 131072]` are short for `equals`; a mapping has exactly one operator, maybe
 * `set`, and what further keys the caller takes. */
#ifndef PROFILE_OPERATORS_H
#define PROFILE_OPERATORS_H

#include <stddef.h>

#include "base/err.h"
#include "model/expect.h"
#include "profile/decode.h"
#include "profile/quantity.h"

enum {
	EXPECT_MOST_EXTRA = 8,
	EXPECT_MOST_FIELDS = 64,
	EXPECT_MOST_VALUES = 256
};

struct expect_lines {
	unsigned op, set; /* 0: not written as a key of its own */
};

/* `extra` are rows of keys that may stand beside the operator. */
int expect_decode(const struct node *node, enum place place, const struct decode_row *extra,
		  size_t n_extra, struct expect **out, struct expect_lines *lines, struct err *err)
	__attribute__((nonnull(1, 5, 6, 7), warn_unused_result));

#endif
