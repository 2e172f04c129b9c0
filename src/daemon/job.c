/* daemon/job.c - see job.h. */
#include "daemon/job.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "check/audit.h"
#include "check/reboot.h"
#include "daemon/job_kinds.h"
#include "model/report_json.h"
#include "profile/search.h"
#include "profile/show.h"
#include "rpc/frame.h"
#include "rpc/message.h"
#include "rpc/netns.h"

/* What a request may say besides its name. */
enum takes {
	TAKES_PROFILE = 1,
	NEEDS_PROFILE = 2,
	TAKES_CONFIRM = 4,
	TAKES_TRANSACTION = 8,
	TAKES_CALLER = 16,
	TAKES_NETNS = 32,
	TAKES_SAMPLE = 64,
	TAKES_PROBE = 128,
};

struct job_kind {
	const char *op;
	unsigned takes;
	enum sandbox_rights rights;
	bool changes, lasts;
	void (*run)(const struct job *job, const struct job_context *context,
		    struct outcome *outcome);
};

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
	_cleanup_(profile_freep) struct profile *profile =
		outcome_load_profile(outcome, context, name);
	_cleanup_(report_freep) struct report *report = NULL;
	_cleanup_(host_freep) struct host *host = NULL;
	_cleanup_free_ char *netns = NULL;
	const struct live_options live = {.source = SOCK_SOURCE_AUTO, .sample_ms = job->sample_ms};
	const struct audit_scope scope = {.live = job->samples ? &live : NULL};
	time_t now = time(NULL);
	struct err err;

	if (!profile)
		return;
	if (host_open(context->sysctl_root, &host, &err) < 0) {
		outcome_engine_failed(outcome, &err);
		return;
	}
	report = audit_host(host, profile, &scope, now);
	/* a tree of files is nobody's kernel: no boot fills it, unless one is named */
	if (context->root || strcmp(context->sysctl_root, "/proc/sys") == 0)
		check_reboot(host, profile, context->root ? context->root : "/", report);
	netns = rpc_netns();
	outcome->parameters =
		json_pack("{s:o, s:s}", "report", report_to_json(report), "netns", netns);
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
		outcome_engine_failed(outcome, &err);
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
	_cleanup_(profile_freep) struct profile *profile =
		outcome_load_profile(outcome, context, job->profile);

	if (profile)
		outcome->parameters = json_pack("{s:o}", "profile", profile_to_json(profile));
}

#define CHANGE (TAKES_CALLER | TAKES_NETNS)

#define READS   false, false
#define CHANGES true, false
#define LASTS   false, true

static const struct job_kind kinds[] = {
	{"audit", TAKES_PROFILE | TAKES_SAMPLE, SANDBOX_LOOK, READS, run_audit},
	{"list", 0, SANDBOX_READ, READS, run_list},
	{"show", TAKES_PROFILE | NEEDS_PROFILE, SANDBOX_READ, READS, run_show},
	{"plan", TAKES_PROFILE | NEEDS_PROFILE | TAKES_NETNS, SANDBOX_CHANGE, READS, job_plan},
	/* what is pending depends on which boot this is: told where changes are made */
	{"transactions", 0, SANDBOX_CHANGE, READS, job_transactions},
	{"probe", TAKES_PROFILE | TAKES_PROBE | TAKES_NETNS, SANDBOX_MEASURE, LASTS, job_probe},
	{"apply", TAKES_PROFILE | NEEDS_PROFILE | TAKES_CONFIRM | CHANGE, SANDBOX_CHANGE, CHANGES,
	 job_apply},
	{"confirm", TAKES_TRANSACTION | CHANGE, SANDBOX_CHANGE, CHANGES, job_confirm},
	{"rollback", TAKES_TRANSACTION | CHANGE, SANDBOX_CHANGE, CHANGES, job_rollback},
	{"persist", TAKES_PROFILE | NEEDS_PROFILE | CHANGE, SANDBOX_CHANGE, CHANGES, job_persist},
	{"unpersist", CHANGE, SANDBOX_CHANGE, CHANGES, job_unpersist},
};

static const struct job_kind recovery = {"recover", 0, SANDBOX_CHANGE, CHANGES, job_recover};

static const struct job_kind *find_kind(const char *op, json_int_t id)
{
	if (op && !id && strcmp(op, recovery.op) == 0)
		return &recovery;
	for (size_t i = 0; op && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].op, op) == 0)
			return &kinds[i];
	return NULL;
}

/* A number that may be left out; false when it is there and is none, or out of place. */
static bool read_number(const json_t *root, const char *name, bool taken, json_int_t most,
			json_int_t *out)
{
	const json_t *given = json_object_get(root, name);

	if (!given)
		return true;
	*out = json_integer_value(given);
	return taken && json_is_integer(given) && *out >= 0 && *out <= most;
}

/* A name that may be left out; false when it is there and is none, or out of place. */
static bool read_name(const json_t *root, const char *name, bool taken, char **out)
{
	const json_t *given = json_object_get(root, name);

	*out = mem_strdup(json_string_value(given));
	return !given || (taken && *out);
}

/* Who asked, from the front; the login that became this user is the kernel's word, while the
 * process is there. */
static void read_caller(json_int_t uid, json_int_t pid, struct job *job)
{
	_cleanup_free_ char *path = mem_printf("/proc/%d/loginuid", (int)pid), *text = NULL;
	struct err ignored;
	size_t len;

	job->by = (struct txn_by){(unsigned)uid, (unsigned)-1, (int)pid};
	if (pid && file_read(AT_FDCWD, path, 32, &text, &len, &ignored) == 0)
		job->by.loginuid = (unsigned)strtoul(text, NULL, 10);
}

static int read_arguments(const json_t *root, struct job *job, struct err *err)
{
	const json_t *profile = json_object_get(root, "profile");
	const json_t *persist = json_object_get(root, "persist");
	json_int_t confirm = 0, transaction = 0, uid = UINT_MAX, pid = 0, sample = 0;
	unsigned takes = job->kind->takes;

	if (profile ? !(takes & TAKES_PROFILE) || !json_is_string(profile) : takes & NEEDS_PROFILE)
		return err_set(err, EINVAL,
			       "%s: the profile is missing, not a name, or out of place",
			       job->kind->op);
	if (!read_number(root, "confirm_within_s", takes & TAKES_CONFIRM, JOB_MOST_CONFIRM_S,
			 &confirm) ||
	    !read_number(root, "transaction", takes & TAKES_TRANSACTION, INT64_MAX, &transaction) ||
	    !read_number(root, "sample_ms", takes & TAKES_SAMPLE, AUDIT_MOST_SAMPLE_MS, &sample) ||
	    !read_number(root, "uid", takes & TAKES_CALLER, UINT_MAX, &uid) ||
	    !read_number(root, "pid", takes & TAKES_CALLER, INT_MAX, &pid) ||
	    !read_name(root, "active", takes & TAKES_PROFILE, &job->active) ||
	    !read_name(root, "netns", takes & TAKES_NETNS, &job->netns) ||
	    !read_name(root, "probe", takes & TAKES_PROBE, &job->probe) ||
	    !read_name(root, "path", takes & TAKES_PROBE, &job->path) ||
	    (takes & TAKES_PROBE && !job->probe) ||
	    (persist && (!(takes & TAKES_CONFIRM) || !json_is_boolean(persist))))
		return err_set(err, EINVAL, "%s: an argument of another kind, or out of place",
			       job->kind->op);
	job->profile = mem_strdup(json_string_value(profile));
	job->confirm_within_s = (unsigned)confirm;
	job->persist = json_is_true(persist);
	job->samples = json_object_get(root, "sample_ms");
	job->sample_ms = (unsigned)sample;
	job->transaction = (uint64_t)transaction;
	if (takes & TAKES_CALLER)
		read_caller(uid, pid, job);
	return 0;
}

int job_parse(const char *text, size_t len, struct job *out, struct err *err)
{
	json_t *root = rpc_object_parse(text, len, err);
	struct job job = {0};
	int r;

	if (!root) {
		err->code = EPROTO;
		return -EPROTO;
	}
	job.id = json_integer_value(json_object_get(root, "id"));
	job.kind = find_kind(json_string_value(json_object_get(root, "op")), job.id);
	if (job.id < 0 || (!job.id && job.kind != &recovery))
		r = err_set(err, EPROTO, "a request without an id above 0");
	else if (!job.kind)
		r = err_set(err, EINVAL, "a request that is none of those there are");
	else
		r = read_arguments(root, &job, err);
	if (r != -EPROTO)
		*out = job;
	json_decref(root);
	return r;
}

static json_t *number_if(bool given, json_int_t value)
{
	return given ? json_integer(value) : NULL;
}

char *job_to_text(const struct job *job, const char *active_profile)
{
	unsigned takes = job->kind->takes;
	bool by = takes & TAKES_CALLER;
	json_t *root = json_pack(
		"{s:I, s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*}",
		"id", job->id, "op", job->kind->op, "profile", job->profile, "active",
		takes & TAKES_PROFILE ? active_profile : NULL, "netns", job->netns, "probe",
		job->probe, "path", job->path, "confirm_within_s",
		number_if(takes & TAKES_CONFIRM, job->confirm_within_s), "persist",
		takes & TAKES_CONFIRM ? json_boolean(job->persist) : NULL, "sample_ms",
		number_if(job->samples, job->sample_ms), "transaction",
		number_if(takes & TAKES_TRANSACTION, (json_int_t)job->transaction), "uid",
		number_if(by, job->by.uid), "pid", number_if(by, job->by.pid));
	char *text = json_dumps(root, JSON_COMPACT);

	json_decref(root);
	if (!text)
		abort();
	return text;
}

void job_make_recovery(struct job *out)
{
	*out = (struct job){.kind = &recovery};
}

const char *job_name(const struct job *job)
{
	return job->kind->op;
}

enum sandbox_rights job_rights(const struct job *job)
{
	return job->kind->rights;
}

bool job_lasts(const struct job *job)
{
	return job->kind->lasts || job->sample_ms > 0;
}

bool job_changes(const struct job *job)
{
	return job->kind->changes;
}

void job_fini(struct job *job)
{
	free(job->profile);
	free(job->active);
	free(job->netns);
	free(job->probe);
	free(job->path);
	*job = (struct job){0};
}

/* Takes over what the outcome holds. */
static void add_answer(json_int_t id, struct outcome *outcome, struct strbuf *out)
{
	json_t *header = json_pack("{s:I, s:o*, s:I}", "id", id, "audit", outcome->audit,
				   "recover_in_s", outcome->recover_in_s);
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

int job_write(int fd, const struct strbuf *messages)
{
	size_t sent = 0;

	while (sent < messages->len) {
		ssize_t n = write(fd, messages->text + sent, messages->len - sent);

		if (n > 0)
			sent += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* Nobody who reads it: then nobody will read the answer either, and that is found there. */
void job_tell(const struct job *job, const struct job_context *context, json_t *parameters)
{
	_cleanup_free_ char *text = rpc_continued_text(parameters);
	_cleanup_strbuf_ struct strbuf out = {0};

	strbuf_printf(&out, "{\"id\":%" JSON_INTEGER_FORMAT ",\"continues\":true}", job->id);
	strbuf_add(&out, "", 1);
	strbuf_add(&out, text, strlen(text) + 1);
	(void)job_write(context->tell_fd, &out);
}

bool job_continues(const struct strbuf *messages)
{
	json_t *header = json_loads(messages->text, 0, NULL);
	bool continues = json_is_true(json_object_get(header, "continues"));

	json_decref(header);
	return continues;
}

json_int_t job_cancelled(const char *text, size_t len)
{
	struct err ignored;
	json_t *root = rpc_object_parse(text, len, &ignored);
	const char *op = json_string_value(json_object_get(root, "op"));
	json_int_t id = op && strcmp(op, "cancel") == 0
				? json_integer_value(json_object_get(root, "id"))
				: 0;

	json_decref(root);
	return id;
}

void job_run(const struct job *job, const struct job_context *context, struct strbuf *out)
{
	struct outcome outcome = {.recover_in_s = -1};

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
		.recover_in_s = 5, /* how far a change came is not known */
	};

	add_answer(id, &outcome, out);
}

json_int_t job_recovery_due(const struct strbuf *answer)
{
	json_t *header = json_loads(answer->text, 0, NULL);
	const json_t *due = json_object_get(header, "recover_in_s");
	json_int_t seconds = json_is_integer(due) ? json_integer_value(due) : -1;

	json_decref(header);
	return seconds;
}

char *job_failure(const struct strbuf *answer)
{
	json_t *reply = json_loads(answer->text + strlen(answer->text) + 1, 0, NULL);
	const char *error = json_string_value(json_object_get(reply, "error"));
	const char *reason =
		json_string_value(json_object_get(json_object_get(reply, "parameters"), "reason"));
	char *why = error ? mem_strdup(reason ? reason : error) : NULL;

	json_decref(reply);
	return why;
}
