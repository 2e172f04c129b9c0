/* daemon/job_kinds.h - what jobs there are: job.c has the table, and those that read. */
#ifndef DAEMON_JOB_KINDS_H
#define DAEMON_JOB_KINDS_H

#include "daemon/outcome.h"

/* The one that measures. */
void job_probe(const struct job *job, const struct job_context *context, struct outcome *outcome);
/* Those that plan and change. */
void job_plan(const struct job *job, const struct job_context *context, struct outcome *outcome);
void job_transactions(const struct job *job, const struct job_context *context,
		      struct outcome *outcome);
void job_apply(const struct job *job, const struct job_context *context, struct outcome *outcome);
void job_confirm(const struct job *job, const struct job_context *context, struct outcome *outcome);
void job_rollback(const struct job *job, const struct job_context *context,
		  struct outcome *outcome);
void job_persist(const struct job *job, const struct job_context *context, struct outcome *outcome);
void job_unpersist(const struct job *job, const struct job_context *context,
		   struct outcome *outcome);
void job_recover(const struct job *job, const struct job_context *context, struct outcome *outcome);

#endif
