/* check/audit.h - a whole audit: every family, then waivers, then order. The one code path of the
 * daemon's engine and of `fettle --local`. */
#ifndef CHECK_AUDIT_H
#define CHECK_AUDIT_H

#include <time.h>

#include "check/host.h"
#include "model/report.h"
#include "profile/profile.h"

/* Never fails: what could not be checked is a finding. `now` decides which waivers still hold. */
struct report *audit_run(const struct host *host, const struct profile *profile, time_t now)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* Leaves only findings whose id or subject matches the fnmatch(3) pattern. */
void audit_keep_only(struct report *report, const char *pattern) __attribute__((nonnull));

#endif
