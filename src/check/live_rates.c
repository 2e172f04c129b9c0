/* check/live_rates.c - what takes two looks at one socket: kept by cookie, for those few that might
 * break a rule; see live_state.h. */
#include "check/live_state.h"

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "check/live_path.h"

enum {
	DELAY_LEAST_US = 10000, /* the shortest delayed acknowledgement is 40 ms: TCP_DELACK_MIN */
	DELAY_LEAST_TIMES = 5,
	SENDER_LIMITED_SHARE = 5, /* percent of its busy time */
};

/* What a connection's counters were when it first looked suspicious. */
struct rate {
	uint64_t cookie;
	bool begun;
	unsigned look;
	unsigned held; /* in how many looks Nagle's algorithm held data back */
	uint64_t busy_us, sndbuf_us, bytes_in, bytes_out, segments_out, drops;
};

/* A sender on this host whose window was full: its receiver's rate, seen from the other end. */
struct peer {
	struct socket_ends key;
	uint64_t first_us, last_us;
};

static bool memory(const struct socket_record *record, enum socket_memory which, uint64_t *out)
{
	if (record->n_memory <= which)
		return false;
	*out = record->memory[which];
	return true;
}

static bool nearly_at(uint64_t value, uint64_t most)
{
	return value * 100 >= most * LIVE_NEARLY_FULL;
}

static bool waits_for_acks(const struct socket_record *record)
{
	uint64_t rtt, least;

	return live_tcp(record, TCP_RTT_US, &rtt) && live_tcp(record, TCP_MIN_RTT_US, &least) &&
	       rtt >= DELAY_LEAST_US && rtt >= DELAY_LEAST_TIMES * least;
}

/* A piece that is not a full segment waits although both windows have room for it. */
static bool is_held(const struct socket_record *record)
{
	uint64_t notsent, unacked, mss, window, far;

	return live_tcp(record, TCP_NOTSENT_BYTES, &notsent) &&
	       live_tcp(record, TCP_UNACKED, &unacked) &&
	       live_tcp(record, TCP_SND_MSS_BYTES, &mss) &&
	       live_tcp(record, TCP_SND_CWND, &window) && notsent && notsent < mss && unacked &&
	       unacked < window &&
	       (!live_tcp(record, TCP_SND_WND_BYTES, &far) || far > 2 * mss || far > 2 * notsent);
}

/* Set by the application, for all that is known. */
static bool set_buffer_suspect(const struct socket_record *record)
{
	int64_t locked;

	return !live_option(record, SOCKOPT_RCVBUF_LOCKED, &locked) || locked;
}

/* Grown by the kernel, for all that is known, and near its maximum. */
static bool tuned_buffer_suspect(const struct live_ns *ns, const struct socket_record *record)
{
	uint64_t size, most;
	int64_t locked;

	return !(live_option(record, SOCKOPT_RCVBUF_LOCKED, &locked) && locked) &&
	       memory(record, SOCKMEM_RCVBUF, &size) && live_key(ns, KEY_TCP_RMEM, 2, &most) &&
	       nearly_at(size, most);
}

static bool send_buffer_suspect(const struct live_ns *ns, const struct socket_record *record)
{
	uint64_t size, most;

	return memory(record, SOCKMEM_SNDBUF, &size) && live_key(ns, KEY_TCP_WMEM, 2, &most) &&
	       nearly_at(size, most);
}

static struct rate *begin(struct live *live, const struct socket_record *record)
{
	struct rate *rate;

	if (!live->rates.key_size)
		live->rates = table_of(sizeof(rate->cookie), sizeof(*rate), LIVE_MOST_TRACKED);
	rate = table_get(&live->rates, &record->cookie);
	if (!rate || rate->begun)
		return rate;
	rate->begun = true;
	rate->look = live->look;
	live_tcp(record, TCP_BUSY_TIME_US, &rate->busy_us);
	live_tcp(record, TCP_SNDBUF_LIMITED_US, &rate->sndbuf_us);
	live_tcp(record, TCP_BYTES_RECEIVED, &rate->bytes_in);
	live_tcp(record, TCP_BYTES_SENT, &rate->bytes_out);
	live_tcp(record, TCP_DATA_SEGS_OUT, &rate->segments_out);
	memory(record, SOCKMEM_DROPS, &rate->drops);
	return rate;
}

/* From its first look on; false: this is the first, or the kernel does not tell. */
static bool moved(const struct live *live, const struct socket_record *record,
		  const struct rate *rate, enum tcp_field field, uint64_t before, uint64_t *out)
{
	uint64_t now;

	if (rate->look == live->look || !live_tcp(record, field, &now))
		return false;
	*out = now > before ? now - before : 0;
	return true;
}

static void judge_nagle(struct live *live, const struct live_ns *ns,
			const struct socket_record *record, const struct rate *rate)
{
	uint64_t busy_us, bytes, segments, mss, rtt = 0, least = 0;
	struct finding *finding;
	int64_t nodelay;

	if (!live_option(record, SOCKOPT_NODELAY, &nodelay)) {
		live_unknown(live, RULE_NAGLE, live_gap(record, SOCKOPT_NODELAY));
		return;
	}
	if (!moved(live, record, rate, TCP_BUSY_TIME_US, rate->busy_us, &busy_us) ||
	    !moved(live, record, rate, TCP_BYTES_SENT, rate->bytes_out, &bytes) ||
	    !moved(live, record, rate, TCP_DATA_SEGS_OUT, rate->segments_out, &segments) ||
	    !live_tcp(record, TCP_SND_MSS_BYTES, &mss)) {
		live_unknown(live, RULE_NAGLE, "its counters were not told in two looks");
		return;
	}
	live_judged(live, RULE_NAGLE);
	if (nodelay || segments < 2 || bytes >= segments * mss / 2 ||
	    busy_us < segments * DELAY_LEAST_US)
		return;
	finding = live_socket_fail(live, RULE_NAGLE, ns, record, busy_us / segments);
	if (!finding)
		return;
	live_tcp(record, TCP_RTT_US, &rtt);
	live_tcp(record, TCP_MIN_RTT_US, &least);
	finding->actual = mem_printf("%" PRIu64 " bytes a segment, %" PRIu64 ".%" PRIu64
				     " ms of waiting for each; the path takes %" PRIu64 " us",
				     bytes / segments, busy_us / segments / 1000,
				     busy_us / segments % 1000 / 100, least);
	finding->expected = mem_strdup("one write for each request, or TCP_NODELAY");
	live_evidence(finding, "held-in-looks", "%u of %u", rate->held, live->n_looks);
	live_evidence(finding, "segments", "%" PRIu64, segments);
	live_evidence(finding, "busy_us", "%" PRIu64, busy_us);
	live_evidence(finding, "rtt_us", "%" PRIu64, rtt);
	live_evidence(finding, "min_rtt_us", "%" PRIu64, least);
}

/* Senders are noted in all looks but the last, so that the last has them whatever comes first. */
static void note_sender(struct live *live, const struct socket_record *record)
{
	struct socket_ends key;
	struct peer *peer;
	uint64_t limited;

	if (live_is_last(live) || !live_tcp(record, TCP_RWND_LIMITED_US, &limited) || !limited)
		return;
	if (!live->peers.key_size)
		live->peers = table_of(sizeof(key), sizeof(*peer), LIVE_MOST_TRACKED);
	key = socket_ends_of(&record->local, &record->remote);
	peer = table_get(&live->peers, &key);
	if (!peer)
		return;
	if (live->look == 0)
		peer->first_us = limited;
	peer->last_us = limited;
}

/* False: there is more than is followed, and it may be among that. */
static bool sender_limited_us(const struct live *live, const struct socket_record *record,
			      uint64_t *out)
{
	const struct socket_ends key = socket_ends_of(&record->remote, &record->local);
	const struct peer *peer = table_find(&live->peers, &key);

	*out = peer && peer->last_us > peer->first_us ? peer->last_us - peer->first_us : 0;
	return peer || !live->peers.overflowed;
}

/* What comes in during a round trip is at most one window: when it nearly is, the window bounds. */
struct inflow {
	bool told, known; /* how much came in; and round trip and window as well */
	uint64_t bytes, over_us, least_rtt_us, window, per_trip;
};

static struct inflow inflow_of(const struct live *live, const struct socket_record *record,
			       const struct rate *rate)
{
	struct inflow in = {.over_us = live->at_us[live->look] - live->at_us[rate->look]};

	in.told = moved(live, record, rate, TCP_BYTES_RECEIVED, rate->bytes_in, &in.bytes);
	in.known = in.told && live_tcp(record, TCP_MIN_RTT_US, &in.least_rtt_us) &&
		   in.least_rtt_us && live_tcp(record, TCP_RCV_WND_BYTES, &in.window) &&
		   in.window && in.over_us;
	if (in.known)
		in.per_trip =
			(uint64_t)((double)in.bytes * (double)in.least_rtt_us / (double)in.over_us);
	return in;
}

static void add_told(const struct socket_record *record, enum tcp_field field,
		     struct finding *finding)
{
	uint64_t value;

	if (live_tcp(record, field, &value))
		live_evidence(finding, tcp_field_names[field], "%" PRIu64, value);
}

static void judge_receive_buffer(struct live *live, const struct live_ns *ns,
				 const struct socket_record *record, const struct rate *rate)
{
	struct inflow in = inflow_of(live, record, rate);
	uint64_t stopped_us, most, size = 0;
	bool is_followed = sender_limited_us(live, record, &stopped_us);
	int64_t locked = 0;
	bool known = live_option(record, SOCKOPT_RCVBUF_LOCKED, &locked);
	bool bounds = in.known && nearly_at(in.per_trip, in.window);
	bool may_bound = in.known ? bounds : in.bytes || !in.told;
	bool far = !socket_address_is_loopback(&record->remote);
	enum rule_id rule = locked ? RULE_RCVBUF_BDP : RULE_RECV_BUFFER;
	struct finding *finding;

	if (!memory(record, SOCKMEM_RCVBUF, &size) || !live_key(ns, KEY_TCP_RMEM, 2, &most)) {
		live_unknown(live, rule,
			     "the size of its buffer or net.ipv4.tcp_rmem is not known");
		return;
	}
	if (!known && may_bound && !nearly_at(size, most) && far && record->inode)
		live_unknown(live, RULE_RCVBUF_BDP, live_gap(record, SOCKOPT_RCVBUF_LOCKED));
	if (!known && !nearly_at(size, most))
		return;
	/* who was stopped says nothing of a buffer that the application set */
	if (!in.known && may_bound && (locked ? far : !stopped_us)) {
		live_unknown(live, rule, "its round trip or receive window was not told");
		return;
	}
	if (!locked && !bounds && !is_followed) {
		live_unknown(live, rule, "more senders on this host than are followed");
		return;
	}
	live_judged(live, rule);
	if (locked ? !bounds || !far : !nearly_at(size, most) || !(bounds || stopped_us))
		return;
	live_path_told(live, record);
	finding = live_socket_fail(live, rule, ns, record, in.bytes);
	if (!finding)
		return;
	finding->actual = mem_printf("buffer of %" PRIu64 " bytes, %s", size,
				     bounds ? "and what comes in a round trip fills the window"
					    : "and the sender on this host is stopped by it");
	finding->expected =
		locked ? mem_printf("room for more than %" PRIu64 " bytes a round trip",
				    in.per_trip)
		       : mem_printf("room below the maximum of %" PRIu64 " bytes", most);
	live_evidence(finding, "rcvbuf_bytes", "%" PRIu64, size);
	live_evidence(finding, "bytes_received", "%" PRIu64, in.bytes);
	live_evidence(finding, "over_us", "%" PRIu64, in.over_us);
	add_told(record, TCP_MIN_RTT_US, finding);
	add_told(record, TCP_RCV_WND_BYTES, finding);
	if (stopped_us)
		live_evidence(finding, "sender-rwnd_limited_us", "%" PRIu64, stopped_us);
	live_evidence(finding, "net.ipv4.tcp_rmem", "%s", ns->keys[KEY_TCP_RMEM].text);
}

static void judge_send_buffer(struct live *live, const struct live_ns *ns,
			      const struct socket_record *record, const struct rate *rate)
{
	uint64_t limited_us, busy_us, most, size;
	struct finding *finding;

	if (!memory(record, SOCKMEM_SNDBUF, &size) || !live_key(ns, KEY_TCP_WMEM, 2, &most) ||
	    !moved(live, record, rate, TCP_SNDBUF_LIMITED_US, rate->sndbuf_us, &limited_us) ||
	    !moved(live, record, rate, TCP_BUSY_TIME_US, rate->busy_us, &busy_us)) {
		live_unknown(live, RULE_SEND_BUFFER, "its times were not told in two looks");
		return;
	}
	live_judged(live, RULE_SEND_BUFFER);
	if (!limited_us || limited_us * 100 < busy_us * SENDER_LIMITED_SHARE ||
	    live_path_tells(live, ns, record))
		return;
	finding = live_socket_fail(live, RULE_SEND_BUFFER, ns, record, limited_us);
	if (!finding)
		return;
	finding->actual = mem_printf("buffer of %" PRIu64 " bytes, the limit for %" PRIu64
				     " of %" PRIu64 " ms in which data was in flight",
				     size, limited_us / 1000, busy_us / 1000);
	finding->expected = mem_printf("room below the maximum of %" PRIu64 " bytes", most);
	live_evidence(finding, "sndbuf_bytes", "%" PRIu64, size);
	live_evidence(finding, "sndbuf_limited_us", "%" PRIu64, limited_us);
	live_evidence(finding, "busy_us", "%" PRIu64, busy_us);
	live_evidence(finding, "net.ipv4.tcp_wmem", "%s", ns->keys[KEY_TCP_WMEM].text);
}

static void not_followed(struct live *live, const bool fed[RULE_COUNT])
{
	for (unsigned rule = 0; rule < RULE_COUNT; rule++)
		if (fed[rule] && live_is_last(live))
			live_unknown(live, (enum rule_id)rule,
				     "more connections than are followed");
}

void live_rate(struct live *live, struct live_ns *ns, const struct socket_record *record)
{
	bool waits = waits_for_acks(record), set = set_buffer_suspect(record),
	     tuned = tuned_buffer_suspect(ns, record), sends = send_buffer_suspect(ns, record);
	int64_t nodelay = 0;
	struct rate *rate;

	if (live->n_looks < 2)
		return;
	note_sender(live, record);
	waits = waits && !(live_option(record, SOCKOPT_NODELAY, &nodelay) && nodelay);
	if (!waits && !set && !tuned && !sends)
		return;
	rate = begin(live, record);
	if (!rate) {
		const bool fed[RULE_COUNT] = {[RULE_NAGLE] = waits,
					      [RULE_RCVBUF_BDP] = set,
					      [RULE_RECV_BUFFER] = tuned,
					      [RULE_SEND_BUFFER] = sends};

		not_followed(live, fed);
		return;
	}
	rate->held += waits && is_held(record);
	if (!live_is_last(live) || rate->look == live->look)
		return;
	if (waits && rate->held)
		judge_nagle(live, ns, record, rate);
	if (set || tuned)
		judge_receive_buffer(live, ns, record, rate);
	if (sends)
		judge_send_buffer(live, ns, record, rate);
}
