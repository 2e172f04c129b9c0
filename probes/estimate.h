/* probes/estimate.h - from samples of one sending TCP connection to what its path can carry, and
 * what kept it from carrying more. Arithmetic only: no socket, no clock.
 *
 * The rate is the steepest that delivered bytes rose over two windows of time in a row, each of
 * some round trips and of many packets, so that one late wake-up does not count. It is believed
 * once the pipe is seen to be full (the round trip grew over its minimum, as a queue built up) or
 * something else is seen to hold the sender back, and two windows agree. */
#ifndef PROBES_ESTIMATE_H
#define PROBES_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As TCP_INFO told them; what a kernel does not tell is 0, and then plays no part. */
struct sample {
	uint64_t at_us;
	uint64_t delivered_bytes; /* to the far end, in order or not */
	uint64_t delivery_Bps;    /* 0: not measured, or the sender had nothing to send */
	uint64_t rtt_us, min_rtt_us;
	uint64_t busy_us, rwnd_us, sndbuf_us; /* limited by ..., since the connection was opened */
	uint64_t retransmits, segments;
	uint64_t mss_bytes;
};

enum limited_by {
	LIMITED_UNKNOWN,
	LIMITED_PATH,
	LIMITED_RECEIVE_WINDOW,
	LIMITED_SEND_BUFFER,
	LIMITED_CONGESTION_WINDOW,
	LIMITED_LOSS,
	LIMITED_SENDER,
	LIMITED_FAR_END,
	LIMITED_COUNT
};
extern const char *const limited_names[LIMITED_COUNT]; /* "path", "receive-window", ... */

enum confidence {
	CONFIDENCE_NONE, /* there is no rate */
	CONFIDENCE_LOW,
	CONFIDENCE_MEDIUM,
	CONFIDENCE_HIGH,
	CONFIDENCE_COUNT
};
extern const char *const confidence_names[CONFIDENCE_COUNT];

struct estimate {
	/* what bounds the sender on purpose; 0: nothing. The smaller one binds. */
	uint64_t own_cap_Bps, far_cap_Bps;
	/* so far */
	uint64_t rate_Bps;     /* payload; 0: not known; of the next three the first that is */
	uint64_t lasting_Bps;  /* the best of two windows in a row; counts once nothing grows */
	uint64_t grown_Bps;    /* of the window that last was better by more than a little */
	uint64_t quick_Bps;    /* the best of a few round trips, packets enough or not */
	uint64_t steady_Bps;   /* of the last window */
	uint64_t delivery_Bps; /* the best single measurement of the kernel */
	uint64_t min_rtt_us, mss_bytes;
	bool was_full; /* a queue was seen */
	bool was_deep; /* and one that no burst of the sender alone makes */
	/* inside */
	struct sample first, last;
	struct sample *ring;
	size_t ring_count;
	uint64_t improved_us; /* when grown_Bps rose */
	uint64_t full_since_us, deep_since_us;
	uint64_t full_at_us; /* when the queue was last seen */
};

void estimate_init(struct estimate *estimate, uint64_t own_cap_Bps, uint64_t far_cap_Bps)
	__attribute__((nonnull));
void estimate_fini(struct estimate *estimate) __attribute__((nonnull));
/* What bounds the sender on purpose, the smaller of both; 0: nothing. */
uint64_t estimate_cap_Bps(const struct estimate *estimate) __attribute__((nonnull));
/* In the order of time. */
void estimate_add(struct estimate *estimate, const struct sample *sample) __attribute__((nonnull));
/* More time would tell nothing new. */
bool estimate_has_converged(const struct estimate *estimate) __attribute__((nonnull));
enum limited_by estimate_limited_by(const struct estimate *estimate) __attribute__((nonnull));
enum confidence estimate_confidence(const struct estimate *estimate) __attribute__((nonnull));

#endif
