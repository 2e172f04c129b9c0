/* probes/path_mtu.h - how large a packet gets there, and whether those that do not vanish silently.
 *
 * A black hole is only told of where large packets were lost again and again while small ones, sent
 * in the same moments, were answered. Where nothing is answered the MTU is unknown, and `why` says
 * so. What is measured is the way there: the way back may differ. */
#ifndef PROBES_PATH_MTU_H
#define PROBES_PATH_MTU_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "probes/hops.h"
#include "probes/mtu_search.h"
#include "probes/segment.h"

enum {
	PATH_MTU_REPORTS = 8
};

enum path_mtu_verdict {
	PATH_MTU_UNKNOWN,
	PATH_MTU_FOUND,
	PATH_MTU_BLACK_HOLE,
};

/* A router's word: a packet of `size_bytes` was too big. */
struct path_mtu_report {
	struct net_address from;
	uint32_t size_bytes, mtu_bytes;
};

struct path_mtu {
	enum path_mtu_verdict verdict;
	bool by_tcp;    /* by acknowledged segments, because the far end answers no UDP */
	bool exact;     /* one byte more does not pass */
	uint32_t bytes; /* the largest that is known to arrive; 0: none is */
	char *why;      /* it is unknown, or is not exact; NULL: it needs no reason */
	struct mtu_search search;
	struct path_mtu_report reports[PATH_MTU_REPORTS];
	size_t n_reports;
	unsigned lost, controls; /* large probes that vanished, small ones answered at that time */
	uint8_t passes_ttl;      /* of a black hole: the last hop that large packets still reach, */
	uint8_t lost_ttl;        /* and the next one that answers small ones; 0: not known */
	struct segment full, small; /* when by_tcp */
};

/* `connected`: TCP answers at volley->to. */
void path_mtu_measure(struct path_mtu *mtu, struct volley *volley, const struct hops *hops,
		      bool connected, uint64_t until_us) __attribute__((nonnull));
void path_mtu_fini(struct path_mtu *mtu) __attribute__((nonnull));
json_t *path_mtu_to_json(const struct path_mtu *mtu, const struct hops *hops,
			 const struct volley *volley)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));

#endif
