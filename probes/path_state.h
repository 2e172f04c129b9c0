/* probes/path_state.h - all that the probe `path` has measured, for what tells and judges it. */
#ifndef PROBES_PATH_STATE_H
#define PROBES_PATH_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "probes/handshake.h"
#include "probes/hops.h"
#include "probes/net.h"
#include "probes/path_mtu.h"
#include "probes/volley.h"

enum {
	PATH_HANDSHAKES = 3,
	PATH_PORT = 443, /* where none is named */
};

struct path_state {
	char *host;   /* as it was asked for */
	long ours[4]; /* by enum path_setting; -1: could not be read */
	uint64_t max_time_us, until_us;
	struct net_addresses addresses;
	struct handshake tried[NET_MOST_ADDRESSES]; /* by address */
	size_t chosen;                              /* the address that everything else is about */
	bool connected;                             /* it answered */
	struct handshake handshakes[PATH_HANDSHAKES]; /* with it; the first is that of `tried` */
	size_t n_handshakes;
	char *no_udp; /* why nothing of hops and MTU was measured; NULL: it was */
	struct volley volley;
	struct hops hops;
	struct path_mtu mtu;
};

/* What this host offers, from its sysctls. */
enum path_setting {
	OURS_WINDOW_SCALING,
	OURS_SACK,
	OURS_TIMESTAMPS,
	OURS_ECN,
};

/* The first handshake with the chosen address, from which what was negotiated is known. */
static inline const struct handshake *path_first(const struct path_state *path)
{
	return &path->handshakes[0];
}

/* Fills what was measured into `result`, without judging it. */
void path_tell(const struct path_state *path, json_t *result) __attribute__((nonnull));
/* [{"id", "severity", "text", "evidence"}], worst first. */
json_t *path_judge(const struct path_state *path)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* [{"what", "reason"}]: what could not be measured. */
json_t *path_unmeasured(const struct path_state *path)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));

#endif
