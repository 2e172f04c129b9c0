/* apply/transaction.c - see transaction.h. The one place that decides to write to the host. */
#include "apply/transaction.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "apply/guard.h"
#include "apply/module.h"
#include "apply/persist.h"
#include "apply/record.h"
#include "apply/session.h"
#include "apply/steps.h"
#include "apply/undo.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/str.h"
#include "config.h"

struct txn_by apply_by_self(void)
{
	struct txn_by by = {.uid = getuid(), .loginuid = (unsigned)-1, .pid = getpid()};
	_cleanup_free_ char *text = NULL;
	size_t len;
	struct err ignored;

	if (file_read(AT_FDCWD, "/proc/self/loginuid", 32, &text, &len, &ignored) == 0)
		by.loginuid = (unsigned)strtoul(text, NULL, 10);
	return by;
}

static void describe(const struct apply_context *context, const struct plan *plan,
		     const struct apply_options *options, struct txn *txn)
{
	char time[APPLY_TIME_SIZE];

	txn->boot_id = mem_strdup(context->boot_id);
	txn->netns = context->netns;
	txn->time = mem_strdup(apply_time_now(time));
	txn->version = mem_strdup(PACKAGE_VERSION);
	txn->by = options->by;
	txn->profile.name = plan ? mem_strdup(plan->name) : NULL;
	txn->profile.file = plan ? mem_strdup(plan->file) : NULL;
	txn->profile.digest = plan ? mem_strdup(plan->digest) : NULL;
	if (txn->n_files) /* absolute: an undo may be called from elsewhere */
		txn->etc_dir = realpath(context->etc_dir, NULL);
	txn->confirm_within_s = options->confirm_within_s;
	if (options->confirm_within_s)
		txn->confirm_deadline_ns =
			apply_boottime_ns() + (uint64_t)options->confirm_within_s * 1000000000;
}

static int refuse_while_pending(struct session *session, struct err *err)
{
	const struct txn *pending = session_pending(session);
	const char *again = session->context->again;

	if (!pending)
		return 0;
	return err_set(
		err, EBUSY,
		"transaction %llu waits for its confirmation for another %u s: `fettle confirm%s` "
		"or `fettle rollback%s` it first",
		(unsigned long long)pending->number, txn_left_s(pending), again, again);
}

static int write_files(const struct apply_context *context, const struct txn *txn, struct err *err)
{
	for (size_t i = 0; i < txn->n_files; i++) {
		int r = persist_put(context, txn->files[i].path, txn->files[i].after, err);

		FAULT_POINT("file put");
		if (r < 0)
			return r;
	}
	return 0;
}

/* From the record that it began to the record that it is done. */
static int carry_out(struct session *session, const struct plan *plan,
		     const struct steps_open *open, struct txn *txn, struct apply_result *result,
		     struct err *err)
{
	int r = txn->confirm_within_s ? guard_start(session->context, txn, err) : 0;

	if (r == 0)
		r = steps_write(session->context, session->journal, plan, open, txn, result, err);
	/* what nobody confirmed must not be what the next boot sets */
	if (r == 0 && !txn->confirm_within_s)
		r = write_files(session->context, txn, err);
	if (r == 0)
		r = journal_append(session->journal, record_commit(txn), JOURNAL_DURABLE, err);
	FAULT_POINT("committed");
	return r;
}

/* What became of the files, behind what became of the keys. */
static void report_files(const struct apply_context *context, const struct txn *txn,
			 struct apply_result *result)
{
	for (size_t i = 0; i < txn->n_files; i++) {
		struct txn_result *step = MEM_APPEND(result->steps, result->n_steps);

		step->subject = mem_printf("%s/%s", context->etc_dir, txn->files[i].path);
		step->outcome = txn->files[i].after ? "written" : "removed";
	}
}

/* The first hard error undoes it all; its text stays the one to report. */
static int take_back(struct session *session, struct txn *txn, struct apply_result *result,
		     const struct err *cause)
{
	struct apply_result undone = {0};
	struct err ignored;
	int r;

	mem_replace(&txn->undo_reason, cause->text);
	r = undo_txn(session->context, session->journal, txn, "error", false, UNDO_ANYWAY,
		     &ignored);

	(void)r; /* what could not be recorded is undone again by the next start: to no effect */
	apply_result_take_undo(&undone, txn);
	steps_mark_undone(result, &undone);
	result->outcome = undone.outcome;
	result->reason = mem_strdup(cause->text);
	apply_result_fini(&undone);
	return -cause->code;
}

/* One change, as its caller asks for it. */
struct change {
	const struct apply_context *context;
	const struct apply_options *options;
	const struct profile *profile; /* NULL: `plan` was made by the caller, or there is none */
	struct plan *made;             /* to be made of the profile; NULL: none */
	const struct plan *plan;       /* NULL: none, what was made to last is taken back */
	bool files_only;
};

/* The plan's keys, unless only files are to change, and the files in `txn`. */
static int commit(struct session *session, const struct change *change, struct txn *txn,
		  struct apply_result *result, struct err *err)
{
	_cleanup_(steps_close) struct steps_open open = {0};
	struct txn *begun;
	int r = 0;

	result->outcome = APPLY_UNCHANGED;
	if (!change->files_only)
		r = steps_prepare(session->context, change->plan, &open, txn, result, err);
	if (r < 0 || (!txn->n_keys && !txn->n_files))
		return r;
	describe(session->context, change->plan, change->options, txn);
	FAULT_POINT("about to begin");
	r = journal_begin(session->journal, txn, &begun, err);
	if (r < 0)
		return r;
	FAULT_POINT("begun");
	result->txn = begun->number;
	r = carry_out(session, change->plan, &open, begun, result, err);
	if (r < 0)
		return take_back(session, begun, result, err);
	begun->committed = true;
	if (!begun->confirm_within_s)
		report_files(session->context, begun, result);
	result->outcome = begun->confirm_within_s ? APPLY_PENDING : APPLY_APPLIED;
	result->confirm_left_s = begun->confirm_within_s ? txn_left_s(begun) : 0;
	return 0;
}

/* What a change begins with, under the lock: the plan, and the files in `txn`. */
typedef int prepare_function(const struct change *change, struct txn *txn, struct err *err);

static int transact(const struct change *change, prepare_function *prepare,
		    struct apply_result *result, struct err *err)
{
	_cleanup_(txn_fini) struct txn txn = {0};
	struct session session;
	int r = session_open(&session, change->context, SESSION_CREATE, result, err);

	if (r < 0)
		return r;
	r = refuse_while_pending(&session, err);
	if (r == 0)
		r = prepare(change, &txn, err);
	if (r == 0)
		r = commit(&session, change, &txn, result, err);
	session_close(&session);
	return r;
}

/* Modules come before the rest: their keys are not there to be planned without them. */
static int load_modules(const struct change *change, struct txn *txn, struct err *err)
{
	struct plan *plan = change->made, loaded;

	if (!plan->n_modules)
		return 0;
	for (size_t i = 0; i < plan->n_modules; i++) {
		int r = module_load(change->context, plan->modules[i], err);

		if (r < 0)
			return r;
		*MEM_APPEND(txn->modules, txn->n_modules) = mem_strdup(plan->modules[i]);
	}
	loaded = *plan;
	plan_make(change->context, change->profile, plan);
	/* now that they are there none is to be loaded, and the answer is to say which were */
	if (!plan->n_modules) {
		plan->modules = TAKE_PTR(loaded.modules);
		plan->n_modules = loaded.n_modules;
		loaded.n_modules = 0;
	}
	plan_fini(&loaded);
	return 0;
}

static int prepare_files(const struct change *change, struct txn *txn, struct err *err)
{
	if (change->made)
		plan_make(change->context, change->profile, change->made);
	return persist_prepare(change->context, change->plan, txn, err);
}

static int prepare_given(const struct change *change, struct txn *txn, struct err *err)
{
	return change->options->persist ? persist_prepare(change->context, change->plan, txn, err)
					: 0;
}

static int prepare_profile(const struct change *change, struct txn *txn, struct err *err)
{
	int r;

	plan_make(change->context, change->profile, change->made);
	r = load_modules(change, txn, err);
	return r < 0 ? r : prepare_given(change, txn, err);
}

int apply_plan(const struct apply_context *context, const struct plan *plan,
	       const struct apply_options *options, struct apply_result *result, struct err *err)
{
	const struct change change = {.context = context, .options = options, .plan = plan};
	_cleanup_(txn_fini) struct txn txn = {0};
	int r;

	*result = (struct apply_result){0};
	if (!options->dry_run)
		return transact(&change, prepare_given, result, err);
	result->outcome = APPLY_PLANNED;
	r = steps_prepare(context, plan, NULL, &txn, result, err);
	return r < 0 ? r : prepare_given(&change, &txn, err);
}

int apply_profile(const struct apply_context *context, const struct profile *profile,
		  const struct apply_options *options, struct plan *plan,
		  struct apply_result *result, struct err *err)
{
	const struct change change = {context, options, profile, plan, plan, false};

	*result = (struct apply_result){0};
	*plan = (struct plan){0};
	if (!options->dry_run)
		return transact(&change, prepare_profile, result, err);
	plan_make(context, profile, plan);
	return apply_plan(context, plan, options, result, err);
}

int apply_persist(const struct apply_context *context, const struct profile *profile,
		  const struct apply_options *options, struct plan *plan,
		  struct apply_result *result, struct err *err)
{
	const struct change change = {context, options, profile, plan, plan, true};

	*result = (struct apply_result){0};
	*plan = (struct plan){0};
	return transact(&change, prepare_files, result, err);
}

int apply_unpersist(const struct apply_context *context, const struct apply_options *options,
		    struct apply_result *result, struct err *err)
{
	const struct change change = {.context = context, .options = options, .files_only = true};

	*result = (struct apply_result){0};
	return transact(&change, prepare_files, result, err);
}

static bool was_recovered(const struct apply_result *result, uint64_t number)
{
	for (size_t i = 0; i < result->n_recovered; i++) {
		if (!number || result->recovered[i] == number)
			return true;
	}
	return false;
}

/* An answer all the same, of what is as it was asked for. */
static int had_been(const struct txn *txn, enum apply_outcome outcome, struct apply_result *result,
		    struct err *err)
{
	result->txn = txn->number;
	result->outcome = outcome;
	result->reason = mem_strdup(err->text);
	return -err->code;
}

/* Why there is nothing to confirm. `asked` NULL: any. */
static int refuse_confirmation(struct session *session, const struct txn *asked, uint64_t number,
			       struct apply_result *result, struct err *err)
{
	const struct txn_list *list = journal_txns(session->journal);
	const struct txn *last = asked || !list->count ? asked : &list->txns[list->count - 1];

	if (number && !asked)
		return err_set(err, ENOENT, "the journal holds no transaction %llu",
			       (unsigned long long)number);
	if (was_recovered(result, number) ||
	    (last && last->undone && strcmp(last->undo_why, "timeout") == 0))
		return err_set(err, ETIME, "too late: its deadline has passed, and it is undone");
	if (asked && asked->undone)
		return err_set(err, ETIME,
			       "transaction %llu is undone (%s): there is nothing to confirm",
			       (unsigned long long)number, asked->undo_why);
	if (asked && asked->confirmed) {
		err_set(err, EALREADY, "transaction %llu is confirmed already",
			(unsigned long long)number);
		return had_been(asked, APPLY_CONFIRMED, result, err);
	}
	return err_set(err, ENOENT, "no transaction waits for a confirmation");
}

/* Whoever changed one since the transaction began does not want it overwritten. */
static int check_files(const struct apply_context *context, const struct txn *txn, struct err *err)
{
	for (size_t i = 0; i < txn->n_files; i++) {
		const struct txn_file *file = &txn->files[i];
		_cleanup_free_ char *now = NULL;
		int r = persist_read(context, file->path, &now, err);

		if (r < 0)
			return r;
		if (!str_equal(now, file->before) && !str_equal(now, file->after))
			return err_set(err, EEXIST,
				       "%s/%s was changed by somebody else since transaction %llu "
				       "began: it is left alone, and nothing is confirmed",
				       context->etc_dir, file->path,
				       (unsigned long long)txn->number);
	}
	return 0;
}

/* The files first: until the record is there the transaction still waits, and whoever takes the
 * lock next puts them back. */
static int record_confirmation(struct session *session, const struct apply_context *there,
			       struct txn *txn, struct err *err)
{
	int r = check_files(there, txn, err);

	if (r < 0)
		return r;
	r = write_files(there, txn, err);
	if (r == 0)
		r = journal_append(session->journal, record_confirmed(txn), JOURNAL_DURABLE, err);
	if (r < 0)
		undo_half_confirmed(there, txn);
	return r;
}

static int confirm(struct session *session, uint64_t number, struct apply_result *result,
		   struct err *err)
{
	struct txn *pending = session_pending(session);
	const struct txn *asked = number ? txn_find(journal_txns(session->journal), number) : NULL;
	struct apply_context there = *session->context;
	int r;

	if (!pending || (number && asked != pending))
		return refuse_confirmation(session, asked, number, result, err);
	if (pending->etc_dir)
		there.etc_dir = pending->etc_dir;
	r = record_confirmation(session, &there, pending, err);
	if (r < 0)
		return r;
	FAULT_POINT("confirmed");
	pending->confirmed = true;
	report_files(&there, pending, result);
	result->txn = pending->number;
	result->outcome = APPLY_CONFIRMED;
	return 0;
}

int apply_confirm(const struct apply_context *context, uint64_t number, struct apply_result *result,
		  struct err *err)
{
	struct session session;
	int r;

	*result = (struct apply_result){0};
	r = session_open(&session, context, SESSION_EXISTING, result, err);
	if (r < 0)
		return r;
	r = confirm(&session, number, result, err);
	session_close(&session);
	return r;
}

/* The one that `rollback` alone means: the newest, or the one before it when a rollback undid that
 * already. One that undid itself is not passed by: whoever asks may not know that it did. */
static int find_last(const struct txn_list *list, const char *again, struct txn **out,
		     struct err *err)
{
	const struct txn *before = txn_last_done(list), *last = NULL;
	_cleanup_free_ char *hint = NULL;

	for (size_t i = list->count; i > 0 && !last; i--) {
		struct txn *txn = &list->txns[i - 1];

		if (!txn->undone) {
			*out = txn;
			return 0;
		}
		if (strcmp(txn->undo_why, "rollback") != 0)
			last = txn;
	}
	if (!last)
		return err_set(err, ENOENT, "there is no transaction to roll back");
	hint = before ? mem_printf("`fettle rollback %llu%s` undoes the one before it",
				   (unsigned long long)before->number, again)
		      : mem_strdup("there is none before it to roll back");
	return err_set(err, ECANCELED,
		       "transaction %llu was undone already (%s), so nothing is undone now: %s",
		       (unsigned long long)last->number, last->undo_why, hint);
}

/* What an undo left alone is not tried again: what the transaction held may be another's by now. */
static int tell_undone(const struct txn *txn, struct apply_result *result, struct err *err)
{
	bool partly;

	apply_result_take_left(result, txn);
	partly = result->outcome == APPLY_PARTLY_UNDONE;
	err_set(err, EALREADY, "transaction %llu is undone already (%s)%s%s%s",
		(unsigned long long)txn->number, txn->undo_why,
		partly ? ", but for what that left alone at " : "", partly ? txn->undo_time : "",
		partly ? ", which is not tried again" : "");
	return had_been(txn, result->outcome, result, err);
}

static int find_numbered(const struct txn_list *list, uint64_t number, struct txn **out,
			 struct apply_result *result, struct err *err)
{
	struct txn *txn = txn_find(list, number);

	if (!txn)
		return err_set(err, ENOENT, "the journal holds no transaction %llu",
			       (unsigned long long)number);
	if (txn->undone)
		return tell_undone(txn, result, err);
	*out = txn;
	return 0;
}

static int roll_back(struct session *session, uint64_t number, struct apply_result *result,
		     struct err *err)
{
	const struct txn_list *list = journal_txns(session->journal);
	struct txn *txn = NULL;
	bool gone;
	int r = number ? find_numbered(list, number, &txn, result, err)
		       : find_last(list, session->context->again, &txn, err);

	if (r < 0)
		return r;
	r = session_find_keys(session->context, txn, &gone, err);
	FAULT_POINT("rollback begins");
	if (r == 0)
		r = undo_txn(session->context, session->journal, txn, "rollback", gone,
			     UNDO_CAREFUL, err);
	if (r == 0)
		apply_result_take_undo(result, txn);
	return r;
}

int apply_rollback(const struct apply_context *context, uint64_t number,
		   struct apply_result *result, struct err *err)
{
	struct session session;
	int r;

	*result = (struct apply_result){0};
	r = session_open(&session, context, SESSION_EXISTING, result, err);
	if (r < 0)
		return r;
	r = roll_back(&session, number, result, err);
	session_close(&session);
	return r;
}

int apply_recover(const struct apply_context *context, uint64_t *pending,
		  struct apply_result *result, struct err *err)
{
	struct session session;
	const struct txn *txn;
	int r;

	*result = (struct apply_result){0};
	*pending = 0;
	r = session_open(&session, context, SESSION_RECOVER, result, err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	txn = session_pending(&session);
	if (txn) {
		*pending = txn->number;
		result->confirm_left_s = txn_left_s(txn);
	}
	session_close(&session);
	return 0;
}

int apply_list(const struct apply_context *context, struct txn_list *out, struct err *err)
{
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	_cleanup_(journal_freep) struct journal *journal = NULL;
	int r = durable_folder_open(context->state_dir, DURABLE_PRIVATE | DURABLE_LINK, &folder,
				    err);

	*out = (struct txn_list){0};
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = journal_open(&folder, JOURNAL_READ, &journal, err);
	if (r < 0)
		return r;
	*out = *journal_txns(journal);
	*journal_txns(journal) = (struct txn_list){0};
	return 0;
}
