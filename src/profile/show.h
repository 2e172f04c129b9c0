/* profile/show.h - a merged profile for people and programs, every line with its origin. */
#ifndef PROFILE_SHOW_H
#define PROFILE_SHOW_H

#include <jansson.h>
#include <stdio.h>

#include "profile/profile.h"

/* YAML that loads again to the same profile, each line followed by "# file:line". */
void profile_show(const struct profile *profile, FILE *out) __attribute__((nonnull));
/* The same as one object; a new reference. */
json_t *profile_to_json(const struct profile *profile)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));

#endif
