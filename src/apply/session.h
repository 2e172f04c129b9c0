/* apply/session.h - the lock and the journal, held together while something is changed. */
#ifndef APPLY_SESSION_H
#define APPLY_SESSION_H

#include "apply/journal.h"
#include "apply/result.h"

struct session {
	const struct apply_context *context;
	struct durable_folder folder;
	int lock_fd;
	struct journal *journal;
};

enum session_folder {
	SESSION_EXISTING,
	SESSION_CREATE,  /* to begin a transaction: those that are over are brief */
	SESSION_RECOVER, /* only to undo what is due: on a disk that cannot be written, too */
};

/* Takes the lock, opens the journal, and undoes what crashes and passed deadlines left; their
 * numbers are added to result->recovered. -EBUSY, -EBADMSG and the like before anything is written;
 * -EXDEV when a transaction was left half done in another network namespace that still exists. */
int session_open(struct session *session, const struct apply_context *context,
		 enum session_folder create, struct apply_result *result, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void session_close(struct session *session) __attribute__((nonnull));

/* The transaction that waits for its confirmation, or NULL. */
struct txn *session_pending(struct session *session) __attribute__((nonnull));
/* Until its deadline, rounded up; 0 when that has passed. */
unsigned txn_left_s(const struct txn *txn) __attribute__((nonnull));

/* Sets `gone` when the network namespace of `txn`, of this boot, is no more; -EXDEV when its keys
 * live in another one than ours. */
int session_find_keys(const struct apply_context *context, const struct txn *txn, bool *gone,
		      struct err *err) __attribute__((nonnull, warn_unused_result));

#endif
