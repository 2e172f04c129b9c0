/* apply/spawn.h - running a program to its end, without a shell. */
#ifndef APPLY_SPAWN_H
#define APPLY_SPAWN_H

#include <stdbool.h>
#include <stddef.h>

/* argv[0] is its path. Nothing of ours is passed on: a fixed PATH, no input, no output; `said` gets
 * the first line of its standard error. Returns its exit status, or -errno; -ECANCELED when a
 * signal ended it. */
int spawn_run(const char *const *argv, char *said, size_t size)
	__attribute__((nonnull, warn_unused_result));

/* Whether this host runs systemd. */
bool spawn_is_systemd_here(void);
/* "/usr/bin/systemd-run" when it does, or NULL. */
const char *spawn_find_systemd_run(void);

#endif
