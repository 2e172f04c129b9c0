/* profile/load.c - a profile and all that it extends, merged.
 *
 * Left to right, each parent whole before the file that names it: the order is that of a walk that
 * leaves a node last. A profile that is reached twice counts at its first place, so that a common
 * base does not undo what a later sibling said. */
#include "profile/load.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "profile/doc.h"
#include "profile/rules.h"
#include "profile/search.h"
#include "profile/setting.h"
#include "profile/source.h"
#include "profile/when.h"

struct loader {
	const char *path, *folder;
	struct profile *into;
	SHA2_CTX digest;
	struct link {
		const char *name;
		const struct node *via; /* the name in `extends` that leads on from here */
	} chain[LOAD_MOST_DEPTH];
	size_t depth;
};

static int load_layer(struct loader *loader, const char *file, const char *data, size_t len,
		      struct err *err);

static int not_inherited(const struct removal *removal, const struct profile *into, struct err *err)
{
	_cleanup_free_ const char **keys = mem_alloc_array(into->n_settings, sizeof(*keys));
	char meant[256];

	for (size_t i = 0; i < into->n_settings; i++)
		keys[i] = into->settings[i].key;
	return node_error(
		removal->at, err, "settings: %s: nothing to remove, it was not inherited%s",
		removal->key,
		str_did_you_mean(removal->key, keys, into->n_settings, meant, sizeof(meant)));
}

static void drop_setting(struct setting *found, struct profile *into)
{
	size_t behind = (size_t)(into->settings + into->n_settings - found) - 1;

	setting_fini(found);
	memmove(found, found + 1, behind * sizeof(*found));
	into->n_settings--;
}

static int remove_setting(const struct removal *removal, struct profile *into, struct err *err)
{
	struct setting *found = setting_find(into, removal->key);

	if (!found)
		return not_inherited(removal, into, err);
	drop_setting(found, into);
	return 0;
}

static int merge_settings(struct source *source, struct profile *into, struct err *err)
{
	struct profile *own = source->own;

	for (size_t i = 0; i < source->n_removals; i++) {
		int r = remove_setting(&source->removals[i], into, err);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < own->n_settings; i++) {
		struct setting *setting = &own->settings[i];
		struct setting *old = setting_find(into, setting->key);

		if (old && setting->pattern) {
			/* among patterns the last one governs */
			drop_setting(old, into);
			old = NULL;
		}
		if (old)
			setting_fini(old);
		else if (into->n_settings == SOURCE_MOST_SETTINGS)
			return err_at(err, EBADMSG, own->file, setting->origin.line, 1,
				      "more than %d settings, with those inherited",
				      SOURCE_MOST_SETTINGS);
		else
			old = MEM_APPEND(into->settings, into->n_settings);
		*old = *setting;
		*setting = (struct setting){0};
	}
	return 0;
}

static void merge_rules(struct profile *own, struct profile *into)
{
	for (size_t i = 0; i < own->n_rules; i++) {
		struct rule *rule = &own->rules[i];
		struct rule *old = rule_find(into, rule->family, rule->name);

		if (old)
			rule_fini(old);
		else
			old = MEM_APPEND(into->rules, into->n_rules);
		*old = *rule;
		*rule = (struct rule){0};
	}
}

static int merge(struct source *source, struct profile *into, struct err *err)
{
	struct profile *own = source->own;
	struct layer *layer;
	int r = merge_settings(source, into, err);

	if (r < 0)
		return r;
	merge_rules(own, into);
	when_merge(&into->when, &own->when);
	for (size_t i = 0; i < own->n_waivers; i++) {
		*MEM_APPEND(into->waivers, into->n_waivers) = own->waivers[i];
		own->waivers[i] = (struct waiver){0};
	}
	layer = MEM_APPEND(into->layers, into->n_layers);
	layer->name = mem_strdup(own->name);
	layer->file = mem_strdup(own->file);
	/* whoever comes last is the profile itself */
	mem_replace(&into->name, own->name);
	mem_replace(&into->file, own->file);
	mem_replace(&into->summary, own->summary);
	into->lines = own->lines;
	return 0;
}

/* a (a.yaml:3) -> b (b.yaml:3) -> a */
static int cycle_error(const struct loader *loader, size_t first, const struct node *node,
		       struct err *err)
{
	_cleanup_strbuf_ struct strbuf chain = {0};

	for (size_t i = first; i < loader->depth; i++)
		strbuf_printf(&chain, "%s (%s:%u) -> ", loader->chain[i].name,
			      loader->chain[i].via->file, loader->chain[i].via->line);
	return node_error(node, err, "extends: a profile cannot extend itself: %s%s", chain.text,
			  node->text);
}

static bool is_merged(const struct profile *into, const char *name)
{
	for (size_t i = 0; i < into->n_layers; i++)
		if (str_equal(into->layers[i].name, name))
			return true;
	return false;
}

/* The parent that `node` names: found, read and merged, unless it was already. */
static int extend(struct loader *loader, const struct node *node, struct err *err)
{
	_cleanup_free_ char *file = NULL, *data = NULL;
	struct err why = {0};
	size_t len;
	int r;

	loader->chain[loader->depth - 1].via = node;
	for (size_t i = 0; i < loader->depth; i++)
		if (str_equal(loader->chain[i].name, node->text))
			return cycle_error(loader, i, node, err);
	if (is_merged(loader->into, node->text))
		return 0;
	if (loader->depth == LOAD_MOST_DEPTH)
		return node_error(node, err, "extends: more than %d profiles deep",
				  LOAD_MOST_DEPTH);
	if (loader->into->n_layers + loader->depth >= LOAD_MOST_LAYERS)
		return node_error(node, err, "extends: more than %d profiles in all",
				  LOAD_MOST_LAYERS);
	r = profile_search_from(loader->folder, loader->path, node->text, &file, &why);
	if (!r)
		r = file_read(AT_FDCWD, file, DOC_MOST_BYTES, &data, &len, &why);
	if (r < 0)
		return err_at(err, why.code, node->file, node->line, node->column, "extends: %s",
			      why.text);
	return load_layer(loader, file, data, len, err);
}

static int load_layer(struct loader *loader, const char *file, const char *data, size_t len,
		      struct err *err)
{
	_cleanup_(source_freep) struct source *source = NULL;
	int r = source_decode(file, data, len, &source, err);

	if (r < 0)
		return r;
	loader->chain[loader->depth++].name = source->own->name;
	for (size_t i = 0; !r && i < source->n_extends; i++)
		r = extend(loader, source->extends[i], err);
	loader->depth--;
	if (r < 0)
		return r;
	SHA256Update(&loader->digest, (const uint8_t *)data, len);
	return merge(source, loader->into, err);
}

static int load(struct loader *loader, const char *file, const char *data, size_t len,
		struct profile **out, struct err *err)
{
	_cleanup_(profile_freep) struct profile *profile = mem_alloc(sizeof(*profile));
	char digest[SHA256_DIGEST_STRING_LENGTH];
	int r;

	loader->into = profile;
	SHA256Init(&loader->digest);
	r = load_layer(loader, file, data, len, err);
	if (r < 0)
		return r;
	profile->digest = mem_strdup(SHA256End(&loader->digest, digest));
	*out = TAKE_PTR(profile);
	return 0;
}

static int load_from(const char *path, const char *folder, const char *file, struct profile **out,
		     struct err *err)
{
	struct loader loader = {.path = path, .folder = folder};
	_cleanup_free_ char *data = NULL;
	size_t len;
	int r = file_read(AT_FDCWD, file, DOC_MOST_BYTES, &data, &len, err);

	return r < 0 ? r : load(&loader, file, data, len, out, err);
}

static char *folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (!slash)
		return mem_strdup(".");
	return mem_strndup(file, slash == file ? 1 : (size_t)(slash - file));
}

static bool is_path(const char *name)
{
	static const char suffix[] = ".yaml";
	size_t len = strlen(name), tail = sizeof(suffix) - 1;

	return strchr(name, '/') || (len >= tail && str_equal(name + len - tail, suffix));
}

int profile_load_buffer(const char *path, const char *file, const char *data, size_t len,
			struct profile **out, struct err *err)
{
	struct loader loader = {.path = path};

	return load(&loader, file, data, len, out, err);
}

int profile_load_file(const char *path, const char *file, struct profile **out, struct err *err)
{
	return load_from(path, NULL, file, out, err);
}

int profile_load(const char *path, const char *name, struct profile **out, struct err *err)
{
	_cleanup_free_ char *file = NULL, *folder = NULL;
	int r;

	if (is_path(name)) {
		folder = folder_of(name);
		return load_from(path, folder, name, out, err);
	}
	r = profile_search(path, name, &file, err);
	return r < 0 ? r : load_from(path, NULL, file, out, err);
}

size_t profile_errors(const struct err *first, struct err *errs, size_t most)
{
	_cleanup_free_ char *data = NULL;
	size_t len, count = 0;

	if (first->line && file_read(AT_FDCWD, first->file, DOC_MOST_BYTES, &data, &len, errs) == 0)
		count = source_errors(first->file, data, len, errs, most);
	if (!count)
		errs[count++] = *first;
	return count;
}
