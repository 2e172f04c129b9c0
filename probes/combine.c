/* probes/combine.c - see combine.h. */
#include "probes/combine.h"

#include <string.h>

enum {
	AGREEMENT = 10, /* percent */
	CLOSE = 5,
	FASTER = 130, /* percent of the rate: trains that show more than the sender made of it */
	WINDOW_FILLED = 90, /* percent */
	/* What is acknowledged makes room, and what waits takes it: of a buffer that holds the
	 * sender back 57 to 65 percent were under way, of one that does not 14 to 27 (6.18). */
	BUFFER_FILLED = 50,
	LOSSES_LEAST = 5,
};

/* Trains that were faster than all was sent, and packets that were lost: of a sender that slows
 * down for loss that tells what holds it back. BBR goes on at the rate it measured
 * (net/ipv4/tcp_bbr.c, Linux 4.9), so it tells of repair alone, see below. */
static bool is_burst_of_repair(const struct flow_sent *sent)
{
	return sent->retransmits >= LOSSES_LEAST && strcmp(sent->congestion, "bbr") == 0;
}

/* Of a path that is not full. What is under way fills the window that was offered, or is most of
 * what the send buffer ever held: the kernel notes either at acknowledgements alone, and misses it
 * where they come late. */
static enum limited_by what_holds_back(const struct flow_sent *sent)
{
	double flight = (double)sent->rate_Bps * (double)sent->min_rtt_us / 1e6 * 100;

	if (sent->retransmits >= LOSSES_LEAST)
		return LIMITED_LOSS;
	if (sent->window_bytes && flight >= (double)sent->window_bytes * WINDOW_FILLED)
		return LIMITED_RECEIVE_WINDOW;
	if (sent->flight_bytes && flight >= (double)sent->flight_bytes * BUFFER_FILLED)
		return LIMITED_SEND_BUFFER;
	return LIMITED_CONGESTION_WINDOW;
}

void combine_measured(struct way *way)
{
	struct flow_sent *sent = &way->sent;
	uint64_t rate = sent->rate_Bps, burst = way->received.burst_Bps;
	uint64_t apart = rate > burst ? rate - burst : burst - rate;

	if (!rate || !burst || sent->limited_by != LIMITED_PATH)
		return;
	/* round trips that grow without a queue, by delayed acknowledgements, look like a full
	 * path */
	if (burst * 100 > rate * FASTER && !is_burst_of_repair(sent)) {
		sent->limited_by = what_holds_back(sent);
		if (sent->confidence > CONFIDENCE_MEDIUM)
			sent->confidence = CONFIDENCE_MEDIUM;
	}
	/* what waits behind a lost packet comes in at once when that is made good */
	if (sent->retransmits >= LOSSES_LEAST)
		return;
	if (apart * 100 <= rate * CLOSE && sent->converged)
		sent->confidence = CONFIDENCE_HIGH;
	if (apart * 100 <= rate * AGREEMENT)
		sent->rate_Bps = (rate + burst) / 2;
	else if (sent->confidence > CONFIDENCE_MEDIUM)
		sent->confidence = CONFIDENCE_MEDIUM;
}
