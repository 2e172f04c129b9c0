/* daemon/credentials.h - who a client is, as the kernel says, and what that allows. */
#ifndef DAEMON_CREDENTIALS_H
#define DAEMON_CREDENTIALS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* The zero value allows nothing: a row that forgot its level is closed, not open. */
enum auth_level {
	AUTH_UNSET,
	AUTH_READ,  /* any local user */
	AUTH_GROUP, /* root, or a member of the configured group */
	AUTH_ADMIN, /* root */
};

struct credentials {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* supplementary */
	size_t n_groups;
};

/* Of the process that called connect(2), at that time: SO_PEERCRED and SO_PEERGROUPS (unix(7),
 * socket(7); the latter since Linux 4.13). */
int credentials_read(int fd, struct credentials *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void credentials_fini(struct credentials *credentials) __attribute__((nonnull));

/* `group` is NULL when the configured group does not exist. */
bool credentials_allow(const struct credentials *credentials, enum auth_level level,
		       const gid_t *group) __attribute__((nonnull(1), warn_unused_result));

#endif
