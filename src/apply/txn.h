/* apply/txn.h - one transaction as the journal knows it: what was, what was asked, what came. */
#ifndef APPLY_TXN_H
#define APPLY_TXN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply/context.h"
#include "model/value.h"

enum txn_state {
	TXN_OPEN,    /* begun; whoever did it died, or is at it */
	TXN_PENDING, /* committed, to be undone at its deadline unless it is confirmed */
	TXN_DONE,
	TXN_UNDOING, /* somebody began to undo it, and died or is at it */
	TXN_UNDONE,
};

/* A key that the transaction writes, or (`side`) that changes along with one it writes. */
struct txn_key {
	char *key;
	enum value_kind kind;
	char *from; /* the kernel's text before, to the byte */
	char *to;   /* what is written; NULL for a side effect */
	char *got;  /* what the key held afterwards; NULL: not known */
	bool side;
	bool shared; /* another write of the transaction may change it, too */
	bool leave;  /* an undo found it changed by somebody else */
	char *held;  /* what it held then; NULL: not known, or not left */
};

/* A file below etc_dir. NULL content: no such file. */
struct txn_file {
	char *path;
	char *before, *after;
	bool leave;
};

/* What came of one key or file, of an apply or an undo. */
struct txn_result {
	char *subject; /* a key, or the path of a file */
	const char *outcome;
	char *from, *wanted, *got; /* NULL where there is nothing to say */
	char *reason;
	const char *undone; /* of a step that failed: what the undo made of it; or NULL */
};

struct txn_by {
	unsigned uid, loginuid; /* (unsigned)-1: not known */
	int pid;
};

struct txn {
	uint64_t number; /* from 1, and rising */
	char *boot_id, *time, *version;
	struct apply_netns netns;
	struct {
		char *name, *file, *digest; /* NULL when no profile was applied */
	} profile;
	struct txn_by by;
	struct txn_key *keys; /* in the order they are written; side effects follow */
	size_t n_keys;
	char *etc_dir; /* absolute; NULL: not known, or no files */
	struct txn_file *files;
	size_t n_files;
	char **modules; /* loaded for it; they stay loaded */
	size_t n_modules;
	unsigned confirm_within_s;    /* 0: no confirmation is asked for */
	uint64_t confirm_deadline_ns; /* CLOCK_BOOTTIME of its boot */
	bool committed, confirmed, undoing, undone;
	bool brief; /* it is over, and only its number and state are known */
	char *undo_why, *undo_time;
	char *undo_reason; /* of an error: its text; or NULL */
	struct txn_result *undo_results;
	size_t n_undo_results;
};

struct txn_list {
	struct txn *txns; /* by number */
	size_t count;
};

enum txn_state txn_state(const struct txn *txn) __attribute__((nonnull));
const char *txn_state_name(enum txn_state state); /* "open", "pending", "done", ... */

struct txn *txn_find(const struct txn_list *list, uint64_t number) __attribute__((nonnull));
/* The last one that is done or pending: what `rollback` without a number means; or NULL. */
struct txn *txn_last_done(const struct txn_list *list) __attribute__((nonnull));

void txn_fini(struct txn *txn) __attribute__((nonnull));
void txn_list_fini(struct txn_list *list) __attribute__((nonnull));
void txn_result_fini(struct txn_result *result) __attribute__((nonnull));

#endif
