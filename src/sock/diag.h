/* sock/diag.h - NETLINK_SOCK_DIAG: every socket of a network namespace, streamed.
 *
 * sock_diag(7); linux/inet_diag.h and linux/unix_diag.h of 5.15 and later. */
#ifndef SOCK_DIAG_H
#define SOCK_DIAG_H

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "model/socket.h"

/* What is wanted; 0 or empty: everything. The kernel leaves out what it can (kind, state, ports by
 * bytecode), the rest is left out here. */
struct sock_filter {
	uint32_t kinds;  /* 1 << enum socket_kind */
	uint32_t states; /* 1 << enum socket_state */
	uint16_t local_ports[64], remote_ports[64], either_ports[64];
	size_t n_local, n_remote, n_either;
	bool brief; /* no tcp_info, memory or congestion control */
};

/* `record` and what it points to hold during the call only. Nonzero stops the dump and is returned
 * by sock_diag_dump(). */
typedef int sock_visit(void *context, struct socket_record *record);

/* A socket of NETLINK_SOCK_DIAG in the namespace the thread is in; it stays in it. */
struct sock_diag;
int sock_diag_open(struct sock_diag **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void sock_diag_free(struct sock_diag *diag);
MEM_DEFINE_FREEP(struct sock_diag, sock_diag)

/* Visits every socket. A dump that the kernel marks as interrupted (NLM_F_DUMP_INTR), that ends
 * early or overran our buffer is said in `coverage`, as is a protocol that this kernel cannot dump
 * (no module): what was visited until then stays. */
int sock_diag_dump(struct sock_diag *diag, const struct sock_filter *filter, sock_visit *visit,
		   void *context, struct socket_coverage *coverage, struct err *err)
	__attribute__((nonnull(1, 2, 3, 5, 6), warn_unused_result));

/* A test that plays the kernel gives its end of a pair of datagram sockets, which then is ours. */
struct sock_diag *sock_diag_adopt(int fd) __attribute__((returns_nonnull));

/* One answer of the kernel, as it lies behind its netlink header, to a record that points into it
 * (but for the path of a Unix socket, which the next call overwrites); for the dump, for tests with
 * recorded answers and for the fuzzer. -EBADMSG: it makes no sense. */
int sock_diag_parse_inet(const void *message, size_t len, int protocol, struct socket_record *out,
			 struct err *err) __attribute__((nonnull, warn_unused_result));
int sock_diag_parse_unix(const void *message, size_t len, struct socket_record *out,
			 struct err *err) __attribute__((nonnull, warn_unused_result));

#endif
