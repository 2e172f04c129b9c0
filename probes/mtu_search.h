/* probes/mtu_search.h - which size to try next, so that few tries find a path's MTU: no I/O.
 *
 * Answers are dear: a Linux host sends six ICMP errors to one address and then one a second
 * (net.ipv4.icmp_ratelimit). So what a router says is tried first, then the sizes that links and
 * tunnels really have, and every size one by one only within what is left. */
#ifndef PROBES_MTU_SEARCH_H
#define PROBES_MTU_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

struct mtu_search {
	uint32_t interface_bytes; /* more is never sent */
	uint32_t passed_bytes;    /* the largest that has arrived; 0: none has */
	uint32_t lost_bytes;      /* the smallest that vanished; 0: none did */
	uint32_t refused_bytes;   /* the smallest that a router refused; 0: none was */
	uint32_t said_bytes;      /* the least MTU that a router told of and can be; 0: none */
};

enum mtu_outcome {
	MTU_PASSED,
	MTU_REFUSED,
	MTU_LOST
};

/* `small_bytes` has arrived. */
void mtu_search_begin(struct mtu_search *search, uint32_t small_bytes, uint32_t interface_bytes)
	__attribute__((nonnull));
/* The next size to try; 0 when it is over. */
uint32_t mtu_search_next(const struct mtu_search *search) __attribute__((nonnull));
/* What came of it; `said_bytes` is the MTU that a refusal told, 0: none. */
void mtu_search_add(struct mtu_search *search, uint32_t size_bytes, enum mtu_outcome outcome,
		    uint32_t said_bytes) __attribute__((nonnull));

#endif
