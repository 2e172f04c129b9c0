/* apply/guard.h - the undo that comes by itself: when the command, its terminal, its ssh session
 * and the daemon are gone.
 *
 * A process of its own waits until the transaction is confirmed or undone, or its deadline has
 * come; then it undoes it. Under systemd it is started by systemd-run, as the end of a login may
 * end all its processes; elsewhere, or when that fails, it is forked and detached, unless that
 * would make it a part of a service, which ends with it. Should it be killed, the next start of
 * anything that takes the lock undoes what is due. */
#ifndef APPLY_GUARD_H
#define APPLY_GUARD_H

#include "apply/txn.h"

/* Starts one for `txn`, which has begun. It is at work when this returns 0. */
int guard_start(const struct apply_context *context, const struct txn *txn, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* The guard itself, for the command named in apply_guard_means: returns when there is nothing left
 * to wait for. Once it has found its transaction it writes a byte to `ready_fd` and closes it; -1:
 * nobody waits for that. 1: it undid it; 0: somebody else ended it; or why it could not undo. */
int guard_run(const struct apply_context *context, uint64_t number, int ready_fd, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
