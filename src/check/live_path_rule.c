/* check/live_path_rule.c - `paths:` of a profile, by what live connections to there have measured;
 * see live_path.h.
 *
 * A rule has one finding in each namespace that has such a connection. Nothing is sent: where no
 * connection has filled the path, what the path could carry is not known, and that is said. */
#include "check/live_path.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "profile/endpoint.h"
#include "profile/rules.h"

/* What the connections to one destination of a rule have measured, in one namespace. */
struct measured {
	struct measured_key {
		uint32_t rule, ns;
	} key;
	uint64_t connections;
	uint64_t least_rtt_us, most_rtt_us;
	bool has_rate, has_app_rate; /* not bounded by the application, or bounded by it */
	uint64_t rate_Bps, app_rate_Bps;
	size_t fitting;         /* had room for all that the path took */
	struct live_path worst; /* of those that a buffer bounds; BOUND_NONE: none does */
	struct socket_address local, remote;
	char comm[16];
	char *why; /* what bounds one of them is not known */
};

struct path_rules {
	struct table measured;
};

static bool is_path(const struct rule *rule)
{
	return strcmp(rule->family, "paths") == 0;
}

static bool leads_to(const struct rule *rule, const struct socket_address *address)
{
	for (const char *at = rule->match[0].value;; at++) {
		_cleanup_free_ char *word = mem_strndup(at, strcspn(at, ","));
		struct endpoint endpoint;
		struct err err;

		if (endpoint_parse(word, &endpoint, &err) == 0 &&
		    endpoint_holds(&endpoint, address))
			return true;
		at += strlen(word);
		if (!*at)
			return false;
	}
}

static const char *why_not_fitting(const struct live_path *path)
{
	if (path->why)
		return path->why;
	if (!path->has_rate)
		return "no connection to it has sent enough to measure a rate: the end that sends "
		       "knows";
	if (path->bound)
		return "what bounds it may still grow, or its reader is slow";
	return "the application bounds what is sent to it, so what the path could carry is not "
	       "known";
}

static void take_buffers(struct measured *measured, const struct socket_record *record,
			 const struct live_path *path)
{
	const struct socket_owner *owner = socket_main_owner(record);

	if (path->binds && path->limited_us >= measured->worst.limited_us) {
		measured->worst = *path;
		measured->local = record->local;
		measured->remote = record->remote;
		if (owner && owner->comm)
			strncpy(measured->comm, owner->comm, sizeof(measured->comm) - 1);
	}
	if (path->binds)
		return;
	if (path->has_rate && !path->app_limited && !path->bound && !path->why)
		measured->fitting++;
	else if (!measured->why)
		measured->why = mem_strdup(why_not_fitting(path));
}

static void take(struct measured *measured, const struct socket_record *record,
		 const struct live_path *path)
{
	if (!measured->connections++ || path->min_rtt_us < measured->least_rtt_us)
		measured->least_rtt_us = path->min_rtt_us;
	if (path->min_rtt_us > measured->most_rtt_us)
		measured->most_rtt_us = path->min_rtt_us;
	if (path->has_rate && path->app_limited) {
		measured->has_app_rate = true;
		if (path->rate_Bps > measured->app_rate_Bps)
			measured->app_rate_Bps = path->rate_Bps;
	} else if (path->has_rate) {
		measured->has_rate = true;
		if (path->rate_Bps > measured->rate_Bps)
			measured->rate_Bps = path->rate_Bps;
	}
	take_buffers(measured, record, path);
}

void live_path_rules(struct live *live, struct path_rules **rules, const struct live_ns *ns,
		     const struct socket_record *record, const struct live_path *path)
{
	if (!*rules) {
		*rules = mem_alloc(sizeof(**rules));
		(*rules)->measured = table_of(sizeof(struct measured_key), sizeof(struct measured),
					      LIVE_MOST_TRACKED);
	}
	for (size_t i = 0; i < live->profile->n_rules; i++) {
		const struct measured_key key = {.rule = (uint32_t)i, .ns = ns->index};
		const struct rule *rule = &live->profile->rules[i];
		struct measured *measured;

		if (!is_path(rule) || !leads_to(rule, &record->remote))
			continue;
		measured = table_get(&(*rules)->measured, &key);
		if (measured)
			take(measured, record, path);
	}
}

void live_path_rules_free(struct path_rules *rules)
{
	struct measured *measured;

	if (!rules)
		return;
	for (size_t i = 0; (measured = table_at(&rules->measured, i)); i++)
		free(measured->why);
	table_fini(&rules->measured);
	free(rules);
}

enum answer {
	MET,
	UNSURE, /* `text` says why */
	NOT_MET,
};

/* Each says in `text` what there is, or why it cannot be told. */
static enum answer judge_buffers(const struct measured *measured, const struct expect *expect,
				 struct strbuf *text)
{
	_cleanup_free_ char *bounds = NULL;

	(void)expect;
	if (measured->worst.bound) {
		bounds = live_path_text(&measured->worst);
		strbuf_puts(text, bounds);
		return NOT_MET;
	}
	if (!measured->fitting) {
		strbuf_printf(text, "buffers: %s", measured->why);
		return UNSURE;
	}
	strbuf_puts(text, "no buffer bounds it");
	return MET;
}

static uint64_t bound_of(const struct expect *expect, enum expect_op op)
{
	size_t last = expect->n_args - 1;

	if (op == EXPECT_AT_LEAST)
		return expect->op == EXPECT_AT_MOST ? 0 : expect->args[0].number.magnitude;
	return expect->op == EXPECT_AT_LEAST ? UINT64_MAX : expect->args[last].number.magnitude;
}

/* Every connection must meet it, by the least round trip that it saw. */
static enum answer judge_rtt(const struct measured *measured, const struct expect *expect,
			     struct strbuf *text)
{
	uint64_t least = measured->least_rtt_us, most = measured->most_rtt_us;
	bool holds = least >= bound_of(expect, EXPECT_AT_LEAST) &&
		     most <= bound_of(expect, EXPECT_AT_MOST);

	strbuf_printf(text, "rtt %.3g ms", (double)least / 1e3);
	if (most != least)
		strbuf_printf(text, " to %.3g ms", (double)most / 1e3);
	return holds ? MET : NOT_MET;
}

/* What the application bounded says only that the path carries at least so much. */
static enum answer judge_rate(const struct measured *measured, const struct expect *expect,
			      struct strbuf *text)
{
	uint64_t best = measured->has_rate ? measured->rate_Bps : 0, bits;
	bool bounded = measured->app_rate_Bps > best || !measured->has_rate;

	if (!measured->has_rate && !measured->has_app_rate) {
		strbuf_puts(text, "rate: no connection to it has sent enough to measure one");
		return UNSURE;
	}
	bits = (measured->app_rate_Bps > best ? measured->app_rate_Bps : best) * 8;
	strbuf_printf(text, "rate %s%.4g Mbit/s", bounded ? "of at least " : "",
		      (double)bits / 1e6);
	if (bits > bound_of(expect, EXPECT_AT_MOST))
		return NOT_MET;
	if (bits >= bound_of(expect, EXPECT_AT_LEAST))
		return MET;
	if (!bounded)
		return NOT_MET;
	strbuf_puts(text, ": the application bounds what is sent to it");
	return UNSURE;
}

/* The names that profile/rule_names.c accepts. */
static const struct judge {
	const char *name;
	enum answer (*judge)(const struct measured *measured, const struct expect *expect,
			     struct strbuf *text);
	bool by_buffers; /* what bounds a connection may be why it is not met */
} judges[] = {
	{"buffers", judge_buffers, true},
	{"rtt", judge_rtt, false},
	{"rate", judge_rate, true},
};

static struct finding *add(const struct rule *rule, enum finding_status status,
			   struct report *report)
{
	return live_report_rule(rule, mem_printf("%s, to %s", rule->name, rule->match[0].value),
				status, report);
}

static void add_evidence(const struct measured *measured, struct finding *finding)
{
	live_evidence(finding, "connections", "%" PRIu64, measured->connections);
	live_evidence(finding, "min_rtt_us", "%" PRIu64, measured->least_rtt_us);
	if (measured->has_rate)
		live_evidence(finding, "delivery_rate_Bps", "%" PRIu64, measured->rate_Bps);
	if (measured->has_app_rate)
		live_evidence(finding, "app_limited_delivery_rate_Bps", "%" PRIu64,
			      measured->app_rate_Bps);
}

/* What bounds it, and what mends that. */
static void add_bound(const struct live_ns *ns, const struct measured *measured,
		      struct finding *finding)
{
	char local[SOCKET_ADDRESS_SIZE], remote[SOCKET_ADDRESS_SIZE];

	finding->remedy = live_path_remedy(ns, &measured->worst, &measured->remote, measured->comm,
					   measured->worst.bdp_bytes);
	live_evidence(finding, "socket", "%s -> %s", socket_address_print(&measured->local, local),
		      socket_address_print(&measured->remote, remote));
	live_evidence(finding, "bound-on", "%s",
		      measured->worst.bound == BOUND_WINDOW ? "the far end" : "this host");
	live_evidence(finding, "bdp_bytes", "%" PRIu64, measured->worst.bdp_bytes);
}

static void report_measured(const struct live *live, const struct measured *measured,
			    struct report *report)
{
	const struct rule *rule = &live->profile->rules[measured->key.rule];
	const struct live_ns *ns = &live->ns[measured->key.ns];
	_cleanup_strbuf_ struct strbuf has = {0}, why = {0};
	enum answer worst = MET;
	bool by_buffers = false;
	struct finding *finding;

	for (size_t i = 0; i < rule->n_expects; i++) {
		const struct judge *judge = judges;
		_cleanup_strbuf_ struct strbuf text = {0};
		struct strbuf *to;
		enum answer answer;

		while (strcmp(judge->name, rule->expects[i].name) != 0)
			judge++;
		answer = judge->judge(measured, rule->expects[i].expect, &text);
		to = answer == UNSURE ? &why : &has;
		strbuf_printf(to, "%s%s", to->len ? ", " : "", text.text);
		worst = answer > worst ? answer : worst;
		by_buffers = by_buffers || (answer == NOT_MET && judge->by_buffers);
	}
	finding = add(rule,
		      worst == NOT_MET  ? STATUS_FAIL
		      : worst == UNSURE ? STATUS_UNKNOWN
					: STATUS_PASS,
		      report);
	finding->netns = mem_strdup(ns->name);
	finding->actual = has.len ? strbuf_take(&has) : NULL;
	finding->reason = why.len ? strbuf_take(&why) : NULL;
	add_evidence(measured, finding);
	if (by_buffers && measured->worst.bound)
		add_bound(ns, measured, finding);
}

static void report_rule(const struct live *live, size_t index, const struct path_rules *rules,
			struct report *report)
{
	const struct rule *rule = &live->profile->rules[index];
	const struct measured *measured;
	bool any = false;

	for (size_t i = 0; rules && (measured = table_at(&rules->measured, i)); i++) {
		if (measured->key.rule != index)
			continue;
		report_measured(live, measured, report);
		any = true;
	}
	if (any)
		return;
	if (live->sockets_why)
		add(rule, STATUS_UNKNOWN, report)->reason =
			mem_printf("no connection to it was seen, and not every socket was: %s",
				   live->sockets_why);
	else
		add(rule, STATUS_NOT_APPLICABLE, report)->reason =
			mem_strdup("no connection to it has measured anything");
}

void live_path_rules_report(const struct live *live, const struct path_rules *rules,
			    struct report *report)
{
	for (size_t i = 0; i < live->profile->n_rules; i++)
		if (is_path(&live->profile->rules[i]))
			report_rule(live, i, rules, report);
}
