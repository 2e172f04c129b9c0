/* sock/duplicate.h - the options of a socket of another process, through a duplicate of its
 * descriptor (pidfd_getfd(2)).
 *
 * For the microseconds that the duplicate is held it is one more owner, and that can be seen. When
 * the owner closes the socket meanwhile: the peer gets no FIN, a listener keeps its port and its
 * place in a SO_REUSEPORT group (a service that restarts may get EADDRINUSE, a connection may be
 * given to a listener that nobody accepts from, and is reset), an epoll(7) set that the owner had
 * it in still reports it, and the wait of SO_LINGER becomes ours. A socket in the middle of
 * connect(2) or of a read is not held up: they sleep without its lock.
 *
 * So this is for a process that holds nothing else, one socket at a time, and whose close(2) a
 * timer cuts short: the wait of SO_LINGER ends with a signal, the kernel then goes on to send what
 * is left by itself, as it does without SO_LINGER (sk_stream_wait_close() of net/core/stream.c). */
#ifndef SOCK_DUPLICATE_H
#define SOCK_DUPLICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sock/owners.h"

/* Whether this kernel, and whoever confines us, has pidfd_open(2) and pidfd_getfd(2). -ENOTSUP or
 * -EPERM, and the reason. */
int duplicate_available(struct err *err) __attribute__((nonnull, warn_unused_result));

/* Starts the timer, for good. SIGALRM is its. 0 or -errno. */
int duplicate_prepare(void) __attribute__((warn_unused_result));

/* Which kind the socket is, without a duplicate. False: none that we look at, or not told. */
bool duplicate_kind(pid_t pid, int fd, enum socket_kind *out)
	__attribute__((nonnull, warn_unused_result));

/* Reads what a socket of the kind has, but SO_RCVBUF and SO_SNDBUF (see owners.h). What the kernel
 * does not tell is not in `known`. `*held_ns`: how long the duplicate was open. Returns 0, -EPERM
 * (PTRACE_MODE_ATTACH_REALCREDS of ptrace(2)), -EBADF or -ESRCH (gone), -ESTALE (the descriptor is
 * another socket by now), or what pidfd_getfd(2) said. */
int duplicate_read(int pidfd, int fd, uint64_t inode, enum socket_kind kind,
		   struct sock_options *out, uint64_t *held_ns)
	__attribute__((nonnull, warn_unused_result));

#endif
