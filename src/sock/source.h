/* sock/source.h - where owners and options come from: one file a source.
 *
 * bpf: a task_file iterator, every descriptor of every process in one pass that touches nobody.
 *
 * pidfd: /proc/PID/fd, and getsockopt(2) on a duplicate made by pidfd_getfd(2), which disturbs:
 * while the duplicate is held the peer sees no end of file when the owner closes, and the wait of
 * SO_LINGER moves to whoever closes last. So it holds one descriptor at a time, for microseconds,
 * closes it in a child that may block, and reads no more than it is told to.
 *
 * proc: /proc/PID/fd, owners only. */
#ifndef SOCK_SOURCE_H
#define SOCK_SOURCE_H

#include "sock/owners.h"

enum sock_source_kind {
	SOCK_SOURCE_AUTO, /* bpf where it loads; else proc */
	SOCK_SOURCE_BPF,
	SOCK_SOURCE_PIDFD,
	SOCK_SOURCE_PROC,
	SOCK_SOURCE_COUNT
};

struct sock_source_options {
	size_t most; /* pidfd: how many sockets it reads; 0: no bound */
};

struct sock_source {
	const char *name; /* "bpf", "pidfd", "proc" */
	/* Adds every socket of every process it may look at, and says in `coverage` what it may
	 * not. An error when it cannot work here at all: -ENOTSUP, -EPERM, ... and the reason. */
	int (*collect)(const struct sock_source_options *options, struct owners *owners,
		       struct socket_coverage *coverage, struct err *err);
};

extern const struct sock_source sock_source_bpf, sock_source_pidfd, sock_source_proc;

#endif
