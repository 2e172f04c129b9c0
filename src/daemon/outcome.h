/* daemon/outcome.h - what came of a job, and the errors that jobs have in common. */
#ifndef DAEMON_OUTCOME_H
#define DAEMON_OUTCOME_H

#include "daemon/job.h"
#include "profile/profile.h"

struct outcome {
	json_t *parameters;      /* the reply's, or the error's */
	json_t *audit;           /* what the front keeps of it; NULL: nothing */
	json_int_t recover_in_s; /* see job_recovery_due() */
	const char *error;       /* NULL: it worked */
};

void outcome_set_error(struct outcome *outcome, const char *error, json_t *parameters)
	__attribute__((nonnull(1, 2)));
void outcome_engine_failed(struct outcome *outcome, const struct err *err) __attribute__((nonnull));
/* It was refused before anything was begun: org.fettle.Busy for EBUSY, else org.fettle.Refused. */
void outcome_refuse(struct outcome *outcome, const struct err *err) __attribute__((nonnull));
/* Keys of net/ and paths are each namespace's own: what is meant for another must not be done in
 * this one. Refuses with EXDEV, and returns it negative. */
int outcome_check_netns(struct outcome *outcome, const struct job *job)
	__attribute__((nonnull, warn_unused_result));
/* A profile by its name alone, the caller's; NULL with the outcome set. */
struct profile *outcome_load_profile(struct outcome *outcome, const struct job_context *context,
				     const char *name) __attribute__((nonnull));

#endif
