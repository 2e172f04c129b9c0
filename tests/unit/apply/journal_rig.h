/* tests/unit/apply/journal_rig.h - a state folder with a journal, for tests of it. */
#ifndef TESTS_APPLY_JOURNAL_RIG_H
#define TESTS_APPLY_JOURNAL_RIG_H

#include "apply/journal.h"
#include "tests/unit/tree.h"

struct folder {
	struct tree *tree;
	struct durable_folder folder;
};

void folder_init(struct folder *folder);
void folder_fini(struct folder *folder);
#define _cleanup_folder_ _cleanup_(folder_fini)

struct journal *open_journal(struct folder *folder, enum journal_mode mode);
/* Takes `record`. */
void add(struct journal *journal, char *record);
/* Two keys, a file and a module; the caller's. */
void make_txn(struct txn *txn);
/* The same, begun; the journal's. */
struct txn *begin(struct journal *journal);
/* The caller's. */
char *read_file(struct folder *folder, size_t *len);

#endif
