/* daemon/job.h - one request of the front, done: what the engine is there for.
 *
 * Everything in a request is checked again here, as if the front were somebody else's. */
#ifndef DAEMON_JOB_H
#define DAEMON_JOB_H

#include <jansson.h>

#include "base/err.h"
#include "base/str.h"

struct job_kind;

struct job {
	json_int_t id;
	const struct job_kind *kind;
	char *profile; /* NULL: the active one */
};

struct job_context {
	const char *active_profile, *profile_path, *sysctl_root;
};

/* Returns 0; -EINVAL for what is not asked that way, with the id to say so to; or -EPROTO when
 * there is not even that. */
int job_parse(const char *text, size_t len, struct job *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void job_fini(struct job *job) __attribute__((nonnull));

/* Adds the two messages of an answer (see channel.h), whatever came of it. */
void job_run(const struct job *job, const struct job_context *context, struct strbuf *out)
	__attribute__((nonnull));
/* The same when the job could not be run. */
void job_fail(json_int_t id, const char *reason, struct strbuf *out) __attribute__((nonnull));

#endif
