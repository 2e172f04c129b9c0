/* check/live_sockets.c - what one look at one socket can tell; see live_state.h. */
#include "check/live_state.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "check/live_path.h"

enum {
	IDLE_LONG_MS = 2 * 60 * 60 * 1000,
	RETRANSMIT_SHARE = 64,
	RETRANSMIT_LEAST_SEGMENTS = 640,
};

bool live_tcp(const struct socket_record *record, enum tcp_field field, uint64_t *out)
{
	return record->tcp_info && tcp_info_get(record->tcp_info, record->tcp_info_len, field, out);
}

bool live_option(const struct socket_record *record, enum socket_option option, int64_t *out)
{
	if (!(record->known & SOCKOPT_BIT(option)))
		return false;
	*out = record->options[option];
	return true;
}

const char *live_gap(const struct socket_record *record, enum socket_option option)
{
	for (size_t i = 0; i < record->n_gaps; i++)
		if (record->gaps[i].options & SOCKOPT_BIT(option))
			return record->gaps[i].why;
	return record->owners_unknown ? record->owners_unknown : "its options were not told";
}

struct finding_owner live_owner_of(const struct socket_owner *owner)
{
	if (!owner)
		return (struct finding_owner){0};
	return (struct finding_owner){.pid = owner->pid,
				      .comm = (char *)owner->comm,
				      .unit = (char *)owner->unit,
				      .container = (char *)owner->container};
}

struct finding_owner live_owner(const struct socket_record *record)
{
	return live_owner_of(socket_main_owner(record));
}

bool live_is_served(const struct live_ns *ns, uint16_t port)
{
	return ns->listening && (ns->listening[port / 64] >> (port % 64) & 1);
}

/* A server's connections share its port, a client's have each their own: those are one group. */
static const char *place_of(const struct live_ns *ns, const struct socket_record *record,
			    char buf[LIVE_SUBJECT_SIZE])
{
	char address[SOCKET_ADDRESS_SIZE];

	if (record->local.family != AF_INET && record->local.family != AF_INET6)
		snprintf(buf, LIVE_SUBJECT_SIZE, "%s", record->path ? record->path : "unnamed");
	else if (record->state == SOCKET_LISTEN || record->kind == SOCKET_UDP ||
		 live_is_served(ns, record->local.port))
		snprintf(buf, LIVE_SUBJECT_SIZE, "%s %s", socket_kind_name(record->kind),
			 socket_local_print(record, address));
	else
		snprintf(buf, LIVE_SUBJECT_SIZE, "outgoing connections");
	return buf;
}

struct finding *live_socket_fail(struct live *live, enum rule_id rule, const struct live_ns *ns,
				 const struct socket_record *record, uint64_t weight)
{
	struct finding_owner owner = live_owner(record);
	char subject[LIVE_SUBJECT_SIZE], local[SOCKET_ADDRESS_SIZE], remote[SOCKET_ADDRESS_SIZE];
	const struct hit hit = {.rule = rule,
				.ns = ns,
				.owner = owner.pid ? &owner : NULL,
				.subject = place_of(ns, record, subject),
				.weight = weight};
	struct finding *finding = live_fail(live, &hit);

	if (!finding)
		return NULL;
	if (record->remote.family == AF_INET || record->remote.family == AF_INET6)
		live_evidence(finding, "socket", "%s -> %s, %s", socket_local_print(record, local),
			      socket_address_print(&record->remote, remote),
			      socket_state_name(record->state));
	if (!owner.pid && record->owners_unknown)
		live_evidence(finding, "owner-unknown", "%s", record->owners_unknown);
	return finding;
}

static void judge_congestion(struct live *live, const struct live_ns *ns,
			     const struct socket_record *record)
{
	static const char *const chosen_by[] = {
		[CONGESTION_BY_UNKNOWN] = "not known: only BPF tells",
		[CONGESTION_BY_SETSOCKOPT] = "setsockopt(2) of the application, or of a sock_ops "
					     "program",
		[CONGESTION_BY_ROUTE] = "congctl of the route, which locks it",
		[CONGESTION_BY_DEFAULT] = "the sysctl as it was when the connection was opened, or "
					  "congctl of the route",
	};
	const struct live_value *wanted = &ns->keys[KEY_CONGESTION];
	struct finding *finding;

	if (!wanted->text || !record->congestion) {
		live_unknown(live, RULE_CONGESTION,
			     wanted->text  ? "a connection's congestion control was not told"
			     : wanted->why ? wanted->why
					   : "the sysctl is not known");
		return;
	}
	live_judged(live, RULE_CONGESTION);
	if (strcmp(record->congestion, wanted->text) == 0)
		return;
	finding = live_socket_fail(live, RULE_CONGESTION, ns, record, 1);
	if (!finding)
		return;
	finding->actual = mem_strdup(record->congestion);
	finding->expected = mem_strdup(wanted->text);
	live_evidence(finding, "net.ipv4.tcp_congestion_control", "%s", wanted->text);
	live_evidence(finding, "chosen-by", "%s", chosen_by[record->congestion_by]);
}

static void judge_keepalive(struct live *live, const struct live_ns *ns,
			    const struct socket_record *record)
{
	uint64_t sent, received;
	int64_t keepalive, timeout;
	struct finding *finding;

	if (socket_address_is_loopback(&record->remote))
		return;
	if (!live_tcp(record, TCP_LAST_DATA_SENT_MS, &sent) ||
	    !live_tcp(record, TCP_LAST_DATA_RECV_MS, &received)) {
		live_unknown(live, RULE_NO_KEEPALIVE,
			     "the kernel did not tell how long it is idle");
		return;
	}
	if (sent < IDLE_LONG_MS || received < IDLE_LONG_MS) {
		live_judged(live, RULE_NO_KEEPALIVE);
		return;
	}
	if (!live_option(record, SOCKOPT_KEEPALIVE, &keepalive) ||
	    !live_option(record, SOCKOPT_USER_TIMEOUT, &timeout)) {
		live_unknown(live, RULE_NO_KEEPALIVE, live_gap(record, SOCKOPT_KEEPALIVE));
		return;
	}
	live_judged(live, RULE_NO_KEEPALIVE);
	if (keepalive || timeout)
		return;
	received = received < sent ? received : sent;
	finding = live_socket_fail(live, RULE_NO_KEEPALIVE, ns, record, received);
	if (!finding)
		return;
	finding->actual =
		mem_printf("idle for %" PRIu64 " min, SO_KEEPALIVE off", received / 60000);
	finding->expected = mem_strdup("SO_KEEPALIVE on, or a TCP_USER_TIMEOUT");
	live_evidence(finding, "idle_ms", "%" PRIu64, received);
}

static void judge_linger(struct live *live, const struct live_ns *ns,
			 const struct socket_record *record)
{
	struct finding *finding;
	int64_t seconds;

	if (!live_option(record, SOCKOPT_LINGER, &seconds)) {
		live_unknown(live, RULE_LINGER, live_gap(record, SOCKOPT_LINGER));
		return;
	}
	live_judged(live, RULE_LINGER);
	if (seconds <= 0)
		return;
	finding = live_socket_fail(live, RULE_LINGER, ns, record, (uint64_t)seconds);
	if (!finding)
		return;
	finding->actual = mem_printf("close(2) may wait %" PRId64 " s", seconds);
	finding->expected = mem_strdup("SO_LINGER off");
	live_evidence(finding, "SO_LINGER", "%" PRId64 " s", seconds);
}

static void judge_retransmits(struct live *live, const struct live_ns *ns,
			      const struct socket_record *record)
{
	uint64_t again, sent;
	struct finding *finding;

	if (!live_tcp(record, TCP_TOTAL_RETRANS, &again) ||
	    !live_tcp(record, TCP_SEGS_OUT, &sent)) {
		live_unknown(live, RULE_RETRANSMITS, "the kernel did not tell its segments");
		return;
	}
	live_judged(live, RULE_RETRANSMITS);
	if (sent < RETRANSMIT_LEAST_SEGMENTS || again <= sent / RETRANSMIT_SHARE)
		return;
	finding = live_socket_fail(live, RULE_RETRANSMITS, ns, record, again * 10000 / sent);
	if (!finding)
		return;
	finding->actual = mem_printf("%" PRIu64 " of %" PRIu64 " segments sent again (%.1f %%)",
				     again, sent, (double)again * 100 / (double)sent);
	finding->expected = mem_printf("at most %" PRIu64, sent / RETRANSMIT_SHARE);
	live_evidence(finding, "total_retrans", "%" PRIu64, again);
	live_evidence(finding, "segs_out", "%" PRIu64, sent);
	if (record->congestion)
		live_evidence(finding, "congestion", "%s", record->congestion);
}

static void judge_connection(struct live *live, struct live_ns *ns,
			     const struct socket_record *record)
{
	live_rate(live, ns, record);
	if (!live_is_last(live))
		return;
	judge_congestion(live, ns, record);
	judge_retransmits(live, ns, record);
	if (!record->inode) /* closed, or not accepted yet: no process can set an option */
		return;
	judge_keepalive(live, ns, record);
	judge_linger(live, ns, record);
}

void live_socket(struct live *live, const struct socket_record *record)
{
	struct live_ns *ns = live_find_ns(live, record->netns);
	bool tcp = record->kind == SOCKET_TCP;

	if (!ns)
		return;
	if (record->state == SOCKET_LISTEN)
		live_listener(live, ns, record);
	if (tcp && record->state != SOCKET_LISTEN)
		live_port(live, ns, record);
	if (tcp)
		live_path(live, ns, record);
	if (tcp && record->state == SOCKET_ESTABLISHED)
		judge_connection(live, ns, record);
	if (tcp && record->state == SOCKET_CLOSE_WAIT)
		live_close_wait(live, ns, record);
	if (record->kind == SOCKET_UDP)
		live_udp(live, ns, record);
	if (live->profile && live_is_last(live))
		live_rules_socket(live, ns, record);
}
