/* profile/rules.h - `sockets:`, `limits:` and `paths:`: carried as data for the families that know
 * what they mean. */
#ifndef PROFILE_RULES_H
#define PROFILE_RULES_H

#include "base/err.h"
#include "profile/doc.h"
#include "profile/profile.h"

/* Readers for rows, into a struct profile: add to its rules. */
int rules_decode_sockets(const struct node *node, void *slot, struct err *err)
	__attribute__((nonnull, warn_unused_result));
int rules_decode_limits(const struct node *node, void *slot, struct err *err)
	__attribute__((nonnull, warn_unused_result));
int rules_decode_paths(const struct node *node, void *slot, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* The rule of this family and name, or NULL. */
struct rule *rule_find(const struct profile *profile, const char *family, const char *name)
	__attribute__((nonnull));
/* What it expects, in words: "backlog >= 4096, TCP_NODELAY on"; the caller's. */
char *rule_describe(const struct rule *rule)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
void rule_fini(struct rule *rule) __attribute__((nonnull));

#endif
