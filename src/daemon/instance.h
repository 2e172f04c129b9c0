/* daemon/instance.h - one job as a service of its own: `fettled --job`.
 *
 * Under systemd each kind of job has a unit with the rights that it takes, and fettled itself has
 * none: it passes a request to the socket of such a unit (see worker.h), systemd.socket(5) starts
 * an instance with the connection as its standard input, and the answer goes back the same way.
 *
 * What is asked is checked as if it came from a stranger; for whom it is done is what fettled says.
 * A job that changes the host comes to its end whatever becomes of who asked; any other ends when
 * that one hangs up. */
#ifndef DAEMON_INSTANCE_H
#define DAEMON_INSTANCE_H

#include "daemon/options.h"

/* The process's exit code. */
int instance_run(const struct options *options) __attribute__((nonnull, warn_unused_result));

#endif
