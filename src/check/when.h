/* check/when.h - do the conditions of a profile or a setting hold on this host? */
#ifndef CHECK_WHEN_H
#define CHECK_WHEN_H

#include "check/host.h"
#include "profile/profile.h"

/* NULL when all hold; else why not, the caller's: "needs kernel >=6.3, this is 6.1.0". */
char *check_when(const struct host *host, const struct when *when)
	__attribute__((nonnull, warn_unused_result));

#endif
