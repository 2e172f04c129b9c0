/* probes/volley.h - UDP datagrams that are to come back as errors: of any size and TTL, many at a
 * time.
 *
 * Each goes to a port of its own, from 33434 on as traceroute's do, so that an answer says which it
 * is for even where a router quotes no more than the eight bytes of a UDP header (RFC 792). Routers
 * that share their load by port may so be met in turn, and each is told. None is ever fragmented,
 * and none is held back by a path MTU that the kernel has learned (ip(7), IP_PMTUDISC_PROBE). An
 * answer that comes late is still counted: all that were sent are kept. */
#ifndef PROBES_VOLLEY_H
#define PROBES_VOLLEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "probes/icmp_answer.h"
#include "probes/net.h"

enum {
	VOLLEY_SMALL_PAYLOAD = 32
};

struct volley_probe {
	uint8_t ttl;         /* 0: as far as it takes */
	uint32_t size_bytes; /* of the IP packet */
	uint64_t sent_us, heard_us;
	int failed; /* what the kernel said instead of sending it; 0: it was sent */
	bool heard;
	struct icmp_answer answer;
};

struct volley {
	int fd;
	struct net_address to; /* its port does not matter */
	uint32_t header_bytes; /* of IP and UDP */
	struct volley_probe *probes;
	size_t count;
};

/* Returns 0 or what socket(2) or setsockopt(2) said. volley_fini() may follow in any case. */
int volley_open(struct volley *volley, const struct net_address *to, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void volley_fini(struct volley *volley) __attribute__((nonnull));

/* The smallest packet that is sent, and the largest that a datagram can be. */
uint32_t volley_small_bytes(const struct volley *volley) __attribute__((nonnull));
uint32_t volley_most_bytes(const struct volley *volley) __attribute__((nonnull));

/* Sends one; returns its index in `probes`, which may move. */
size_t volley_send(struct volley *volley, uint8_t ttl, uint32_t size_bytes)
	__attribute__((nonnull));
/* Reads answers until all probes from index `first` on have theirs or `until_us` has come; or, with
 * a `settle_us` that is not 0, until that long after the first of them was answered. */
void volley_wait(struct volley *volley, size_t first, uint64_t until_us, uint64_t settle_us)
	__attribute__((nonnull));
/* True when the answer is that of the host itself: it has arrived. */
bool volley_arrived(const struct volley *volley, const struct volley_probe *probe)
	__attribute__((nonnull));

#endif
