/* cli/cmd_audit.c - `fettle audit`: by the daemon where it answers, else here, by the same code. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "check/audit.h"
#include "check/reboot.h"
#include "cli/daemon.h"
#include "cli/local.h"
#include "cli/output.h"
#include "model/report_json.h"
#include "rpc/netns.h"

static int audit_scoped(const struct cli *cli, unsigned sample_ms, const struct host *host,
			const struct profile *profile, struct report **out, struct err *err)
{
	struct live_options live = {.source = SOCK_SOURCE_AUTO, .sample_ms = sample_ms};
	struct audit_scope scope = {.live = cli->sample ? &live : NULL};
	_cleanup_(netns_list_fini) struct netns_list namespaces = {0};
	int r = cli->netns ? local_namespaces(cli, &namespaces, err) : 0;

	if (r < 0)
		return r;
	if (cli->netns)
		scope.namespaces = live.namespaces = &namespaces;
	*out = audit_host(host, profile, &scope, time(NULL));
	return 0;
}

/* Returns 0, or -errno with `err` filled. */
static int audit_here(const struct cli *cli, unsigned sample_ms, struct report **out,
		      struct err *err)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	_cleanup_(host_freep) struct host *host = NULL;
	int r = local_root(cli, "", err);

	if (!r)
		r = local_profile(cli, cli->n_args ? cli->args[0] : NULL, &profile, err);
	if (!r)
		r = local_host(cli, &host, err);
	if (!r)
		r = audit_scoped(cli, sample_ms, host, profile, out, err);
	if (r < 0)
		return r;
	/* a tree of files is nobody's kernel: no boot fills it, unless one is named */
	if (cli->root || !cli->sysctl_root)
		check_reboot(host, profile, cli->root ? cli->root : "/", *out);
	return 0;
}

/* A report is of the daemon's network namespace, which is this one's only on the host itself.
 * Returns 0, or -1 with `failure` filled when that was not asked for. */
static int compare_netns(const struct cli *cli, const char *theirs, struct daemon_failure *failure)
{
	_cleanup_free_ char *here = rpc_netns();

	if (!*here || !*theirs || str_equal(here, theirs))
		return 0;
	if (cli->socket) {
		output_note("warning: the report is of the daemon's network namespace, %s, not of "
			    "this one, %s",
			    theirs, here);
		return 0;
	}
	failure->exit = CLI_NO_DAEMON;
	failure->may_go_local = true;
	err_set(&failure->err, EXDEV, "the daemon is in another network namespace, %s, not in %s",
		theirs, here);
	return -1;
}

static int read_answer(const json_t *reply, struct report **out, const char **netns,
		       struct err *err)
{
	const json_t *report = json_object_get(reply, "report");

	*netns = json_string_value(json_object_get(reply, "netns"));
	if (!report)
		return err_set(err, EPROTO, "report is missing");
	if (!*netns)
		return err_set(err, EPROTO, "netns is missing");
	return report_from_json(report, out, err);
}

/* Returns 0, or -1 with `failure` filled. */
static int audit_there(const struct cli *cli, unsigned sample_ms, struct report **out,
		       struct daemon_failure *failure)
{
	_cleanup_(report_freep) struct report *report = NULL;
	json_t *parameters = json_object(), *reply = NULL;
	const char *netns;
	int r;

	if (cli->n_args)
		json_object_set_new(parameters, "profile", json_string(cli->args[0]));
	if (cli->sample)
		json_object_set_new(parameters, "sample_ms", json_integer(sample_ms));
	r = daemon_call(cli, cli->sample ? DAEMON_LONG : DAEMON_SOON, "Audit", parameters, &reply,
			failure);
	if (r < 0)
		return r;
	if (read_answer(reply, &report, &netns, &failure->err) < 0) {
		failure->exit = CLI_INTERNAL;
		err_prefix(&failure->err, "the daemon's answer: ");
		r = -1;
	} else {
		r = compare_netns(cli, netns, failure);
	}
	json_decref(reply);
	if (r == 0)
		*out = TAKE_PTR(report);
	return r;
}

static enum cli_exit get_report(const struct cli *cli, struct report **report)
{
	const char *local = local_reason(cli, cli->n_args ? cli->args[0] : NULL);
	struct daemon_failure failure;
	unsigned sample_ms;
	struct err err;

	if (local_sample(cli, 0, &sample_ms, &err) < 0)
		return output_fail(CLI_USAGE, &err);
	if (local && cli->socket) {
		output_note("--socket asks for the daemon, %s does without it", local);
		return CLI_USAGE;
	}
	if (!local) {
		if (audit_there(cli, sample_ms, report, &failure) == 0)
			return CLI_FINE;
		if (!failure.may_go_local || cli->socket)
			return output_fail(failure.exit, &failure.err);
		daemon_note_local("auditing locally", &failure);
	}
	return audit_here(cli, sample_ms, report, &err) < 0 ? output_fail_input(&err) : CLI_FINE;
}

/* A pattern that matches nothing must not look like one whose findings are fine. */
static enum cli_exit keep_only(const char *patterns, struct report *report)
{
	_cleanup_free_ char *unmatched = audit_find_unmatched(report, patterns);
	_cleanup_free_ const char **names = NULL;
	size_t count = 0;
	char meant[128];

	for (size_t i = 0; unmatched && i < report->n_findings; i++) {
		*MEM_APPEND(names, count) = report->findings[i].subject;
		*MEM_APPEND(names, count) = report->findings[i].id;
	}
	if (unmatched)
		output_note("nothing that was checked matches --only '%s'%s", unmatched,
			    str_did_you_mean(unmatched, names, count, meant, sizeof(meant)));
	audit_keep_only(report, patterns);
	return unmatched ? CLI_INCOMPLETE : CLI_FINE;
}

enum cli_exit cmd_audit(const struct cli *cli)
{
	_cleanup_(report_freep) struct report *report = NULL;
	enum cli_exit code = get_report(cli, &report), verdict;

	if (code)
		return code;
	if (cli->only)
		code = keep_only(cli->only, report);
	verdict = output_report(cli, report);
	return verdict == CLI_FINDINGS ? verdict : code ? code : verdict;
}
