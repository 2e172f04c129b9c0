/* boot/replay.c - what the loader writes, in its order, and what each key holds in the end.
 *
 * systemd-sysctl keeps one value a name: a later one takes the place at the end, one that repeats
 * the value keeps its place, and "-key" takes back what was said before. It leaves a key alone that
 * has the value already. sysctl keeps every line and writes them all in turn; "-key" only keeps
 * patterns away. In both a pattern passes by every key that is named in full anywhere. */
#include <string.h>

#include "base/str.h"
#include "boot/effect.h"
#include "boot/plan.h"
#include "sysctl/name.h"

enum {
	MATCHES_MOST = 1 << 20
}; /* over all patterns: bounds time and memory */

struct replay {
	struct boot_plan *plan;
	struct boot_index held;       /* paths named in full, to definitions */
	bool *dropped;                /* definitions another took the place of */
	size_t *order, n_order;       /* definitions in the order of their writes */
	struct sysctl_names *matches; /* of the pattern of each definition */
	size_t n_matches;
};

static struct boot_key *get_key(struct boot_plan *plan, const char *name)
{
	size_t *at = boot_index_find(&plan->index, name);
	struct boot_key *key;
	bool added;

	if (at)
		return plan->keys[*at];
	key = mem_alloc(sizeof(*key));
	*key = (struct boot_key){
		.name = mem_strdup(name),
		.exists = sysctl_exists(plan->tree, name),
	};
	boot_index_put(&plan->index, key->name, plan->n_keys, &added);
	return *MEM_APPEND(plan->keys, plan->n_keys) = key;
}

static void name_key(struct boot_plan *plan, const char *name, const struct boot_def *def)
{
	struct boot_key *key = get_key(plan, name);

	key->named = true;
	if (def->value)
		*MEM_APPEND(key->lines, key->n_lines) = def;
	else if (!def->is_glob)
		key->excluded = def;
}

/* Whether a copy of an IPv4 conf.default reaches a key: "lo" has an address before any loader runs,
 * and what was written itself stays. */
static bool takes_copy(const struct boot_key *key)
{
	return !key->own && !str_starts(key->name, "net.ipv4.conf.lo.") &&
	       !str_starts(key->name, "net.ipv4.conf.all.");
}

/* A key follows another that was written. */
static void set_along(struct replay *replay, const char *name, const struct boot_effect *effect,
		      const struct boot_key *cause)
{
	struct boot_key *key;

	if (str_equal(name, cause->name) ||
	    (effect->is_for_interfaces &&
	     (strstr(name, ".conf.all.") || strstr(name, ".conf.default."))))
		return;
	key = get_key(replay->plan, name);
	if (!key->exists || (effect->is_copy && !takes_copy(key)))
		return;
	key->winner = cause->winner;
	key->value = effect->value ? effect->value : cause->value;
	key->via = cause->name;
}

static void apply_effects(struct replay *replay, const struct boot_key *cause, bool changes)
{
	char buf[BOOT_EFFECT_ROOM];
	struct boot_effect effect;

	for (size_t i = 0; boot_effect_of(cause->name, cause->value, changes, i, &effect, buf);
	     i++) {
		struct sysctl_names names = {0};
		struct err err;

		if (!sysctl_name_is_glob(effect.pattern))
			set_along(replay, effect.pattern, &effect, cause);
		else if (sysctl_glob(replay->plan->tree, effect.pattern, &names, &err) == 0)
			for (size_t j = 0; j < names.count; j++)
				set_along(replay, names.names[j], &effect, cause);
		sysctl_names_fini(&names);
	}
}

static void write_key(struct replay *replay, const char *name, const struct boot_def *def)
{
	struct boot_key *key = get_key(replay->plan, name);
	const char *before = key->value ? key->value : boot_effect_start(name);
	bool changes = !before || !str_equal(before, def->value);
	bool is_by_kernel = def < replay->plan->defs.items + replay->plan->n_kernel_defs;
	/* systemd-sysctl reads first, and does not write what is there already */
	bool is_written = changes || is_by_kernel || replay->plan->loader != BOOT_LOADER_SYSTEMD;

	key->winner = def;
	key->value = def->value;
	key->via = NULL;
	if (!is_written || !key->exists)
		return;
	key->own = true;
	apply_effects(replay, key, changes);
}

/* Expands the pattern of a definition, once. */
static void expand(struct replay *replay, size_t i)
{
	struct boot_plan *plan = replay->plan;
	const struct boot_def *def = &plan->defs.items[i];
	struct sysctl_names *names = &replay->matches[i];
	struct err err;

	if (replay->n_matches >= MATCHES_MOST ||
	    sysctl_glob(plan->tree, def->key, names, &err) < 0) {
		boot_problem_add(&plan->problems, def->file, def->line,
				 "'%.200s' could not be expanded: %s", def->key,
				 replay->n_matches >= MATCHES_MOST
					 ? "the patterns before it match too much"
					 : err.text);
		*names = (struct sysctl_names){0};
		return;
	}
	replay->n_matches += names->count;
	for (size_t j = 0; j < names->count; j++)
		name_key(plan, names->names[j], def);
	if (!names->count)
		name_key(plan, def->key, def);
}

static void append(struct replay *replay, size_t i)
{
	*MEM_APPEND(replay->order, replay->n_order) = i;
}

/* systemd-sysctl's table: one definition a name, in the order they came to stay. */
static void take_place(struct replay *replay, size_t i)
{
	struct boot_def *defs = replay->plan->defs.items;
	bool added;
	size_t *at = boot_index_put(&replay->held, defs[i].path, i, &added);

	if (!added && str_equal(defs[*at].value, defs[i].value))
		return;
	if (!added) {
		replay->dropped[*at] = true;
		*at = i;
	}
	append(replay, i);
}

static void arrange(struct replay *replay)
{
	struct boot_plan *plan = replay->plan;

	for (size_t i = 0; i < plan->defs.count; i++) {
		const struct boot_def *def = &plan->defs.items[i];
		bool added;

		if (def->is_glob)
			expand(replay, i);
		else
			name_key(plan, def->key, def);
		if (i < plan->n_kernel_defs) {
			append(replay, i);
		} else if (plan->loader == BOOT_LOADER_SYSTEMD) {
			take_place(replay, i);
		} else {
			boot_index_put(&replay->held, def->path, i, &added);
			append(replay, i);
		}
	}
}

/* Whether a later ".." takes back what comes before `rest`. */
static bool is_taken_back(const char *rest)
{
	size_t depth = 0;

	while (*rest) {
		size_t len;

		rest += strspn(rest, "/");
		len = strcspn(rest, "/");
		if (len == 2 && str_starts(rest, "..")) {
			if (!depth--)
				return true;
		} else if (len && !(len == 1 && *rest == '.')) {
			depth++;
		}
		rest += len;
	}
	return false;
}

/* The path of a match as glob(3) gives it, with the "//", "/./" and "x/.." of the pattern; the
 * caller's. */
static char *as_matched(const char *pattern, const char *path)
{
	struct strbuf out = {0};

	for (;;) {
		size_t slashes = strspn(pattern, "/"), len = strcspn(pattern + slashes, "/");
		const char *part = pattern + slashes, *rest = part + len;

		if (!len)
			return strbuf_take(&out);
		strbuf_add(&out, pattern, slashes);
		pattern = rest;
		if ((len <= 2 && strspn(part, ".") >= len) || is_taken_back(rest)) {
			strbuf_add(&out, part, len);
			continue;
		}
		len = strcspn(path, "/");
		strbuf_add(&out, path, len);
		path += len + (path[len] == '/');
	}
}

/* Whether a match of the pattern is named in full somewhere, as this loader compares names. */
static bool is_held(const struct replay *replay, const struct boot_def *def, const char *name)
{
	_cleanup_free_ char *path = sysctl_name_path(name), *matched = as_matched(def->path, path);

	return boot_index_find(&replay->held, matched) != NULL;
}

static void write_all(struct replay *replay)
{
	struct boot_plan *plan = replay->plan;

	for (size_t i = 0; i < replay->n_order; i++) {
		const struct boot_def *def = &plan->defs.items[replay->order[i]];
		const struct sysctl_names *names = &replay->matches[replay->order[i]];

		if (!def->value || replay->dropped[replay->order[i]])
			continue;
		if (!def->is_glob)
			write_key(replay, def->key, def);
		for (size_t j = 0; j < names->count; j++)
			if (!is_held(replay, def, names->names[j]))
				write_key(replay, names->names[j], def);
		if (def->is_glob && !names->count)
			get_key(plan, def->key)->winner = def;
	}
}

/* Of lines that say the same the last one is the one to name: it would do alone. */
static void name_last_of_equal(struct boot_plan *plan)
{
	for (size_t i = 0; i < plan->n_keys; i++) {
		struct boot_key *key = plan->keys[i];

		for (size_t j = 0; j < key->n_lines && key->winner && !key->via; j++) {
			const struct boot_def *line = key->lines[j];

			if (line > key->winner && str_equal(line->path, key->winner->path) &&
			    str_equal(line->value, key->winner->value))
				key->winner = line;
		}
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void collect_names(struct boot_plan *plan)
{
	for (size_t i = 0; i < plan->n_keys; i++) {
		struct boot_key *key = plan->keys[i];

		if (!key->value && key->winner)
			key->value = key->winner->value;
		if (key->named)
			*MEM_APPEND(plan->names, plan->n_names) = key->name;
	}
	if (plan->n_names)
		qsort(plan->names, plan->n_names, sizeof(*plan->names), compare_names);
}

void boot_plan_replay(struct boot_plan *plan)
{
	struct replay replay = {
		.plan = plan,
		.dropped = mem_alloc_array(plan->defs.count + 1, sizeof(bool)),
		.matches = mem_alloc_array(plan->defs.count + 1, sizeof(struct sysctl_names)),
	};

	arrange(&replay);
	write_all(&replay);
	name_last_of_equal(plan);
	collect_names(plan);
	for (size_t i = 0; i < plan->defs.count; i++)
		sysctl_names_fini(&replay.matches[i]);
	boot_index_fini(&replay.held);
	free(replay.matches);
	free(replay.dropped);
	free(replay.order);
}
