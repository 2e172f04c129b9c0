/* probes/path_mtu.c - see path_mtu.h. */
#include "probes/path_mtu.h"

#include "base/mem.h"

enum {
	ANSWER_US = 1000000,
	SETTLE_US = 200000, /* how much longer a large packet may take than a small one */
	LOST_FIRST = 4,     /* rounds in which large ones were lost and a small one was answered */
	LOST_LATER = 2,     /* and once it is known that there is a black hole */
	TRIES = 8,
	TRIES_SILENT = 2, /* of a host that answers no UDP: routers on the way may still refuse */
	V4_CONTROL_MSS = 536,  /* what any host takes (RFC 9293, 3.7.1) */
	V6_CONTROL_MSS = 1220, /* 1280 (RFC 8200, 5) without the headers */
	LOCATE_ROUNDS = 2,
	LOCATE_US = 2 * ANSWER_US, /* kept back, because where it is lost matters more than the
				      last byte of how much */
};

/* One measurement under way. */
struct measuring {
	struct path_mtu *mtu;
	struct volley *volley;
	const struct hops *hops;
	uint64_t until_us;
};

/* What came of one size: as mtu_search.h has it, or that nothing can be said. */
enum outcome {
	OUTCOME_PASSED = MTU_PASSED,
	OUTCOME_REFUSED = MTU_REFUSED,
	OUTCOME_LOST = MTU_LOST,
	OUTCOME_UNKNOWN,
};

static uint64_t soon(const struct measuring *m)
{
	uint64_t soon_us = net_now_us() + ANSWER_US;

	return soon_us < m->until_us ? soon_us : m->until_us;
}

static void add_report(struct path_mtu *mtu, const struct volley_probe *probe)
{
	if (mtu->n_reports < PATH_MTU_REPORTS)
		mtu->reports[mtu->n_reports++] = (struct path_mtu_report){
			probe->answer.from, probe->size_bytes, probe->answer.mtu_bytes};
}

/* The first answer to one of the large probes from index `first` on, late ones too; or NULL. */
static const struct volley_probe *find_answer(const struct volley *volley, size_t first,
					      uint32_t size)
{
	for (size_t i = first; i < volley->count; i++) {
		if (volley->probes[i].size_bytes == size && volley->probes[i].heard)
			return &volley->probes[i];
	}
	return NULL;
}

static enum outcome judge_answer(const struct measuring *m, const struct volley_probe *probe)
{
	if (volley_arrived(m->volley, probe))
		return OUTCOME_PASSED;
	return probe->answer.kind == ANSWER_TOO_BIG ? OUTCOME_REFUSED : OUTCOME_UNKNOWN;
}

/* Large ones, each round with a small one behind: where answers are limited to so many a second the
 * first has the best chance. Every other round has two, so that no loss that comes regularly, each
 * second packet for one, can look as if it chose the large. */
static size_t send_round(const struct measuring *m, uint32_t size, unsigned round)
{
	size_t first = volley_send(m->volley, 0, size);

	if (round % 2)
		volley_send(m->volley, 0, size);
	volley_send(m->volley, 0, volley_small_bytes(m->volley));
	return first;
}

static enum outcome try_size(const struct measuring *m, uint32_t size,
			     const struct volley_probe **answer)
{
	unsigned need = m->mtu->search.lost_bytes ? LOST_LATER : LOST_FIRST;
	unsigned tries = m->hops->destination_answers ? TRIES : TRIES_SILENT;
	unsigned lost = 0, controls = 0;
	size_t first = m->volley->count;

	for (unsigned i = 0; i < tries && net_now_us() < m->until_us; i++) {
		size_t begin = send_round(m, size, i), small = m->volley->count - 1;

		if (m->volley->probes[begin].failed)
			return OUTCOME_UNKNOWN;
		volley_wait(m->volley, begin, soon(m), SETTLE_US);
		*answer = find_answer(m->volley, first, size);
		if (*answer)
			return judge_answer(m, *answer);
		if (!volley_arrived(m->volley, &m->volley->probes[small]))
			continue;
		lost += (unsigned)(small - begin);
		if (++controls >= need) {
			m->mtu->lost += lost;
			m->mtu->controls += controls;
			return OUTCOME_LOST;
		}
	}
	return OUTCOME_UNKNOWN;
}

/* The interface's own MTU: the kernel names it when it refuses what is larger. */
static uint32_t interface_mtu(const struct measuring *m)
{
	uint32_t most = volley_most_bytes(m->volley);
	size_t sent = volley_send(m->volley, 0, most);
	const struct volley_probe *probe = &m->volley->probes[sent];

	if (probe->heard && probe->answer.kind == ANSWER_LOCAL_TOO_BIG)
		return probe->answer.mtu_bytes;
	return probe->failed ? 0 : most;
}

/* Returns false when it ended before its end. */
static bool search(const struct measuring *m)
{
	struct mtu_search *found = &m->mtu->search;
	const struct volley_probe *answer;
	uint32_t size;

	while ((size = mtu_search_next(found))) {
		enum outcome outcome = try_size(m, size, &answer);

		if (outcome == OUTCOME_UNKNOWN)
			return false;
		if (outcome == OUTCOME_REFUSED)
			add_report(m->mtu, answer);
		mtu_search_add(found, size, (enum mtu_outcome)outcome,
			       outcome == OUTCOME_REFUSED ? answer->answer.mtu_bytes : 0);
	}
	return true;
}

/* Which hops a packet of that size still reaches. */
static void locate(const struct measuring *m, uint32_t size)
{
	uint8_t last = m->hops->answered;
	size_t first = m->volley->count;

	for (int round = 0; round < LOCATE_ROUNDS && net_now_us() < m->until_us; round++) {
		size_t begin = m->volley->count;

		for (uint8_t ttl = 1; ttl <= last; ttl++) {
			if (hops_router(m->hops, m->volley, ttl))
				volley_send(m->volley, ttl, size);
		}
		volley_wait(m->volley, begin, soon(m), 0);
	}
	for (size_t i = first; i < m->volley->count; i++) {
		const struct volley_probe *probe = &m->volley->probes[i];

		if (probe->heard && probe->ttl > m->mtu->passes_ttl &&
		    probe->answer.kind == ANSWER_EXPIRED)
			m->mtu->passes_ttl = probe->ttl;
	}
	for (uint8_t ttl = last; ttl > m->mtu->passes_ttl; ttl--) {
		if (hops_router(m->hops, m->volley, ttl))
			m->mtu->lost_ttl = ttl;
	}
}

static void by_udp(const struct measuring *m)
{
	struct path_mtu *mtu = m->mtu;
	struct measuring searching = *m;
	bool whole;

	if (searching.until_us > net_now_us() + 2 * LOCATE_US)
		searching.until_us -= LOCATE_US;
	whole = search(&searching);
	mtu->bytes = mtu->search.passed_bytes;
	if (mtu->search.lost_bytes) {
		mtu->verdict = PATH_MTU_BLACK_HOLE;
		mtu->exact = whole;
		if (!whole)
			mtu->why = mem_printf("there was no time to try each size from %u to %u",
					      mtu->bytes + 1, mtu->search.lost_bytes - 1);
		locate(m, mtu->search.lost_bytes);
	} else if (whole) {
		mtu->verdict = PATH_MTU_FOUND;
		mtu->exact = true;
	} else if (net_now_us() >= searching.until_us) {
		mtu->why = mem_strdup("the time was over before it was found");
	} else {
		mtu->why = mem_strdup("the host answers UDP, but too seldom to tell what is lost "
				      "from what it does not answer");
	}
}

/* Nobody answers from the far end, but a router that refuses still does; the kernel learns from it
 * too, and TCP's next segment is as large as it allows. */
static void ask_routers(const struct measuring *m)
{
	const struct volley_probe *answer;
	uint32_t size = m->mtu->search.interface_bytes;

	while (size && m->mtu->n_reports < PATH_MTU_REPORTS &&
	       try_size(m, size, &answer) == OUTCOME_REFUSED) {
		add_report(m->mtu, answer);
		mtu_search_add(&m->mtu->search, size, MTU_REFUSED, answer->answer.mtu_bytes);
		size = answer->answer.mtu_bytes < size ? answer->answer.mtu_bytes : 0;
	}
}

static void by_tcp(const struct measuring *m)
{
	struct path_mtu *mtu = m->mtu;
	bool v6 = m->volley->to.at.ss_family == AF_INET6;

	mtu->by_tcp = true;
	segment_try(&m->volley->to, 0, m->until_us, &mtu->full);
	if (mtu->full.outcome == SEGMENT_ACKNOWLEDGED) {
		mtu->verdict = PATH_MTU_FOUND;
		mtu->bytes = mtu->full.packet_bytes;
		mtu->exact = mtu->bytes == mtu->search.interface_bytes ||
			     mtu->bytes == mtu->search.said_bytes;
		if (!mtu->exact)
			mtu->why = mem_strdup("the host answers no UDP, and TCP sends no larger "
					      "segments to it");
		return;
	}
	if (mtu->full.outcome == SEGMENT_LOST)
		segment_try(&m->volley->to, v6 ? V6_CONTROL_MSS : V4_CONTROL_MSS, m->until_us,
			    &mtu->small);
	if (mtu->full.outcome == SEGMENT_LOST && mtu->small.outcome == SEGMENT_ACKNOWLEDGED &&
	    mtu->small.packet_bytes < mtu->full.packet_bytes) {
		mtu->verdict = PATH_MTU_BLACK_HOLE;
		mtu->bytes = mtu->small.packet_bytes;
		mtu->search.lost_bytes = mtu->full.packet_bytes;
		mtu->why = mem_strdup("the host answers no UDP, so sizes in between were not "
				      "tried");
		locate(m, mtu->search.lost_bytes);
		return;
	}
	mtu->why = mem_strdup(mtu->full.outcome == SEGMENT_LOST
				      ? "the host answers no UDP, and acknowledges TCP segments "
					"of no size"
				      : "the host answers no UDP, and its TCP said nothing of a "
					"full segment in time");
}

void path_mtu_measure(struct path_mtu *mtu, struct volley *volley, const struct hops *hops,
		      bool connected, uint64_t until_us)
{
	const struct measuring m = {mtu, volley, hops, until_us};
	uint32_t interface;

	*mtu = (struct path_mtu){0};
	interface = interface_mtu(&m);
	mtu_search_begin(&mtu->search, volley_small_bytes(volley), interface);
	if (!interface) {
		mtu->why = mem_strdup("this host cannot send there");
	} else if (hops->destination_answers) {
		by_udp(&m);
	} else {
		mtu->search.passed_bytes = 0; /* nothing is known to arrive */
		ask_routers(&m);
		if (connected)
			by_tcp(&m);
		else
			mtu->why = mem_strdup("the host answers neither UDP nor TCP");
	}
}

void path_mtu_fini(struct path_mtu *mtu)
{
	free(mtu->why);
	*mtu = (struct path_mtu){0};
}

static void set_bytes(json_t *out, const char *name, uint32_t bytes)
{
	if (bytes)
		json_object_set_new(out, name, json_integer(bytes));
}

static void set_hop(json_t *out, const char *name, uint8_t ttl, const struct hops *hops,
		    const struct volley *volley)
{
	const struct net_address *router = ttl ? hops_router(hops, volley, ttl) : NULL;
	char text[NET_TEXT_SIZE];

	if (router)
		json_object_set_new(out, name,
				    json_pack("{s:i, s:s}", "ttl", ttl, "address",
					      net_print_host(router, text)));
}

static json_t *reports_to_json(const struct path_mtu *mtu)
{
	json_t *list = json_array();

	for (size_t i = 0; i < mtu->n_reports; i++) {
		const struct path_mtu_report *report = &mtu->reports[i];
		char from[NET_TEXT_SIZE];
		json_t *one = json_pack("{s:s, s:i}", "from", net_print_host(&report->from, from),
					"size_bytes", (int)report->size_bytes);

		set_bytes(one, "mtu_bytes", report->mtu_bytes);
		json_array_append_new(list, one);
	}
	return list;
}

json_t *path_mtu_to_json(const struct path_mtu *mtu, const struct hops *hops,
			 const struct volley *volley)
{
	static const char *const verdicts[] = {
		[PATH_MTU_UNKNOWN] = "unknown",
		[PATH_MTU_FOUND] = "found",
		[PATH_MTU_BLACK_HOLE] = "black-hole",
	};
	json_t *out = json_pack("{s:s, s:b, s:o}", "verdict", verdicts[mtu->verdict], "exact",
				mtu->exact, "reports", reports_to_json(mtu));

	if (mtu->verdict != PATH_MTU_UNKNOWN)
		json_object_set_new(out, "by", json_string(mtu->by_tcp ? "tcp" : "udp"));
	set_bytes(out, "interface_mtu_bytes", mtu->search.interface_bytes);
	set_bytes(out, mtu->verdict == PATH_MTU_UNKNOWN ? "arrived_bytes" : "path_mtu_bytes",
		  mtu->bytes);
	set_bytes(out, "lost_bytes", mtu->search.lost_bytes);
	set_bytes(out, "refused_bytes", mtu->search.refused_bytes);
	set_bytes(out, "said_mtu_bytes", mtu->search.said_bytes);
	set_hop(out, "passes", mtu->passes_ttl, hops, volley);
	set_hop(out, "lost_before", mtu->lost_ttl, hops, volley);
	if (mtu->why)
		json_object_set_new(out, "reason", json_string(mtu->why));
	return out;
}
