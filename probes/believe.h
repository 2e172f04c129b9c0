/* probes/believe.h - what a far end says of a way, held against what was seen here: only what both
 * can be true is a measurement. Arithmetic only. */
#ifndef PROBES_BELIEVE_H
#define PROBES_BELIEVE_H

#include "probes/advice.h"

/* Of this end's own clock and kernel. */
struct witness {
	uint64_t took_us;    /* the way, from asking for it to the far end's word of it */
	uint64_t min_rtt_us; /* of all its connections to the far end; 0: not known */
};

/* Of a way up: `received` is what the far end says. Returns 0 or -EPROTO. */
int believe_received(const struct way *way, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Of a way down: `sent` is what the far end says. */
int believe_sent(const struct way *way, const struct witness *witness, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
