/* check/live_counters.c - counters and levels of namespaces and of the whole host, mostly rows; see
 * live_state.h. */
#include "check/live_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum {
	MOST_COUNTERS = 2,
	COOKIES_LEAST_FAILED = 1024,
	SOFTNET_SHARE = 32, /* of the backlog, in a minute */
	FRAGMENTS_LEAST = 10,
	FRAGMENTS_SHARE = 10, /* percent */
	MINUTE_US = 60 * 1000 * 1000,
};

/* Counters that should not move. */
static const struct delta_row {
	enum rule_id rule;
	bool whole_host;
	const char *counters[MOST_COUNTERS];
} delta_rows[] = {
	{RULE_LISTEN_OVERFLOWS, false, {"TcpExt.ListenOverflows", "TcpExt.ListenDrops"}},
	{RULE_TIME_WAIT_OVERFLOW, false, {"TcpExt.TCPTimeWaitOverflow"}},
	{RULE_TCP_PRESSURE, false, {"TcpExt.TCPMemoryPressures"}},
	{RULE_SYN_QUEUE_FULL, false, {"TcpExt.TCPReqQFullDoCookies", "TcpExt.TCPReqQFullDrop"}},
	{RULE_NEIGHBOUR_OVERFLOW, true, {"arp_cache.table_fulls", "ndisc_cache.table_fulls"}},
};

/* Levels that should stay below three quarters of a key. */
static const struct level_row {
	enum rule_id rule;
	bool whole_host, ipv6; /* ipv6: not there on hosts without */
	const char *counter;   /* NULL: half-open connections */
	enum live_key key;
	size_t field;
	enum severity severity;
} level_rows[] = {
	{RULE_TIME_WAIT_BUCKETS, false, false, "sockstat.TCP.tw", KEY_MAX_TW_BUCKETS, 0,
	 SEVERITY_WARNING},
	{RULE_SYN_BACKLOG, false, false, NULL, KEY_MAX_SYN_BACKLOG, 0, SEVERITY_WARNING},
	{RULE_FRAGMENT_MEMORY, false, false, "sockstat.FRAG.memory", KEY_FRAG_HIGH, 0,
	 SEVERITY_WARNING},
	{RULE_FRAGMENT_MEMORY, false, true, "sockstat6.FRAG6.memory", KEY_FRAG6_HIGH, 0,
	 SEVERITY_WARNING},
	{RULE_TCP_MEMORY, true, false, "sockstat.TCP.mem", KEY_TCP_MEM, 2, SEVERITY_CRITICAL},
	{RULE_TCP_MEMORY, true, false, "sockstat.TCP.mem", KEY_TCP_MEM, 1, SEVERITY_WARNING},
	{RULE_NEIGHBOURS, true, false, "arp_cache.entries", KEY_NEIGH_MOST, 0, SEVERITY_WARNING},
	{RULE_NEIGHBOURS, true, true, "ndisc_cache.entries", KEY_NEIGH6_MOST, 0, SEVERITY_WARNING},
};

/* A counter names nobody, but the sockets may: the listener whose queue was the fullest, or the one
 * whose port most of what is in TIME-WAIT is on. */
static const struct finding_owner *owner_of(const struct live *live, enum rule_id rule,
					    const struct live_ns *ns)
{
	uint64_t most, all;
	uint16_t port;

	if (rule == RULE_LISTEN_OVERFLOWS)
		return live_full_listener(live, ns);
	if (rule != RULE_TIME_WAIT_BUCKETS && rule != RULE_TIME_WAIT_OVERFLOW)
		return NULL;
	port = live_time_wait_port(live, ns, &most);
	if (!port || !live_level(live, ns, "sockstat.TCP.tw", &all) || most * 2 < all)
		return NULL;
	return live_listener_owner(live, ns, port);
}

static struct finding *fail(struct live *live, enum rule_id rule, const struct live_ns *ns,
			    bool whole_host, const char *subject, uint64_t weight)
{
	const struct hit hit = {.rule = rule,
				.ns = whole_host ? NULL : ns,
				.owner = owner_of(live, rule, ns),
				.subject = subject,
				.weight = weight};

	return live_fail(live, &hit);
}

static void judge_delta(struct live *live, const struct live_ns *ns, const struct delta_row *row)
{
	uint64_t delta[MOST_COUNTERS] = {0}, total, sum = 0;
	struct strbuf moved = {0};
	struct finding *finding;
	size_t told = 0;

	for (size_t i = 0; i < MOST_COUNTERS && row->counters[i]; i++) {
		told += live_moved(live, ns, row->counters[i], &delta[i]);
		sum += delta[i];
	}
	if (!told && row->whole_host)
		live_not_here(live, row->rule, "told in the first network namespace alone");
	else if (!told)
		live_unknown(live, row->rule, ns->why ? ns->why : "its counters were not told");
	else
		live_judged(live, row->rule);
	finding = sum ? fail(live, row->rule, ns, row->whole_host, "", sum) : NULL;
	if (!finding)
		return;
	for (size_t i = 0; i < MOST_COUNTERS && row->counters[i]; i++) {
		if (!live_level(live, ns, row->counters[i], &total))
			continue;
		live_evidence(finding, row->counters[i], "%" PRIu64 " (+%" PRIu64 ")", total,
			      delta[i]);
		if (delta[i])
			strbuf_printf(&moved, "%s%s +%" PRIu64, moved.len ? ", " : "",
				      row->counters[i], delta[i]);
	}
	finding->actual = mem_printf("%s in %" PRIu64 " ms", moved.text,
				     (live->at_us[live->n_looks - 1] - live->at_us[0]) / 1000);
	finding->expected = mem_strdup("no change");
	strbuf_fini(&moved);
}

static void level_unknown(struct live *live, const struct live_ns *ns, const struct level_row *row)
{
	const struct live_value *value = &ns->keys[row->key];

	if (row->ipv6 && (value->absent || value->text))
		return;
	if (row->whole_host && value->absent)
		live_not_here(live, row->rule, "told in the first network namespace alone");
	else
		live_unknown(live, row->rule,
			     ns->why       ? ns->why
			     : value->text ? "its counters were not told"
			     : value->why  ? value->why
					   : "the key was not read");
}

static void judge_level(struct live *live, const struct live_ns *ns, const struct level_row *row)
{
	const char *key = live_key_name(row->key);
	uint64_t level = ns->syn_recv, most;
	struct finding *finding;

	if ((row->counter && !live_level(live, ns, row->counter, &level)) ||
	    !live_key(ns, row->key, row->field, &most)) {
		level_unknown(live, ns, row);
		return;
	}
	live_judged(live, row->rule);
	if (!level || level * 100 < most * LIVE_NEARLY_FULL)
		return;
	finding = fail(live, row->rule, ns, row->whole_host, key,
		       (uint64_t)row->severity * 1000 + (most ? level * 100 / most : 100));
	if (!finding)
		return;
	finding->severity = row->severity;
	finding->actual = mem_printf("%" PRIu64 " of %" PRIu64 " (%" PRIu64 " %%)", level, most,
				     most ? level * 100 / most : 100);
	finding->expected = mem_printf("less than %" PRIu64, most * LIVE_NEARLY_FULL / 100);
	live_evidence(finding, row->counter ? row->counter : "syn-recv", "%" PRIu64, level);
	live_evidence(finding, key, "%s", ns->keys[row->key].text);
}

static void judge_cookies(struct live *live, const struct live_ns *ns)
{
	uint64_t sent = 0, received, failed;
	struct finding *finding;

	if (!live_level(live, ns, "TcpExt.SyncookiesRecv", &received) ||
	    !live_level(live, ns, "TcpExt.SyncookiesFailed", &failed)) {
		live_unknown(live, RULE_SYNCOOKIES,
			     ns->why ? ns->why : "its counters were not told");
		return;
	}
	live_judged(live, RULE_SYNCOOKIES);
	if (received || failed < COOKIES_LEAST_FAILED)
		return;
	finding = fail(live, RULE_SYNCOOKIES, ns, false, "", failed);
	if (!finding)
		return;
	finding->actual = mem_printf("%" PRIu64 " wrong cookies came back and none right", failed);
	finding->expected = mem_strdup("cookies that come back right");
	if (live_level(live, ns, "TcpExt.SyncookiesSent", &sent))
		live_evidence(finding, "TcpExt.SyncookiesSent", "%" PRIu64, sent);
	live_evidence(finding, "TcpExt.SyncookiesRecv", "0");
	live_evidence(finding, "TcpExt.SyncookiesFailed", "%" PRIu64, failed);
}

static void judge_softnet_drops(struct live *live, const struct live_ns *ns)
{
	uint64_t over_us = live->at_us[live->n_looks - 1] - live->at_us[0], dropped, most;
	const struct live_value *key = &ns->keys[KEY_NETDEV_BACKLOG];
	struct finding *finding;

	if (key->absent) {
		live_not_here(live, RULE_SOFTNET_DROPS,
			      "told in the first network namespace alone");
		return;
	}
	if (!live_moved(live, ns, "softnet.dropped", &dropped) ||
	    !live_key(ns, KEY_NETDEV_BACKLOG, 0, &most) || !over_us) {
		live_unknown(live, RULE_SOFTNET_DROPS, "its counters were not told");
		return;
	}
	live_judged(live, RULE_SOFTNET_DROPS);
	if (!dropped ||
	    (double)dropped * MINUTE_US / (double)over_us < (double)most / SOFTNET_SHARE)
		return;
	finding = fail(live, RULE_SOFTNET_DROPS, ns, true, "", dropped);
	if (!finding)
		return;
	finding->actual = mem_printf("%" PRIu64 " packets dropped in %" PRIu64 " ms", dropped,
				     over_us / 1000);
	finding->expected = mem_printf("less than %" PRIu64 " a minute", most / SOFTNET_SHARE);
	live_evidence(finding, "softnet.dropped", "+%" PRIu64, dropped);
	live_evidence(finding, "net.core.netdev_max_backlog", "%" PRIu64, most);
}

/* One squeeze is nothing: it has to go on. */
static void judge_squeezes(struct live *live, const struct live_ns *ns)
{
	uint64_t seen[LIVE_LOOKS];
	struct finding *finding;
	bool goes_on = true;

	for (unsigned i = 0; i < live->n_looks; i++) {
		if (!ns->counters[i] ||
		    !counters_get(ns->counters[i], "softnet.time_squeeze", &seen[i])) {
			live_unknown(live, RULE_SOFTNET_SQUEEZED, "its counters were not told");
			return;
		}
		goes_on = goes_on && (!i || seen[i] > seen[i - 1]);
	}
	live_judged(live, RULE_SOFTNET_SQUEEZED);
	finding = goes_on ? fail(live, RULE_SOFTNET_SQUEEZED, ns, true, "", 1) : NULL;
	if (!finding)
		return;
	finding->actual =
		mem_printf("+%" PRIu64 " between the looks", seen[live->n_looks - 1] - seen[0]);
	finding->expected = mem_strdup("no steady rise");
	live_evidence(finding, "softnet.time_squeeze", "%" PRIu64 " (+%" PRIu64 ")",
		      seen[live->n_looks - 1], seen[live->n_looks - 1] - seen[0]);
}

static void judge_fragments(struct live *live, const struct live_ns *ns, const char *ip)
{
	char failed_name[32], asked_name[32];
	uint64_t failed, asked;
	struct finding *finding;

	snprintf(failed_name, sizeof(failed_name), "%s.ReasmFails", ip);
	snprintf(asked_name, sizeof(asked_name), "%s.ReasmReqds", ip);
	if (!live_moved(live, ns, failed_name, &failed) ||
	    !live_moved(live, ns, asked_name, &asked)) {
		if (strcmp(ip, "Ip") == 0)
			live_unknown(live, RULE_FRAGMENT_FAILURES,
				     ns->why ? ns->why : "its counters were not told");
		return;
	}
	live_judged(live, RULE_FRAGMENT_FAILURES);
	if (failed < FRAGMENTS_LEAST || failed * 100 < asked * FRAGMENTS_SHARE)
		return;
	finding = fail(live, RULE_FRAGMENT_FAILURES, ns, false, ip, failed);
	if (!finding)
		return;
	finding->actual = mem_printf("%" PRIu64 " reassemblies failed, %" PRIu64 " fragments came",
				     failed, asked);
	finding->expected = mem_printf("less than %d %% of the fragments", FRAGMENTS_SHARE);
	live_evidence(finding, failed_name, "+%" PRIu64, failed);
	live_evidence(finding, asked_name, "+%" PRIu64, asked);
}

/* Three numbers: open, 0, the most. */
static void judge_file_table(struct live *live, const struct live_ns *ns)
{
	uint64_t used, most;
	struct finding *finding;

	if (!live_key(ns, KEY_FILE_NR, 0, &used) || !live_key(ns, KEY_FILE_NR, 2, &most)) {
		live_unknown(live, RULE_FILE_TABLE, "fs.file-nr is not known");
		return;
	}
	live_judged(live, RULE_FILE_TABLE);
	if (used < most / 100 * LIVE_NEARLY_FULL)
		return;
	finding = fail(live, RULE_FILE_TABLE, ns, true, "", used);
	if (!finding)
		return;
	finding->actual = mem_printf("%" PRIu64 " of %" PRIu64 " in use", used, most);
	finding->expected = mem_printf("less than %" PRIu64, most / 100 * LIVE_NEARLY_FULL);
	live_evidence(finding, "fs.file-nr", "%s", ns->keys[KEY_FILE_NR].text);
}

void live_counters(struct live *live)
{
	for (size_t i = 0; i < live->n_ns; i++) {
		const struct live_ns *ns = &live->ns[i];

		for (size_t row = 0; row < ARRAY_SIZE(delta_rows); row++)
			if (live->n_looks > 1 && (!delta_rows[row].whole_host || i == 0))
				judge_delta(live, ns, &delta_rows[row]);
		for (size_t row = 0; row < ARRAY_SIZE(level_rows); row++)
			if (!level_rows[row].whole_host || i == 0)
				judge_level(live, ns, &level_rows[row]);
		judge_cookies(live, ns);
		if (live->n_looks > 1) {
			judge_fragments(live, ns, "Ip");
			judge_fragments(live, ns, "Ip6");
		}
	}
	if (!live->n_ns)
		return;
	judge_file_table(live, &live->ns[0]);
	if (live->n_looks < 2)
		return;
	judge_softnet_drops(live, &live->ns[0]);
	judge_squeezes(live, &live->ns[0]);
}
