/* probes/protocol.h - what `fettle probe bdp` and `fettle reflect` say to each other: lines of
 * text, then on a connection for data nothing but data.
 *
 *   reflect  fettle-reflect 1 NONCE
 *   probe    hello 1 NONCE PROOF
 *   reflect  ok PROOF                             or: no REASON
 *
 * and then, on one connection that stays open,
 *
 *   probe    control
 *   reflect  granted id=ID time_us= bytes= rate_Bps=   or: no REASON
 *
 * and for each way, on a connection of its own that began with the same greeting,
 *
 *   probe    data id=ID way=up|down time_us= bytes= rate_Bps= [congestion=NAME]
 *   reflect  go                                   or: no REASON
 *
 * (the congestion control is that of a way down; a reflector that does not know the word leaves it
 * at its own) whereupon one end sends until it knows enough and closes its side. What the reflector
 * measured comes on the control connection: "received ..." after the way up, "sent ..." after the
 * way down, "failed REASON" when it broke off. Rates are of payload. */
#ifndef PROBES_PROTOCOL_H
#define PROBES_PROTOCOL_H

#include "probes/flow.h"
#include "probes/lines.h"

enum {
	PROTOCOL_VERSION = 1,
	PROTOCOL_PORT = 4433,
	PROTOCOL_ID_DIGITS = 32,
	PROTOCOL_PATIENCE_US = 10000000, /* for a line */
};

/* "received bytes=... ...", with how large this kernel lets its buffers get; 0: not known. */
void protocol_print_received(const struct flow_received *received, uint64_t most_bytes,
			     char line[LINES_MOST + 1]) __attribute__((nonnull));
void protocol_print_sent(const struct flow_sent *sent, uint64_t most_bytes,
			 char line[LINES_MOST + 1]) __attribute__((nonnull));
/* -EPROTO for what is no such line, or cannot be true. */
int protocol_read_received(const char *line, struct flow_received *out, uint64_t *most_bytes,
			   struct err *err) __attribute__((nonnull, warn_unused_result));
int protocol_read_sent(const char *line, struct flow_sent *out, uint64_t *most_bytes,
		       struct err *err) __attribute__((nonnull, warn_unused_result));

void protocol_print_limits(const struct flow_limits *limits, char *out, size_t size)
	__attribute__((nonnull));
/* The smaller of each, which the line asks for or grants. A rate of 0 is no limit. */
void protocol_bound(const char *line, struct flow_limits *limits) __attribute__((nonnull));

#endif
