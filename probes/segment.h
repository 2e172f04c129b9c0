/* probes/segment.h - does TCP's full-size segment get there?
 *
 * Where the far end answers no UDP, the acknowledgement of its TCP is the only answer to a large
 * packet. What is sent is one segment of blank lines, which the far end's kernel acknowledges
 * before any program has seen it; the program gets it too. */
#ifndef PROBES_SEGMENT_H
#define PROBES_SEGMENT_H

#include <stdint.h>

#include "probes/net.h"

enum segment_outcome {
	SEGMENT_ACKNOWLEDGED,
	SEGMENT_LOST,    /* sent `sent` times, and never acknowledged */
	SEGMENT_UNKNOWN, /* no connection, or not enough time */
};

struct segment {
	enum segment_outcome outcome;
	uint32_t packet_bytes; /* of the IP packet that was acknowledged, or lost */
	unsigned sent;
};

/* Of `mss_bytes` at most; 0: as large as TCP would make it. */
void segment_try(const struct net_address *to, unsigned mss_bytes, uint64_t until_us,
		 struct segment *out) __attribute__((nonnull));

/* The IP packet that a full segment makes; `options` are the TCPI_OPT_ bits. */
uint32_t segment_packet_bytes(uint32_t mss_bytes, uint64_t options, int family);

#endif
