/* daemon/worker.h - one job in a process of its own.
 *
 * So the engine hears signals while a job runs, a job that hangs or crashes is an error and no
 * more, and all memory a profile or a report took is given back. */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include <event2/event.h>

#include "base/str.h"
#include "daemon/job.h"

struct worker;

/* Has `done` called with the answer (see job_run()), which it may take. Exactly once; the worker is
 * gone by then. A job that takes more than `limit_s` is ended, or goes on without one to hear its
 * answer when it changes the host; the answer says which. Returns 0, or why no process could be
 * made. */
int worker_start(struct event_base *base, const struct job *job, const struct job_context *context,
		 unsigned limit_s, void (*done)(void *owner, struct strbuf *answer), void *owner,
		 struct worker **out, struct err *err) __attribute__((nonnull, warn_unused_result));
/* Ends it with no answer; leaves one that changes the host to come to its end by itself. */
void worker_free(struct worker *worker);

#endif
