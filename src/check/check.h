/* check/check.h - the families of checks: profile x host -> findings.
 *
 * A family is one file and one row of check_families[]. */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "check/host.h"
#include "model/report.h"
#include "profile/profile.h"

struct check_family {
	const char *name; /* the first part of its findings' ids */
	/* Adds one finding for everything it was asked to check. What goes wrong with one thing is
	 * that thing's finding, so there is nothing to return. */
	void (*run)(const struct host *host, const struct profile *profile, struct report *report);
};

extern const struct check_family check_families[]; /* ends with a NULL name */

void check_sysctl_run(const struct host *host, const struct profile *profile, struct report *report)
	__attribute__((nonnull));

#endif
