/* profile/key.h - the name of a sysctl where a profile has one. */
#ifndef PROFILE_KEY_H
#define PROFILE_KEY_H

#include <stdbool.h>

#include "base/err.h"
#include "profile/doc.h"

/* Either notation to the canonical one (sysctl/name.h), the caller's. Patterns are an error where
 * one key is wanted. */
int key_decode(const struct node *node, bool pattern_allowed, char **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
