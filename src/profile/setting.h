/* profile/setting.h - one key and what is wanted of it. */
#ifndef PROFILE_SETTING_H
#define PROFILE_SETTING_H

#include "base/err.h"
#include "profile/doc.h"
#include "profile/profile.h"

/* A key with its value. The bare word `remove` leaves `expect` NULL: drop what was inherited. */
int setting_decode(const struct node *key, const struct node *value, struct setting *out,
		   struct err *err) __attribute__((nonnull, warn_unused_result));
void setting_fini(struct setting *setting) __attribute__((nonnull));

/* For a row whose slot is an enum severity. */
int severity_decode(const struct node *node, void *slot, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
