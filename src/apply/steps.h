/* apply/steps.h - the keys of one transaction: what is to be written, and the writing. */
#ifndef APPLY_STEPS_H
#define APPLY_STEPS_H

#include "apply/journal.h"
#include "apply/result.h"

enum {
	STEPS_MOST_OPEN = 64
};

/* The first keys of txn->keys that can be written to, from the first look at them to the last. */
struct steps_open {
	size_t count;
	int fds[STEPS_MOST_OPEN]; /* negative: not open */
};
void steps_close(struct steps_open *open) __attribute__((nonnull));

/* The plan's changes into txn->keys, with what each key holds at this moment, and with the keys
 * that change along. One that already holds what is wanted is in the result alone. Writes nothing,
 * and opens nothing for writing where `open` is NULL. */
int steps_prepare(const struct apply_context *context, const struct plan *plan,
		  struct steps_open *open, struct txn *txn, struct apply_result *result,
		  struct err *err) __attribute__((nonnull(1, 2, 4, 5, 6), warn_unused_result));

/* Writes each, reads it back and records what is not as it was to be; stops at the first hard
 * error. `plan` may be NULL when there are no keys. */
int steps_write(const struct apply_context *context, struct journal *journal,
		const struct plan *plan, const struct steps_open *open, struct txn *txn,
		struct apply_result *result, struct err *err)
	__attribute__((nonnull(1, 2, 4, 5, 6, 7), warn_unused_result));

/* After an undo: steps that were put back, or could not be, say so. */
void steps_mark_undone(struct apply_result *result, const struct apply_result *undone)
	__attribute__((nonnull));

#endif
