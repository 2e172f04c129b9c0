/* check/live_udp.c - lost datagrams: which socket's, and whether its application ever asked for a
 * larger buffer; see live_state.h. */
#include "check/live_state.h"

#include <inttypes.h>
#include <string.h>

struct udp_drops {
	uint64_t cookie, first;
};

static uint64_t errors_of(const struct live *live, const struct live_ns *ns)
{
	uint64_t v4 = 0, v6 = 0;

	live_moved(live, ns, "Udp.RcvbufErrors", &v4);
	live_moved(live, ns, "Udp6.RcvbufErrors", &v6);
	return v4 + v6;
}

/* What the application asked for. */
enum asked {
	ASKED_NOT_KNOWN,
	ASKED_NEVER,
	ASKED_FOR_LESS,
	ASKED_FOR_MORE,
	ASKED_FOR_SOME, /* whether rmem_max bounded it is not known */
};

/* SO_RCVBUF reads back doubled, and rmem_max bounds it before it is doubled: socket(7). */
static enum asked asked_for(const struct live_ns *ns, const struct socket_record *record,
			    uint64_t size)
{
	uint64_t most, start;
	int64_t locked;

	if (live_option(record, SOCKOPT_RCVBUF_LOCKED, &locked)) {
		if (!locked)
			return ASKED_NEVER;
	} else if (!live_key(ns, KEY_RMEM_DEFAULT, 0, &start)) {
		return ASKED_NOT_KNOWN;
	} else if (size == start) {
		return ASKED_NEVER;
	}
	if (!live_key(ns, KEY_RMEM_MAX, 0, &most))
		return ASKED_FOR_SOME;
	return size >= 2 * most ? ASKED_FOR_MORE : ASKED_FOR_LESS;
}

static void add_key(const struct live_ns *ns, enum live_key key, struct finding *finding)
{
	uint64_t value;

	if (live_key(ns, key, 0, &value))
		live_evidence(finding, live_key_name(key), "%" PRIu64, value);
	else
		live_evidence(finding, live_key_name(key), "not known");
}

static void explain(const struct live_ns *ns, const struct socket_record *record, uint64_t size,
		    struct finding *finding)
{
	static const struct {
		const char *text, *remedy; /* NULL: the rule's */
	} told[] = {
		[ASKED_NOT_KNOWN] = {"not known", NULL},
		[ASKED_NEVER] = {"never: the buffer is net.core.rmem_default",
				 "set SO_RCVBUF in the application, or raise net.core.rmem_default "
				 "and restart it"},
		[ASKED_FOR_LESS] = {"for less than net.core.rmem_max allows",
				    "ask for a larger SO_RCVBUF in the application: "
				    "net.core.rmem_max allows more"},
		[ASKED_FOR_MORE] = {"for at least net.core.rmem_max, and was cut to it",
				    "raise net.core.rmem_max, then restart the application: it "
				    "asked for more than it got"},
		[ASKED_FOR_SOME] = {"for a size that net.core.rmem_max may have cut", NULL},
	};
	enum asked asked = asked_for(ns, record, size);

	finding->expected = mem_strdup("no datagram dropped");
	live_evidence(finding, "rcvbuf_bytes", "%" PRIu64, size);
	live_evidence(finding, "asked", "%s", told[asked].text);
	add_key(ns, KEY_RMEM_MAX, finding);
	add_key(ns, KEY_RMEM_DEFAULT, finding);
	if (told[asked].remedy)
		mem_replace(&finding->remedy, told[asked].remedy);
}

void live_udp(struct live *live, struct live_ns *ns, const struct socket_record *record)
{
	struct udp_drops *entry;
	struct finding *finding;
	uint64_t drops, size;

	if (live->n_looks < 2)
		return;
	if (record->n_memory <= SOCKMEM_DROPS) {
		if (live_is_last(live))
			live_unknown(live, RULE_UDP_DROPS, "the kernel did not tell its drops");
		return;
	}
	drops = record->memory[SOCKMEM_DROPS];
	size = record->memory[SOCKMEM_RCVBUF];
	if (!live->udp.key_size)
		live->udp = table_of(sizeof(entry->cookie), sizeof(*entry), LIVE_MOST_TRACKED);
	entry = live->look == 0 && drops ? table_get(&live->udp, &record->cookie)
					 : table_find(&live->udp, &record->cookie);
	if (entry && live->look == 0)
		entry->first = drops;
	if (!live_is_last(live))
		return;
	if (!entry && drops && live->udp.overflowed) { /* they may all be older than the look */
		live_unknown(live, RULE_UDP_DROPS, "more sockets than are followed");
		return;
	}
	live_judged(live, RULE_UDP_DROPS);
	drops -= entry && entry->first <= drops ? entry->first : 0;
	if (!drops || !errors_of(live, ns))
		return;
	ns->udp_explained = true;
	finding = live_socket_fail(live, RULE_UDP_DROPS, ns, record, drops);
	if (!finding)
		return;
	finding->actual = mem_printf("%" PRIu64 " datagrams dropped between the looks", drops);
	live_evidence(finding, "drops", "+%" PRIu64, drops);
	live_evidence(finding, "RcvbufErrors", "+%" PRIu64, errors_of(live, ns));
	explain(ns, record, size, finding);
}

void live_udp_end(struct live *live)
{
	for (size_t i = 0; i < live->n_ns && live->n_looks > 1; i++) {
		const struct live_ns *ns = &live->ns[i];
		uint64_t errors = errors_of(live, ns);
		const struct hit hit = {
			.rule = RULE_UDP_DROPS, .ns = ns, .subject = "", .weight = errors};
		struct finding *finding;

		if (!live_moved(live, ns, "Udp.RcvbufErrors", &errors)) {
			live_unknown(live, RULE_UDP_DROPS,
				     ns->why ? ns->why : "its counters were not told");
			continue;
		}
		errors = errors_of(live, ns);
		live_judged(live, RULE_UDP_DROPS);
		finding = errors && !ns->udp_explained ? live_fail(live, &hit) : NULL;
		if (!finding)
			continue;
		finding->actual =
			mem_printf("%" PRIu64 " datagrams dropped between the looks, by "
				   "a socket that is gone%s",
				   errors, live->udp.overflowed ? " or not followed" : "");
		finding->expected = mem_strdup("no datagram dropped");
		live_evidence(finding, "RcvbufErrors", "+%" PRIu64, errors);
	}
}
