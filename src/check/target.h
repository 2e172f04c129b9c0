/* check/target.h - the text to write to a key so that it meets an expectation. For remedies and
 * plans. */
#ifndef CHECK_TARGET_H
#define CHECK_TARGET_H

#include "check/resolve.h"

/* The caller's; as little of `actual` is changed as will do: fields that already hold keep their
 * value. NULL when nothing can be named (excludes of a string), or an operand does not resolve. */
char *check_target(const struct host *host, const struct resolve_key *key,
		   const struct expect *expect, const struct value *actual)
	__attribute__((nonnull, warn_unused_result));

#endif
