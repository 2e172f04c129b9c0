/* probes/hops_measure.c - probes to every hop, see hops.h.
 *
 * A far end that is Linux sends six errors to one address and then one a second
 * (net.ipv4.icmp_ratelimit, inet_peer_xrlim_allow() in net/ipv4/inetpeer.c; tried on 6.18), so the
 * distance is guessed first, from the TTL of one answer: probes that go too far cost answers. */
#include "probes/hops.h"

enum {
	PACE_US = 1100000, /* one a second is the slowest default limit that there is, */
	/* but for "unreachable": ip_error() and icmpv4_xrlim_allow() each take a second from the
	 * same account (tried on 6.18) */
	UNREACHABLE_PACE_US = 2 * PACE_US,
	LEAST_ANSWER_US = 100000,
	WAITS = 6, /* how often, at worst, an answer is waited for in vain */
	SETTLE_US = 200000,
	PACED = 3,
	DISTANCE_TRIES = 2,
	EXTEND = 4, /* hops at a time behind a guess that was too short */
	BEYOND = 3, /* hops that are tried again behind the last one that answered */
};

/* A measurement under way. */
struct walk {
	struct hops *hops;
	struct volley *volley;
	uint64_t until_us;
	uint64_t answer_us; /* how long an answer may take */
	uint64_t pace_us;   /* how far apart answers are that no limit holds back */
};

static uint64_t in(const struct walk *walk, uint64_t us)
{
	uint64_t then_us = net_now_us() + us;

	return then_us < walk->until_us ? then_us : walk->until_us;
}

static bool is_over(const struct walk *walk)
{
	return net_now_us() >= walk->until_us;
}

static size_t send_small(const struct walk *walk, uint8_t ttl)
{
	return volley_send(walk->volley, ttl, volley_small_bytes(walk->volley));
}

/* One probe to each hop from `first` to `last`, without waiting. Returns the first one's index. */
static size_t send_pass(const struct walk *walk, uint8_t first, uint8_t last)
{
	size_t begin = walk->volley->count;

	for (uint8_t ttl = first; ttl <= last; ttl++) {
		struct hop *hop = &walk->hops->list[ttl];

		if (hop->sent < HOPS_PROBES)
			hop->probes[hop->sent++] = send_small(walk, ttl);
	}
	if (last > walk->hops->tried)
		walk->hops->tried = last;
	return begin;
}

static void look_at(struct hops *hops, const struct volley *volley, uint8_t ttl)
{
	const struct hop *hop = &hops->list[ttl];

	for (unsigned i = 0; i < hop->sent; i++) {
		const struct volley_probe *probe = &volley->probes[hop->probes[i]];

		if (!probe->heard)
			continue;
		hops->answered = ttl;
		if (volley_arrived(volley, probe)) {
			hops->destination_answers = true;
			if (!hops->destination)
				hops->destination = ttl;
		} else if (!hops->stopped && (probe->answer.kind == ANSWER_UNREACHABLE ||
					      probe->answer.kind == ANSWER_NO_PORT)) {
			hops->stopped = ttl;
		}
	}
}

/* What is known so far: late answers change it. */
static void look(const struct walk *walk)
{
	struct hops *hops = walk->hops;

	hops->answered = hops->destination = hops->stopped = 0;
	for (uint8_t ttl = 1; ttl <= hops->tried; ttl++)
		look_at(hops, walk->volley, ttl);
}

static uint8_t last_hop(const struct hops *hops)
{
	if (hops->destination)
		return hops->destination;
	if (hops->stopped)
		return hops->stopped;
	return hops->answered + BEYOND < HOPS_MOST ? (uint8_t)(hops->answered + BEYOND) : HOPS_MOST;
}

/* Probes that go all the way. Returns the distance that an answer tells; 0: none does. */
static uint8_t find_distance(struct walk *walk, uint64_t *rtt_us)
{
	for (int i = 0; i < DISTANCE_TRIES && !is_over(walk); i++) {
		size_t sent = send_small(walk, 0);
		const struct volley_probe *probe;

		volley_wait(walk->volley, sent, in(walk, walk->answer_us), 0);
		probe = &walk->volley->probes[sent];
		walk->hops->failed = probe->failed;
		if (!probe->heard)
			continue;
		walk->hops->destination_answers = volley_arrived(walk->volley, probe);
		if (!walk->hops->destination_answers)
			walk->pace_us = UNREACHABLE_PACE_US;
		*rtt_us = probe->heard_us - probe->sent_us;
		return probe->answer.kind == ANSWER_EXPIRED
			       ? 0
			       : hops_guess_distance(probe->answer.ttl);
	}
	return 0;
}

/* In place of one that nobody answered, when the hop has had all of its probes. */
static void remember(struct hop *hop, const struct volley *volley, size_t probe)
{
	if (hop->sent < HOPS_PROBES) {
		hop->probes[hop->sent++] = probe;
		return;
	}
	for (unsigned i = 0; i < hop->sent; i++) {
		if (!volley->probes[hop->probes[i]].heard) {
			hop->probes[i] = probe;
			return;
		}
	}
}

/* Who is so far away? Asked so slowly that no limit of the answers can hide it. */
static void ask_slowly(const struct walk *walk, uint8_t ttl)
{
	for (int i = 0; i < DISTANCE_TRIES && net_now_us() + walk->pace_us < walk->until_us; i++) {
		size_t sent;

		net_pause(walk->pace_us);
		sent = send_small(walk, ttl);
		volley_wait(walk->volley, sent, in(walk, walk->answer_us), 0);
		remember(&walk->hops->list[ttl], walk->volley, sent);
		if (walk->volley->probes[sent].heard)
			break;
	}
	look(walk);
}

/* All probes of hops `first` to `last`, as far as the way goes. */
static void send_passes(const struct walk *walk, uint8_t first, uint8_t last, uint64_t settle_us)
{
	size_t begin = walk->volley->count;

	for (int pass = 0; pass < HOPS_PROBES && !is_over(walk); pass++) {
		size_t sent = send_pass(walk, first, last);

		/* where it ends must be known before more is sent beyond */
		volley_wait(walk->volley, sent, in(walk, pass ? SETTLE_US : walk->answer_us),
			    settle_us);
		look(walk);
		if (last > last_hop(walk->hops))
			last = last_hop(walk->hops);
	}
	volley_wait(walk->volley, begin, in(walk, walk->answer_us), 0);
	look(walk);
}

static bool is_found(const struct hops *hops)
{
	return hops->destination || hops->stopped;
}

/* The host may be nearer than where it was found: where its answers are limited, any of the probes
 * that went past it may be the one that was answered. */
static void correct_distance(const struct walk *walk)
{
	const struct hops *hops = walk->hops;
	const struct hop *hop = &hops->list[hops->destination];
	uint8_t guess = 0;

	for (unsigned i = 0; hops->destination && i < hop->sent; i++) {
		const struct volley_probe *probe = &walk->volley->probes[hop->probes[i]];

		if (volley_arrived(walk->volley, probe))
			guess = hops_guess_distance(probe->answer.ttl);
	}
	if (!guess)
		return;
	for (uint8_t ttl = guess; ttl < hops->destination; ttl++) {
		if (hops_router(hops, walk->volley, ttl))
			return;
	}
	if (guess < hops->destination)
		ask_slowly(walk, guess);
}

static void find_hops(struct walk *walk)
{
	const struct hops *hops = walk->hops;
	uint64_t rtt_us = 0, settle_us;
	uint8_t guess = find_distance(walk, &rtt_us);

	if (hops->failed)
		return;
	settle_us = guess ? SETTLE_US + 2 * rtt_us : 0;
	send_passes(walk, 1, guess ? guess : HOPS_MOST, settle_us);
	if (guess && !is_found(hops))
		ask_slowly(walk, guess);
	/* the way back was shorter than the way there */
	while (!is_found(hops) && hops->tried < HOPS_MOST && !is_over(walk)) {
		uint8_t next = hops->tried + 1, last = hops->tried + EXTEND;

		send_passes(walk, next, last < HOPS_MOST ? last : HOPS_MOST, settle_us);
	}
	correct_distance(walk);
}

static bool is_host_whole(const struct hops *hops, const struct volley *volley)
{
	const struct hop *hop = &hops->list[hops->destination];
	unsigned heard = 0;

	for (unsigned i = 0; i < hop->sent; i++)
		heard += volley->probes[hop->probes[i]].heard;
	return hops->destination && heard == hop->sent;
}

/* Is what the host did not answer lost, or does it only not answer so often? */
static void pace(const struct walk *walk)
{
	for (int i = 0; i < PACED && net_now_us() + 2 * PACE_US < walk->until_us; i++) {
		size_t sent;

		net_pause(PACE_US);
		sent = send_small(walk, 0);
		volley_wait(walk->volley, sent, in(walk, PACE_US), 0);
		walk->hops->paced++;
		walk->hops->paced_heard +=
			volley_arrived(walk->volley, &walk->volley->probes[sent]);
	}
}

void hops_measure(struct hops *hops, struct volley *volley, uint64_t until_us)
{
	const struct net_address *routers[HOPS_MOST];
	struct walk walk = {hops, volley, until_us, LEAST_ANSWER_US, PACE_US};
	uint64_t now_us = net_now_us(), share_us = 0;

	*hops = (struct hops){0};
	if (until_us > now_us)
		share_us = (until_us - now_us) / WAITS;
	if (share_us > LEAST_ANSWER_US)
		walk.answer_us = share_us < PACE_US ? share_us : PACE_US;
	find_hops(&walk);
	for (uint8_t ttl = 1; ttl <= HOPS_MOST; ttl++)
		routers[ttl - 1] = hops_router(hops, volley, ttl);
	if (!hops->destination_answers && !hops_find_loop(routers, HOPS_MOST, &hops->loop))
		hops->loop = (struct hop_loop){0};
	if (hops->destination_answers && !is_host_whole(hops, volley))
		pace(&walk);
}
