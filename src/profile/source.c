/* profile/source.c - see source.h. The table in decode_root() is the file format's outermost part.
 */
#include "profile/source.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "profile/decode.h"
#include "profile/rules.h"
#include "profile/search.h"
#include "profile/setting.h"
#include "profile/waiver.h"
#include "profile/when.h"

static int read_schema(const struct node *node, void *slot, struct err *err)
{
	char shown[NODE_SHOWN_SIZE];

	(void)slot;
	if (node_is_word(node, "1"))
		return 0;
	return node_error(node, err,
			  "expected the number 1, the schema this fettle reads, found %s",
			  node_shown(node, shown));
}

static int read_name(const struct node *node, void *slot, struct err *err)
{
	char **name = slot, shown[NODE_SHOWN_SIZE];
	const char *slash = strrchr(node->file, '/'), *base = slash ? slash + 1 : node->file;
	_cleanup_free_ char *wanted = NULL;
	int r = decode_line(node, slot, err);

	if (r < 0)
		return r;
	if (!profile_name_is_valid(*name))
		return node_error(node, err,
				  "expected 1 to 64 of a-z, 0-9 and '-', starting with a "
				  "letter or digit, found %s",
				  node_shown(node, shown));
	wanted = mem_printf("%s.yaml", *name);
	if (!str_equal(base, wanted))
		return node_error(node, err,
				  "%s stands in the file '%s': expected '%s', a profile's "
				  "file has its name",
				  node_shown(node, shown), base, wanted);
	return 0;
}

static int add_extends(const struct node *node, struct source *source, struct err *err)
{
	char shown[NODE_SHOWN_SIZE];

	if (node->kind != NODE_SCALAR || !profile_name_is_valid(node->text))
		return node_error(node, err, "expected the name of a profile, found %s",
				  node_shown(node, shown));
	for (size_t i = 0; i < source->n_extends; i++)
		if (str_equal(source->extends[i]->text, node->text))
			return node_error(node, err, "%s is given twice, first on line %u",
					  node_shown(node, shown), source->extends[i]->line);
	if (source->n_extends == SOURCE_MOST_EXTENDS)
		return node_error(node, err, "more than %d names", SOURCE_MOST_EXTENDS);
	source->extends[source->n_extends++] = node;
	return 0;
}

static int add_extends_item(const struct node_item *item, void *slot, struct err *err)
{
	return add_extends(item->value, slot, err);
}

static int read_extends(const struct node *node, void *slot, struct err *err)
{
	if (node->kind == NODE_SCALAR)
		return add_extends(node, slot, err);
	if (node->kind == NODE_MAPPING)
		return decode_expect_list(node, "names", err);
	return decode_parts(node, add_extends_item, slot, err);
}

struct setting *setting_find(const struct profile *profile, const char *key)
{
	for (size_t i = 0; i < profile->n_settings; i++)
		if (str_equal(profile->settings[i].key, key))
			return &profile->settings[i];
	return NULL;
}

/* The same key in its other notation: "net/core/somaxconn" and "net.core.somaxconn". */
static int check_first(const struct node *key, const char *name, const struct source *source,
		       struct err *err)
{
	const struct setting *first = setting_find(source->own, name);
	unsigned line = first ? first->origin.line : 0;

	for (size_t i = 0; i < source->n_removals; i++)
		if (str_equal(source->removals[i].key, name))
			line = source->removals[i].at->line;
	return line ? node_error(key, err, "'%s' is given twice, first on line %u", name, line) : 0;
}

static int add_setting(const struct node_item *item, void *slot, struct err *err)
{
	struct source *source = slot;
	struct setting setting;
	int r = setting_decode(item->key, item->value, &setting, err);

	if (r < 0)
		return r;
	r = check_first(item->key, setting.key, source, err);
	if (!r && source->own->n_settings + source->n_removals == SOURCE_MOST_SETTINGS)
		r = node_error(item->key, err, "more than %d settings", SOURCE_MOST_SETTINGS);
	if (!r && setting.expect) {
		*MEM_APPEND(source->own->settings, source->own->n_settings) = setting;
		return 0;
	}
	if (!r) {
		struct removal *removal = MEM_APPEND(source->removals, source->n_removals);

		removal->key = TAKE_PTR(setting.key);
		removal->at = item->key;
	}
	setting_fini(&setting);
	return r;
}

static int read_settings(const struct node *node, void *slot, struct err *err)
{
	int r = decode_expect_mapping(node, "keys", err);

	return r < 0 ? r : decode_parts(node, add_setting, slot, err);
}

static const char a_profile[] = "a profile";
static const char *const required[] = {"schema", "name", "summary"};

static int decode_root(const struct node *root, struct source *source, struct err *err)
{
	struct profile *own = source->own;
	const struct decode_row rows[] = {
		{"schema", read_schema, NULL, &own->lines.schema, false},
		{"name", read_name, &own->name, &own->lines.name, false},
		{"summary", decode_line, &own->summary, &own->lines.summary, false},
		{"extends", read_extends, source, NULL, false},
		{"when", when_decode, &own->when, NULL, false},
		{"settings", read_settings, source, NULL, false},
		{"sockets", rules_decode_sockets, own, NULL, false},
		{"limits", rules_decode_limits, own, NULL, false},
		{"paths", rules_decode_paths, own, NULL, false},
		{"waivers", waivers_decode, own, NULL, false},
	};

	return decode_mapping(root, a_profile, rows, ARRAY_SIZE(rows), err);
}

/* What was decoded so far is forgotten. */
static void renew(struct source *source, const char *file)
{
	for (size_t i = 0; i < source->n_removals; i++)
		free(source->removals[i].key);
	source->n_removals = source->n_extends = 0;
	profile_free(source->own);
	source->own = mem_alloc(sizeof(*source->own));
	source->own->file = mem_strdup(file);
}

static int parse(const char *file, const char *data, size_t len, struct source *out,
		 struct err *err)
{
	int r = doc_parse(file, data, len, &out->doc, err);

	if (r < 0)
		return r;
	if (!out->doc->root)
		return err_at(err, EBADMSG, file, 1, 1,
			      "is empty: a profile is a mapping that starts with `schema: 1`");
	renew(out, file);
	return 0;
}

int source_decode(const char *file, const char *data, size_t len, struct source **out,
		  struct err *err)
{
	_cleanup_(source_freep) struct source *source = mem_alloc(sizeof(*source));
	int r = parse(file, data, len, source, err);

	if (!r)
		r = decode_root(source->doc->root, source, err);
	for (size_t i = 0; !r && i < ARRAY_SIZE(required); i++)
		r = decode_expect_key(source->doc->root, a_profile, required[i], err);
	if (r < 0)
		return r;
	*out = TAKE_PTR(source);
	return 0;
}

static size_t count_failed(const struct node *node)
{
	size_t count = 0;

	for (size_t i = 0; i < node->count; i++)
		count += node->items[i].failed;
	return count;
}

/* Of one key: again without the part that failed, until nothing fails or it is the key itself. */
static size_t errors_of(const struct node_item *item, struct source *source, struct err *errs,
			size_t most)
{
	struct node alone = *source->doc->root;
	struct node_item only = *item;
	size_t count = 0, failed;

	alone.items = &only;
	alone.count = 1;
	do {
		failed = count_failed(item->value);
		renew(source, alone.file);
		if (decode_root(&alone, source, &errs[count]) == 0)
			break;
		count++;
	} while (count < most && count_failed(item->value) > failed);
	return count;
}

size_t source_errors(const char *file, const char *data, size_t len, struct err *errs, size_t most)
{
	_cleanup_(source_freep) struct source *source = mem_alloc(sizeof(*source));
	const struct node *root;
	size_t count = 0;

	if (parse(file, data, len, source, errs) < 0)
		return 1;
	root = source->doc->root;
	if (root->kind != NODE_MAPPING)
		return decode_root(root, source, errs) < 0;
	for (size_t i = 0; i < root->count && count < most; i++)
		count += errors_of(&root->items[i], source, &errs[count], most - count);
	for (size_t i = 0; i < ARRAY_SIZE(required) && count < most; i++)
		count += decode_expect_key(root, a_profile, required[i], &errs[count]) < 0;
	return count;
}

void source_free(struct source *source)
{
	if (!source)
		return;
	for (size_t i = 0; i < source->n_removals; i++)
		free(source->removals[i].key);
	free(source->removals);
	profile_free(source->own);
	doc_free(source->doc);
	free(source);
}
