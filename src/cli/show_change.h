/* cli/show_change.h - plans, results and transactions, from the JSON of src/apply, for people. */
#ifndef CLI_SHOW_CHANGE_H
#define CLI_SHOW_CHANGE_H

#include <jansson.h>

#include "cli/cli.h"

/* Members that are missing are shown as nothing: a daemon may be of another version. */
void show_plan(const struct cli *cli, const json_t *plan) __attribute__((nonnull(1)));
/* Of {"result", "plan", "boot"}, the last two of which may be missing. */
void show_result(const struct cli *cli, const json_t *reply) __attribute__((nonnull(1)));
void show_transactions(const struct cli *cli, const json_t *reply) __attribute__((nonnull(1)));
/* One of them, with its steps and what an undo made of each. */
void show_transaction(const struct cli *cli, const json_t *transaction) __attribute__((nonnull));

/* Something that is worth a warning cannot be changed here, and nobody answers for it. */
bool plan_is_blocked(const json_t *plan);
/* A line of a file does not hold after a boot. */
bool boot_is_lost(const json_t *boot);

#endif
