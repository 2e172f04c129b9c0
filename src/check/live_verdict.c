/* check/live_verdict.c - what came of each rule: fails in groups with their worst example, and
 * what could not be judged. See live_state.h. */
#include "check/live_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "check/live_path.h"

/* One finding: all that broke one rule in one namespace, in one process, at one place. */
struct group {
	struct group_key {
		uint32_t rule, ns;
		int64_t pid;
		char subject[LIVE_SUBJECT_SIZE];
	} key;
	uint64_t count, weight;
	struct finding finding;
};

struct rule_state {
	uint64_t judged, unknown, left_out;
	char *unknown_why, *not_here_why;
};

struct verdicts {
	struct table groups;
	struct rule_state rules[RULE_COUNT];
};

static const uint32_t whole_host = UINT32_MAX;

void live_init(struct live *live, const struct host *host, const struct profile *profile)
{
	*live = (struct live){.host = host, .profile = profile, .n_looks = 1};
	live->verdicts = mem_alloc(sizeof(*live->verdicts));
	live->verdicts->groups =
		table_of(sizeof(struct group_key), sizeof(struct group), LIVE_MOST_FAILS);
}

static void free_ns(struct live_ns *ns)
{
	free(ns->name);
	free(ns->why);
	free(ns->listening);
	for (size_t i = 0; i < LIVE_KEYS; i++) {
		free(ns->keys[i].text);
		free(ns->keys[i].why);
	}
	for (size_t i = 0; i < LIVE_LOOKS; i++)
		counters_free(ns->counters[i]);
	for (size_t i = 0; i < ns->n_wanted; i++) {
		sysctl_wanted_free(ns->wanted[i].wanted);
		free(ns->wanted[i].why);
	}
	free(ns->wanted);
}

void live_fini(struct live *live)
{
	struct verdicts *verdicts = live->verdicts;

	live_listeners_fini(live);
	live_close_waits_fini(live);
	live_rules_fini(live);
	live_paths_fini(live);
	table_fini(&live->rates);
	table_fini(&live->peers);
	table_fini(&live->destinations);
	table_fini(&live->tw_ports);
	table_fini(&live->tw_addresses);
	table_fini(&live->udp);
	for (size_t i = 0; i < verdicts->groups.count; i++)
		finding_fini(&((struct group *)table_at(&verdicts->groups, i))->finding);
	table_fini(&verdicts->groups);
	for (size_t i = 0; i < RULE_COUNT; i++) {
		free(verdicts->rules[i].unknown_why);
		free(verdicts->rules[i].not_here_why);
	}
	free(verdicts);
	for (size_t i = 0; i < live->n_ns; i++)
		free_ns(&live->ns[i]);
	free(live->ns);
	free(live->sockets_why);
	free(live->processes_why);
}

struct live_ns *live_add_ns(struct live *live, const char *name)
{
	struct live_ns *ns = MEM_APPEND(live->ns, live->n_ns);

	ns->index = (uint32_t)live->n_ns - 1;
	ns->name = mem_strdup(name);
	return ns;
}

struct live_ns *live_find_ns(struct live *live, const char *name)
{
	for (size_t i = 0; i < live->n_ns; i++) {
		size_t at = (live->last_ns + i) % live->n_ns;

		if (!str_equal(live->ns[at].name, name))
			continue;
		live->last_ns = at;
		return &live->ns[at];
	}
	return NULL;
}

void live_evidence(struct finding *finding, const char *name, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	finding_add_evidence(finding, name, text ? text : "out of memory");
}

static struct finding *begin(struct finding *finding, const struct hit *hit)
{
	const struct check_rule *rule = check_rule_at(hit->rule);
	const struct finding_owner *owner = hit->owner;

	finding_fini(finding);
	finding->id = mem_strdup(rule->id);
	finding->subject = hit->subject[0] ? mem_printf("%s: %s", rule->title, hit->subject)
					   : mem_strdup(rule->title);
	finding->status = STATUS_FAIL;
	finding->severity = rule->severity;
	finding->why = mem_strdup(rule->why);
	finding->source = mem_strdup(rule->source);
	finding->remedy = mem_strdup(rule->remedy);
	finding->netns = mem_strdup(hit->ns ? hit->ns->name : NULL);
	if (owner) {
		finding->owner.pid = owner->pid;
		finding->owner.comm = mem_strdup(owner->comm);
		finding->owner.unit = mem_strdup(owner->unit);
		finding->owner.container = mem_strdup(owner->container);
	}
	return finding;
}

struct finding *live_fail(struct live *live, const struct hit *hit)
{
	struct group_key key = {.rule = hit->rule,
				.ns = hit->ns ? hit->ns->index : whole_host,
				.pid = hit->owner ? hit->owner->pid : 0};
	struct group *group;

	snprintf(key.subject, sizeof(key.subject), "%s", hit->subject);
	group = table_get(&live->verdicts->groups, &key);
	if (!group) {
		live->verdicts->rules[hit->rule].left_out++;
		return NULL;
	}
	if (group->count++ && hit->weight <= group->weight)
		return NULL;
	group->weight = hit->weight;
	return begin(&group->finding, hit);
}

void live_judged(struct live *live, enum rule_id rule)
{
	live->verdicts->rules[rule].judged++;
}

void live_unknown(struct live *live, enum rule_id rule, const char *why)
{
	struct rule_state *state = &live->verdicts->rules[rule];

	if (!state->unknown++)
		state->unknown_why = mem_strdup(why);
}

void live_not_here(struct live *live, enum rule_id rule, const char *why)
{
	mem_replace(&live->verdicts->rules[rule].not_here_why, why);
}

static struct finding *add(struct report *report, enum rule_id id, enum finding_status status,
			   char *reason)
{
	const struct check_rule *rule = check_rule_at(id);
	struct finding *finding = report_add(report);

	finding->id = mem_strdup(rule->id);
	finding->subject = mem_strdup(rule->title);
	finding->status = status;
	finding->severity = rule->severity;
	finding->why = mem_strdup(rule->why);
	finding->source = mem_strdup(rule->source);
	finding->reason = reason;
	return finding;
}

/* A rule of which more than one thing in a hundred is unknown was not checked; on a busy host some
 * socket or process always goes away between two reads. */
static void add_unknown(const struct rule_state *state, enum rule_id id, struct report *report)
{
	struct finding *finding =
		add(report, id, STATUS_UNKNOWN,
		    mem_printf("%" PRIu64 " of %" PRIu64 " could not be judged: %s", state->unknown,
			       state->unknown + state->judged, state->unknown_why));

	if (state->unknown * 100 <= state->judged)
		finding->severity = SEVERITY_INFO;
}

static void report_rule(const struct live *live, enum rule_id id, size_t fails,
			struct report *report)
{
	const struct check_rule *rule = check_rule_at(id);
	const struct rule_state *state = &live->verdicts->rules[id];

	if ((rule->needs & RULE_NEEDS_LOOKS) && live->n_looks < 2) {
		add(report, id, STATUS_NOT_APPLICABLE,
		    mem_strdup("needs more than one look, and no sample was asked for"));
		return;
	}
	if (state->left_out)
		add(report, id, STATUS_FAIL,
		    mem_printf("%" PRIu64 " more than can be listed", state->left_out));
	if (state->unknown)
		add_unknown(state, id, report);
	if ((rule->needs & RULE_NEEDS_SOCKETS) && live->sockets_why && !fails)
		add(report, id, STATUS_UNKNOWN,
		    mem_printf("not every socket was seen: %s", live->sockets_why));
	else if (!fails && !state->unknown && !state->judged && state->not_here_why)
		add(report, id, STATUS_NOT_APPLICABLE, mem_strdup(state->not_here_why));
	else if (!fails && !state->unknown)
		live_evidence(add(report, id, STATUS_PASS, NULL), "judged", "%" PRIu64,
			      state->judged);
}

void live_report(struct live *live, struct report *report)
{
	size_t fails[RULE_COUNT] = {0};
	struct group *group;

	for (size_t i = 0; (group = table_at(&live->verdicts->groups, i)); i++) {
		if (group->count > 1)
			live_evidence(&group->finding, "count", "%" PRIu64, group->count);
		*report_add(report) = group->finding;
		group->finding = (struct finding){0};
		fails[group->key.rule]++;
	}
	for (unsigned id = 0; id < RULE_COUNT; id++)
		report_rule(live, (enum rule_id)id, fails[id], report);
}
