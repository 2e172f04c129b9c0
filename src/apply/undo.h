/* apply/undo.h - putting back what a transaction changed, and nothing else: three-way.
 *
 * A key is put back when it holds what the transaction left there, a file when it is as the
 * transaction wrote it. What somebody changed since is reported and left alone, and so is a file
 * that would take again what another transaction wrote, which is undone. */
#ifndef APPLY_UNDO_H
#define APPLY_UNDO_H

#include "apply/journal.h"

enum undo_care {
	UNDO_CAREFUL, /* nothing is touched when the journal cannot be written */
	UNDO_ANYWAY,  /* the host comes before the record: a deadline, a failed apply, a crash */
};

/* Undoes `txn`, which lives in the journal, and records it; results go to txn->undo_results. `why`:
 * "error", "rollback", "timeout", "recovery" or "reboot". Can be called again after a crash in it.
 * Returns 0 when all that can be was put back, or what the journal said. When `namespace_gone`, and
 * after another boot that did not load the transaction's drop-in, only files are left to undo. */
int undo_txn(const struct apply_context *context, struct journal *journal, struct txn *txn,
	     const char *why, bool namespace_gone, enum undo_care care, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* Puts back what a confirmation wrote that was not recorded, as far as it can be: the transaction
 * still waits. */
void undo_half_confirmed(const struct apply_context *context, struct txn *txn)
	__attribute__((nonnull));

#endif
