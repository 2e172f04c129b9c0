/* cli/options.h - a command line against the tables of cli.h. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/err.h"
#include "cli/cli.h"

/* Options stand anywhere, `--opt value` or `--opt=value`; "--" ends them; of one given twice the
 * last holds. Returns 0, or -EINVAL with a message that ends in what to do. */
int cli_parse(int argc, char **argv, struct cli *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void cli_fini(struct cli *cli) __attribute__((nonnull));

#endif
