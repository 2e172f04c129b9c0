/* apply/steps.h - the keys of one transaction: what is to be written, and the writing. */
#ifndef APPLY_STEPS_H
#define APPLY_STEPS_H

#include "apply/journal.h"
#include "apply/result.h"

/* The plan's changes into txn->keys, with what each key holds at this moment, and with the keys
 * that change along. One that already holds what is wanted is in the result alone. Writes nothing.
 */
int steps_prepare(const struct apply_context *context, const struct plan *plan, struct txn *txn,
		  struct apply_result *result, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* Writes each, reads it back and records it; stops at the first hard error. `plan` may be NULL when
 * there are no keys. */
int steps_write(const struct apply_context *context, struct journal *journal,
		const struct plan *plan, struct txn *txn, struct apply_result *result,
		struct err *err) __attribute__((nonnull(1, 2, 4, 5, 6), warn_unused_result));

/* After an undo: steps that were put back, or could not be, say so. */
void steps_mark_undone(struct apply_result *result, const struct apply_result *undone)
	__attribute__((nonnull));

#endif
