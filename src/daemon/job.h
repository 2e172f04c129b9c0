/* daemon/job.h - one request of the front, done: what the engine is there for.
 *
 * Everything in a request is checked again here, as if the front were somebody else's. */
#ifndef DAEMON_JOB_H
#define DAEMON_JOB_H

#include <jansson.h>
#include <stdbool.h>

#include "apply/txn.h"
#include "base/err.h"
#include "base/str.h"
#include "daemon/sandbox.h"

struct job_kind;

enum {
	JOB_MOST_CONFIRM_S = 86400,
	JOB_MOST_REQUEST = 65536, /* bytes of one that is passed on */
};

struct job {
	json_int_t id; /* 0: the engine's own */
	const struct job_kind *kind;
	char *profile; /* NULL: the active one */
	char *active;  /* the active one, in a request of job_to_text(); or NULL */
	char *netns;   /* the only network namespace it is meant for, see rpc/netns.h; or NULL */
	unsigned confirm_within_s;
	bool persist;
	bool samples; /* look at what lives, too, over `sample_ms` */
	unsigned sample_ms;
	uint64_t transaction; /* 0: not named */
	char *probe, *path;   /* what to measure; of which `paths:` of the profile, or NULL */
	struct txn_by by;     /* whom it is done for */
};

struct job_context {
	const char *active_profile, *profile_path, *sysctl_root;
	const char *state_dir, *root; /* NULL: the host's */
	const char *probe_program, *probe_token_file;
	const char *job_sockets; /* of services that do jobs; NULL: there are none */
	int tell_fd;             /* for job_tell() */
};

/* Returns 0; -EINVAL for what is not asked that way, with the id to say so to; or -EPROTO when
 * there is not even that. The engine's own alone has the id 0. */
int job_parse(const char *text, size_t len, struct job *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* A request that job_parse() makes the same job of. */
char *job_to_text(const struct job *job, const char *active_profile)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
void job_fini(struct job *job) __attribute__((nonnull));

/* The engine's own: undoes what an earlier end left, and what is due. */
void job_make_recovery(struct job *out) __attribute__((nonnull));
/* "apply", ... */
const char *job_name(const struct job *job) __attribute__((nonnull));
/* What it takes to do it, or to know whether it could be done. */
enum sandbox_rights job_rights(const struct job *job) __attribute__((nonnull));
/* It takes its time, and waits for no other and no other for it. */
bool job_lasts(const struct job *job) __attribute__((nonnull));
/* It must not be ended half-way. */
bool job_changes(const struct job *job) __attribute__((nonnull));
/* When a job that changes should be followed by a recovery, in seconds, as its answer says; -1: it
 * need not be. */
json_int_t job_recovery_due(const struct strbuf *answer) __attribute__((nonnull));

/* Why the job of this answer could not be done, the caller's; NULL: it was. */
char *job_failure(const struct strbuf *answer) __attribute__((nonnull, warn_unused_result));

/* When `text` is a request to cancel another one, that one's id; else 0. */
json_int_t job_cancelled(const char *text, size_t len) __attribute__((nonnull));

/* Says what is known so far, before the answer: two messages as well, in which job_continues().
 * Takes `parameters` over. */
void job_tell(const struct job *job, const struct job_context *context, json_t *parameters)
	__attribute__((nonnull));
bool job_continues(const struct strbuf *messages) __attribute__((nonnull));
/* Returns 0, or -errno when nobody reads. */
int job_write(int fd, const struct strbuf *messages) __attribute__((nonnull));
/* Adds the two messages of an answer (see channel.h), whatever came of it. */
void job_run(const struct job *job, const struct job_context *context, struct strbuf *out)
	__attribute__((nonnull));
/* The same when the job could not be run. */
void job_fail(json_int_t id, const char *reason, struct strbuf *out) __attribute__((nonnull));

#endif
