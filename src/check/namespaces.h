/* check/namespaces.h - a profile's settings in other network namespaces than our own. */
#ifndef CHECK_NAMESPACES_H
#define CHECK_NAMESPACES_H

#include "check/host.h"
#include "model/report.h"
#include "proc/netns.h"
#include "profile/profile.h"

/* Adds the findings of every namespace of the list, by name; NULL: of our own. Of the others the
 * keys below net/ alone: the rest are the host's, and are checked with our own. What is in the
 * first namespace of a host only (much of net.core: net/core/sysctl_net_core.c) is not applicable
 * in the others. */
void check_namespaces(const struct host *host, const struct profile *profile,
		      const struct netns_list *list, struct report *report)
	__attribute__((nonnull(1, 2, 4)));

#endif
