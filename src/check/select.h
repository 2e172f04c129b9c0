/* check/select.h - which keys of this host a profile's settings mean. */
#ifndef CHECK_SELECT_H
#define CHECK_SELECT_H

#include <stddef.h>

#include "check/host.h"
#include "profile/profile.h"

enum selected_kind {
	SELECTED_KEY,       /* `name` is a key to check; it need not exist */
	SELECTED_UNMET,     /* `reason`: the setting's `when` does not hold here */
	SELECTED_UNMATCHED, /* a pattern that no key matches */
	SELECTED_UNLISTED,  /* `reason`: the keys could not be listed */
};

/* One key and the setting that governs it. As in sysctl.d(5), a key named in full beats a pattern,
 * and among patterns the last one does; a setting whose `when` does not hold governs nothing that
 * another one names. */
struct selected {
	enum selected_kind kind;
	char *name; /* the pattern itself where it stands for no key */
	const struct setting *setting;
	char *reason;
	size_t rank;
};

struct selection {
	struct selected *keys; /* by name */
	size_t count;
};

void check_select(const struct host *host, const struct profile *profile, struct selection *out)
	__attribute__((nonnull));
void selection_fini(struct selection *selection) __attribute__((nonnull));

#endif
