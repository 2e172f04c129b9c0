/* check/select.h - which keys of this host a profile's settings mean. */
#ifndef CHECK_SELECT_H
#define CHECK_SELECT_H

#include <stddef.h>

#include "check/host.h"
#include "profile/profile.h"

/* One key and the setting that governs it. As in sysctl.d(5), a key named in full beats a pattern;
 * among patterns the last one does. */
struct selected {
	char *name;
	const struct setting *setting;
};

struct selection {
	struct selected *keys; /* a pattern that matches nothing is in it as itself */
	size_t count;
};

void check_select(const struct host *host, const struct profile *profile, struct selection *out)
	__attribute__((nonnull));
void selection_fini(struct selection *selection) __attribute__((nonnull));

#endif
