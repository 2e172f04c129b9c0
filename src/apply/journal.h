/* apply/journal.h - the file that outlives us: what was begun, what came of it.
 *
 * "journal" in the state folder: a first line that names it, then a record a line, each behind its
 * checksum. It only grows, but for a rewrite that keeps the last transactions, to the byte. A
 * record that was being written when the power went is recognised and cut; damage anywhere else is
 * refused before anything is written, as what the host held is then not known for sure. */
#ifndef APPLY_JOURNAL_H
#define APPLY_JOURNAL_H

#include "apply/txn.h"
#include "base/durable.h"

struct journal;

enum journal_mode {
	JOURNAL_READ,  /* changes nothing; a torn tail is passed over, no file is no transaction */
	JOURNAL_WRITE, /* the caller holds the lock */
	/* The same to begin a transaction, fast however many there were: those that are over are
	 * brief, checked but not read. Drops the oldest of them when there are too many. */
	JOURNAL_BEGIN,
};

/* -EBADMSG damaged, -EPROTO not a journal of ours, or what open(2), read(2) and write(2) said.
 * `folder` is borrowed. */
int journal_open(const struct durable_folder *folder, enum journal_mode mode, struct journal **out,
		 struct err *err) __attribute__((nonnull, warn_unused_result));
void journal_free(struct journal *journal);
MEM_DEFINE_FREEP(struct journal, journal)

/* What it holds, the journal's; a pointer into it holds until the next journal_begin(). */
struct txn_list *journal_txns(struct journal *journal) __attribute__((nonnull));

/* Numbers and records `txn`, which is moved into the list, and returns it there. It is on the disk,
 * with room for the records that follow, when this returns 0; nothing is left of it otherwise. */
int journal_begin(struct journal *journal, struct txn *txn, struct txn **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

enum journal_sync {
	JOURNAL_LAZY, /* survives the process, not a power loss: that ends what the kernel held */
	JOURNAL_DURABLE, /* on the disk when the call returns 0 */
};

/* Appends one record, of record.h, and frees it. After an error nothing is left of it. */
int journal_append(struct journal *journal, char *record, enum journal_sync sync, struct err *err)
	__attribute__((nonnull(1, 4), warn_unused_result));

#endif
