/* probes/believe.c - see believe.h.
 *
 * Counts of a connection that was closed in order are the same at both ends. Times and rates are
 * not: acknowledgements come in heaps, a path is busy for a moment. A bound here is what no honest
 * far end exceeds, and not what one would expect of it. */
#include "probes/believe.h"

#include <errno.h>
#include <stdbool.h>

enum {
	RATE_TIMES = 2,         /* over the best window here, see flow_receive.c */
	RATE_TIMES_AT_MOST = 4, /* where trains of packets show that the path takes it */
	RTT_LESS_TIMES = 2,
	RTT_MORE_TIMES = 4,
	RTT_LESS_US = 10000, /* a busy machine, or a queue that was somebody else's */
	RTT_MORE_US = 100000,
	MSS_LEAST = 48,     /* TCP_MIN_SND_MSS of the kernel */
	HEADERS_LEAST = 40, /* IPv4 and TCP without options */
	HEADERS_MOST = 120, /* IPv6 and TCP with all the options that fit */
};

static int counts_differ(const char *said, uint64_t there, const char *seen, uint64_t here,
			 struct err *err)
{
	return err_set(err, EPROTO, "the far end says it %s %llu bytes, and %llu were %s", said,
		       (unsigned long long)there, (unsigned long long)here, seen);
}

int believe_received(const struct way *way, struct err *err)
{
	uint64_t sent = way->sent.bytes, received = way->received.bytes;

	if (received > sent || (way->sent.whole && received < sent))
		return counts_differ("received", received, "sent", sent, err);
	return 0;
}

/* The best window here may be slower than the best one there, never by much: it is as long as half
 * of theirs. */
static uint64_t most_Bps(const struct flow_received *received)
{
	uint64_t most = received->best_Bps * RATE_TIMES_AT_MOST;
	uint64_t burst = received->burst_Bps * RATE_TIMES;

	if (burst < most)
		most = burst;
	return most > received->best_Bps * RATE_TIMES ? most : received->best_Bps * RATE_TIMES;
}

static int check_rtt(uint64_t there_us, const struct witness *witness, struct err *err)
{
	uint64_t here_us = witness->min_rtt_us;
	bool less = there_us * RTT_LESS_TIMES + RTT_LESS_US < here_us;
	bool more = here_us && there_us > here_us * RTT_MORE_TIMES + RTT_MORE_US;

	if (!there_us || (!less && !more && there_us <= witness->took_us))
		return 0;
	return err_set(err, EPROTO,
		       "the far end says a round trip took %llu us, which took %llu us here",
		       (unsigned long long)there_us, (unsigned long long)here_us);
}

static bool is_packet(const struct flow_sent *sent)
{
	return !sent->mss_bytes || (sent->mss_bytes >= MSS_LEAST &&
				    sent->packet_bytes >= sent->mss_bytes + HEADERS_LEAST &&
				    sent->packet_bytes <= sent->mss_bytes + HEADERS_MOST);
}

int believe_sent(const struct way *way, const struct witness *witness, struct err *err)
{
	const struct flow_sent *sent = &way->sent;
	const struct flow_received *received = &way->received;

	if (received->bytes > sent->bytes || (received->whole && received->bytes < sent->bytes))
		return counts_differ("sent", sent->bytes, "received", received->bytes, err);
	if (sent->rate_Bps > most_Bps(received))
		return err_set(err, EPROTO,
			       "the far end says it sent at %llu bytes a second, and never more "
			       "than %llu arrived",
			       (unsigned long long)sent->rate_Bps,
			       (unsigned long long)received->best_Bps);
	if (!is_packet(sent))
		return err_set(err, EPROTO,
			       "the far end says it sent packets of %llu bytes with %llu of "
			       "payload",
			       (unsigned long long)sent->packet_bytes,
			       (unsigned long long)sent->mss_bytes);
	return check_rtt(sent->min_rtt_us, witness, err);
}
