/* probes/transport_peer.h - the second process: it gives back what it gets, or counts it.
 *
 * It has no more rights than the first while it runs, and ends when that is gone: nothing it waits
 * for takes longer than the patience of its sockets. */
#ifndef PROBES_TRANSPORT_PEER_H
#define PROBES_TRANSPORT_PEER_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "probes/transport_links.h"

enum {
	TRANSPORT_ECHO = 0,          /* the pair whose other end gives everything back */
	TRANSPORT_MESSAGE_SIZE = 64, /* of a round trip */
};

struct transport_peer {
	int control; /* -1: not started */
	pid_t pid;
};

/* What came of one pair, once its sender said that it is done. */
struct transport_answer {
	uint32_t kind, pair;
	int32_t code; /* errno; 0: received to the end */
	uint64_t bytes, last_ns;
};

/* Starts it; it closes our ends and gives up its rights but for `calls`. Theirs are closed here. */
int transport_peer_start(struct transport_peer *peer, struct transport_links links[TRANSPORT_KINDS],
			 const int *calls, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* The peer begins to receive on a pair. */
int transport_peer_order(const struct transport_peer *peer, enum transport_kind kind, unsigned pair)
	__attribute__((nonnull, warn_unused_result));
/* Says on `fd` that nothing follows, until the peer has answered. -ETIMEDOUT, -ECONNRESET when it
 * is gone, or what it failed with; then `out` is untouched. */
int transport_peer_finish(const struct transport_peer *peer, enum transport_kind kind,
			  unsigned pair, int fd, struct transport_answer *out)
	__attribute__((nonnull, warn_unused_result));
void transport_peer_end(struct transport_peer *peer) __attribute__((nonnull));

/* All, whatever is interrupted or taken in parts. 0 or -errno; -ETIMEDOUT without progress. */
int transport_send_all(int fd, const void *data, size_t len)
	__attribute__((nonnull, warn_unused_result));
uint64_t transport_now_ns(void); /* CLOCK_MONOTONIC, one clock for both processes */

#endif
