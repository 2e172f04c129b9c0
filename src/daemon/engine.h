/* daemon/engine.h - has what the front asks for done, each job by a process of its own (worker.h).
 *
 * It is also the one the service manager knows, takes the signals, and sees to it that neither
 * process runs without the other. */
#ifndef DAEMON_ENGINE_H
#define DAEMON_ENGINE_H

#include <sys/types.h>

#include "daemon/listen.h"
#include "daemon/options.h"
#include "daemon/settings.h"
#include "profile/config.h"

struct engine_start {
	const struct options *options;
	struct config *config;           /* taken over */
	const struct listener *listener; /* only its path: the front accepts */
	int front_fd;                    /* taken over */
	pid_t front_pid;
	const char *front_user; /* NULL: it runs as this process does */
};

/* Serves until it is told to end, or the front is gone; the process's exit code. The signals it
 * handles are blocked by the caller, before the front is forked. */
int engine_run(struct engine_start *start) __attribute__((nonnull, warn_unused_result));
/* SIGTERM and SIGINT end, SIGHUP reloads, SIGCHLD tells of the front. */
void engine_block_signals(void);

#endif
