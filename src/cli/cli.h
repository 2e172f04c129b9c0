/* cli/cli.h - the `fettle` command: what a command line may say, and who does what it says.
 *
 * A command is one file and one row of cli_commands[]; its --help is made from that row. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "render/render.h"

enum cli_exit {
	CLI_FINE = 0,
	CLI_FINDINGS = 1, /* at or above --fail-on; changes to make; a change that was taken back */
	CLI_INCOMPLETE = 2, /* could not check, or do, all that was asked for */
	CLI_USAGE = 64,
	CLI_BAD_INPUT = 65, /* a profile, the configuration or a key */
	CLI_NO_DAEMON = 69,
	CLI_INTERNAL = 70, /* also: the output could not be written */
	CLI_BUSY = 75,
	CLI_NOT_PERMITTED = 77,
};

/* A command line, understood. Texts point into argv or into `joined`; NULL or false: the option was
 * not given. */
struct cli {
	bool help, version;
	bool local;
	const char *socket, *color, *profile_path, *config, *sysctl_root;
	const char *format, *fail_on, *only; /* these and below: of commands that have them */
	const char *root, *loader;
	const char *confirm_within, *state_dir;
	const char *netns, *sample, *most;
	const char *state, *kind, *port, *process; /* which sockets */
	const char *options_from;
	const char *token_file, *direction, *max_time, *max_bytes, *max_rate, *congestion, *family;
	const char *listen_on, *for_time;     /* of probes and of reflect, as those before */
	const char *path_name, *profile_name; /* where a profile's path leads, instead of a host */
	bool verbose, strict, dry_run, persist, listen, findings, once;

	const struct cli_command *command; /* NULL: none, then `group` may say which were near */
	char *group;                       /* "" or the words given: "profile" */
	const char **args;
	size_t n_args;
	char **joined; /* lists that were given in parts */
	size_t n_joined;

	struct render_options render; /* of standard output, see cli/output.h */
};

struct cli_option {
	const char *name;
	const char *value; /* what --help calls it; NULL: a switch; "N,N...": a list */
	const char *(*choice)(size_t i); /* the values it may have, until NULL; or any when NULL */
	size_t at;                       /* in struct cli: const char *, or bool for a switch */
	const char *summary;
};

/* What an exit status means of one command, where that is more than of all of them. */
struct cli_exit_note {
	const char *code, *meaning;
};

struct cli_command {
	const char *name; /* one word or two: "profile list" */
	const char *args; /* for --help: "[PROFILE]" */
	size_t least_args, most_args;
	const char *summary;              /* NULL: for fettle itself, --help leaves it out */
	const struct cli_option *options; /* end with a NULL name; may be NULL */
	enum cli_exit (*run)(const struct cli *cli); /* NULL: --help of what its words name */
	bool here;                         /* works on files here: --socket makes no sense */
	const struct cli_exit_note *exits; /* end with a NULL code; may be NULL */
};

extern const struct cli_command cli_commands[]; /* end with a NULL name */
extern const struct cli_option cli_globals[];   /* end with a NULL name */
extern const struct cli_exit_note cli_exits[];  /* of every command; end with a NULL code */

enum cli_exit cli_main(int argc, char **argv);

enum cli_exit cmd_apply(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_audit(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_boot(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_complete(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_confirm(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_explain(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_guard(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_persist(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_plan(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_probe_bdp(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_probe_limits(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_probe_path(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_probe_survey(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_probe_transports(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_profile_lint(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_profile_list(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_profile_show(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_reflect(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_rollback(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_sockets(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_status(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_transactions(const struct cli *cli) __attribute__((nonnull));
enum cli_exit cmd_unpersist(const struct cli *cli) __attribute__((nonnull));

#endif
