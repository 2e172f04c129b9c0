/* apply/undo.c - see undo.h.
 *
 * Putting a key back can change others again, and a key may take its old value only once another
 * one has: so the keys are written in reverse order first, and what does not hold its old value
 * after that once more.
 *
 * After another boot the kernel holds what was written only when that boot loaded it again from our
 * drop-in: then by value, as ever. That drop-in goes last, so that a second run still finds it. */
#include "apply/undo.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "apply/persist.h"
#include "apply/record.h"
#include "base/fault.h"
#include "base/str.h"
#include "sysctl/write.h"

struct undo {
	const struct apply_context *context;
	const struct txn_list *list; /* with those that came after `txn` */
	struct txn *txn;
	bool rebooted;
	bool keys_gone; /* the kernel that was written to is no more, or its namespace */
	const char *gone_reason;
	char **problems; /* of keys: what writing the old value came to, or NULL */
	bool is_asked;   /* a rollback: nothing failed, and no time ran out */
	bool *had_been;  /* of files: as before the transaction already, when the undo began */
};

static bool holds(const struct undo *undo, const struct txn_key *key, const char *text)
{
	_cleanup_free_ char *now = NULL;
	struct err ignored;

	return text && sysctl_read(undo->context->host->root, key->key, &now, &ignored) == 0 &&
	       sysctl_same(key->kind, now, text);
}

/* Is what the key holds, other than its old value, this transaction's doing? */
static bool is_ours(const struct undo *undo, const struct txn_key *key)
{
	const struct txn *txn = undo->txn;

	if (key->got && holds(undo, key, key->got))
		return true;
	/* killed between the write and its record, or in an undo: the record may say too little */
	if (!txn->committed || txn->undoing)
		return key->side || key->shared || holds(undo, key, key->to);
	return false;
}

static void decide_key(const struct undo *undo, struct txn_key *key)
{
	_cleanup_free_ char *now = NULL;
	struct err ignored;

	if (sysctl_read(undo->context->host->root, key->key, &now, &ignored) == 0 &&
	    sysctl_same(key->kind, now, key->from))
		return;
	key->leave = !is_ours(undo, key);
	if (key->leave)
		key->held = TAKE_PTR(now);
	else if (!key->got && !key->side && now)
		key->got = TAKE_PTR(now);
}

/* What is taken for written and need not be on record yet, as the commit would have said so. It is
 * told of, and no undo depends on it: so it may fail. */
static void record_written(struct journal *journal, const struct txn *txn)
{
	struct err ignored;
	int r = 0;

	for (size_t i = 0; i < txn->n_keys && r == 0; i++) {
		if (txn->keys[i].got && !txn->keys[i].side)
			r = journal_append(journal, record_step(txn, i), JOURNAL_LAZY, &ignored);
	}
}

/* persist_read(), but nothing can be said of a file when the folder of all is not to be seen. */
static int look(const struct undo *undo, const struct txn_file *file, char **now, struct err *err)
{
	const char *folder = undo->context->etc_dir;

	if (access(folder, F_OK) < 0)
		return err_set(err, errno, "cannot look into %s: %s", folder, strerror(errno));
	return persist_read(undo->context, file->path, now, err);
}

/* Its files are written by the confirmation: what there is without one, a crash left. */
static bool is_unconfirmed(const struct txn *txn)
{
	return txn->confirm_within_s && !txn->confirmed;
}

static bool has_file(const struct txn *txn, const struct txn_file *file, const char *text)
{
	for (size_t i = 0; i < txn->n_files; i++) {
		if (strcmp(txn->files[i].path, file->path) == 0)
			return str_equal(txn->files[i].after, text);
	}
	return false;
}

/* The transaction that wrote what was there before this one, if it is undone itself: one that was
 * rolled back out of turn, and is not to come back. Or NULL. */
static const struct txn *find_undone(const struct undo *undo, const struct txn_file *file)
{
	if (!undo->is_asked || !file->before)
		return NULL;
	for (size_t i = undo->list->count; i > 0; i--) {
		const struct txn *txn = &undo->list->txns[i - 1];

		if (txn->number < undo->txn->number && has_file(txn, file, file->before))
			return txn->undone ? txn : NULL;
	}
	return NULL;
}

static bool decide_file(const struct undo *undo, size_t i)
{
	const struct txn_file *file = &undo->txn->files[i];
	_cleanup_free_ char *now = NULL;
	struct err ignored;

	if (look(undo, file, &now, &ignored) < 0)
		return true;
	undo->had_been[i] = undo->is_asked && str_equal(now, file->before);
	if (str_equal(now, file->before))
		return is_unconfirmed(undo->txn);
	return !str_equal(now, file->after) || find_undone(undo, file);
}

/* Once, before anything is touched: a second run after a crash finds half-undone values. */
static void decide(struct undo *undo)
{
	struct txn *txn = undo->txn;

	if (txn->undoing)
		return;
	for (size_t i = 0; i < txn->n_keys; i++) {
		if (undo->keys_gone)
			txn->keys[i].leave = undo->rebooted;
		else
			decide_key(undo, &txn->keys[i]);
	}
	for (size_t i = 0; i < txn->n_files; i++)
		txn->files[i].leave = decide_file(undo, i);
}

static void put(struct undo *undo, size_t i, const char *text)
{
	const struct txn_key *key = &undo->txn->keys[i];
	_cleanup_free_ char *got = NULL;
	enum sysctl_outcome outcome;
	struct err err;

	if (sysctl_write(undo->context->host->root, key->key, key->kind, text, &got, &outcome,
			 &err) < 0)
		mem_replace(&undo->problems[i], err.text);
	FAULT_POINT("key put back");
}

static void put_back(struct undo *undo, size_t i)
{
	const struct txn_key *key = &undo->txn->keys[i];

	if (!key->leave && !holds(undo, key, key->from) && is_ours(undo, key))
		put(undo, i, key->from);
}

static void undo_keys(struct undo *undo)
{
	const struct txn *txn = undo->txn;

	for (size_t i = txn->n_keys; i > 0; i--) {
		if (!txn->keys[i - 1].side)
			put_back(undo, i - 1);
	}
	/* what our own writes changed just now is ours to repair */
	for (size_t i = 0; i < txn->n_keys; i++) {
		const struct txn_key *key = &txn->keys[i];

		if (!key->leave && (key->side || key->shared || undo->problems[i]))
			put_back(undo, i);
		else if (key->held && (key->side || key->shared) && !holds(undo, key, key->held))
			put(undo, i, key->held);
	}
}

static void undo_files(struct undo *undo, char **problems)
{
	for (size_t i = undo->txn->n_files; i > 0; i--) {
		const struct txn_file *file = &undo->txn->files[i - 1];
		_cleanup_free_ char *now = NULL;
		struct err err;

		if (file->leave)
			continue;
		if (look(undo, file, &now, &err) < 0 ||
		    (str_equal(now, file->after) && !str_equal(now, file->before) &&
		     persist_put(undo->context, file->path, file->before, &err) < 0))
			mem_replace(&problems[i - 1], err.text);
		FAULT_POINT("file put back");
	}
}

static bool has_key(const struct txn *txn, const struct txn_key *key, const char *now)
{
	for (size_t i = 0; i < txn->n_keys; i++) {
		if (strcmp(txn->keys[i].key, key->key) == 0)
			return txn->keys[i].got && sysctl_same(key->kind, now, txn->keys[i].got);
	}
	return false;
}

/* Who left it as it is `now`: the newest transaction since that still stands, if the journal says
 * so of one. `key` or `file` is NULL. The caller's. */
static char *tell_changer(const struct undo *undo, const struct txn_key *key,
			  const struct txn_file *file, const char *now)
{
	for (size_t i = undo->list->count; i > 0; i--) {
		const struct txn *txn = &undo->list->txns[i - 1];

		if (txn->number <= undo->txn->number)
			break;
		if (!txn->undone && apply_netns_equal(txn->netns, undo->txn->netns) &&
		    (key ? has_key(txn, key, now) : has_file(txn, file, now)))
			return mem_printf("transaction %llu changed it since, which had to be "
					  "rolled back before this one",
					  (unsigned long long)txn->number);
	}
	return mem_printf("it %s: somebody else changed it",
			  key ? "no longer holds what the transaction left there"
			      : "is not as the transaction wrote it");
}

/* `back`: it holds the old value; `r`: what reading it came to. */
static bool is_gone(const struct undo *undo, size_t i, bool back, int r)
{
	if (!undo->rebooted)
		return undo->keys_gone;
	if (undo->txn->keys[i].leave)
		return true;
	return !back && (undo->keys_gone || (r == 0 && !undo->problems[i]));
}

static void report_key(struct undo *undo, size_t i)
{
	struct txn *txn = undo->txn;
	const struct txn_key *key = &txn->keys[i];
	_cleanup_free_ char *now = NULL;
	struct txn_result *result;
	struct err err;
	int r = sysctl_read(undo->context->host->root, key->key, &now, &err);
	bool back = r == 0 && sysctl_same(key->kind, now, key->from);
	bool gone = is_gone(undo, i, back, r);

	if (key->side && (back || gone))
		return;
	result = MEM_APPEND(txn->undo_results, txn->n_undo_results);
	result->subject = mem_strdup(key->key);
	result->from = key->got ? sysctl_tidy(key->kind, key->got) : mem_strdup(key->to);
	result->wanted = sysctl_tidy(key->kind, key->from);
	result->got = now ? sysctl_tidy(key->kind, now) : NULL;
	result->outcome = "left";
	if (gone) {
		result->outcome = "gone";
		result->reason = mem_strdup(undo->gone_reason);
	} else if (back) {
		result->outcome = key->got && !sysctl_same(key->kind, key->got, key->from)
					  ? "restored"
					  : "unchanged";
	} else if (r < 0) {
		result->reason = mem_strdup(err.text);
	} else if (undo->problems[i]) {
		result->reason = TAKE_PTR(undo->problems[i]);
	} else {
		result->reason = tell_changer(undo, key, NULL, now);
	}
}

static void report_file(struct undo *undo, size_t i, char **problems)
{
	struct txn *txn = undo->txn;
	const struct txn_file *file = &txn->files[i];
	_cleanup_free_ char *now = NULL;
	struct txn_result *result;
	struct err err;
	int r = look(undo, file, &now, &err);
	const struct txn *undone = find_undone(undo, file);

	/* never written: whatever it holds is no news */
	if (r == 0 && file->leave && is_unconfirmed(txn) && !str_equal(now, file->after))
		return;
	result = MEM_APPEND(txn->undo_results, txn->n_undo_results);
	result->subject = mem_printf("%s/%s", undo->context->etc_dir, file->path);
	result->outcome = "left";
	if (r == 0 && str_equal(now, file->before) && undo->had_been[i]) {
		result->outcome = file->before ? "unchanged" : "gone";
		result->reason = file->before ? NULL : mem_strdup("it was gone already");
	} else if (r == 0 && str_equal(now, file->before)) {
		result->outcome = file->before ? "restored" : "removed";
	} else if (problems[i]) {
		result->reason = TAKE_PTR(problems[i]);
	} else if (r == 0 && undone && str_equal(now, file->after)) {
		result->reason = mem_printf(
			"it would bring back what transaction %llu wrote, which is undone",
			(unsigned long long)undone->number);
	} else {
		result->reason = r < 0 ? mem_strdup(err.text) : tell_changer(undo, NULL, file, now);
	}
}

static void run(struct undo *undo)
{
	const struct txn *txn = undo->txn;
	char **problems = mem_alloc_array(txn->n_files, sizeof(*problems));

	undo->problems = mem_alloc_array(txn->n_keys, sizeof(*undo->problems));
	if (!undo->rebooted)
		undo_files(undo, problems);
	if (!undo->keys_gone)
		undo_keys(undo);
	if (undo->rebooted)
		undo_files(undo, problems);
	for (size_t i = 0; i < txn->n_keys; i++)
		report_key(undo, i);
	for (size_t i = 0; i < txn->n_files; i++)
		report_file(undo, i, problems);
	for (size_t i = 0; i < txn->n_keys; i++)
		free(undo->problems[i]);
	free(undo->problems);
	for (size_t i = 0; i < txn->n_files; i++)
		free(problems[i]);
	free(problems);
}

void undo_half_confirmed(const struct apply_context *context, struct txn *txn)
{
	char **problems = mem_alloc_array(txn->n_files, sizeof(*problems));
	struct apply_context there = *context;
	struct undo undo = {.context = &there, .txn = txn};

	there.etc_dir = txn->etc_dir ? txn->etc_dir : context->etc_dir;
	undo_files(&undo, problems);
	for (size_t i = 0; i < txn->n_files; i++)
		free(problems[i]);
	free(problems);
}

/* Did this boot, another than the transaction's, load what it made to last? */
static bool is_loaded(const struct undo *undo)
{
	for (size_t i = 0; i < undo->txn->n_files; i++) {
		const struct txn_file *file = &undo->txn->files[i];
		_cleanup_free_ char *now = NULL;
		struct err ignored;

		if (strcmp(file->path, persist_sysctl_file) == 0 && file->after)
			return persist_is_booted(undo->context) &&
			       look(undo, file, &now, &ignored) == 0 && str_equal(now, file->after);
	}
	return false;
}

int undo_txn(const struct apply_context *context, struct journal *journal, struct txn *txn,
	     const char *why, bool namespace_gone, enum undo_care care, struct err *err)
{
	bool rebooted = strcmp(txn->boot_id, context->boot_id) != 0;
	_cleanup_free_ bool *had_been = mem_alloc_array(txn->n_files, sizeof(*had_been));
	struct apply_context there = *context;
	struct undo undo = {
		.context = &there,
		.list = journal_txns(journal),
		.txn = txn,
		.rebooted = rebooted,
		.is_asked = strcmp(why, "rollback") == 0,
		.had_been = had_been,
		.keys_gone = namespace_gone,
		.gone_reason =
			rebooted ? "the host was started again since: the kernel no longer holds "
				   "what was written"
				 : "its network namespace is gone",
	};
	char time[APPLY_TIME_SIZE];
	int r;

	/* a recovery is of whatever there is: what its caller names is about another */
	if (txn->etc_dir && !(context->etc_is_named && care == UNDO_CAREFUL))
		there.etc_dir = txn->etc_dir;
	if (rebooted)
		undo.keys_gone = !is_loaded(&undo);
	decide(&undo);
	mem_replace(&txn->undo_why, why);
	if (!txn->committed && !txn->undoing)
		record_written(journal, txn);
	/* what is not committed is undone by the next start anyway */
	r = journal_append(journal, record_undoing(txn),
			   txn->committed ? JOURNAL_DURABLE : JOURNAL_LAZY, err);
	if (r < 0 && care == UNDO_CAREFUL)
		return r;
	txn->undoing = true;
	FAULT_POINT("undo begun");
	run(&undo);
	FAULT_POINT("undo done");
	mem_replace(&txn->undo_time, apply_time_now(time));
	txn->undone = true;
	r = journal_append(journal, record_undone(txn), JOURNAL_DURABLE, err);
	return r < 0 && care == UNDO_CAREFUL ? r : 0;
}
