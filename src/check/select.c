/* check/select.c - see select.h.
 *
 * Every setting offers itself for each key it means, with a rank; then the highest rank of each key
 * is kept. Sorting keeps this cheap on hosts with thousands of interfaces. */
#include "check/select.h"

#include <string.h>

#include "check/when.h"
#include "sysctl/read.h"

/* Ranks: a setting that does not apply, then patterns in their order, then keys named in full. */
enum {
	RANK_UNMET,
	RANK_PATTERN
};

static void offer(struct selection *out, enum selected_kind kind, const char *name,
		  const struct setting *setting, const char *reason, size_t rank)
{
	*MEM_APPEND(out->keys, out->count) = (struct selected){
		.kind = kind,
		.name = mem_strdup(name),
		.setting = setting,
		.reason = mem_strdup(reason),
		.rank = rank,
	};
}

static void offer_matches(const struct host *host, const struct setting *setting, size_t rank,
			  struct selection *out)
{
	struct sysctl_names names = {0};
	struct err err;

	if (sysctl_glob(host->root, setting->key, &names, &err) < 0)
		offer(out, SELECTED_UNLISTED, setting->key, setting, err.text, rank);
	else if (!names.count)
		offer(out, SELECTED_UNMATCHED, setting->key, setting, NULL, rank);
	for (size_t i = 0; i < names.count; i++)
		offer(out, SELECTED_KEY, names.names[i], setting, NULL, rank);
	sysctl_names_fini(&names);
}

static int by_name_and_rank(const void *left, const void *right)
{
	const struct selected *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : (a->rank < b->rank) - (a->rank > b->rank);
}

static void fini(struct selected *selected)
{
	free(selected->name);
	free(selected->reason);
}

/* A pattern that stands for itself is no rival of a key that happens to be called the same. */
static bool is_rival(const struct selected *kept, const struct selected *next)
{
	bool pattern = next->setting->pattern && next->kind != SELECTED_KEY;

	return !pattern && strcmp(kept->name, next->name) == 0;
}

static void keep_highest(struct selection *selection)
{
	size_t kept = 0;

	for (size_t i = 0; i < selection->count; i++) {
		struct selected *next = &selection->keys[i];

		if (kept && is_rival(&selection->keys[kept - 1], next))
			fini(next);
		else
			selection->keys[kept++] = *next;
	}
	selection->count = kept;
}

void check_select(const struct host *host, const struct profile *profile, struct selection *out)
{
	for (size_t i = 0; i < profile->n_settings; i++) {
		const struct setting *setting = &profile->settings[i];
		_cleanup_free_ char *unmet = check_when(host, &setting->when);

		if (unmet)
			offer(out, SELECTED_UNMET, setting->key, setting, unmet, RANK_UNMET);
		else if (setting->pattern)
			offer_matches(host, setting, RANK_PATTERN + i, out);
		else
			offer(out, SELECTED_KEY, setting->key, setting, NULL,
			      RANK_PATTERN + profile->n_settings);
	}
	if (out->count)
		qsort(out->keys, out->count, sizeof(*out->keys), by_name_and_rank);
	keep_highest(out);
}

void selection_fini(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++)
		fini(&selection->keys[i]);
	free(selection->keys);
	*selection = (struct selection){0};
}
