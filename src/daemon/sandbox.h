/* daemon/sandbox.h - giving up rights, for good. */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Who to become. Without `change` the process stays who it is: it was not started by root. */
struct identity {
	bool change;
	char *name;
	uid_t uid;
	gid_t gid;
};

/* The user `name` when this is root, else nobody else. Returns 0, -ENOENT for no such user, or
 * -EPERM for one with root's rights. */
int identity_find(const char *name, struct identity *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void identity_fini(struct identity *identity) __attribute__((nonnull));

/* For the front: that user, no capability, no way to get one, and only the system calls that
 * serving sockets takes; anything else ends the process. */
int sandbox_front(const struct identity *identity, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* For the engine: of the capabilities it has, only CAP_KILL, to end a front that hangs;
 * CAP_DAC_READ_SEARCH, since profiles and configuration may lie where root has no other access (a
 * home folder); and, out of effect but for sandbox_worker(), CAP_SYS_ADMIN, CAP_NET_ADMIN and
 * CAP_SYS_MODULE. */
int sandbox_engine(struct err *err) __attribute__((nonnull, warn_unused_result));
/* For the process of one job: puts CAP_SYS_ADMIN into effect, where there is one; when it `changes`
 * the host, the other two as well. */
int sandbox_worker(bool changes, struct err *err) __attribute__((nonnull, warn_unused_result));

#endif
