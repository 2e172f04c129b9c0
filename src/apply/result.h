/* apply/result.h - what came of an apply, a rollback, a confirmation: for people and programs. */
#ifndef APPLY_RESULT_H
#define APPLY_RESULT_H

#include <jansson.h>

#include "apply/plan.h"
#include "apply/txn.h"

enum apply_outcome {
	APPLY_UNCHANGED, /* there was nothing to do */
	APPLY_PLANNED,   /* a dry run */
	APPLY_APPLIED,   /* done, for good */
	APPLY_PENDING,   /* done, until the deadline: confirm it */
	APPLY_CONFIRMED,
	APPLY_UNDONE,        /* everything is as it was before */
	APPLY_PARTLY_UNDONE, /* what is not is in `steps`, with outcome "left" */
};

const char *apply_outcome_name(enum apply_outcome outcome); /* "applied", "undone", ... */

/* `steps` of an apply have the outcome applied, clamped, ignored, unchanged, rejected, not-tried
 * when an earlier one failed, and restored or left when it was undone for that (the one that failed
 * keeps its outcome, and has `undone` instead); `from` before, `wanted` asked for, `got` what the
 * kernel made of it. Those of an undo have restored, removed (a file that was not there before),
 * unchanged, left or gone; `from` what the transaction had left, `wanted` the old value, `got` what
 * the key holds. */
struct apply_result {
	uint64_t txn; /* 0: none was made */
	enum apply_outcome outcome;
	struct txn_result *steps;
	size_t n_steps;
	/* Why it was undone; NULL when it was not, or was asked to be. Of a confirmation or a
	 * rollback: that it had been before. */
	char *reason;
	unsigned confirm_left_s; /* APPLY_PENDING */
	uint64_t *recovered;     /* transactions that an earlier crash had left, undone now */
	size_t n_recovered;
};

void apply_result_fini(struct apply_result *result) __attribute__((nonnull));
/* A copy of a transaction's undo results, and the outcome they come to. */
void apply_result_take_undo(struct apply_result *result, const struct txn *txn)
	__attribute__((nonnull));
/* The same of one that was undone before: of its steps only those that were left. */
void apply_result_take_left(struct apply_result *result, const struct txn *txn)
	__attribute__((nonnull));

/* {"transaction","outcome","steps":[{"key","from","wanted","got","outcome","reason",
 * "undone"}],"reason","confirm_left_s","recovered"}; a new reference. */
json_t *apply_result_to_json(const struct apply_result *result)
	__attribute__((nonnull, warn_unused_result));
/* {"transactions":[...]}, newest first; a new reference. Each has a "command" (apply, persist or
 * unpersist), "confirm_left_s" while it is pending, and how many keys and files its undo "left". */
json_t *txn_list_to_json(const struct apply_context *context, const struct txn_list *list)
	__attribute__((nonnull, warn_unused_result));

#endif
