/* daemon/job.c - see job.h. */
#include "daemon/job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "check/audit.h"
#include "model/report_json.h"
#include "profile/profile.h"
#include "profile/search.h"
#include "profile/show.h"
#include "rpc/frame.h"
#include "rpc/message.h"

/* What a job gives: the reply's parameters, and what the front keeps of it. */
struct outcome {
	json_t *parameters;
	json_t *audit;
	const char *error; /* NULL: it worked */
};

struct job_kind {
	const char *op;
	bool takes_profile, needs_profile;
	void (*run)(const struct job *job, const struct job_context *context,
		    struct outcome *outcome);
};

static void set_error(struct outcome *outcome, const char *error, json_t *parameters)
{
	outcome->error = error;
	outcome->parameters = parameters;
}

static void engine_failed(struct outcome *outcome, const struct err *err)
{
	char line[1600];

	set_error(outcome, "org.fettle.EngineFailed",
		  json_pack("{s:o}", "reason", rpc_string(err_format(err, line, sizeof(line)))));
}

static json_t *nearest_profile(const char *path, const char *name)
{
	_cleanup_(profile_list_fini) struct profile_list list = {0};
	_cleanup_free_ const char **names = NULL;
	const char *nearest;
	struct err ignored;

	if (profile_list_read(path, &list, &ignored) < 0)
		return NULL;
	names = mem_alloc_array(list.count, sizeof(*names));
	for (size_t i = 0; i < list.count; i++)
		names[i] = list.entries[i].name;
	nearest = str_nearest(name, names, list.count);
	return nearest ? json_string(nearest) : NULL;
}

static void no_such_profile(struct outcome *outcome, const char *path, const char *name)
{
	set_error(outcome, "org.fettle.NoSuchProfile",
		  json_pack("{s:o, s:o*}", "name", rpc_string(name), "nearest",
			    nearest_profile(path, name)));
}

/* A profile by its name alone: profile_load() would also take a path. */
static struct profile *load(const struct job_context *context, const char *name,
			    struct outcome *outcome)
{
	struct profile *profile;
	struct err err;
	int r;

	if (!profile_name_is_valid(name)) {
		no_such_profile(outcome, context->profile_path, name);
		return NULL;
	}
	r = profile_load(context->profile_path, name, &profile, &err);
	if (!r)
		return profile;
	if (err.file[0])
		set_error(outcome, "org.fettle.InvalidProfile",
			  json_pack("{s:o, s:I, s:I, s:o}", "file", rpc_string(err.file), "line",
				    (json_int_t)err.line, "column", (json_int_t)err.column,
				    "reason", rpc_string(err.text)));
	else if (r == -ENOENT)
		no_such_profile(outcome, context->profile_path, name);
	else
		engine_failed(outcome, &err);
	return NULL;
}

static json_t *summary(const struct report *report, const char *profile, time_t now)
{
	struct coverage coverage = report_coverage(report);
	json_t *verdicts = json_object();
	struct tm utc;
	char when[32];

	for (size_t i = 0; i < STATUS_COUNT; i++)
		json_object_set_new(verdicts, finding_status_name((enum finding_status)i),
				    json_integer((json_int_t)coverage.by_status[i]));
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	return json_pack("{s:s, s:s, s:o}", "profile", profile, "time", when, "verdicts", verdicts);
}

static void run_audit(const struct job *job, const struct job_context *context,
		      struct outcome *outcome)
{
	const char *name = job->profile ? job->profile : context->active_profile;
	_cleanup_(profile_freep) struct profile *profile = load(context, name, outcome);
	_cleanup_(report_freep) struct report *report = NULL;
	_cleanup_(host_freep) struct host *host = NULL;
	time_t now = time(NULL);
	struct err err;

	if (!profile)
		return;
	if (host_open(context->sysctl_root, &host, &err) < 0) {
		engine_failed(outcome, &err);
		return;
	}
	report = audit_run(host, profile, now);
	outcome->parameters = json_pack("{s:o}", "report", report_to_json(report));
	outcome->audit = summary(report, name, now);
}

static void run_list(const struct job *job, const struct job_context *context,
		     struct outcome *outcome)
{
	_cleanup_(profile_list_fini) struct profile_list list = {0};
	json_t *entries = json_array();
	struct err err;

	(void)job;
	if (profile_list_read(context->profile_path, &list, &err) < 0) {
		json_decref(entries);
		engine_failed(outcome, &err);
		return;
	}
	for (size_t i = 0; i < list.count; i++) {
		const struct profile_entry *entry = &list.entries[i];
		json_t *shown = json_pack("{s:o, s:o}", "name", rpc_string(entry->name), "file",
					  rpc_string(entry->file));

		if (entry->summary)
			json_object_set_new(shown, "summary", rpc_string(entry->summary));
		if (entry->problem)
			json_object_set_new(shown, "problem", rpc_string(entry->problem));
		json_array_append_new(entries, shown);
	}
	outcome->parameters = json_pack("{s:o}", "profiles", entries);
}

static void run_show(const struct job *job, const struct job_context *context,
		     struct outcome *outcome)
{
	_cleanup_(profile_freep) struct profile *profile = load(context, job->profile, outcome);

	if (profile)
		outcome->parameters = json_pack("{s:o}", "profile", profile_to_json(profile));
}

static const struct job_kind kinds[] = {
	{"audit", true, false, run_audit},
	{"list", false, false, run_list},
	{"show", true, true, run_show},
};

static const struct job_kind *find_kind(const char *op)
{
	for (size_t i = 0; op && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].op, op) == 0)
			return &kinds[i];
	return NULL;
}

int job_parse(const char *text, size_t len, struct job *out, struct err *err)
{
	json_t *root = rpc_object_parse(text, len, err);
	const json_t *profile = json_object_get(root, "profile");
	struct job job = {0};
	int r = 0;

	if (!root) {
		err->code = EPROTO;
		return -EPROTO;
	}
	job.id = json_integer_value(json_object_get(root, "id"));
	job.kind = find_kind(json_string_value(json_object_get(root, "op")));
	if (job.id <= 0)
		r = err_set(err, EPROTO, "a request without an id above 0");
	else if (!job.kind)
		r = err_set(err, EINVAL, "a request that is none of audit, list, show");
	else if (profile ? !job.kind->takes_profile || !json_is_string(profile)
			 : job.kind->needs_profile)
		r = err_set(err, EINVAL, "%s: the profile is missing, not a name, or out of place",
			    job.kind->op);
	else
		job.profile = mem_strdup(json_string_value(profile));
	if (r != -EPROTO)
		*out = job;
	json_decref(root);
	return r;
}

void job_fini(struct job *job)
{
	free(job->profile);
	*job = (struct job){0};
}

/* Takes over what the outcome holds. */
static void add_answer(json_int_t id, struct outcome *outcome, struct strbuf *out)
{
	json_t *header = json_pack("{s:I, s:o*}", "id", id, "audit", outcome->audit);
	_cleanup_free_ char *first = json_dumps(header, JSON_COMPACT);
	_cleanup_free_ char *second = outcome->error
					      ? rpc_error_text(outcome->error, outcome->parameters)
					      : rpc_reply_text(outcome->parameters);

	json_decref(header);
	if (!first)
		abort();
	strbuf_add(out, first, strlen(first) + 1);
	strbuf_add(out, second, strlen(second) + 1);
}

void job_run(const struct job *job, const struct job_context *context, struct strbuf *out)
{
	struct outcome outcome = {0};

	job->kind->run(job, context, &outcome);
	add_answer(job->id, &outcome, out);
	if (out->len > FRAME_MOST_REPLY) {
		struct err err;

		err_set(&err, EFBIG, "an answer of %zu bytes: at most %d can be sent", out->len,
			FRAME_MOST_REPLY);
		strbuf_fini(out);
		job_fail(job->id, err.text, out);
	}
}

void job_fail(json_int_t id, const char *reason, struct strbuf *out)
{
	struct outcome outcome = {
		.error = "org.fettle.EngineFailed",
		.parameters = json_pack("{s:o}", "reason", rpc_string(reason)),
	};

	add_answer(id, &outcome, out);
}
