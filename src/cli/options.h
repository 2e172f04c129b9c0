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

/* The option of that name, of the command if there is one or of all; or NULL. */
const struct cli_option *cli_find_option(const struct cli *cli, const char *name, size_t len)
	__attribute__((nonnull));

/* A command line that somebody is still typing. */
struct cli_begun {
	struct cli cli;
	const struct cli_option *open; /* the next word is its value; or NULL */
	bool only_args;                /* "--" was seen */
};

/* The words before the one that is being typed, without "fettle". What makes no sense in them is
 * passed over. cli_fini() `out->cli` afterwards. */
void cli_parse_begun(const char *const *words, size_t count, struct cli_begun *out)
	__attribute__((nonnull));

#endif
