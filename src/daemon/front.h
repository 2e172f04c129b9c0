/* daemon/front.h - the process that clients talk to: no rights, no files, only sockets. */
#ifndef DAEMON_FRONT_H
#define DAEMON_FRONT_H

#include <jansson.h>

#include "daemon/connection.h"
#include "daemon/requests.h"
#include "daemon/sandbox.h"
#include "daemon/settings.h"

struct front;

struct front_start {
	int listen_fd, engine_fd; /* taken over */
	struct settings settings; /* taken over */
	pid_t main_pid;           /* the engine: what to signal, and what GetStatus names */
	struct identity identity; /* to run as */
};

/* Serves until the engine says stop or is gone; the process's exit code. */
int front_run(struct front_start *start) __attribute__((nonnull, warn_unused_result));

/* For the methods. */
const struct settings *front_settings(const struct front *front) __attribute__((nonnull));
json_t *front_status(const struct front *front) __attribute__((nonnull, warn_unused_result));
void front_count_denied(struct front *front) __attribute__((nonnull));
/* Has the call answered by the engine, or answers that it cannot be; see requests_add(). */
void front_ask_engine(struct front *front, struct connection *connection, enum request_kind kind,
		      const char *op, json_t *arguments) __attribute__((nonnull(1, 2, 4)));

#endif
