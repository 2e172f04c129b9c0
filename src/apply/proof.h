/* apply/proof.h - do the lines that were made to last really win at the next boot? And the whole
 * answer to who asked for a change. */
#ifndef APPLY_PROOF_H
#define APPLY_PROOF_H

#include <jansson.h>

#include "apply/result.h"

/* What src/boot makes of each key that the plan's profile makes last, over the files as they are:
 * [{"key","wanted","verdict","value","file","line","reason"}], a new reference. NULL when the
 * context's etc_dir is not "etc" of a root that can be looked at. */
json_t *plan_prove(const struct apply_context *context, const struct plan *plan)
	__attribute__((nonnull, warn_unused_result));

/* {"result","plan","boot"}; `plan` may be NULL, and "boot" is there when `persisted`, unless it was
 * all taken back. A new reference. */
json_t *apply_answer_to_json(const struct apply_context *context, const struct apply_result *result,
			     const struct plan *plan, bool persisted)
	__attribute__((nonnull(1, 2), warn_unused_result));

#endif
