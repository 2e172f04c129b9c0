/* check/live.h - live sockets, processes and counters against what they should be: the built-in
 * rules, and `sockets:`, `limits:` and `paths:` of a profile.
 *
 * Unlike audit_run() it looks at what changes from moment to moment, so it may look more than once:
 * a rate needs two looks, a leak a trend. */
#ifndef CHECK_LIVE_H
#define CHECK_LIVE_H

#include "check/host.h"
#include "model/report.h"
#include "profile/profile.h"
#include "proc/netns.h"
#include "sock/source.h"

struct live_options {
	const struct netns_list *namespaces; /* NULL: our own */
	unsigned sample_ms;                  /* 0: one look, and rules that need more are not
					      * applicable, with the reason; else three, over it */
	enum sock_source_kind source;
	size_t pidfd_most; /* see sock/source.h */
};

/* Adds a finding for every built-in rule (a pass when nothing breaks it, or one fail for each
 * process, listener, destination or namespace that does) and for every rule of the profile, which
 * may be NULL; and one, socket.coverage, for what could not be looked at. */
void check_live(const struct host *host, const struct profile *profile,
		const struct live_options *options, struct report *report)
	__attribute__((nonnull(1, 3, 4)));

#endif
