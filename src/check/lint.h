/* check/lint.h - a valid profile against the catalogue: what is suspicious in it on any host. */
#ifndef CHECK_LINT_H
#define CHECK_LINT_H

#include <stddef.h>

#include "profile/profile.h"

struct lint_note {
	enum severity severity; /* critical: can never work; warning: likely a mistake */
	char *text;
	struct origin origin;
};

struct lint_notes {
	struct lint_note *notes;
	size_t count;
};

/* Unknown keys (did you mean), operands of the wrong unit, out of the kernel's range, more fields
 * than the key has, operators without meaning for the kind, removed keys, no why or source. */
void check_lint(const struct profile *profile, struct lint_notes *out) __attribute__((nonnull));
void lint_notes_fini(struct lint_notes *notes) __attribute__((nonnull));

#endif
