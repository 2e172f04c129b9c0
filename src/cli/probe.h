/* cli/probe.h - what the commands that measure have in common. */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include <jansson.h>

#include "cli/cli.h"
#include "measure/measure.h"

/* Runs it to its end. Returns CLI_FINE with `*result`, a new reference; or what the command is to
 * end with, having said why: CLI_NOT_PERMITTED, CLI_USAGE for a word that is refused, CLI_BAD_INPUT
 * for a host that nobody knows, CLI_INCOMPLETE when there was nothing to be measured. */
enum cli_exit probe_run(const struct measure *measure, json_t **result) __attribute__((nonnull));
/* True when standard error is a terminal: then, and only then, progress is shown there. */
bool probe_is_watched(void);
/* One line over the last one, cut to the terminal's width; "" takes it away. */
void probe_show_progress(const char *line) __attribute__((nonnull));

#endif
