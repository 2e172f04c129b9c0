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
/* What the process of one job may do besides what uid 0 does. */
enum sandbox_rights {
	SANDBOX_READ,    /* keys that are root's alone */
	SANDBOX_LOOK,    /* also the sockets, descriptors and namespaces of every process */
	SANDBOX_CHANGE,  /* also write keys and load modules */
	SANDBOX_MEASURE, /* become another user, whose rights are none */
	SANDBOX_RIGHTS
};

/* For the engine: of the capabilities it has, only CAP_KILL, to end a front that hangs;
 * CAP_DAC_READ_SEARCH, since profiles and configuration may lie where root has no other access (a
 * home folder); and, out of effect but for sandbox_worker(), what the rows of sandbox.c name. */
int sandbox_engine(struct err *err) __attribute__((nonnull, warn_unused_result));
/* For the process of one job: puts the capabilities of these rights into effect, those there are,
 * and drops the others. */
int sandbox_worker(enum sandbox_rights rights, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
