/* daemon/options.h - the command line of fettled. */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"

struct options {
	const char *socket_path;
	const char *config_file;
	const char *profile_path;
	const char *sysctl_root;
	const char *state_dir, *root; /* NULL: the host's */
	const char *probe;            /* fettle-probe */
	const char *user;             /* the front runs as; NULL: as the configuration says */
	const char *job_sockets;      /* NULL: jobs are done by processes of this one */
	bool job;                     /* do one, see instance.h */
	enum log_level log_level;
};

/* Everything there is to say about an option, in one row. */
struct options_row {
	const char *name, *argument, *help;
	size_t offset; /* of its `const char *` in struct options, where it has one */
};

extern const struct options_row options_rows[]; /* end with a NULL name */

enum options_action {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

/* Strings point into `argv`. Returns 0, or -EINVAL for what is not understood. */
int options_parse(int argc, char **argv, struct options *out, enum options_action *action,
		  struct err *err) __attribute__((nonnull, warn_unused_result));
void options_help(FILE *out) __attribute__((nonnull));

#endif
