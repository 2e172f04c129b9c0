/* daemon/job_change.c - the jobs that plan and change the host: src/apply, asked for by name. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>

#include "apply/proof.h"
#include "apply/spawn.h"
#include "apply/transaction.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/job_kinds.h"
#include "rpc/message.h"

/* Where a job works, and how its guard is started. */
struct place {
	struct host *host;
	char *etc_dir;
	struct apply_context apply;
	const char *guard[10]; /* the transaction's number comes last */
};

static void place_fini(struct place *place)
{
	host_free(place->host);
	free(place->etc_dir);
}

static void add_option(struct place *place, size_t *count, const char *name, const char *value)
{
	if (!value)
		return;
	place->guard[(*count)++] = name;
	place->guard[(*count)++] = value;
}

/* The service manager started the engine or this process, systemd.exec(5): all that either forks
 * ends with it. */
static bool is_service(void)
{
	const char *text = getenv("SYSTEMD_EXEC_PID");
	long pid = text ? strtol(text, NULL, 10) : 0;

	return text && (pid == getppid() || pid == getpid());
}

/* What this service cannot do itself the service manager does: a guard that outlives it, as the end
 * of a service is that of all its processes, and loading a module, where its unit took the right to
 * do so away. */
static void choose_manager(const struct job_context *context, struct place *place)
{
	const char *systemd_run = spawn_find_systemd_run();
	size_t count = 0;

	place->guard[count++] = FETTLE_BINDIR "/fettle";
	place->guard[count++] = "guard";
	add_option(place, &count, "--state-dir", place->apply.state_dir);
	add_option(place, &count, "--root", context->root);
	add_option(place, &count, "--sysctl-root", context->sysctl_root);
	if (access(place->guard[0], X_OK) == 0)
		place->apply.guard = (struct apply_guard_means){systemd_run, place->guard, false};
	place->apply.guard.is_service = is_service();
	if (prctl(PR_CAPBSET_READ, CAP_SYS_MODULE, 0, 0, 0) == 0)
		place->apply.loader = systemd_run;
}

static int place_open(const struct job *job, const struct job_context *context, struct place *place,
		      struct outcome *outcome)
{
	struct err err;
	int r = outcome_check_netns(outcome, job);

	if (r < 0)
		return r;
	r = host_open(context->sysctl_root, &place->host, &err);
	if (r == 0)
		r = apply_context_init(&place->apply, place->host, &err);
	if (r < 0) {
		outcome_engine_failed(outcome, &err);
		return r;
	}
	if (context->state_dir)
		place->apply.state_dir = context->state_dir;
	if (context->root) {
		place->etc_dir = mem_printf("%s/etc", context->root);
		place->apply.etc_dir = place->etc_dir;
		place->apply.etc_is_named = true;
	}
	if (strcmp(context->sysctl_root, "/proc/sys") != 0)
		place->apply.modprobe = NULL; /* no module brings keys to a tree of files */
	choose_manager(context, place);
	return 0;
}

static void log_result(const struct job *job, const struct apply_result *result)
{
	for (size_t i = 0; i < result->n_recovered; i++)
		log_warning("transaction %llu, left half done or not confirmed in time, is undone",
			    (unsigned long long)result->recovered[i]);
	if (result->txn)
		log_notice("%s%s%s for uid %u (pid %d): transaction %llu %s%s%s", job_name(job),
			   job->profile ? " " : "", job->profile ? job->profile : "", job->by.uid,
			   job->by.pid, (unsigned long long)result->txn,
			   apply_outcome_name(result->outcome), result->reason ? ": " : "",
			   result->reason ? result->reason : "");
}

/* The answer to a change that returned `r`; takes over the result and the plan. */
static void answer(const struct job *job, const struct place *place, int r,
		   struct apply_result *result, struct plan *plan, bool persisted,
		   const struct err *err, struct outcome *outcome)
{
	log_result(job, result);
	if (r == 0 || result->txn)
		outcome->parameters = apply_answer_to_json(&place->apply, result, plan, persisted);
	else
		outcome_refuse(outcome, err);
	if (result->outcome == APPLY_PENDING)
		outcome->recover_in_s = (json_int_t)result->confirm_left_s;
	apply_result_fini(result);
	if (plan)
		plan_fini(plan);
}

void job_plan(const struct job *job, const struct job_context *context, struct outcome *outcome)
{
	_cleanup_(profile_freep) struct profile *profile =
		outcome_load_profile(outcome, context, job->profile);
	_cleanup_(place_fini) struct place place = {0};
	struct plan plan;

	if (!profile || place_open(job, context, &place, outcome) < 0)
		return;
	plan_make(&place.apply, profile, &plan);
	outcome->parameters = json_pack("{s:o}", "plan", plan_answer_to_json(&place.apply, &plan));
	plan_fini(&plan);
}

void job_transactions(const struct job *job, const struct job_context *context,
		      struct outcome *outcome)
{
	_cleanup_(place_fini) struct place place = {0};
	struct txn_list list;
	struct err err;

	if (place_open(job, context, &place, outcome) < 0)
		return;
	if (apply_list(&place.apply, &list, &err) < 0)
		outcome_refuse(outcome, &err);
	else
		outcome->parameters = txn_list_to_json(&place.apply, &list);
	txn_list_fini(&list);
}

typedef int make_function(const struct apply_context *context, const struct profile *profile,
			  const struct apply_options *options, struct plan *plan,
			  struct apply_result *result, struct err *err);

/* What a profile is needed for. */
static void change(const struct job *job, const struct job_context *context, make_function *make,
		   bool persisted, struct outcome *outcome)
{
	const struct apply_options options = {
		.confirm_within_s = job->confirm_within_s, .persist = job->persist, .by = job->by};
	_cleanup_(profile_freep) struct profile *profile =
		outcome_load_profile(outcome, context, job->profile);
	_cleanup_(place_fini) struct place place = {0};
	struct apply_result result;
	struct plan plan;
	struct err err;
	int r;

	if (!profile || place_open(job, context, &place, outcome) < 0)
		return;
	r = make(&place.apply, profile, &options, &plan, &result, &err);
	answer(job, &place, r, &result, &plan, persisted, &err, outcome);
}

void job_apply(const struct job *job, const struct job_context *context, struct outcome *outcome)
{
	change(job, context, apply_profile, job->persist, outcome);
}

void job_persist(const struct job *job, const struct job_context *context, struct outcome *outcome)
{
	change(job, context, apply_persist, true, outcome);
}

void job_unpersist(const struct job *job, const struct job_context *context,
		   struct outcome *outcome)
{
	const struct apply_options options = {.by = job->by};
	_cleanup_(place_fini) struct place place = {0};
	struct apply_result result;
	struct err err;
	int r;

	if (place_open(job, context, &place, outcome) < 0)
		return;
	r = apply_unpersist(&place.apply, &options, &result, &err);
	answer(job, &place, r, &result, NULL, false, &err, outcome);
}

static void finish(const struct job *job, const struct job_context *context,
		   int (*end)(const struct apply_context *context, uint64_t number,
			      struct apply_result *result, struct err *err),
		   struct outcome *outcome)
{
	_cleanup_(place_fini) struct place place = {0};
	struct apply_result result;
	struct err err;
	int r;

	if (place_open(job, context, &place, outcome) < 0)
		return;
	r = end(&place.apply, job->transaction, &result, &err);
	answer(job, &place, r, &result, NULL, false, &err, outcome);
}

void job_confirm(const struct job *job, const struct job_context *context, struct outcome *outcome)
{
	finish(job, context, apply_confirm, outcome);
}

void job_rollback(const struct job *job, const struct job_context *context, struct outcome *outcome)
{
	finish(job, context, apply_rollback, outcome);
}

void job_recover(const struct job *job, const struct job_context *context, struct outcome *outcome)
{
	enum {
		AGAIN_IN_S = 5
	}; /* somebody holds the lock */
	_cleanup_(place_fini) struct place place = {0};
	struct apply_result result;
	uint64_t pending;
	struct err err;
	int r;

	if (place_open(job, context, &place, outcome) < 0)
		return;
	r = apply_recover(&place.apply, &pending, &result, &err);
	log_result(job, &result);
	if (r == -EBUSY)
		outcome->recover_in_s = AGAIN_IN_S;
	else if (r < 0)
		log_warning("cannot undo what is to be undone: %s", err.text);
	else if (pending)
		outcome->recover_in_s = (json_int_t)result.confirm_left_s;
	apply_result_fini(&result);
}
