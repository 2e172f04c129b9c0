/* probes/flow.h - one way of a probe: an end that sends as fast as the path takes it and asks the
 * kernel how it goes, and an end that receives and times what arrives. Neither blocks: whoever has
 * a flow waits for its events or its time and calls its step. */
#ifndef PROBES_FLOW_H
#define PROBES_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/tcp_info.h"
#include "probes/estimate.h"

#define FLOW_NAME_SIZE 16

struct flow_limits {
	uint64_t time_us, bytes;
	uint64_t own_Bps, far_Bps; /* payload rates; 0: none */
};

/* What a sender knows in the end; what goes over the wire for the way down. */
struct flow_sent {
	uint64_t bytes, elapsed_us;
	uint64_t rate_Bps, min_rtt_us, rtt_us;
	uint64_t mss_bytes, packet_bytes; /* payload of a full segment, and that with its headers */
	uint64_t window_bytes;            /* the largest that the far end offered; 0: not told */
	uint64_t sndbuf_bytes, flight_bytes; /* the most that was under way or waiting */
	uint64_t retransmits, segments;
	uint64_t limited_by, confidence, converged;
	char congestion[FLOW_NAME_SIZE];
	/* of this end's own, not told */
	bool whole; /* all of it was acknowledged */
};

/* What a receiver knows in the end. */
struct flow_received {
	uint64_t bytes, elapsed_us; /* from the first to the last */
	uint64_t burst_Bps;         /* payload in trains of packets: what the path's narrowest link
				     * does, even when the sender is held back; 0: not known */
	uint64_t rcvbuf_bytes;
	uint64_t window_bytes; /* the largest that was offered; 0: not told (before 6.2) */
	/* of this end's own, not told */
	bool whole;        /* the sender closed in order: all that it sent is here */
	uint64_t best_Bps; /* payload in the best stretch of half a sender's window */
};

/* What this end's kernel knows of a connection's path; what it does not is 0. */
struct flow_path {
	uint64_t min_rtt_us;
	uint64_t mss_bytes, packet_bytes; /* as above */
};
void flow_path_read(int fd, struct flow_path *path) __attribute__((nonnull));
/* From an answer of TCP_INFO: all of that, and one field, 0 where it has none. */
void flow_path_take(int fd, const void *info, size_t len, struct flow_path *path)
	__attribute__((nonnull));
uint64_t flow_field(const void *info, size_t len, enum tcp_field name) __attribute__((nonnull));

struct flow_sender {
	int fd;
	struct flow_limits limits;
	struct estimate estimate;
	struct flow_sent sent;
	uint64_t began_us, sample_us, progress_us, ending_us; /* 0: not yet */
	uint64_t delivered, written;
	uint64_t room_bytes; /* that may be written before the next sample */
	bool finished;
};
void flow_sender_init(struct flow_sender *sender, int fd, const struct flow_limits *limits)
	__attribute__((nonnull));
void flow_sender_fini(struct flow_sender *sender) __attribute__((nonnull));
/* `revents` of poll(2). 1: it is over and `sent` is whole; 0: call again; -ETIMEDOUT: nothing gets
 * through. */
int flow_sender_step(struct flow_sender *sender, short revents, struct err *err)
	__attribute__((nonnull, warn_unused_result));
short flow_sender_events(const struct flow_sender *sender) __attribute__((nonnull));
uint64_t flow_sender_next_us(const struct flow_sender *sender) __attribute__((nonnull));

struct flow_receiver {
	int fd;
	struct flow_received received;
	uint64_t began_us, last_us,
		deadline_us;          /* of net_now_us(); the last is where it gives up */
	uint64_t first_ns, newest_ns; /* of the kernel's time stamps */
	struct flow_arrival {
		uint64_t at_ns, bytes; /* all bytes up to then */
	} * arrivals;
	size_t n_arrivals;
	uint64_t most_bytes, most_Bps; /* 0: at any rate */
	uint64_t held_until_us;        /* not to be faster than that; 0: it reads */
	uint64_t stretch_us, stretch_began_us, stretch_bytes; /* see best_Bps */
};
/* Takes no more than `limits` has, but for what a sender may have under way; and, when they have a
 * rate of its own, no faster: then the sender waits for its window. */
void flow_receiver_init(struct flow_receiver *receiver, int fd, const struct flow_limits *limits)
	__attribute__((nonnull));
void flow_receiver_fini(struct flow_receiver *receiver) __attribute__((nonnull));
/* 1: the sender closed and `received` is whole; 0: call again; -ETIMEDOUT: nothing came for long;
 * -EMSGSIZE: more than the limit */
int flow_receiver_step(struct flow_receiver *receiver, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* What came before it was asked to receive. */
void flow_receiver_add(struct flow_receiver *receiver, size_t bytes) __attribute__((nonnull));
short flow_receiver_events(const struct flow_receiver *receiver) __attribute__((nonnull));
uint64_t flow_receiver_next_us(const struct flow_receiver *receiver) __attribute__((nonnull));

/* From arrivals in order of time: bytes a second inside trains of packets; 0: too few. */
uint64_t flow_burst_Bps(const struct flow_arrival *arrivals, size_t count) __attribute__((nonnull));

#endif
