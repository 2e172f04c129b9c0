/* cli/cli.c - see cli.h. */
#include "cli/cli.h"

#include <locale.h>

#include "cli/help.h"
#include "cli/options.h"
#include "cli/output.h"
#include "config.h"

static const char *color_choice(size_t i)
{
	static const char *const names[] = {"auto", "always", "never"};

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static const char *report_format_choice(size_t i)
{
	return renderers[i].name;
}

static const char *severity_choice(size_t i)
{
	return i < SEVERITY_COUNT ? severity_name((enum severity)i) : NULL;
}

static const char *table_or_json(size_t i)
{
	static const char *const names[] = {"table", "json"};

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static const char *yaml_or_json(size_t i)
{
	static const char *const names[] = {"yaml", "json"};

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

#define AT(member) offsetof(struct cli, member)

const struct cli_option cli_globals[] = {
	{"local", NULL, NULL, AT(local), "do it here, without the daemon"},
	{"socket", "PATH", NULL, AT(socket), "the daemon's socket; then never without the daemon"},
	{"color", "WHEN", color_choice, AT(color), "auto: on a terminal, unless NO_COLOR is set"},
	{"profile-path", "DIR:DIR...", NULL, AT(profile_path),
	 "where profiles are looked for; implies --local"},
	{"config", "FILE", NULL, AT(config), "instead of the installed one; implies --local"},
	{"sysctl-root", "DIR", NULL, AT(sysctl_root), "instead of /proc/sys; implies --local"},
	{"help", NULL, NULL, AT(help), "this text; behind a command, that command's"},
	{"version", NULL, NULL, AT(version), "the version"},
	{NULL, NULL, NULL, 0, NULL},
};

#define NETNS_OPTION                                                                               \
	{                                                                                          \
		"netns", "NAME|PID|all", NULL, AT(netns),                                          \
			"in this network namespace, or in all of this host; implies --local"       \
	}

static const struct cli_option audit_options[] = {
	{"format", "FORMAT", report_format_choice, AT(format),
	 "table for people (default), json for programs, junit for continuous integration"},
	{"fail-on", "SEVERITY", severity_choice, AT(fail_on),
	 "the least severity that makes the exit status 1 or 2; default warning"},
	{"only", "GLOB,GLOB...", NULL, AT(only), "only findings whose id or key matches"},
	{"sample", "DURATION", NULL, AT(sample),
	 "also look at live sockets, processes and counters, over this time: 0s once, 2s for "
	 "rates"},
	NETNS_OPTION,
	{"root", "DIR", NULL, AT(root),
	 "where the files of the 'after a boot' lines are, instead of /; implies --local"},
	{"verbose", NULL, NULL, AT(verbose), "also what passed, and every reason"},
	{NULL, NULL, NULL, 0, NULL},
};

static const char *loader_choice(size_t i)
{
	static const char *const names[] = {"systemd", "procps"};

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static const struct cli_option boot_options[] = {
	{"root", "DIR", NULL, AT(root), "a mounted image, instead of this host"},
	{"loader", "NAME", loader_choice, AT(loader),
	 "systemd (systemd-sysctl) or procps (sysctl --system), instead of the one in use"},
	{"format", "FORMAT", table_or_json, AT(format), "table for people (default), or json"},
	{NULL, NULL, NULL, 0, NULL},
};

#define FORMAT_OPTION                                                                              \
	{                                                                                          \
		"format", "FORMAT", table_or_json, AT(format),                                     \
			"table for people (default), or json"                                      \
	}
#define STATE_OPTION                                                                               \
	{                                                                                          \
		"state-dir", "DIR", NULL, AT(state_dir), "where the journal is; implies --local"   \
	}
#define ROOT_OPTION                                                                                \
	{                                                                                          \
		"root", "DIR", NULL, AT(root), "write files below DIR/etc; implies --local"        \
	}

static const struct cli_option apply_options[] = {
	{"dry-run", NULL, NULL, AT(dry_run), "say what would be written, and write nothing"},
	{"confirm-within", "DURATION", NULL, AT(confirm_within),
	 "undo it by itself unless `fettle confirm` comes in time; such as 60s or 5min"},
	{"persist", NULL, NULL, AT(persist),
	 "also make it last over a reboot; once it is confirmed, with --confirm-within"},
	FORMAT_OPTION,
	STATE_OPTION,
	ROOT_OPTION,
	{NULL, NULL, NULL, 0, NULL},
};

static const struct cli_option change_options[] = {
	FORMAT_OPTION,
	STATE_OPTION,
	ROOT_OPTION,
	{NULL, NULL, NULL, 0, NULL},
};

static const struct cli_option transactions_options[] = {
	FORMAT_OPTION,
	STATE_OPTION,
	{NULL, NULL, NULL, 0, NULL},
};

static const char *options_from_choice(size_t i)
{
	static const char *const names[] = {"auto", "bpf", "pidfd", "none"};

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static const struct cli_option sockets_options[] = {
	{"listen", NULL, NULL, AT(listen), "only what waits for clients, and UDP that is bound"},
	{"state", "NAME,NAME...", NULL, AT(state),
	 "only these: established, time-wait, listening, ...; connected, synchronized, big, "
	 "bucket; "
	 "any case, and the short words of ss and netstat"},
	{"kind", "NAME,NAME...", NULL, AT(kind),
	 "only these: tcp, udp, unix, unix-stream, unix-dgram, unix-seqpacket"},
	{"port", "N,N...", NULL, AT(port), "only with one of these ports, here or there"},
	{"process", "NAME|PID,...", NULL, AT(process),
	 "only what such processes hold; a name may be a pattern, such as 'php*'"},
	{"netns", "NAME|PID|all", NULL, AT(netns),
	 "of another network namespace (of /run/netns, of a process, a path), or of each"},
	{"options", "HOW", options_from_choice, AT(options_from),
	 "how socket options are read. auto: bpf where it loads, else not. bpf: fails where it "
	 "does not load. none: not. pidfd: from a duplicate of each descriptor, which disturbs: "
	 "for as long as it is open, microseconds, the peer of a socket that its owner closes is "
	 "told nothing, and a close that lingers becomes ours"},
	{"most", "N", NULL, AT(most), "with --options pidfd: read N sockets at most"},
	{"findings", NULL, NULL, AT(findings),
	 "judge them, their processes and the counters by the built-in rules, instead of a list"},
	{"sample", "DURATION", NULL, AT(sample),
	 "with --findings: look over this time, default 2s; 0s looks once, and tells no rates"},
	{"fail-on", "SEVERITY", severity_choice, AT(fail_on),
	 "with --findings: the least severity that makes the exit status 1 or 2; default warning"},
	{"verbose", NULL, NULL, AT(verbose), "in the table: everything that is known of each"},
	FORMAT_OPTION,
	{NULL, NULL, NULL, 0, NULL},
};

static const char *direction_choice(size_t i)
{
	static const char *const names[] = {"up", "down", "both"};

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static const char *family_choice(size_t i)
{
	static const char *const names[] = {"4", "6"};

	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

#define TARGET_OPTIONS                                                                             \
	{"path", "NAME", NULL, AT(path_name),                                                      \
	 "instead of HOST: to where this path of a profile leads; by the daemon where it "         \
	 "answers, unless another option says how to measure"},                                    \
	{                                                                                          \
		"profile", "PROFILE", NULL, AT(profile_name),                                      \
			"with --path: that profile's, instead of the active one's"                 \
	}
#define FAMILY_OPTION                                                                              \
	{                                                                                          \
		"family", "4|6", family_choice, AT(family), "IPv4 or IPv6 alone"                   \
	}

static const struct cli_option bdp_options[] = {
	TARGET_OPTIONS,
	{"token-file", "FILE", NULL, AT(token_file),
	 "the far end's token, alone on its first line"},
	{"direction", "HOW", direction_choice, AT(direction),
	 "up: from here to there; down; or both, one after the other (default)"},
	{"max-time", "DURATION", NULL, AT(max_time), "give up converging after this; default 10s"},
	{"max-bytes", "SIZE", NULL, AT(max_bytes), "and after this much each way; default 1GiB"},
	{"max-rate", "RATE", NULL, AT(max_rate), "send no faster, such as 50Mbit"},
	{"congestion", "NAME", NULL, AT(congestion),
	 "the congestion control to send with, either way"},
	FAMILY_OPTION,
	FORMAT_OPTION,
	{NULL, NULL, NULL, 0, NULL},
};

static const struct cli_option path_options[] = {
	TARGET_OPTIONS,
	{"max-time", "DURATION", NULL, AT(max_time), "take no longer; default 20s"},
	FAMILY_OPTION,
	FORMAT_OPTION,
	{NULL, NULL, NULL, 0, NULL},
};

static const struct cli_option survey_options[] = {
	{"for", "DURATION", NULL, AT(for_time),
	 "also wait for connections that close, this long; default: look once"},
	{"netns", "NAME|PID|all", NULL, AT(netns), "in this network namespace, or in all"},
	FORMAT_OPTION,
	{NULL, NULL, NULL, 0, NULL},
};

static const struct cli_option reflect_options[] = {
	{"listen", "ADDR[:PORT]", NULL, AT(listen_on),
	 "where; *:PORT is every address; on port 4433 unless another is named"},
	{"token-file", "FILE", NULL, AT(token_file), "the token, alone on its first line"},
	{"max-rate", "RATE", NULL, AT(max_rate),
	 "send and take no faster, such as 1Gbit; default: no limit"},
	{"max-time", "DURATION", NULL, AT(max_time), "the longest probe each way; default 30s"},
	{"max-bytes", "SIZE", NULL, AT(max_bytes), "the most bytes each way; default 4GiB"},
	{"congestion", "NAME", NULL, AT(congestion), "the congestion control to send with"},
	{"once", NULL, NULL, AT(once), "end after one probe"},
	{NULL, NULL, NULL, 0, NULL},
};

static const struct cli_option list_options[] = {
	FORMAT_OPTION,
	{NULL, NULL, NULL, 0, NULL},
};

static const struct cli_option show_options[] = {
	{"format", "FORMAT", yaml_or_json, AT(format), "yaml (default) or json"},
	{NULL, NULL, NULL, 0, NULL},
};

static const struct cli_option lint_options[] = {
	{"strict", NULL, NULL, AT(strict), "warnings fail too"},
	{NULL, NULL, NULL, 0, NULL},
};

static const struct cli_option plan_options[] = {
	FORMAT_OPTION,
	{"root", "DIR", NULL, AT(root),
	 "where --persist would write, DIR/etc, instead of /; implies --local"},
	{NULL, NULL, NULL, 0, NULL},
};

const struct cli_exit_note cli_exits[] = {
	{"0", "fine"},
	{"1", "findings at or above --fail-on, changes to make, or a change that the kernel "
	      "refused and that was taken back"},
	{"2", "could not check or do everything"},
	{"64", "usage"},
	{"65", "bad profile or other input"},
	{"69", "daemon not reachable"},
	{"70", "internal error"},
	{"75", "busy: another transaction is under way, or waits for its confirmation"},
	{"77", "not permitted"},
	{NULL, NULL},
};

static const struct cli_exit_note audit_exits[] = {
	{"0", "no findings at or above --fail-on"},
	{"1", "findings at or above it"},
	{"2", "something of severity --fail-on or above could not be checked"},
	{NULL, NULL},
};

static const struct cli_exit_note plan_exits[] = {
	{"0", "nothing to change, and nothing in the way but of keys of severity info"},
	{"1", "changes to make"},
	{"2", "nothing to change, and a key of severity warning or above is blocked"},
	{NULL, NULL},
};

static const struct cli_exit_note apply_exits[] = {
	{"0", "done, or nothing to do; what is blocked is of severity info"},
	{"1", "the kernel refused part of it: all of it was taken back"},
	{"2", "done, but a key of severity warning or above is blocked, or a line that was made to "
	      "last does not hold after a boot; or not all of it could be taken back"},
	{"75", "another transaction is under way, or waits for its confirmation"},
	{NULL, NULL},
};

static const struct cli_exit_note confirm_exits[] = {
	{"0", "it is kept"},
	{"1", "too late: it is undone"},
	{"2", "it is kept, but a line that was made to last does not hold after a boot"},
	{"65", "no such transaction, or none that waits"},
	{NULL, NULL},
};

static const struct cli_exit_note rollback_exits[] = {
	{"0", "undone, or the one that was named had been"},
	{"2", "undone but for what somebody else changed since, or the one that was named had "
	      "been undone so"},
	{"65", "no such transaction; or none was named and the last one undid itself: the message "
	       "names the one before it"},
	{NULL, NULL},
};

static const struct cli_exit_note sockets_exits[] = {
	{"0",
	 "the list is whole, what is not known of a socket is said in it; with --findings: none "
	 "at or above --fail-on"},
	{"1", "findings at or above --fail-on"},
	{"2", "a namespace could not be read, or the list broke off; with --findings: something of "
	      "severity --fail-on or above could not be judged"},
	{NULL, NULL},
};

static const struct cli_exit_note bdp_exits[] = {
	{"0", "measured, and no setting of either host to change"},
	{"1", "measured, and a setting that holds it back"},
	{"2", "no connection, or not each way could be measured"},
	{NULL, NULL},
};

static const struct cli_exit_note limits_exits[] = {
	{"0", "each limit does what its sysctl says"},
	{"1", "one does not"},
	{"2", "not all of them could be tried"},
	{NULL, NULL},
};

static const struct cli_exit_note path_exits[] = {
	{"0", "connected, and no finding of severity warning or above"},
	{"1", "connected, and findings"},
	{"2", "no connection, or not all of it could be measured"},
	{NULL, NULL},
};

static const struct cli_exit_note boot_exits[] = {
	{"0", "each key holds what a line says"},
	{"1", "a key is set by nothing, too early, to another value than it holds now, or by "
	      "another program later"},
	{"2", "a file could not be read"},
	{NULL, NULL},
};

enum {
	ANY_NUMBER = 1 << 16
};

const struct cli_command cli_commands[] = {
	{"apply", "PROFILE", 1, 1, "make this host meet a profile: all that can be set, or nothing",
	 apply_options, cmd_apply, false, apply_exits},
	{"audit", "[PROFILE]", 0, 1, "check this host against a profile: its name or file",
	 audit_options, cmd_audit, false, audit_exits},
	{"boot", "[KEY...]", 0, ANY_NUMBER,
	 "what the keys that a line sets, or these, will hold after a boot, and which line says "
	 "so; a KEY may be a pattern, as in sysctl.d",
	 boot_options, cmd_boot, true, boot_exits},
	{"complete", "[WORD...]", 0, ANY_NUMBER, NULL, NULL, cmd_complete, true, NULL},
	{"confirm", "[TRANSACTION]", 0, 1,
	 "keep what --confirm-within would undo, and write the files of its --persist",
	 change_options, cmd_confirm, false, confirm_exits},
	{"explain", "[KEY|FINDING]", 0, 1,
	 "what a key or a finding means; a pattern, or nothing, lists what is known", list_options,
	 cmd_explain, true, NULL},
	{"guard", "TRANSACTION", 1, 1, NULL, change_options, cmd_guard, true, NULL},
	{"help", "[COMMAND]", 0, 2, "what a command does and takes: `fettle COMMAND --help`", NULL,
	 NULL, true, NULL},
	{"persist", "PROFILE", 1, 1, "make a profile last over a reboot, and prove that it does",
	 change_options, cmd_persist, false, apply_exits},
	{"plan", "PROFILE", 1, 1, "what `fettle apply` would change, and what it cannot",
	 plan_options, cmd_plan, false, plan_exits},
	{"probe bdp", "HOST[:PORT]|--path NAME", 0, 1,
	 "a path's rate, round trip and bandwidth-delay product, and what limits it; to port 4433 "
	 "unless another is named",
	 bdp_options, cmd_probe_bdp, false, bdp_exits},
	{"probe limits", NULL, 0, 0, "what the kernel really grants a socket", list_options,
	 cmd_probe_limits, false, limits_exits},
	{"probe path", "HOST[:PORT]|--path NAME", 0, 1,
	 "how a connection is made: what is negotiated, path MTU, hops; to port 443 unless another "
	 "is named",
	 path_options, cmd_probe_path, false, path_exits},
	{"probe survey", NULL, 0, 0, "what live connections have measured, by destination",
	 survey_options, cmd_probe_survey, true, NULL},
	{"probe transports", NULL, 0, 0, "Unix sockets against TCP and UDP over loopback",
	 list_options, cmd_probe_transports, false, NULL},
	{"profile list", NULL, 0, 0, "the installed profiles", list_options, cmd_profile_list, true,
	 NULL},
	{"profile show", "PROFILE", 1, 1, "a profile as merged, each line with its origin",
	 show_options, cmd_profile_show, true, NULL},
	{"profile lint", "FILE...", 1, ANY_NUMBER, "errors and doubtful settings in profiles",
	 lint_options, cmd_profile_lint, true, NULL},
	{"reflect", NULL, 0, 0, "the far end of `fettle probe bdp`", reflect_options, cmd_reflect,
	 true, NULL},
	{"rollback", "[TRANSACTION]", 0, 1,
	 "undo a transaction: the one that is named, or the last one that no rollback undid yet",
	 change_options, cmd_rollback, false, rollback_exits},
	{"sockets", NULL, 0, 0, "live sockets, who holds them, and the options they really have",
	 sockets_options, cmd_sockets, true, sockets_exits},
	{"status", NULL, 0, 0, "how the daemon is doing", list_options, cmd_status, false, NULL},
	{"transactions", "[TRANSACTION]", 0, 1,
	 "what was applied and undone, or one with its steps", transactions_options,
	 cmd_transactions, false, NULL},
	{"unpersist", NULL, 0, 0, "take back what persist made to last", change_options,
	 cmd_unpersist, false, NULL},
	{NULL, NULL, 0, 0, NULL, NULL, NULL, false, NULL},
};

static enum cli_exit run(const struct cli *cli)
{
	if (cli->version && !cli->help) {
		puts(PACKAGE_STRING);
		return CLI_FINE;
	}
	if (cli->help) {
		help_print(cli, stdout);
		return CLI_FINE;
	}
	if (cli->socket && cli->command->here) {
		output_note("`fettle %s` does not ask the daemon: leave out --socket",
			    cli->command->name);
		return CLI_USAGE;
	}
	return cli->command->run(cli);
}

enum cli_exit cli_main(int argc, char **argv)
{
	struct cli cli = {0};
	struct err err = {0};
	enum cli_exit code;

	setlocale(LC_CTYPE, "");
	if (output_check_streams(&err) < 0)
		return output_fail(CLI_INTERNAL, &err);
	if (cli_parse(argc, argv, &cli, &err) < 0)
		return output_fail(CLI_USAGE, &err);
	cli.render = output_options(cli.color);
	cli.render.verbose = cli.verbose;
	code = output_finish(run(&cli));
	cli_fini(&cli);
	return code;
}
