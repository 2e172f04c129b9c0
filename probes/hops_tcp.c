/* probes/hops_tcp.c - hops that UDP does not tell of, see hops.h: SYNs whose TTL ends at each.
 *
 * A host that drops UDP to closed ports, as most that serve the public do, is met by TCP all the
 * same. Only TTLs that reach it cost it a connection, so few are tried at a time. */
#include "probes/handshake.h"
#include "probes/hops.h"

enum {
	AT_ONCE = 4,
	SETTLE_US = 300000,
	ANSWER_US = 1500000, /* a SYN that is lost is sent again after a second (RFC 6298) */
};

static void take(struct hops *hops, uint8_t ttl, const struct net_address *to,
		 const struct handshake *handshake)
{
	struct hop_by_tcp *hop = &hops->by_tcp[ttl];
	bool expired = handshake->heard && handshake->answer.kind == ANSWER_EXPIRED;

	if (handshake->code && !expired)
		return;
	*hop = (struct hop_by_tcp){.heard = true,
				   .from = expired ? handshake->answer.from : *to,
				   .rtt_us = handshake->connect_us};
	if (!handshake->code)
		hops->tcp_destination = ttl;
}

void hops_by_tcp(struct hops *hops, const struct net_address *to, uint64_t until_us)
{
	unsigned first = hops->answered + 1U;

	if (hops->destination || hops->stopped || hops->loop.period || hops->failed)
		return;
	for (; !hops->tcp_destination && first <= HOPS_MOST && net_now_us() < until_us;
	     first += AT_ONCE) {
		unsigned left = HOPS_MOST - first + 1, count = left < AT_ONCE ? left : AT_ONCE;
		uint64_t most_us = net_now_us() + ANSWER_US;
		struct handshake made[AT_ONCE];

		handshake_hops(to, (uint8_t)first, count, most_us < until_us ? most_us : until_us,
			       SETTLE_US, made);
		/* the nearest of those that reach it is the last to be taken */
		for (unsigned i = count; i-- > 0;)
			take(hops, (uint8_t)(first + i), to, &made[i]);
	}
}
