/* probes/hops.h - the routers on the way: probes whose TTL ends at each, all in flight together. */
#ifndef PROBES_HOPS_H
#define PROBES_HOPS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "probes/volley.h"

enum {
	HOPS_MOST = 30,
	HOPS_PROBES = 3, /* of each hop */
};

struct hop {
	size_t probes[HOPS_PROBES]; /* indexes in the volley */
	unsigned sent;
};

/* Who answered a SYN that went so far. */
struct hop_by_tcp {
	bool heard;
	struct net_address from;
	uint64_t rtt_us;
};

/* From hop `first` on the same `period` routers come again and again; period 0: no loop. */
struct hop_loop {
	uint8_t first, period;
};

struct hops {
	struct hop list[HOPS_MOST + 1]; /* by TTL; [0] is not used */
	uint8_t tried;                  /* the greatest TTL that was sent */
	uint8_t answered;         /* the greatest that a router or the host answered; 0: none */
	uint8_t destination;      /* the TTL that reaches the host; 0: not known */
	uint8_t stopped;          /* where somebody says that it goes no further; 0: nowhere */
	bool destination_answers; /* the host answers UDP to a closed port, at any TTL */
	struct hop_loop loop;
	int failed; /* the errno with which nothing could be sent at all; 0: it could */
	/* Probes to the host sent so slowly that no limit of its ICMP explains a loss. */
	unsigned paced, paced_heard;
	struct hop_by_tcp by_tcp[HOPS_MOST + 1]; /* by TTL, of those that UDP did not tell */
	uint8_t tcp_destination; /* the TTL that a connection takes; 0: not tried, or none */
};

/* Sends and listens until `until_us` at most. */
void hops_measure(struct hops *hops, struct volley *volley, uint64_t until_us)
	__attribute__((nonnull));
/* The hops behind the last that answered UDP, when that did not find the host, and the host: by
 * connections to `to`, which takes some. Until `until_us` at most. */
void hops_by_tcp(struct hops *hops, const struct net_address *to, uint64_t until_us)
	__attribute__((nonnull));
/* Who answered UDP at `ttl`, or NULL. */
const struct net_address *hops_router(const struct hops *hops, const struct volley *volley,
				      uint8_t ttl) __attribute__((nonnull));
/* What is shown of it. */
json_t *hops_to_json(const struct hops *hops, const struct volley *volley)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));

/* True when the answers end in a loop that goes round at least twice. `routers` are by TTL from 1
 * on, NULL for one that is silent, which may be any. */
bool hops_find_loop(const struct net_address *const *routers, size_t count, struct hop_loop *out)
	__attribute__((nonnull, warn_unused_result));

/* How far away a host is whose answer came with that TTL: systems begin with 64, 128 or 255. */
uint8_t hops_guess_distance(uint8_t ttl);

#endif
