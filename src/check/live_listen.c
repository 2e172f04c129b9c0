/* check/live_listen.c - listeners: their queues over the looks, and what stands in the way of their
 * next restart; see live_state.h. */
#include "check/live_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

struct listener {
	uint64_t cookie;
	uint32_t ns;
	enum socket_kind kind;
	struct socket_address local; /* port 0: a Unix socket */
	bool v6only;
	uint32_t queue, backlog; /* the fullest that was seen */
	unsigned looks, full;    /* in how many it was seen, and was full */
	bool in_last;
	struct finding_owner owner;
	char *owner_unknown, *place;
	bool has_options;
	int64_t reuseaddr, reuseport;
	char *gap; /* why they are not known */
};

static void note_port(struct live_ns *ns, uint16_t port)
{
	if (!ns->listening)
		ns->listening = mem_alloc_array(65536 / 64, sizeof(*ns->listening));
	ns->listening[port / 64] |= UINT64_C(1) << (port % 64);
}

static void describe(struct listener *listener, const struct live_ns *ns,
		     const struct socket_record *record)
{
	char address[SOCKET_ADDRESS_SIZE];

	listener->ns = ns->index;
	listener->kind = record->kind;
	if (record->kind == SOCKET_TCP) {
		listener->local = record->local;
		listener->v6only = record->v6only;
		listener->place = mem_printf("tcp %s", socket_local_print(record, address));
	} else {
		listener->place = mem_strdup(record->path ? record->path : "unnamed");
	}
}

/* One that was opened while the owners were read has none in that look. */
static void note_owner(struct listener *listener, const struct socket_record *record)
{
	struct finding_owner owner = live_owner(record);

	if (listener->owner.pid)
		return;
	mem_replace(&listener->owner_unknown, record->owners_unknown);
	listener->owner = (struct finding_owner){.pid = owner.pid,
						 .comm = mem_strdup(owner.comm),
						 .unit = mem_strdup(owner.unit),
						 .container = mem_strdup(owner.container)};
}

static void note_options(struct listener *listener, const struct socket_record *record)
{
	listener->has_options = live_option(record, SOCKOPT_REUSEADDR, &listener->reuseaddr) &&
				live_option(record, SOCKOPT_REUSEPORT, &listener->reuseport);
	if (!listener->has_options && record->kind == SOCKET_TCP)
		mem_replace(&listener->gap, live_gap(record, SOCKOPT_REUSEADDR));
}

void live_listener(struct live *live, struct live_ns *ns, const struct socket_record *record)
{
	struct listener *listener;

	if (!live->listeners.key_size)
		live->listeners =
			table_of(sizeof(listener->cookie), sizeof(*listener), LIVE_MOST_TRACKED);
	if (record->kind == SOCKET_TCP)
		note_port(ns, record->local.port);
	listener = table_get(&live->listeners, &record->cookie);
	if (!listener)
		return;
	if (!listener->place)
		describe(listener, ns, record);
	note_owner(listener, record);
	note_options(listener, record);
	listener->in_last = live_is_last(live);
	if (!record->has_queues)
		return;
	listener->looks++;
	listener->full += record->recv_queue > record->send_queue; /* sk_acceptq_is_full() */
	if (listener->looks == 1 || record->recv_queue > listener->queue)
		listener->queue = record->recv_queue;
	listener->backlog = record->send_queue;
}

static struct finding *fail(struct live *live, enum rule_id rule, const struct listener *listener,
			    uint64_t weight)
{
	const struct hit hit = {.rule = rule,
				.ns = &live->ns[listener->ns],
				.owner = listener->owner.pid ? &listener->owner : NULL,
				.subject = listener->place,
				.weight = weight};
	struct finding *finding = live_fail(live, &hit);

	if (finding && !listener->owner.pid && listener->owner_unknown)
		live_evidence(finding, "owner-unknown", "%s", listener->owner_unknown);
	return finding;
}

static void judge_queue(struct live *live, const struct listener *listener)
{
	struct finding *finding;

	if (!listener->looks) {
		live_unknown(live, RULE_ACCEPT_QUEUE_FULL, "the kernel did not tell its queue");
		return;
	}
	live_judged(live, RULE_ACCEPT_QUEUE_FULL);
	if (!listener->full)
		return;
	finding = fail(live, RULE_ACCEPT_QUEUE_FULL, listener, listener->queue);
	if (!finding)
		return;
	finding->actual = mem_printf("%u connections wait, the backlog is %u", listener->queue,
				     listener->backlog);
	finding->expected = mem_strdup("no more waiting than the backlog");
	live_evidence(finding, "recv_queue", "%u", listener->queue);
	live_evidence(finding, "backlog", "%u", listener->backlog);
	live_evidence(finding, "full-in-looks", "%u of %u", listener->full, listener->looks);
}

/* listen(2) cuts the backlog of every family, but systemd asks for the most that there is for each
 * of its sockets (Backlog= of systemd.socket(5)), and most Unix sockets are its: of those only one
 * that uses it is worth a word. */
static void judge_backlog(struct live *live, const struct listener *listener)
{
	const struct live_ns *ns = &live->ns[listener->ns];
	bool tcp = listener->kind == SOCKET_TCP, pressed;
	uint64_t most, overflows = 0;
	struct finding *finding;

	if (!listener->looks || !live_key(ns, KEY_SOMAXCONN, 0, &most)) {
		live_unknown(live, RULE_BACKLOG_CUT,
			     listener->looks ? "net.core.somaxconn is not known"
					     : "the kernel did not tell its backlog");
		return;
	}
	live_judged(live, RULE_BACKLOG_CUT);
	if (listener->backlog != most)
		return;
	if (tcp)
		live_moved(live, ns, "TcpExt.ListenOverflows", &overflows);
	pressed = listener->queue > listener->backlog / 2 || (listener->queue && overflows);
	if (!tcp && !pressed)
		return;
	finding = fail(live, RULE_BACKLOG_CUT, listener, listener->queue);
	if (!finding)
		return;
	finding->severity = pressed ? SEVERITY_WARNING : SEVERITY_INFO;
	finding->actual = mem_printf("its backlog is %u, as net.core.somaxconn: it asked for that "
				     "or for more",
				     listener->backlog);
	finding->expected = mem_printf("net.core.somaxconn above what it asks for");
	live_evidence(finding, "backlog", "%u", listener->backlog);
	live_evidence(finding, "recv_queue", "%u", listener->queue);
	live_evidence(finding, "net.core.somaxconn", "%" PRIu64, most);
	if (overflows)
		live_evidence(finding, "ListenOverflows", "+%" PRIu64, overflows);
}

static void judge_restart(struct live *live, const struct listener *listener)
{
	const struct live_ns *ns = &live->ns[listener->ns];
	struct finding *finding;
	uint64_t waiting;

	if (listener->kind != SOCKET_TCP || !listener->in_last)
		return;
	waiting = live_time_waits(live, ns, &listener->local, listener->v6only);
	if (waiting && !listener->has_options) {
		live_unknown(live, RULE_NO_REUSEADDR, listener->gap);
		return;
	}
	live_judged(live, RULE_NO_REUSEADDR);
	if (!waiting || listener->reuseaddr || listener->reuseport)
		return;
	finding = fail(live, RULE_NO_REUSEADDR, listener, waiting);
	if (!finding)
		return;
	finding->actual = mem_printf("SO_REUSEADDR off, %" PRIu64 " connections in TIME-WAIT on "
				     "its port",
				     waiting);
	finding->expected = mem_strdup("SO_REUSEADDR on");
	live_evidence(finding, "time-wait", "%" PRIu64, waiting);
}

void live_listeners_end(struct live *live)
{
	const struct listener *listener;

	for (size_t i = 0; (listener = table_at(&live->listeners, i)); i++) {
		judge_queue(live, listener);
		judge_backlog(live, listener);
		judge_restart(live, listener);
	}
	if (live->listeners.overflowed) {
		live_unknown(live, RULE_ACCEPT_QUEUE_FULL, "more listeners than are looked at");
		live_unknown(live, RULE_BACKLOG_CUT, "more listeners than are looked at");
		live_unknown(live, RULE_NO_REUSEADDR, "more listeners than are looked at");
	}
}

const struct finding_owner *live_listener_owner(const struct live *live, const struct live_ns *ns,
						uint16_t port)
{
	const struct listener *listener;

	for (size_t i = 0; (listener = table_at(&live->listeners, i)); i++)
		if (listener->ns == ns->index && listener->local.port == port && port &&
		    listener->owner.pid)
			return &listener->owner;
	return NULL;
}

static bool is_fuller(const struct listener *one, const struct listener *other)
{
	if (!one->full != !other->full)
		return one->full;
	return one->queue > other->queue;
}

/* A queue overflows between the looks as well: then one at its backlog is the likeliest, which
 * takes but one connection more. */
const struct finding_owner *live_full_listener(const struct live *live, const struct live_ns *ns)
{
	const struct listener *listener, *fullest = NULL;

	for (size_t i = 0; (listener = table_at(&live->listeners, i)); i++)
		if (listener->ns == ns->index && listener->kind == SOCKET_TCP &&
		    listener->owner.pid && listener->queue &&
		    listener->queue >= listener->backlog &&
		    (!fullest || is_fuller(listener, fullest)))
			fullest = listener;
	return fullest ? &fullest->owner : NULL;
}

void live_listeners_fini(struct live *live)
{
	struct listener *listener;

	for (size_t i = 0; (listener = table_at(&live->listeners, i)); i++) {
		free(listener->owner.comm);
		free(listener->owner.unit);
		free(listener->owner.container);
		free(listener->owner_unknown);
		free(listener->place);
		free(listener->gap);
	}
	table_fini(&live->listeners);
}
