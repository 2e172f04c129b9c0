/* check/live_profile.c - `sockets:` and `limits:` of a profile: every socket, or process, that a
 * rule matches must meet it; one finding for each process that has any. See live_state.h. */
#include "check/live_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "check/resolve.h"
#include "profile/quantity.h"
#include "profile/rules.h"

/* What one rule made of one process. */
struct outcome {
	struct outcome_key {
		uint32_t rule, ns;
		int64_t pid;
	} key;
	bool begun;
	struct finding_owner owner;
	uint64_t met, broken, unknown;
	char *actual, *example, *why;
};

static bool is_of(const struct rule *rule, const char *family)
{
	return strcmp(rule->family, family) == 0;
}

static struct catalog_key key_of(const char *name)
{
	static const struct {
		const char *name;
		enum catalog_unit unit;
	} units[] = {
		{"bytes", UNIT_BYTES},
		{"s", UNIT_SECONDS},
		{"ms", UNIT_MILLISECONDS},
		{"us", UNIT_MICROSECONDS},
	};
	enum socket_option option = socket_option_by_name(name);
	struct catalog_key key = {.name = name, .kind = VALUE_INTEGER};

	if (option == SOCKOPT_CONGESTION)
		key.kind = VALUE_STRING;
	for (size_t i = 0; i < ARRAY_SIZE(units) && option < SOCKOPT_COUNT; i++)
		if (strcmp(units[i].name, socket_options[option].unit) == 0)
			key.unit = units[i].unit;
	return key;
}

/* on and off are the numbers that getsockopt(2) gives; SO_LINGER off is -1. */
static struct quantity *plain_args(const struct expect *expect, enum socket_option option)
{
	struct quantity *args = mem_alloc_array(expect->n_args, sizeof(*args));

	for (size_t i = 0; i < expect->n_args; i++) {
		bool on = str_equal(expect->args[i].text, "on");

		args[i] = expect->args[i];
		if (option == SOCKOPT_CONGESTION || args[i].kind != QUANTITY_TEXT ||
		    (!on && strcmp(args[i].text, "off") != 0))
			continue;
		args[i].kind = QUANTITY_NUMBER;
		args[i].number = num_of(on || option == SOCKOPT_LINGER);
		args[i].number.negative = option == SOCKOPT_LINGER;
	}
	return args;
}

static void resolve(const struct host *host, const struct rule_expect *item,
		    struct live_wanted *out)
{
	struct catalog_key known = key_of(item->name);
	struct resolve_key key = {.name = item->name, .known = &known, .kind = known.kind};
	_cleanup_free_ struct quantity *args =
		plain_args(item->expect, socket_option_by_name(item->name));
	struct expect expect = *item->expect;
	struct err err;

	expect.args = args;
	if (check_resolve(host, &key, &expect, &out->wanted, &err) < 0)
		out->why = mem_strdup(err.text);
}

void live_rules_resolve(struct live *live, struct live_ns *ns)
{
	const struct profile *profile = live->profile;

	for (size_t i = 0; profile && i < profile->n_rules; i++) {
		const struct rule *rule = &profile->rules[i];

		for (size_t j = 0; j < rule->n_expects; j++) {
			struct live_wanted *wanted = MEM_APPEND(ns->wanted, ns->n_wanted);

			if (is_of(rule, "sockets"))
				resolve(live->host, &rule->expects[j], wanted);
		}
	}
}

static struct outcome *outcome_of(struct live *live, size_t rule, const struct live_ns *ns,
				  const struct finding_owner *owner)
{
	struct outcome_key key = {
		.rule = (uint32_t)rule, .ns = ns ? ns->index : 0, .pid = owner->pid};
	struct outcome *outcome;

	if (!live->rules.key_size)
		live->rules = table_of(sizeof(key), sizeof(*outcome), LIVE_MOST_TRACKED);
	outcome = table_get(&live->rules, &key);
	if (!outcome || outcome->begun)
		return outcome;
	outcome->begun = true;
	outcome->owner = (struct finding_owner){.pid = owner->pid,
						.comm = mem_strdup(owner->comm),
						.unit = mem_strdup(owner->unit),
						.container = mem_strdup(owner->container)};
	return outcome;
}

static void set_unknown(struct outcome *outcome, const char *why)
{
	if (!outcome->unknown++)
		outcome->why = mem_strdup(why);
}

/* What the socket has, as text and as a value to compare; false: nothing of the kind, or unknown
 * with the reason. */
struct had {
	char digits[NUM_TEXT_SIZE];
	struct num num;
	struct value value;
	const char *why; /* not known */
};

static bool read_had(const struct socket_record *record, const char *name, struct had *had)
{
	enum socket_option option = socket_option_by_name(name);
	int64_t value = 0;

	*had = (struct had){0};
	if (option == SOCKOPT_COUNT) { /* the backlog */
		if (record->state != SOCKET_LISTEN)
			return false;
		value = record->send_queue;
		had->why = record->has_queues ? NULL : "the kernel did not tell its backlog";
	} else if (!(socket_options_of(record->kind) & SOCKOPT_BIT(option)) ||
		   (!record->inode && !record->has_queues)) {
		return false; /* no such option, or only what is left of a connection */
	} else if (option == SOCKOPT_CONGESTION) {
		had->value =
			(struct value){.kind = VALUE_STRING, .text = (char *)record->congestion};
		had->why = record->congestion ? NULL : live_gap(record, option);
		return true;
	} else if (!live_option(record, option, &value)) {
		had->why = live_gap(record, option);
	}
	had->num = (struct num){.magnitude = value < 0 ? (uint64_t)-value : (uint64_t)value,
				.negative = value < 0};
	num_format(had->num, had->digits);
	had->value = (struct value){
		.kind = VALUE_INTEGER, .text = had->digits, .nums = &had->num, .n_nums = 1};
	return true;
}

/* Says in `unmet` what does not hold, or in `*why` what cannot be told. False: nothing of what the
 * rule expects is had by such a socket. */
static bool judge_socket(const struct rule *rule, const struct live_wanted *wanted,
			 const struct socket_record *record, struct strbuf *unmet, char **why)
{
	bool any = false;

	for (size_t i = 0; i < rule->n_expects; i++) {
		const char *name = rule->expects[i].name;
		enum socket_option option = socket_option_by_name(name);
		bool is_switch = option < SOCKOPT_COUNT && socket_options[option].is_switch;
		struct had had;
		struct err err;
		bool holds = false;

		if (!read_had(record, name, &had))
			continue;
		any = true;
		err.text[0] = '\0';
		if (had.why)
			mem_replace(why, had.why);
		else if (!wanted || !wanted[i].wanted)
			mem_replace(why, wanted ? wanted[i].why
						: "its namespace could not be looked at");
		else if (sysctl_compare(&had.value, wanted[i].wanted, &holds, &err) < 0)
			mem_replace(why, err.text);
		else if (!holds)
			strbuf_printf(unmet, "%s%s %s", unmet->len ? ", " : "", name,
				      is_switch ? had.num.magnitude ? "on" : "off"
						: had.value.text);
	}
	return any;
}

static void apply_rule(struct live *live, size_t index, const struct live_ns *ns,
		       const struct live_wanted *wanted, const struct socket_record *record)
{
	const struct rule *rule = &live->profile->rules[index];
	enum live_answer answer = live_match(rule, record, NULL);
	struct finding_owner owner;
	_cleanup_strbuf_ struct strbuf unmet = {0};
	_cleanup_free_ char *why = NULL;
	char local[SOCKET_ADDRESS_SIZE], remote[SOCKET_ADDRESS_SIZE];
	struct outcome *outcome;

	if (answer == LIVE_NO || !judge_socket(rule, wanted, record, &unmet, &why))
		return;
	owner = live_match_owner(rule, record);
	outcome = outcome_of(live, index, ns, &owner);
	if (!outcome)
		return;
	if (answer == LIVE_UNSURE) {
		set_unknown(outcome, "whose socket it is is not known");
	} else if (unmet.len) {
		if (outcome->broken++)
			return;
		outcome->actual = strbuf_take(&unmet);
		outcome->example =
			record->kind >= SOCKET_UNIX_STREAM
				? mem_strdup(record->path ? record->path : "unnamed")
				: mem_printf("%s -> %s", socket_local_print(record, local),
					     socket_address_print(&record->remote, remote));
	} else if (why) {
		set_unknown(outcome, why);
	} else {
		outcome->met++;
	}
}

void live_rules_socket(struct live *live, struct live_ns *ns, const struct socket_record *record)
{
	const struct profile *profile = live->profile;
	size_t wanted = 0;

	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct rule *rule = &profile->rules[i];
		bool there = wanted + rule->n_expects <= ns->n_wanted;

		if (is_of(rule, "sockets"))
			apply_rule(live, i, ns, there ? &ns->wanted[wanted] : NULL, record);
		wanted += rule->n_expects;
	}
}

/* "20%" in thousandths of a percent; profile/rules.c lets nothing else through. */
static uint64_t percent_milli(const struct rule *rule)
{
	const char *text = rule->expects[0].expect->args[0].text;
	_cleanup_free_ char *digits = mem_strndup(text, strcspn(text, "%"));
	uint64_t milli;

	return quantity_parse_milli(digits, &milli) ? milli : 100000;
}

static void apply_limit(struct live *live, size_t index, const struct finding_owner *owner,
			const struct fds_use *use, const char *why)
{
	struct outcome *outcome = outcome_of(live, index, NULL, owner);
	uint64_t free_milli;

	if (!outcome)
		return;
	if (!use) {
		set_unknown(outcome, why);
		return;
	}
	if (!live_headroom(use, &free_milli)) {
		mem_replace(&outcome->why, live_no_headroom);
		return;
	}
	if (free_milli >= percent_milli(&live->profile->rules[index])) {
		outcome->met++;
		return;
	}
	outcome->broken++;
	mem_replace(&outcome->actual, NULL);
	outcome->actual = mem_printf(
		"headroom %" PRIu64 ".%" PRIu64 "%%: %" PRIu64 " of %" PRIu64 " descriptors in use",
		free_milli / 1000, free_milli % 1000 / 100, use->used, use->soft);
}

void live_rules_process(struct live *live, const struct finding_owner *owner,
			const struct fds_use *use, const char *why)
{
	for (size_t i = 0; i < live->profile->n_rules; i++) {
		const struct rule *rule = &live->profile->rules[i];

		if (is_of(rule, "limits") && live_match(rule, NULL, owner) == LIVE_YES)
			apply_limit(live, i, owner, use, why);
	}
}

struct finding *live_report_rule(const struct rule *rule, char *subject, enum finding_status status,
				 struct report *report)
{
	struct finding *finding = report_add(report);

	finding->id = mem_printf("%s.%s", rule->family, rule->name);
	finding->subject = subject;
	finding->status = status;
	finding->severity = rule->severity;
	finding->why = mem_strdup(rule->why);
	finding->source = mem_strdup(rule->source);
	finding->expected = rule_describe(rule);
	finding->origin.file = mem_strdup(rule->origin.file);
	finding->origin.line = rule->origin.line;
	return finding;
}

static struct finding *add(const struct rule *rule, enum finding_status status,
			   struct report *report)
{
	return live_report_rule(rule, mem_strdup(rule->name), status, report);
}

static void report_outcome(const struct live *live, const struct outcome *outcome,
			   struct report *report)
{
	const struct rule *rule = &live->profile->rules[outcome->key.rule];
	enum finding_status status = outcome->broken    ? STATUS_FAIL
				     : outcome->unknown ? STATUS_UNKNOWN
				     : outcome->met     ? STATUS_PASS
							: STATUS_NOT_APPLICABLE;
	struct finding *finding = add(rule, status, report);

	finding->owner.pid = outcome->owner.pid;
	finding->owner.comm = mem_strdup(outcome->owner.comm);
	finding->owner.unit = mem_strdup(outcome->owner.unit);
	finding->owner.container = mem_strdup(outcome->owner.container);
	finding->actual = mem_strdup(outcome->actual);
	if (status == STATUS_UNKNOWN || status == STATUS_NOT_APPLICABLE)
		finding->reason = mem_strdup(outcome->why);
	if (!is_of(rule, "sockets"))
		return;
	finding->netns = mem_strdup(live->ns[outcome->key.ns].name);
	live_evidence(finding, "met", "%" PRIu64, outcome->met);
	live_evidence(finding, "not-met", "%" PRIu64, outcome->broken);
	if (outcome->unknown)
		live_evidence(finding, "unknown", "%" PRIu64, outcome->unknown);
	if (outcome->example)
		live_evidence(finding, "socket", "%s", outcome->example);
}

static void report_rule(const struct live *live, size_t index, struct report *report)
{
	const struct rule *rule = &live->profile->rules[index];
	bool of_sockets = is_of(rule, "sockets"), any = false, broken = false;
	const char *unseen = of_sockets ? live->sockets_why : live->processes_why;
	const struct outcome *outcome;

	for (size_t i = 0; (outcome = table_at(&live->rules, i)); i++) {
		if (outcome->key.rule != index)
			continue;
		report_outcome(live, outcome, report);
		any = true;
		broken |= outcome->broken > 0;
	}
	if (live->rules.overflowed)
		add(rule, STATUS_UNKNOWN, report)->reason =
			mem_strdup("more processes than are looked at");
	else if (unseen && !broken)
		add(rule, STATUS_UNKNOWN, report)->reason = mem_printf(
			"not every %s was seen: %s", of_sockets ? "socket" : "process", unseen);
	else if (!any)
		add(rule, STATUS_NOT_APPLICABLE, report)->reason = mem_strdup("nothing matches");
}

void live_rules_report(struct live *live, struct report *report)
{
	for (size_t i = 0; i < live->profile->n_rules; i++)
		if (!is_of(&live->profile->rules[i], "paths"))
			report_rule(live, i, report);
}

void live_rules_fini(struct live *live)
{
	struct outcome *outcome;

	for (size_t i = 0; (outcome = table_at(&live->rules, i)); i++) {
		free(outcome->owner.comm);
		free(outcome->owner.unit);
		free(outcome->owner.container);
		free(outcome->actual);
		free(outcome->example);
		free(outcome->why);
	}
	table_fini(&live->rules);
}
