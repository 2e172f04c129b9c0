/* profile/rule_names.h - what `sockets:`, `limits:` and `paths:` may match and expect, by name: a
 * name that nobody knows would be a rule that never fails. */
#ifndef PROFILE_RULE_NAMES_H
#define PROFILE_RULE_NAMES_H

#include "base/err.h"
#include "profile/doc.h"
#include "profile/profile.h"

/* Each returns 0 or -EBADMSG at the node, with a did-you-mean. `match` and `expect` were read from
 * `value`, under `key`. */
int rule_check_match(const char *family, const struct node *key, const struct node *value,
		     const struct rule_match *match, struct err *err)
	__attribute__((nonnull, warn_unused_result));
int rule_check_expect(const char *family, const struct node *key, const struct node *value,
		      const struct rule_expect *expect, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Where a path leads: endpoints, see endpoint.h. */
int rule_check_to(const struct node *value, const struct rule_match *match, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* The name of a limit: "open-files", or "open-files.LABEL" for a second one. */
int rule_check_limit(const struct node *key, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
