/* check/audit.h - a whole audit: every family, then waivers, then order. The one code path of the
 * daemon's engine and of `fettle --local`. */
#ifndef CHECK_AUDIT_H
#define CHECK_AUDIT_H

#include <time.h>

#include "check/host.h"
#include "check/live.h"
#include "model/report.h"
#include "profile/profile.h"

/* What an audit looks at besides the settings of our own network namespace. */
struct audit_scope {
	const struct netns_list *namespaces; /* NULL: our own alone */
	const struct live_options
		*live; /* NULL: nothing live, but what the profile has rules for */
};

#define AUDIT_MOST_SAMPLE_MS 30000 /* for whoever takes a sample's time from a user */

/* The whole of it: settings, then what lives. Never fails: what could not be checked is a finding.
 * `now` decides which waivers still hold. */
struct report *audit_host(const struct host *host, const struct profile *profile,
			  const struct audit_scope *scope, time_t now)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* What lives alone, by no profile: its summary says so, and it has no name. */
struct report *audit_live(const struct host *host, const struct live_options *live)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* The settings alone, as a plan is made from them. */
struct report *audit_run(const struct host *host, const struct profile *profile, time_t now)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* Leaves only findings whose id or subject matches one of the fnmatch(3) patterns between commas.
 */
void audit_keep_only(struct report *report, const char *patterns) __attribute__((nonnull));
/* The first of such patterns that matches nothing, the caller's, or NULL. */
char *audit_find_unmatched(const struct report *report, const char *patterns)
	__attribute__((nonnull, warn_unused_result));

#endif
