/* daemon/job_probe.c - the job that measures: runs fettle-probe, which gives up all rights.
 *
 * Only to where a profile of the administrator's leads: a front that was taken over must not be
 * able to reach the network through this. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "confine/nobody.h"
#include "daemon/job_kinds.h"
#include "measure/measure.h"
#include "rpc/message.h"

static const struct probe {
	const char *name;
	bool takes_path, takes_token;
} probes[] = {
	{.name = "bdp", .takes_path = true, .takes_token = true},
	{.name = "limits"},
	{.name = "path", .takes_path = true},
	{.name = "transports"},
};

static int find_probe(const struct job *job, const struct probe **out, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		if (strcmp(probes[i].name, job->probe) != 0)
			continue;
		*out = &probes[i];
		if (probes[i].takes_path && !job->path)
			return err_set(err, EINVAL,
				       "the probe %s takes a path of a profile, by its name",
				       job->probe);
		if (!probes[i].takes_path && (job->path || job->profile))
			return err_set(err, EINVAL, "the probe %s takes no path and no profile",
				       job->probe);
		return 0;
	}
	return err_set(err, EINVAL, "there is no probe '%s': bdp, limits, path or transports",
		       job->probe);
}

static int add_token(const struct job_context *context, struct measure *measure, char **token,
		     struct err *err)
{
	int r;

	if (!context->probe_token_file)
		return err_set(err, ENOKEY,
			       "bdp takes the token of the far end: say where it is with "
			       "'probe-token-file' in fettled's configuration");
	r = measure_read_token(context->probe_token_file, token, err);
	measure->input = *token;
	return r;
}

/* With the engine's rights: what can be known before they are given up. -1 with the outcome set. */
static int prepare(const struct job *job, const struct job_context *context,
		   struct measure *measure, char **token, struct outcome *outcome)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	_cleanup_free_ char *host = NULL;
	const struct probe *probe = NULL;
	struct err err;
	int r = find_probe(job, &probe, &err);

	if (r == 0 && probe->takes_path) {
		profile = outcome_load_profile(
			outcome, context, job->profile ? job->profile : context->active_profile);
		if (!profile)
			return -1;
		r = profile_path_host(profile, job->path, &host, &err);
		measure_add(measure, "host", host);
	}
	if (r == 0 && probe->takes_token)
		r = add_token(context, measure, token, &err);
	if (r == 0)
		return 0;
	outcome_refuse(outcome, &err);
	return -1;
}

struct told {
	const struct job *job;
	const struct job_context *context;
};

static void tell(void *data, const json_t *progress)
{
	const struct told *to = data;

	job_tell(to->job, to->context, json_pack("{s:O}", "progress", progress));
}

/* What fettle-probe says is wrong is a refusal like those of the engine, with its code. */
static void take_answer(json_t *answer, struct outcome *outcome)
{
	const json_t *error = json_object_get(answer, "error");

	if (error)
		outcome_set_error(outcome, "org.fettle.Refused",
				  json_pack("{s:O, s:O}", "reason", json_object_get(error, "text"),
					    "code", json_object_get(error, "code")));
	else
		outcome->parameters = json_pack("{s:O}", "result", answer);
	json_decref(answer);
}

void job_probe(const struct job *job, const struct job_context *context, struct outcome *outcome)
{
	struct told to = {job, context};
	_cleanup_(measure_fini) struct measure measure = {
		.program = context->probe_program,
		.probe = job->probe,
		.progress = tell,
		.context = &to,
	};
	_cleanup_free_ char *token = NULL;
	struct measure_running running;
	json_t *answer;
	struct err err;
	int r;

	if (outcome_check_netns(outcome, job) < 0 ||
	    prepare(job, context, &measure, &token, outcome) < 0)
		return;
	unsetenv("NOTIFY_SOCKET"); /* the daemon's: it is ready, not this */
	/* It becomes nobody after it was started, or others of that name could look into it
	 * (ptrace(2), on "dumpable"); what it says is then read without rights. */
	r = measure_start(&measure, &running, &err);
	if (r == 0)
		r = confine_to_nobody(SIGKILL, &err);
	if (r == 0)
		r = measure_finish(&measure, &running, &answer, &err);
	if (r < 0)
		outcome_engine_failed(outcome, &err);
	else
		take_answer(answer, outcome);
}
