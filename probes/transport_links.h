/* probes/transport_links.h - connected pairs of sockets of every kind that is compared. */
#ifndef PROBES_TRANSPORT_LINKS_H
#define PROBES_TRANSPORT_LINKS_H

#include <stdbool.h>

enum transport_kind {
	TRANSPORT_UNIX_STREAM,
	TRANSPORT_UNIX_SEQPACKET,
	TRANSPORT_TCP_IPV4,
	TRANSPORT_TCP_IPV6,
	TRANSPORT_UDP_IPV4,
	TRANSPORT_KINDS
};
const char *transport_kind_name(enum transport_kind kind); /* "unix-stream", ... */

enum {
	TRANSPORT_ROUNDS = 3,
	/* of a kind: one for round trips, and in each round one for each of five ways of sending */
	TRANSPORT_PAIRS = 1 + TRANSPORT_ROUNDS * 5
};

/* What one process sends on and what the other receives on; -1: closed. */
struct transport_links {
	int ours[TRANSPORT_PAIRS], theirs[TRANSPORT_PAIRS];
	char *missing; /* why there is no such transport here; NULL: there is */
};

/* Each pair is connected, blocks for a second (`theirs` for three) and then gives EAGAIN; TCP has
 * TCP_NODELAY, and is reset when it is closed. Where that cannot be had, `missing` says why, and
 * nothing is open. */
void transport_links_open(enum transport_kind kind, struct transport_links *out)
	__attribute__((nonnull));
/* Closes the other process's ends. */
void transport_links_keep(struct transport_links *links, bool ours) __attribute__((nonnull));
void transport_links_close(struct transport_links *links) __attribute__((nonnull));

#endif
