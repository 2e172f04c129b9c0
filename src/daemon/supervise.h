/* daemon/supervise.h - from the command line to two running processes. */
#ifndef DAEMON_SUPERVISE_H
#define DAEMON_SUPERVISE_H

#include "daemon/options.h"

/* Runs the daemon until it ends; the process's exit code, of sysexits.h. */
int supervise_run(const struct options *options) __attribute__((nonnull, warn_unused_result));

#endif
