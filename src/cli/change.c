/* cli/change.c - see change.h. */
#include "cli/change.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "apply/spawn.h"
#include "base/str.h"
#include "cli/daemon.h"
#include "cli/local.h"
#include "cli/output.h"
#include "model/num.h"
#include "rpc/netns.h"

int change_number(const struct cli *cli, uint64_t *out, struct err *err)
{
	struct num number;

	*out = 0;
	if (!cli->n_args)
		return 0;
	if (num_parse(cli->args[0], strlen(cli->args[0]), &number) < 0 || number.negative ||
	    !number.magnitude || number.magnitude > INT64_MAX)
		return err_set(
			err, EINVAL,
			"'%s' is no transaction's number: expected one of those that `fettle "
			"transactions` lists",
			cli->args[0]);
	*out = number.magnitude;
	return 0;
}

char *change_again(const struct cli *cli)
{
	const char *const options[][2] = {
		{"--state-dir", cli->state_dir},
		{"--sysctl-root", cli->sysctl_root},
	};
	struct strbuf out = {0};

	strbuf_puts(&out, "");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		_cleanup_free_ char *word = options[i][1] ? str_shell_word(options[i][1]) : NULL;

		if (word)
			strbuf_printf(&out, " %s %s", options[i][0], word);
	}
	return strbuf_take(&out);
}

int change_context(const struct cli *cli, const struct host *host, char **etc_dir,
		   struct apply_context *out, struct err *err)
{
	int r = apply_context_init(out, host, err);

	if (r < 0)
		return r;
	/* of a variable that is not set, most likely: not what goes without */
	if (cli->state_dir && !*cli->state_dir)
		return err_set(err, ENOENT, "--state-dir: no folder is named");
	if (cli->root && !*cli->root)
		return err_set(err, ENOENT, "--root: no folder is named");
	if (cli->state_dir)
		out->state_dir = cli->state_dir;
	if (cli->root) {
		*etc_dir = mem_printf("%s%setc", cli->root, str_equal(cli->root, "/") ? "" : "/");
		out->etc_dir = *etc_dir;
		out->etc_is_named = true;
	}
	if (cli->sysctl_root)
		out->modprobe = NULL; /* no module brings keys to a tree of files */
	return 0;
}

/* The command that goes on guarding when this process and its login are gone. */
struct guard_command {
	char program[PATH_MAX];
	const char *argv[10]; /* the transaction's number comes last */
};

static void add_option(const char **argv, size_t *count, const char *name, const char *value)
{
	if (!value)
		return;
	argv[(*count)++] = name;
	argv[(*count)++] = value;
}

/* Leaves the guard to be forked when paths would mean another thing to whoever starts it. */
static void find_guard(const struct cli *cli, struct apply_context *context,
		       struct guard_command *command)
{
	ssize_t len = readlink("/proc/self/exe", command->program, sizeof(command->program) - 1);
	const char *const paths[] = {cli->state_dir, cli->root, cli->sysctl_root};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (paths[i] && paths[i][0] != '/')
			return;
	}
	if (len <= 0)
		return;
	command->program[len] = '\0';
	command->argv[count++] = command->program;
	command->argv[count++] = "guard";
	add_option(command->argv, &count, "--state-dir", context->state_dir);
	add_option(command->argv, &count, "--root", cli->root);
	add_option(command->argv, &count, "--sysctl-root", cli->sysctl_root);
	context->guard = (struct apply_guard_means){spawn_find_systemd_run(), command->argv, false};
}

/* What a transaction that was not begun says of itself. */
static enum cli_exit exit_of(const struct err *err)
{
	static const struct {
		int code;
		enum cli_exit exit;
	} rows[] =
		{
			{EBUSY, CLI_BUSY},
			{EACCES, CLI_NOT_PERMITTED},
			{EPERM, CLI_NOT_PERMITTED},
			{ENOENT, CLI_BAD_INPUT},    /* no such transaction */
			{ECANCELED, CLI_BAD_INPUT}, /* the last one undid itself */
			{ENODATA, CLI_BAD_INPUT},   /* a profile of which nothing would last */
			{EXDEV, CLI_BAD_INPUT},     /* one of another network namespace */
			{EBADMSG, CLI_BAD_INPUT},   /* a damaged journal */
			{EPROTO, CLI_BAD_INPUT},    /* no journal of ours */
			{EEXIST, CLI_BAD_INPUT},    /* a file of somebody else's has our name */
			{ELOOP, CLI_BAD_INPUT},     /* a folder is a symbolic link */
			{ENOTDIR, CLI_BAD_INPUT},
			{ETIME, CLI_FINDINGS}, /* confirmed too late: it is undone */
		};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].code == err->code)
			return rows[i].exit;
	}
	return CLI_INTERNAL;
}

static enum cli_exit make_here(const struct cli *cli, const struct change *change, json_t **reply)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	_cleanup_(host_freep) struct host *host = NULL;
	_cleanup_free_ char *etc_dir = NULL, *again = change_again(cli);
	struct guard_command guard = {0};
	struct apply_context context;
	struct err err;

	if (change->has_profile && local_profile(cli, cli->args[0], &profile, &err) < 0)
		return output_fail_input(&err);
	if (!change->reads_only && !cli->dry_run && !cli->sysctl_root && geteuid() != 0) {
		output_note(
			"fettle %s needs root: it changes the kernel's settings, or files below "
			"/etc",
			cli->command->name);
		return CLI_NOT_PERMITTED;
	}
	/* one without etc is no system's; undoing must not depend on what may be gone since */
	if (!change->has_number && local_root(cli, "etc/", &err) < 0)
		return output_fail_input(&err);
	if (local_host(cli, &host, &err) < 0)
		return output_fail_input(&err);
	if (change_context(cli, host, &etc_dir, &context, &err) < 0)
		return output_fail(exit_of(&err), &err);
	context.again = again;
	context.for_root = (change->reads_only || cli->dry_run) && !cli->sysctl_root;
	if (cli->confirm_within)
		find_guard(cli, &context, &guard);
	if (change->here(cli, &context, profile, reply, &err) < 0)
		return output_fail(exit_of(&err), &err);
	return CLI_FINE;
}

/* After a call was sent, nothing tells what came of it: doing it again here could be twice. What is
 * in another network namespace did nothing. */
static bool may_go_local(const struct cli *cli, const struct change *change,
			 const struct daemon_failure *failure)
{
	bool sent = failure->err.code == ETIMEDOUT || failure->err.code == ECONNRESET;
	bool elsewhere = failure->refused && failure->err.code == EXDEV;

	if (cli->socket)
		return false;
	return elsewhere || (failure->may_go_local && (change->reads_only || !sent));
}

static int add_argument(const struct cli *cli, const struct change *change, json_t **parameters,
			struct err *err)
{
	_cleanup_free_ char *netns = rpc_netns();
	uint64_t number = 0;
	int r = change->has_number ? change_number(cli, &number, err) : 0;

	if (!*parameters)
		*parameters = json_object();
	if (change->has_profile)
		json_object_set_new(*parameters, "profile", json_string(cli->args[0]));
	if (number)
		json_object_set_new(*parameters, "transaction", json_integer((json_int_t)number));
	/* whoever names a socket means that daemon, wherever it is */
	if (!cli->socket && !str_equal(change->method, "ListTransactions"))
		json_object_set_new(*parameters, "netns", json_string(netns));
	return r;
}

enum cli_exit change_make(const struct cli *cli, const struct change *change, json_t *parameters,
			  json_t **reply)
{
	const char *local = local_reason(cli, change->has_profile ? cli->args[0] : NULL);
	struct daemon_failure failure;
	struct err err;

	*reply = NULL;
	if (add_argument(cli, change, &parameters, &err) < 0) {
		json_decref(parameters);
		return output_fail(CLI_USAGE, &err);
	}
	if (local) {
		json_decref(parameters);
		if (!cli->socket)
			return make_here(cli, change, reply);
		output_note("--socket asks for the daemon, %s does without it", local);
		return CLI_USAGE;
	}
	if (daemon_call(cli, DAEMON_LONG, change->method, parameters, reply, &failure) == 0)
		return CLI_FINE;
	if (failure.refused)
		failure.exit = exit_of(&failure.err);
	if (!may_go_local(cli, change, &failure))
		return output_fail(failure.exit, &failure.err);
	daemon_note_local("doing this locally", &failure);
	return make_here(cli, change, reply);
}
