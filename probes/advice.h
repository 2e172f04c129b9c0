/* probes/advice.h - from what both ends of one way measured to what should be set where, and why:
 * as data for programs, and as a profile for `fettle apply`. */
#ifndef PROBES_ADVICE_H
#define PROBES_ADVICE_H

#include <jansson.h>

#include "probes/flow.h"

struct way {
	const char *name;              /* "up": from here to there */
	const char *sender, *receiver; /* "here", "there" */
	struct flow_sent sent;
	struct flow_received received;
	uint64_t sender_most,
		receiver_most; /* of net.ipv4.tcp_wmem there, tcp_rmem; 0: not known */
};

/* What the path needs in flight: its rate, or what trains of packets show of it where the sender
 * was held back, times the least round trip. */
uint64_t advice_bdp_bytes(const struct way *way) __attribute__((nonnull));
/* [{"host","key","field","at_least","why"}], a new reference; empty when all is well. */
json_t *advice_make(const struct way *way) __attribute__((nonnull, returns_nonnull));
/* {"here": YAML, "there": YAML}, those with advice: profiles that fettle takes. A new reference. */
json_t *advice_profiles(const json_t *advice) __attribute__((nonnull, returns_nonnull));

#endif
