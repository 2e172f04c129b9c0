/* man/tables.h - the tables that the programs go by, as parts of a manual page. */
#ifndef MAN_TABLES_H
#define MAN_TABLES_H

#include <stdio.h>

#include "cli/cli.h"

/* "fettle audit [OPTION...] [PROFILE]", a line. */
void tables_synopsis(FILE *out, const struct cli_command *command) __attribute__((nonnull));
void tables_options(FILE *out, const struct cli_option *options) __attribute__((nonnull));
void tables_exits(FILE *out, const struct cli_exit_note *exits) __attribute__((nonnull));
/* A command whole: what it is for, its options, and what its exit status means. */
void tables_command(FILE *out, const struct cli_command *command) __attribute__((nonnull));
/* The options of fettled. */
void tables_daemon_options(FILE *out) __attribute__((nonnull));
/* Every finding there is: of the built-in rules, then all others. */
void tables_findings(FILE *out) __attribute__((nonnull));
/* The varlink interface: its comments as prose, each over what it is about. */
void tables_interface(FILE *out) __attribute__((nonnull));

#endif
