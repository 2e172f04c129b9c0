/* cli/probe.c - see probe.h. */
#include "cli/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/errno_name.h"
#include "base/str.h"
#include "cli/daemon.h"
#include "cli/local.h"
#include "cli/output.h"
#include "rpc/netns.h"

static enum cli_exit exit_of(int code)
{
	static const struct {
		int code;
		enum cli_exit exit;
	} exits[] = {
		{EACCES, CLI_NOT_PERMITTED}, {EPERM, CLI_NOT_PERMITTED}, {EINVAL, CLI_USAGE},
		{ENOENT, CLI_BAD_INPUT},     {EBUSY, CLI_BUSY},          {EBADMSG, CLI_BAD_INPUT},
		{ENOKEY, CLI_BAD_INPUT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(exits); i++) {
		if (exits[i].code == code)
			return exits[i].exit;
	}
	return CLI_INCOMPLETE;
}

int probe_add_target(const struct cli *cli, struct measure *measure, struct err *err)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	_cleanup_free_ char *host = NULL;
	int r;

	if (!cli->path_name) {
		measure_add(measure, "host", cli->args[0]);
		return 0;
	}
	r = local_profile(cli, cli->profile_name, &profile, err);
	if (r == 0)
		r = profile_path_host(profile, cli->path_name, &host, err);
	if (r == 0)
		measure_add(measure, "host", host);
	return r;
}

enum cli_exit probe_check_target(const struct cli *cli)
{
	if (cli->n_args && cli->path_name)
		output_note("HOST and --path: one of them says where");
	else if (!cli->n_args && !cli->path_name)
		output_note("where to? HOST[:PORT], or --path NAME for a path of a profile");
	else if (cli->profile_name && !cli->path_name)
		output_note("--profile says whose --path is meant, which is not given");
	else
		return CLI_FINE;
	return CLI_USAGE;
}

/* What only a measurement here can follow, or NULL. */
static const char *here_reason(const struct cli *cli, const struct measure *measure)
{
	const char *local = local_reason(cli, cli->profile_name);

	if (local)
		return local;
	if (cli->n_args)
		return "HOST (--path NAME is what the daemon measures)";
	if (cli->token_file)
		return "--token-file";
	return measure->count ? "an option that says how" : NULL;
}

/* Nobody there is the usual case; whatever else keeps the daemon from it is worth a word. */
static bool goes_on_here(const struct cli *cli, const struct daemon_failure *failure)
{
	bool elsewhere = failure->refused && failure->err.code == EXDEV;

	if (cli->socket || !(failure->may_go_local || elsewhere))
		return false;
	if (failure->err.code != ENOENT && failure->err.code != ECONNREFUSED)
		output_note("measuring here: %s", failure->err.text);
	return true;
}

static void show_told(void *context, const json_t *parameters)
{
	const struct measure *measure = context;

	if (measure->progress)
		measure->progress(measure->context, json_object_get(parameters, "progress"));
}

bool probe_asked(const struct cli *cli, const struct measure *measure, json_t **result,
		 enum cli_exit *code)
{
	const char *here = here_reason(cli, measure);
	_cleanup_free_ char *netns = rpc_netns();
	struct daemon_failure failure;
	json_t *parameters, *reply;
	int r;

	if (here && cli->socket) {
		output_note("--socket asks for the daemon, %s does without it", here);
		*code = CLI_USAGE;
		return true;
	}
	if (here)
		return false;
	parameters = json_pack("{s:s, s:s*, s:s*, s:s}", "probe", measure->probe, "path",
			       cli->path_name, "profile", cli->profile_name, "netns", netns);
	r = daemon_follow(cli, DAEMON_QUEUED, "Probe", parameters, show_told, (void *)measure,
			  &reply, &failure);
	if (probe_is_watched())
		probe_show_progress("");
	if (r < 0 && goes_on_here(cli, &failure))
		return false;
	if (r < 0) {
		*code = output_fail(failure.refused ? exit_of(failure.err.code) : failure.exit,
				    &failure.err);
		return true;
	}
	*result = json_incref(json_object_get(reply, "result"));
	*code = *result ? CLI_FINE : CLI_INTERNAL;
	if (!*result)
		output_note("the daemon's answer has no result");
	json_decref(reply);
	return true;
}

static enum cli_exit judge(json_t *answer, json_t **result)
{
	const json_t *error = json_object_get(answer, "error");
	const char *text = json_string_value(json_object_get(error, "text"));
	enum cli_exit code = exit_of(errno_code(json_string_value(json_object_get(error, "code"))));

	if (!error) {
		*result = answer;
		return CLI_FINE;
	}
	output_note("%s", text ? text : "the probe failed and did not say why");
	json_decref(answer);
	return code;
}

enum cli_exit probe_run(const struct measure *measure, json_t **result)
{
	json_t *answer = NULL;
	struct err err;
	int r;

	fflush(stdout);
	r = measure_run(measure, &answer, &err);
	if (probe_is_watched())
		probe_show_progress("");
	return r < 0 ? output_fail(CLI_INTERNAL, &err) : judge(answer, result);
}

bool probe_is_watched(void)
{
	return isatty(STDERR_FILENO) == 1;
}

void probe_show_progress(const char *line)
{
	struct winsize size = {.ws_col = 80};

	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	fprintf(stderr, "\r%.*s\033[K", size.ws_col > 1 ? size.ws_col - 1 : 79, line);
	if (!*line)
		fputc('\r', stderr);
	fflush(stderr);
}
