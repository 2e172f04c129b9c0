/* apply/plan.c - see plan.h. What deviates is the audit's word: the two cannot disagree. */
#include "apply/plan.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "apply/module.h"
#include "apply/order.h"
#include "apply/owner.h"
#include "apply/risk.h"
#include "base/str.h"
#include "catalog/catalog.h"
#include "check/audit.h"
#include "check/offer.h"
#include "check/range.h"
#include "check/select.h"
#include "check/target.h"
#include "sysctl/name.h"
#include "sysctl/normalise.h"
#include "sysctl/write.h"

static const char allowed_key[] = "net.ipv4.tcp_allowed_congestion_control";

const char *plan_obstacle_name(enum plan_obstacle obstacle)
{
	static const char *const names[] = {
		[PLAN_ABSENT] = "absent",
		[PLAN_READ_ONLY] = "read-only",
		[PLAN_NOT_PERMITTED] = "not-permitted",
		[PLAN_UNREADABLE] = "unreadable",
		[PLAN_UNRESOLVED] = "unresolved",
		[PLAN_WAIVED] = "waived",
		[PLAN_OWNED] = "owned",
		[PLAN_OUT_OF_RANGE] = "out-of-range",
	};

	return names[obstacle];
}

static void kept_fini(struct plan_kept *kept)
{
	free(kept->key);
	free(kept->value);
}

static void change_fini(struct plan_change *change)
{
	free(change->key);
	free(change->from);
	free(change->to);
	free(change->expected);
	free(change->module);
	free(change->reset_by);
	free(change->origin.file);
	sysctl_wanted_free(change->wanted);
}

void plan_fini(struct plan *plan)
{
	free(plan->name);
	free(plan->file);
	free(plan->digest);
	free(plan->not_applicable);
	for (size_t i = 0; i < plan->n_changes; i++)
		change_fini(&plan->changes[i]);
	free(plan->changes);
	for (size_t i = 0; i < plan->n_blocked; i++) {
		free(plan->blocked[i].key);
		free(plan->blocked[i].why);
		free(plan->blocked[i].origin.file);
	}
	free(plan->blocked);
	for (size_t i = 0; i < plan->n_kept; i++)
		kept_fini(&plan->kept[i]);
	free(plan->kept);
	for (size_t i = 0; i < plan->n_modules; i++)
		free(plan->modules[i]);
	free(plan->modules);
	for (size_t i = 0; i < plan->n_boot_modules; i++)
		free(plan->boot_modules[i]);
	free(plan->boot_modules);
	for (size_t i = 0; i < plan->n_warnings; i++) {
		free(plan->warnings[i].subject);
		free(plan->warnings[i].text);
	}
	free(plan->warnings);
	*plan = (struct plan){0};
}

static struct plan_blocked *add_blocked(struct plan *plan, const char *key,
					enum plan_obstacle obstacle, const char *why)
{
	struct plan_blocked *blocked = MEM_APPEND(plan->blocked, plan->n_blocked);

	blocked->key = mem_strdup(key);
	blocked->obstacle = obstacle;
	blocked->why = mem_strdup(why);
	return blocked;
}

void plan_block(struct plan *plan, const char *key, enum plan_obstacle obstacle, const char *why)
{
	for (size_t i = 0; i < plan->n_changes; i++) {
		struct plan_change *change = &plan->changes[i];
		struct plan_blocked *blocked;

		if (strcmp(change->key, key) != 0)
			continue;
		blocked = add_blocked(plan, key, obstacle, why);
		blocked->severity = change->severity;
		blocked->origin.file = mem_strdup(change->origin.file);
		blocked->origin.line = change->origin.line;
		change_fini(change);
		plan->n_changes--;
		memmove(change, change + 1, (plan->n_changes - i) * sizeof(*change));
		return;
	}
}

static void block_finding(struct plan *plan, const struct finding *finding,
			  enum plan_obstacle obstacle, const char *why)
{
	struct plan_blocked *blocked = add_blocked(plan, finding->subject, obstacle, why);

	blocked->severity = finding->severity;
	blocked->origin.file = mem_strdup(finding->origin.file);
	blocked->origin.line = finding->origin.line;
}

/* 0, or -errno: could it be written to, by whom the plan is for? `*by_root` when root could, and
 * that matters. */
static int find_writable(const struct apply_context *context, const char *key, bool *by_root)
{
	int r = sysctl_writable(context->host->root, key), owner;

	*by_root = false;
	if (r != -EACCES && r != -EPERM)
		return r;
	owner = sysctl_writable_by_owner(context->host->root, key);
	*by_root = owner == 0;
	return owner != 0 || (context->for_root && geteuid() != 0) ? owner : r;
}

/* Why a key that is there cannot be written, or NULL when it can. */
static char *find_obstacle(const struct apply_context *context, const char *key,
			   enum plan_obstacle *obstacle)
{
	const struct catalog_key *known = catalog_find(key);
	bool by_root;
	int r = find_writable(context, key, &by_root);

	if (r == 0)
		return NULL;
	*obstacle = by_root ? PLAN_NOT_PERMITTED : PLAN_READ_ONLY;
	if (r == -EROFS)
		return mem_strdup(
			"its file system is mounted read-only, as in a container or under "
			"ProtectKernelTunables=yes");
	if (by_root)
		return mem_strdup(geteuid() == 0
					  ? "needs root of the host, and not of a user namespace"
					  : "needs root, or CAP_NET_ADMIN for a key below net");
	if (known && known->first_netns_only)
		return mem_strdup(
			"can be changed only in the first network namespace, and by its root");
	return mem_printf("the kernel does not let it be written to: %s", strerror(-r));
}

/* tcp_congestion_control takes what is not in the list of allowed ones only in the first network
 * namespace, where it then adds it: elsewhere EPERM (Linux 6.18). */
static char *find_congestion_obstacle(const struct apply_context *context, const char *key,
				      const char *to)
{
	_cleanup_(value_freep) struct value *allowed = NULL;
	struct err ignored;
	bool by_root;

	if (strcmp(key, "net.ipv4.tcp_congestion_control") != 0 ||
	    find_writable(context, allowed_key, &by_root) != -EACCES || by_root ||
	    check_read_list(context->host, allowed_key, &allowed, &ignored) < 0 ||
	    value_has_word(allowed, to))
		return NULL;
	return mem_printf(
		"'%s' is not in tcp_allowed_congestion_control (%s), which can be changed only "
		"in the first network namespace",
		to, allowed->text);
}

/* The catalogue may be wrong about another kernel: so it is in the way of the one key, and no error
 * of the profile. What the key holds already is not doubted. */
static char *find_range_obstacle(const struct plan_change *change, enum plan_obstacle *obstacle)
{
	struct err err;

	if (check_range(catalog_find(change->key), change->kind, change->from, change->to, &err) ==
	    0)
		return NULL;
	*obstacle = PLAN_OUT_OF_RANGE;
	return mem_strdup(err.text);
}

static void add_name(char ***names, size_t *count, const char *name)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp((*names)[i], name) == 0)
			return;
	}
	*MEM_APPEND(*names, *count) = mem_strdup(name);
}

/* Adds the module the change waits for to the plan; false when it cannot be had. */
static bool plan_module(const struct apply_context *context, struct plan *plan,
			struct plan_change *change, const struct finding *finding)
{
	struct err err;

	change->module = module_needed(context, change->key, change->to);
	if (!change->module)
		return true;
	if (module_check(context, change->module, &err) < 0) {
		block_finding(plan, finding, PLAN_ABSENT, err.text);
		return false;
	}
	add_name(&plan->modules, &plan->n_modules, change->module);
	return true;
}

/* Fills in what to write; false when the finding became a blocked one. */
static bool plan_value(const struct apply_context *context, struct plan *plan,
		       const struct setting *setting, const struct finding *finding,
		       struct plan_change *change)
{
	struct resolve_key key = {.name = change->key, .known = catalog_find(change->key)};
	_cleanup_(value_freep) struct value *value = NULL;
	_cleanup_free_ char *why = NULL;
	enum plan_obstacle obstacle = PLAN_READ_ONLY;
	struct err err;

	if (sysctl_read(context->host->root, change->key, &change->from, &err) < 0) {
		block_finding(plan, finding, PLAN_UNREADABLE, err.text);
		return false;
	}
	key.kind = change->kind = key.known ? key.known->kind : sysctl_value_guess(change->from);
	if (!str_is_utf8(change->from, strlen(change->from))) {
		block_finding(plan, finding, PLAN_UNREADABLE, "holds bytes that are no text");
		return false;
	}
	if (setting->expect->op == EXPECT_ABSENT) {
		why = mem_strdup("should not exist, and no write removes a key");
	} else if (sysctl_value_parse(key.kind, change->from, &value, &err) < 0 ||
		   check_resolve(context->host, &key, setting->expect, &change->wanted, &err) < 0) {
		why = mem_strdup(err.text);
	} else {
		change->to = change->reset_by
				     ? mem_strdup(value->text)
				     : check_target(context->host, &key, setting->expect, value);
		if (!change->to ||
		    (!change->reset_by && sysctl_same(key.kind, change->from, change->to)))
			why = mem_strdup(
				"no value to write follows from the profile: say one with 'set'");
		mem_replace(&change->from, value->text);
	}
	if (why) {
		block_finding(plan, finding, PLAN_UNRESOLVED, why);
		return false;
	}
	why = find_obstacle(context, change->key, &obstacle);
	if (!why)
		why = find_congestion_obstacle(context, change->key, change->to);
	if (!why)
		why = find_range_obstacle(change, &obstacle);
	if (why)
		block_finding(plan, finding, obstacle, why);
	return !why;
}

/* False when it could not be planned, and is blocked instead. */
static bool plan_change(const struct apply_context *context, struct plan *plan,
			const struct setting *setting, const struct finding *finding,
			const char *by)
{
	struct plan_change change = {
		.key = mem_strdup(finding->subject),
		.expected = mem_strdup(finding->expected),
		.severity = finding->severity,
		.origin = {mem_strdup(finding->origin.file), finding->origin.line},
		.reset_by = mem_strdup(by),
	};
	bool planned = plan_value(context, plan, setting, finding, &change) &&
		       plan_module(context, plan, &change, finding);

	if (planned)
		*MEM_APPEND(plan->changes, plan->n_changes) = change;
	else
		change_fini(&change);
	return planned;
}

/* A key that is not there: it may come with its module. What to write to it is worked out again
 * once it is there; here, as far as that does not depend on what it holds. */
static void plan_absent(const struct apply_context *context, struct plan *plan,
			const struct setting *setting, const struct finding *finding)
{
	const struct catalog_key *known = catalog_find(finding->subject);
	struct plan_change change = {
		.key = mem_strdup(finding->subject),
		.kind = known ? known->kind : VALUE_STRING,
		.expected = mem_strdup(finding->expected),
		.severity = finding->severity,
		.origin = {mem_strdup(finding->origin.file), finding->origin.line},
	};
	struct resolve_key key = {.name = change.key, .known = known, .kind = change.kind};
	_cleanup_(value_freep) struct value *nothing = value_new_unknown("not there yet");
	enum plan_obstacle obstacle = PLAN_ABSENT;
	_cleanup_free_ char *why = NULL;

	if (!known || !known->module) {
		block_finding(plan, finding, PLAN_ABSENT, finding->reason);
		change_fini(&change);
		return;
	}
	change.to = check_target(context->host, &key, setting->expect, nothing);
	if (change.to && !*change.to)
		mem_replace(&change.to, NULL);
	if (change.to)
		why = find_range_obstacle(&change, &obstacle);
	if (why)
		block_finding(plan, finding, obstacle, why);
	if (!why && plan_module(context, plan, &change, finding))
		*MEM_APPEND(plan->changes, plan->n_changes) = change;
	else
		change_fini(&change);
}

static bool is_kept(const struct setting *setting, const struct finding *finding)
{
	return finding->status == STATUS_PASS && setting->expect->op != EXPECT_ABSENT &&
	       finding->actual;
}

static void plan_finding(const struct apply_context *context, struct plan *plan,
			 const struct setting *setting, const struct finding *finding)
{
	struct plan_kept *kept;

	switch (finding->status) {
	case STATUS_PASS:
		if (!is_kept(setting, finding))
			return;
		kept = MEM_APPEND(plan->kept, plan->n_kept);
		kept->key = mem_strdup(finding->subject);
		kept->value = mem_strdup(finding->actual);
		return;
	case STATUS_FAIL:
		plan_change(context, plan, setting, finding, NULL);
		return;
	case STATUS_ABSENT:
		plan_absent(context, plan, setting, finding);
		return;
	case STATUS_UNREADABLE:
		block_finding(plan, finding, PLAN_UNREADABLE, finding->reason);
		return;
	case STATUS_UNSUPPORTED:
	case STATUS_UNKNOWN:
		block_finding(plan, finding, PLAN_UNRESOLVED, finding->reason);
		return;
	case STATUS_WAIVED:
		block_finding(plan, finding, PLAN_WAIVED, finding->reason);
		return;
	case STATUS_NOT_APPLICABLE:
	case STATUS_COUNT:
		return;
	}
}

static int by_id(const void *a, const void *b)
{
	return strcmp((*(const struct finding *const *)a)->id,
		      (*(const struct finding *const *)b)->id);
}

/* A change that changes other keys along. */
struct reset {
	size_t change;
	char **patterns;
};

static struct reset *find_resets(const struct plan *plan, size_t *count)
{
	struct reset *resets = NULL;

	*count = 0;
	for (size_t i = 0; i < plan->n_changes; i++) {
		char **patterns = order_spread(plan->changes[i].key);

		if (patterns)
			*MEM_APPEND(resets, *count) = (struct reset){i, patterns};
	}
	return resets;
}

static void resets_free(struct reset *resets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		order_spread_free(resets[i].patterns);
	free(resets);
}

/* What spreads to keys of the same name is its value: one that has it keeps it. */
static bool keeps_by_itself(const struct plan_change *change, const struct finding *found)
{
	const char *name = strrchr(change->key, '.'), *other = strrchr(found->subject, '.');

	return name && other && strcmp(name, other) == 0 && change->to &&
	       sysctl_same(change->kind, change->to, found->actual);
}

static bool is_reset_by(const struct reset *reset, const struct plan *plan,
			const struct finding *found)
{
	const struct plan_change *change = &plan->changes[reset->change];

	for (size_t i = 0; reset->patterns[i]; i++) {
		if (sysctl_name_matches(reset->patterns[i], found->subject))
			return order_is_behind(found->subject, change->key) &&
			       !keeps_by_itself(change, found);
	}
	return false;
}

/* A key that cannot be written to is no more in the way than it was. */
static bool plan_keep(const struct apply_context *context, struct plan *plan,
		      const struct setting *setting, const struct finding *found, const char *by)
{
	enum plan_obstacle obstacle;
	_cleanup_free_ char *why = find_obstacle(context, found->subject, &obstacle);

	return !why && plan_change(context, plan, setting, found, by);
}

static void drop_kept(struct plan *plan, const char *key)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->n_kept; i++) {
		if (strcmp(plan->kept[i].key, key) == 0)
			kept_fini(&plan->kept[i]);
		else
			plan->kept[kept++] = plan->kept[i];
	}
	plan->n_kept = kept;
}

/* What meets the profile, and would not once the changes are made, is written after them. */
static void plan_resets(const struct apply_context *context, struct plan *plan,
			const struct selection *selection, const struct finding *const *found)
{
	size_t count;
	struct reset *resets = find_resets(plan, &count);

	for (size_t i = 0; i < selection->count; i++) {
		const struct setting *setting = selection->keys[i].setting;
		size_t j = 0;

		if (!found[i] || !is_kept(setting, found[i]))
			continue;
		while (j < count && !is_reset_by(&resets[j], plan, found[i]))
			j++;
		if (j < count && plan_keep(context, plan, setting, found[i],
					   plan->changes[resets[j].change].key))
			drop_kept(plan, found[i]->subject);
	}
	resets_free(resets, count);
}

static void plan_findings(const struct apply_context *context, struct plan *plan,
			  const struct profile *profile, const struct report *report)
{
	const struct finding **sorted = mem_alloc_array(report->n_findings, sizeof(*sorted));
	const struct finding **found;
	struct selection selection = {0};

	for (size_t i = 0; i < report->n_findings; i++)
		sorted[i] = &report->findings[i];
	if (report->n_findings)
		qsort(sorted, report->n_findings, sizeof(*sorted), by_id);
	check_select(context->host, profile, &selection);
	found = mem_alloc_array(selection.count, sizeof(*found));
	for (size_t i = 0; i < selection.count; i++) {
		_cleanup_free_ char *id = mem_printf("sysctl.%s", selection.keys[i].name);
		struct finding wanted = {.id = id}, *key = &wanted;
		const struct finding **at =
			bsearch(&key, sorted, report->n_findings, sizeof(*sorted), by_id);

		found[i] = at ? *at : NULL;
		if (found[i])
			plan_finding(context, plan, selection.keys[i].setting, found[i]);
	}
	owner_block(context, plan);
	plan_resets(context, plan, &selection, found);
	selection_fini(&selection);
	free(found);
	free(sorted);
}

void plan_order(struct plan *plan)
{
	struct order_item *items = mem_alloc_array(plan->n_changes, sizeof(*items));
	struct plan_change *sorted = mem_alloc_array(plan->n_changes, sizeof(*sorted));

	for (size_t i = 0; i < plan->n_changes; i++)
		items[i] = (struct order_item){plan->changes[i].key, plan->changes[i].from,
					       plan->changes[i].to, i};
	order_sort(items, plan->n_changes);
	for (size_t i = 0; i < plan->n_changes; i++)
		sorted[i] = plan->changes[items[i].index];
	free(plan->changes);
	plan->changes = sorted;
	free(items);
}

static void plan_boot_module(struct plan *plan, const char *key, const char *value)
{
	_cleanup_free_ char *module = value ? module_behind(key, value) : NULL;

	if (module)
		add_name(&plan->boot_modules, &plan->n_boot_modules, module);
}

static void plan_boot(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_changes; i++)
		plan_boot_module(plan, plan->changes[i].key, plan->changes[i].to);
	for (size_t i = 0; i < plan->n_kept; i++)
		plan_boot_module(plan, plan->kept[i].key, plan->kept[i].value);
	for (size_t i = 0; i < plan->n_modules; i++)
		add_name(&plan->boot_modules, &plan->n_boot_modules, plan->modules[i]);
}

static void warn_of_lasting(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_changes; i++) {
		const struct plan_change *change = &plan->changes[i];
		const char *why = change->to ? order_lasting(change->key, change->to) : NULL;
		struct plan_warning *warning;

		if (!why)
			continue;
		warning = MEM_APPEND(plan->warnings, plan->n_warnings);
		warning->subject = mem_strdup(change->key);
		warning->text = mem_printf("%s=%s: %s", change->key, change->to, why);
	}
}

void plan_make(const struct apply_context *context, const struct profile *profile, struct plan *out)
{
	_cleanup_(report_freep) struct report *report =
		audit_run(context->host, profile, time(NULL));
	_cleanup_free_ char *id = mem_printf("profile.%s", profile->name);
	struct plan plan = {
		.name = mem_strdup(profile->name),
		.file = mem_strdup(profile->file),
		.digest = mem_strdup(profile->digest),
	};

	for (size_t i = 0; i < report->n_findings; i++) {
		const struct finding *finding = &report->findings[i];

		if (finding->status == STATUS_NOT_APPLICABLE && strcmp(finding->id, id) == 0)
			plan.not_applicable = mem_strdup(finding->reason);
	}
	plan_findings(context, &plan, profile, report);
	plan_order(&plan);
	plan_boot(&plan);
	warn_of_lasting(&plan);
	risk_assess(context, risk_count_sockets(), &plan);
	*out = plan;
}

int plan_add(const struct apply_context *context, struct plan *plan, const char *key,
	     const char *to, struct err *err)
{
	const struct catalog_key *known = catalog_find(key);
	struct plan_change *change;
	char *from;
	int r = sysctl_read(context->host->root, key, &from, err);

	if (r < 0)
		return r;
	change = MEM_APPEND(plan->changes, plan->n_changes);
	change->key = mem_strdup(key);
	change->kind = known ? known->kind : sysctl_value_guess(from);
	change->from = from;
	change->to = mem_strdup(to);
	change->severity = SEVERITY_WARNING;
	return 0;
}
