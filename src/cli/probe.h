/* cli/probe.h - what the commands that measure have in common. */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include <jansson.h>

#include "cli/cli.h"
#include "measure/measure.h"

/* Where a measurement leads, for fettle-probe: HOST, or the address of --path. Returns 0, or -errno
 * as local_profile() and profile_path_host(). */
int probe_add_target(const struct cli *cli, struct measure *measure, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* CLI_USAGE, having said so, when the command line does not say where a measurement leads, or says
 * it twice; else CLI_FINE. */
enum cli_exit probe_check_target(const struct cli *cli) __attribute__((nonnull));

/* Has the daemon measure, where it answers, and where the command line says nothing that it would
 * not follow. Returns true when that was the end of it, with `*code` and `*result` as probe_run();
 * false when it is to be measured here. */
bool probe_asked(const struct cli *cli, const struct measure *measure, json_t **result,
		 enum cli_exit *code) __attribute__((nonnull, warn_unused_result));
/* Runs it here to its end. Returns CLI_FINE with `*result`, a new reference; or what the command is
 * to end with, having said why: CLI_NOT_PERMITTED, CLI_USAGE for a word that is refused,
 * CLI_BAD_INPUT for a host that nobody knows, CLI_INCOMPLETE when there was nothing to be
 * measured. */
enum cli_exit probe_run(const struct measure *measure, json_t **result) __attribute__((nonnull));
/* True when standard error is a terminal: then, and only then, progress is shown there. */
bool probe_is_watched(void);
/* One line over the last one, cut to the terminal's width; "" takes it away. */
void probe_show_progress(const char *line) __attribute__((nonnull));

#endif
