/* cli/daemon.h - calls to the daemon, and what its refusals mean to whoever called. */
#ifndef CLI_DAEMON_H
#define CLI_DAEMON_H

#include <jansson.h>

#include "base/err.h"
#include "cli/cli.h"

extern const char daemon_default_socket[];

/* Where the daemon listens: --socket, or the default. */
const char *daemon_socket(const struct cli *cli) __attribute__((nonnull, returns_nonnull));

struct daemon_failure {
	enum cli_exit exit;
	bool may_go_local; /* not there, or not for this user: the same can be done without it */
	bool refused;      /* for a reason whose code is in `err` */
	struct err err;
};

enum daemon_patience {
	DAEMON_AT_ONCE, /* for what is done without, rather than waited for */
	DAEMON_SOON,    /* for what answers at once, or never */
	DAEMON_LONG,    /* for what may load modules, with the daemon's own limit in it */
	DAEMON_QUEUED,  /* for what may wait for others that take as long */
};

/* Calls "org.fettle." + `method`. `parameters` is taken over, may be NULL. Returns 0 with the
 * reply's parameters in `*out`, the caller's; or -1 with `failure` filled. */
int daemon_call(const struct cli *cli, enum daemon_patience patience, const char *method,
		json_t *parameters, json_t **out, struct daemon_failure *failure)
	__attribute__((nonnull(1, 3, 5, 6), warn_unused_result));
/* The same for a method that tells of its progress: `seen` is called with it. */
int daemon_follow(const struct cli *cli, enum daemon_patience patience, const char *method,
		  json_t *parameters, void (*seen)(void *context, const json_t *parameters),
		  void *context, json_t **out, struct daemon_failure *failure)
	__attribute__((nonnull(1, 3, 7, 8), warn_unused_result));
/* "DOING: why the daemon does not do it", on standard error; nothing where this host has no daemon:
 * none is installed, and nobody made a place for its socket. */
void daemon_note_local(const char *doing, const struct daemon_failure *failure)
	__attribute__((nonnull));

#endif
