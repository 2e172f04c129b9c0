/* apply/record.h - the journal's records: one JSON object each, what happened to one transaction.
 *
 * begin (all that an undo needs), step (what a key held after its write, where that is not what was
 * to be written), commit, confirmed, undoing, undone: each transaction's come in this order.
 * Reading them in order gives the transactions back. */
#ifndef APPLY_RECORD_H
#define APPLY_RECORD_H

#include "apply/txn.h"

/* Each is the caller's: compact, ASCII, no newline. NULL when a text in it is not UTF-8. */
char *record_begin(const struct txn *txn) __attribute__((nonnull, warn_unused_result));
char *record_step(const struct txn *txn, size_t key) __attribute__((nonnull, warn_unused_result));
char *record_commit(const struct txn *txn) __attribute__((nonnull, warn_unused_result));
char *record_confirmed(const struct txn *txn) __attribute__((nonnull, warn_unused_result));
char *record_undoing(const struct txn *txn) __attribute__((nonnull, warn_unused_result));
char *record_undone(const struct txn *txn) __attribute__((nonnull, warn_unused_result));

/* What a record begins with. */
struct record_head {
	enum record_type {
		RECORD_BEGIN,
		RECORD_STEP,
		RECORD_COMMIT,
		RECORD_CONFIRMED,
		RECORD_UNDOING,
		RECORD_UNDONE,
		RECORD_TYPES
	} type;
	uint64_t txn;
	bool confirm; /* of a begin: it may ask for a confirmation */
};

/* At a hundredth of the cost of reading it. False: not as this program writes it, read it. */
bool record_peek(const char *text, size_t len, struct record_head *head)
	__attribute__((nonnull, warn_unused_result));

/* Adds what a record says to the list. -EBADMSG when it makes no sense there. */
int record_read(struct txn_list *list, const char *text, size_t len, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
