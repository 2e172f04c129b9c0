/* apply/transaction.h - changing the host: all or nothing, journalled, read back, undoable.
 *
 * Every function takes the lock and first undoes what an earlier crash left half done. -EBUSY:
 * another is under way or waits for its confirmation, and the text says which. */
#ifndef APPLY_TRANSACTION_H
#define APPLY_TRANSACTION_H

#include "apply/result.h"

struct apply_options {
	unsigned confirm_within_s; /* 0: needs no confirmation; else that writes the files */
	bool dry_run;              /* plan only: nothing is locked, written or recovered */
	bool persist;              /* also make it last over a reboot; in a dry run: could it? */
	struct txn_by by;
};

/* Who runs this process. */
struct txn_by apply_by_self(void);

/* Makes the host meet the profile. `plan` and `result` are filled even when it fails. Returns 0, or
 * the first hard error: a value that the kernel rejected (its errno), or kept as something that
 * does not meet the profile (-ERANGE); then everything is as before, or result->outcome says
 * otherwise. */
int apply_profile(const struct apply_context *context, const struct profile *profile,
		  const struct apply_options *options, struct plan *plan,
		  struct apply_result *result, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* The same for a plan that was made already. A value that is clamped is an error, unless `wanted`
 * says that it will do. */
int apply_plan(const struct apply_context *context, const struct plan *plan,
	       const struct apply_options *options, struct apply_result *result, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* Only the files of section persist.h: a transaction of its own, that can be rolled back. */
int apply_persist(const struct apply_context *context, const struct profile *profile,
		  const struct apply_options *options, struct plan *plan,
		  struct apply_result *result, struct err *err)
	__attribute__((nonnull, warn_unused_result));
int apply_unpersist(const struct apply_context *context, const struct apply_options *options,
		    struct apply_result *result, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* `number` 0: the one that waits. Writes its files, unless somebody else did since (-EEXIST, and it
 * goes on waiting), and then records it; one without the other is taken back. -ENOENT when none
 * waits, -ETIME when its deadline had passed and it is undone, -EALREADY when it was confirmed
 * before: then `result` says so, too. */
int apply_confirm(const struct apply_context *context, uint64_t number, struct apply_result *result,
		  struct err *err) __attribute__((nonnull, warn_unused_result));
/* `number` 0: the newest, or the first before it that no rollback undid. -ENOENT when there is
 * none, -ECANCELED when that one undid itself (a timeout, an error), with the number of the one
 * before it in the text; -EALREADY when the one that was named is undone: then `result` has what
 * that left alone, which is not tried again. A key that no longer holds what the transaction left
 * there is left alone. */
int apply_rollback(const struct apply_context *context, uint64_t number,
		   struct apply_result *result, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* At a start, or when a deadline has come: undoes what is due. `pending` is the transaction that
 * waits for its confirmation, with result->confirm_left_s, or 0. No state folder is no error. */
int apply_recover(const struct apply_context *context, uint64_t *pending,
		  struct apply_result *result, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* All that the journal holds, oldest first. Takes no lock and changes nothing. */
int apply_list(const struct apply_context *context, struct txn_list *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
