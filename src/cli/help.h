/* cli/help.h - --help on every level, made from the tables of cli.h. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/cli.h"

/* Of the command that was named, of a group ("profile"), or of all. */
void help_print(const struct cli *cli, FILE *out) __attribute__((nonnull));

#endif
