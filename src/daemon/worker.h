/* daemon/worker.h - one job in a process of its own: one that is forked, or that of a service.
 *
 * So the engine hears signals while a job runs, a job that hangs or crashes is an error and no
 * more, and all memory a profile or a report took is given back. */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include <event2/event.h>

#include "base/str.h"
#include "daemon/job.h"

struct worker;

struct worker_calls {
	/* Two messages (see job_tell()) that are not the answer yet. */
	void (*told)(void *owner, const char *bytes, size_t len);
	/* The answer (see job_run()), which may be taken. Exactly once; the worker is gone by
	 * then. */
	void (*done)(void *owner, struct strbuf *answer);
};

/* A job that takes more than `limit_s` is ended, or goes on without one to hear its
 * answer when it changes the host; the answer says which. Returns 0, or why no process could be
 * made, or no service reached. */
int worker_start(struct event_base *base, const struct job *job, const struct job_context *context,
		 unsigned limit_s, const struct worker_calls *calls, void *owner,
		 struct worker **out, struct err *err) __attribute__((nonnull, warn_unused_result));
/* Nobody waits for it: ends one that only reads. It is done soon, with an answer that says so. */
void worker_cancel(struct worker *worker) __attribute__((nonnull));
/* Ends it with no answer; leaves one that changes the host to come to its end by itself. */
void worker_free(struct worker *worker);

#endif
