/* probes/transport_trips.h - how long a message takes there and back, by each way of sending. */
#ifndef PROBES_TRANSPORT_TRIPS_H
#define PROBES_TRANSPORT_TRIPS_H

#include <stddef.h>

#include "probes/transport_peer.h"
#include "probes/transport_send.h"

/* By one way of sending. */
struct transport_trips {
	int code;     /* errno: it does not go with this transport; 0: it does */
	uint64_t *ns; /* rising; the caller's */
	size_t count;
};

/* Measures each way `most` times on the pair that gives back, or fewer where that takes long.
 * `message` is TRANSPORT_MESSAGE_SIZE bytes, which the sender's file begins with. Fills `out`, of
 * TRANSPORT_HOWS, and returns 0; or -errno, -ETIMEDOUT when what was sent does not come back. */
int transport_trips_measure(const struct transport_peer *peer, enum transport_kind kind,
			    struct transport_sender *sender, uint64_t *message, uint64_t most,
			    struct transport_trips *out)
	__attribute__((nonnull, warn_unused_result));

#endif
