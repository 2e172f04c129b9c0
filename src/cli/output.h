/* cli/output.h - the three standard streams: what they are, and whether the output got out. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <jansson.h>

#include "base/err.h"
#include "cli/cli.h"
#include "model/report.h"

/* -EBADF when standard output is closed. A closed input or error stream becomes /dev/null, so that
 * no file opened later takes its number. */
int output_check_streams(struct err *err) __attribute__((nonnull, warn_unused_result));
/* The width and whether to colour. `color` is "auto", "always", "never" or NULL. */
struct render_options output_options(const char *color);
/* For --format json. A failed write is found by output_finish(). Takes `json`. */
void output_json(json_t *json);
/* Standard output to its end: `code`, or CLI_INTERNAL when not all of it could be written. */
enum cli_exit output_finish(enum cli_exit code);

/* A report as --format and --fail-on ask for it; CLI_FINE, CLI_FINDINGS or CLI_INCOMPLETE. */
enum cli_exit output_report(const struct cli *cli, const struct report *report)
	__attribute__((nonnull));

/* One line on standard error. */
void output_note(const char *format, ...) __attribute__((nonnull, format(printf, 1, 2)));
/* The same from an error; returns `code`. */
enum cli_exit output_fail(enum cli_exit code, const struct err *err) __attribute__((nonnull));
/* As above for what went wrong with a file or a key: CLI_NOT_PERMITTED where that was why. */
enum cli_exit output_fail_input(const struct err *err) __attribute__((nonnull));

#endif
