/* probes/transport_send.h - the ways of sending that are compared. */
#ifndef PROBES_TRANSPORT_SEND_H
#define PROBES_TRANSPORT_SEND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum transport_how {
	TRANSPORT_WRITE,
	TRANSPORT_WRITEV,
	TRANSPORT_SENDFILE,
	TRANSPORT_SPLICE,
	TRANSPORT_ZEROCOPY,
	TRANSPORT_HOWS
};
const char *transport_how_name(enum transport_how how); /* "write", ... */

enum {
	TRANSPORT_CHUNK = 32 * 1024 /* of each call: what one datagram can have too */
};

/* What is sent from, and how far that is. */
struct transport_sender {
	int fd;              /* the socket; not ours */
	const void *message; /* of each call, which is at `at` in the file too; not ours */
	size_t size;         /* of it; 0: TRANSPORT_CHUNK of bytes that are of no interest */
	int file;            /* a memfd; not ours */
	int pipe[2];         /* of splice(2), of one sender at a time; not ours */
	size_t in_pipe;      /* bytes */
	off_t at;            /* in the file */
	uint64_t sent, done; /* zero-copy sends, and those that the kernel is through with */
	bool was_copied;     /* SO_EE_CODE_ZEROCOPY_COPIED was seen */
};

/* A memfd as sendfile(2) and splice(2) take it, full; the caller's. */
int transport_file(struct err *err) __attribute__((nonnull, warn_unused_result));
/* Once for each way on a socket. 0, or -errno when it cannot be done on that. */
int transport_sender_prepare(struct transport_sender *sender, enum transport_how how)
	__attribute__((nonnull, warn_unused_result));
/* One call. Returns the bytes that it took, 0 when it is to be called again, -ETIMEDOUT when the
 * socket took nothing for long, or -errno. */
ssize_t transport_send(struct transport_sender *sender, enum transport_how how)
	__attribute__((nonnull, warn_unused_result));
/* Waits for what the kernel still reads from our memory. 0 or -ETIMEDOUT. */
int transport_sender_settle(struct transport_sender *sender)
	__attribute__((nonnull, warn_unused_result));

#endif
