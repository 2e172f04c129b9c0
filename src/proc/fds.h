/* proc/fds.h - which process holds which socket, from /proc/PID/fd; and how near its limit it
 * is. */
#ifndef PROC_FDS_H
#define PROC_FDS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* What was passed over; a process that ended meanwhile is none of it. */
struct fds_shortfall {
	size_t processes, denied; /* looked at; of these, not allowed to (see proc(5), ptrace(2)) */
};

/* Calls `found` for every descriptor of a socket, by pid, then by descriptor. Processes that share
 * one table (CLONE_FILES) are seen each. Stops when `found` returns nonzero, which is then
 * returned. `shortfall` is filled whatever comes of it. */
int fds_walk(int (*found)(void *context, pid_t pid, int fd, uint64_t inode), void *context,
	     struct fds_shortfall *shortfall, struct err *err)
	__attribute__((nonnull(1, 3, 4), warn_unused_result));

/* Descriptors in use and the soft and hard RLIMIT_NOFILE; UINT64_MAX: unlimited. */
struct fds_use {
	uint64_t used, soft, hard;
};
/* Since Linux 6.2 of any process that is visible; before, of those that fds_walk() may look at.
 * -ENOENT: it is gone. */
int fds_use(pid_t pid, struct fds_use *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
