/* apply/proof.h - do the lines that are made to last really win at the next boot? And the whole
 * answers to who asked for a plan or a change. */
#ifndef APPLY_PROOF_H
#define APPLY_PROOF_H

#include <jansson.h>

#include "apply/result.h"

/* The plan, and what --persist would come to before anything is written: "files" that would change,
 * [{"path","action","lines":[...]}], and "boot" with them; or "persist_problem", the text that says
 * why they could not be written. A new reference. */
json_t *plan_answer_to_json(const struct apply_context *context, const struct plan *plan)
	__attribute__((nonnull, warn_unused_result));

/* {"result","plan","boot"}; `plan` may be NULL. When `persists`, "boot" is there, what src/boot
 * makes of each key that the profile makes last: [{"key","wanted","verdict","value","file","line",
 * "reason"}]; not when it was all taken back, nor when the context's etc_dir is not "etc" of a
 * root that can be looked at. Where the files are not written yet, after a dry run and before a
 * confirmation, "files" is there as well, and "boot" is with them. After the confirmation that
 * wrote them "boot" is there, too. A new reference. */
json_t *apply_answer_to_json(const struct apply_context *context, const struct apply_result *result,
			     const struct plan *plan, bool persists)
	__attribute__((nonnull(1, 2), warn_unused_result));

#endif
