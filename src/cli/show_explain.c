/* cli/show_explain.c - see show_explain.h. */
#include "cli/show_explain.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/str.h"
#include "cli/output.h"
#include "render/columns.h"
#include "sysctl/name.h"
#include "sysctl/normalise.h"
#include "sysctl/write.h"

static void add_row(struct columns *rows, const char *name, char *value)
{
	if (value)
		columns_add(rows, STYLE_PLAIN, name, NULL, value)->styles[0] = STYLE_DIM;
	free(value);
}

static char *describe_range(const struct catalog_key *known)
{
	char least[NUM_TEXT_SIZE], most[NUM_TEXT_SIZE];

	if (!known->ranged)
		return NULL;
	return mem_printf("%s to %s", num_format(known->least, least),
			  num_format(known->most, most));
}

static char *describe_kernels(const struct catalog_key *known)
{
	struct strbuf out = {0};

	if (version_is_stated(known->since))
		strbuf_printf(&out, "since %u.%u", known->since.major, known->since.minor);
	if (version_is_stated(known->removed))
		strbuf_printf(&out, "%sremoved in %u.%u", out.len ? ", " : "", known->removed.major,
			      known->removed.minor);
	return out.len ? strbuf_take(&out) : NULL;
}

static char *describe_fields(const struct catalog_key *known)
{
	struct strbuf out = {0};

	for (int i = 0; i < CATALOG_MAX_FIELDS && known->fields[i]; i++)
		strbuf_printf(&out, "%s%s", i ? ", " : "", known->fields[i]);
	return out.len ? strbuf_take(&out) : NULL;
}

/* The value with its fields named: "min 4096, default 131072". */
static char *describe_value(const struct catalog_key *known, const char *text)
{
	_cleanup_(value_freep) struct value *value = NULL;
	struct strbuf out = {0};
	struct err err;

	if (sysctl_value_parse(known->kind, text, &value, &err) < 0)
		return mem_printf("%s (not understood: %s)", text, err.text);
	if (!known->fields[0])
		return mem_strdup(value->text);
	for (size_t i = 0; i < value->n_nums; i++) {
		char number[NUM_TEXT_SIZE];
		bool named = i < CATALOG_MAX_FIELDS && known->fields[i];

		strbuf_printf(&out, "%s%s%s%s", i ? ", " : "", named ? known->fields[i] : "",
			      named ? " " : "", num_format(value->nums[i], number));
	}
	return strbuf_take(&out);
}

static void add_value(struct columns *rows, const struct sysctl_root *root, const char *name,
		      const char *title, const struct catalog_key *known)
{
	_cleanup_free_ char *text = NULL;
	struct err err;
	int r = sysctl_read(root, name, &text, &err);

	if (r == 0)
		add_row(rows, title, describe_value(known, text));
	else if (r == -ENOENT)
		add_row(rows, title,
			mem_printf("absent%s%s%s", known->module ? ": comes with the module " : "",
				   known->module ? known->module : "",
				   known->module ? ", which is not loaded" : ""));
	else
		add_row(rows, title, mem_strdup(err.text));
}

static void print_rows(const struct cli *cli, struct columns *rows)
{
	_cleanup_free_ char *text = NULL;

	columns_fit(rows, cli->render.width);
	text = columns_to_text(rows, cli->render.color);
	fputs(text, stdout);
}

/* What a pattern stands for on this host, a row a key. */
static void print_matches(const struct cli *cli, const struct sysctl_root *root,
			  const char *pattern, const struct catalog_key *known)
{
	_cleanup_columns_ struct columns rows = {0};
	struct sysctl_names names = {0};
	struct err err;

	if (sysctl_glob(root, pattern, &names, &err) < 0)
		add_row(&rows, "now", mem_strdup(err.text));
	else if (!names.count)
		add_row(&rows, "now", mem_strdup("nothing on this host matches"));
	for (size_t i = 0; i < names.count; i++)
		add_value(&rows, root, names.names[i], names.names[i], known);
	sysctl_names_fini(&names);
	putchar('\n');
	print_rows(cli, &rows);
}

static void print_text(const struct cli *cli, const char *name, const char *text)
{
	_cleanup_free_ char *shown = term_text(text), *title = term_text(name);
	_cleanup_free_ char *wrapped = term_wrap(shown, cli->render.width);

	printf("%s%s%s\n\n%s\n\n", cli->render.color ? term_style_begin(STYLE_STRONG) : "", title,
	       cli->render.color ? term_style_end : "", wrapped);
}

static void print_key(const struct cli *cli, const struct sysctl_root *root, const char *name,
		      const struct catalog_key *known)
{
	_cleanup_columns_ struct columns rows = {0};
	const char *unit = catalog_unit_name(known->unit);

	add_row(&rows, "kind", mem_strdup(value_kind_name(known->kind)));
	add_row(&rows, "unit", mem_strdup(*unit ? unit : NULL));
	add_row(&rows, "fields", describe_fields(known));
	add_row(&rows, "range", describe_range(known));
	add_row(&rows, "kernels", describe_kernels(known));
	add_row(&rows, "module", mem_strdup(known->module));
	add_row(&rows, "choices",
		known->available ? mem_printf("listed in %s", known->available) : NULL);
	if (known->first_netns_only)
		add_row(&rows, "scope", mem_strdup("the first network namespace only"));
	add_row(&rows, "source", mem_strdup(known->source));
	if (!sysctl_name_is_glob(name))
		add_value(&rows, root, name, "now", known);
	print_text(cli, name, known->text);
	print_rows(cli, &rows);
	if (sysctl_name_is_glob(name))
		print_matches(cli, root, name, known);
}

static void print_rule(const struct cli *cli, const struct check_rule *rule)
{
	_cleanup_columns_ struct columns rows = {0};
	const struct {
		const char *title, *text;
	} parts[] = {
		{"finding", rule->title},  {"severity", severity_name(rule->severity)},
		{"when", rule->threshold}, {"evidence", rule->evidence},
		{"fix", rule->remedy},     {"source", rule->source},
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		add_row(&rows, parts[i].title, mem_strdup(parts[i].text));
	print_text(cli, rule->id, rule->why);
	print_rows(cli, &rows);
}

static json_t *rule_to_json(const struct check_rule *rule)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?}", "id", rule->id, "severity",
			 severity_name(rule->severity), "title", rule->title, "why", rule->why,
			 "when", rule->threshold, "evidence", rule->evidence, "fix", rule->remedy,
			 "source", rule->source);
}

static json_t *number_to_json(struct num number)
{
	char text[NUM_TEXT_SIZE];

	/* beyond what JSON's readers take for a number */
	return json_string(num_format(number, text));
}

static json_t *version_to_json(struct version version)
{
	_cleanup_free_ char *text = mem_printf("%u.%u", version.major, version.minor);

	return version_is_stated(version) ? json_string(text) : json_null();
}

static json_t *fields_to_json(const struct catalog_key *known)
{
	json_t *fields = json_array();

	for (int i = 0; i < CATALOG_MAX_FIELDS && known->fields[i]; i++)
		json_array_append_new(fields, json_string(known->fields[i]));
	return fields;
}

/* Each key that the name stands for, with what it holds, or null. */
static json_t *values_to_json(const struct sysctl_root *root, const char *name,
			      enum value_kind kind)
{
	struct sysctl_names names = {0};
	json_t *values = json_object();
	struct err ignored;

	if (sysctl_name_is_glob(name) && sysctl_glob(root, name, &names, &ignored) < 0)
		names.count = 0;
	else if (!sysctl_name_is_glob(name))
		*MEM_APPEND(names.names, names.count) = mem_strdup(name);
	for (size_t i = 0; i < names.count; i++) {
		_cleanup_free_ char *text = NULL, *shown = NULL;

		if (sysctl_read(root, names.names[i], &text, &ignored) == 0)
			shown = sysctl_tidy(kind, text);
		if (shown && !str_is_utf8(shown, strlen(shown))) {
			free(text);
			text = TAKE_PTR(shown);
			shown = str_printable(text);
		}
		json_object_set_new(values, names.names[i],
				    shown ? json_string(shown) : json_null());
	}
	sysctl_names_fini(&names);
	return values;
}

static json_t *key_to_json(const struct sysctl_root *root, const char *name,
			   const struct catalog_key *known)
{
	const char *unit = catalog_unit_name(known->unit);

	return json_pack(
		"{s:s, s:s, s:s, s:s?, s:o, s:o, s:o, s:o, s:o, s:s?, s:s?, s:b, s:s, s:o}", "key",
		name, "text", known->text, "kind", value_kind_name(known->kind), "unit",
		*unit ? unit : NULL, "fields", fields_to_json(known), "least",
		known->ranged ? number_to_json(known->least) : json_null(), "most",
		known->ranged ? number_to_json(known->most) : json_null(), "since",
		version_to_json(known->since), "removed", version_to_json(known->removed), "module",
		known->module, "choices_in", known->available, "first_netns_only",
		known->first_netns_only, "source", known->source, "now",
		values_to_json(root, name, known->kind));
}

static bool wants_json(const struct cli *cli)
{
	return str_equal(cli->format, "json");
}

void show_explain_rule(const struct cli *cli, const struct check_rule *rule)
{
	if (wants_json(cli))
		output_json(rule_to_json(rule));
	else
		print_rule(cli, rule);
}

void show_explain_key(const struct cli *cli, const struct sysctl_root *root, const char *name,
		      const struct catalog_key *known)
{
	if (wants_json(cli))
		output_json(key_to_json(root, name, known));
	else
		print_key(cli, root, name, known);
}

static void list_json(const struct explain_list *list)
{
	json_t *rules = json_array(), *keys = json_array();

	for (size_t i = 0; i < list->n_rules; i++)
		json_array_append_new(rules, rule_to_json(list->rules[i]));
	for (size_t i = 0; i < list->n_keys; i++)
		json_array_append_new(keys, json_pack("{s:s, s:s}", "key", list->keys[i]->name,
						      "text", list->keys[i]->text));
	output_json(json_pack("{s:o, s:o}", "findings", rules, "keys", keys));
}

/* The first sentence; of that as much as there is room for. */
static char *one_line(const char *text, size_t room)
{
	const char *end = strstr(text, ". ");
	_cleanup_free_ char *sentence = end ? mem_strndup(text, (size_t)(end - text)) : NULL;
	_cleanup_free_ char *shown = term_text(sentence ? sentence : text);
	_cleanup_free_ char *wrapped = term_wrap_all(shown, room);
	char *cut = strchr(wrapped, '\n');

	if (!cut)
		return TAKE_PTR(wrapped);
	*cut = '\0';
	return mem_printf("%s ...", wrapped);
}

/* Names are as wide as they are; where there is a width, no more than half of it is for them. */
static void print_item(const struct cli *cli, const char *name, size_t width, const char *text)
{
	static const size_t least_room = 12, gap = 2, ellipsis = 4;
	size_t screen = cli->render.width, len = strlen(name), taken;
	_cleanup_free_ char *line = NULL;

	if (screen && width > screen / 2)
		width = screen / 2;
	taken = (len > width ? len : width) + gap;
	if (!screen || screen >= taken + ellipsis + least_room)
		line = one_line(text, screen ? screen - taken - ellipsis : 0);
	printf("%s%s%s", cli->render.color ? term_style_begin(STYLE_STRONG) : "", name,
	       cli->render.color ? term_style_end : "");
	if (line)
		printf("%*s%s", (int)(taken - len), "", line);
	putchar('\n');
}

static void widen(size_t *width, const char *name)
{
	size_t len = strlen(name);

	if (len > *width)
		*width = len;
}

void show_explain_list(const struct cli *cli, const struct explain_list *list)
{
	size_t width = 0;

	if (wants_json(cli)) {
		list_json(list);
		return;
	}
	for (size_t i = 0; i < list->n_rules; i++)
		widen(&width, list->rules[i]->id);
	for (size_t i = 0; i < list->n_keys; i++)
		widen(&width, list->keys[i]->name);
	for (size_t i = 0; i < list->n_rules; i++)
		print_item(cli, list->rules[i]->id, width, list->rules[i]->title);
	for (size_t i = 0; i < list->n_keys; i++)
		print_item(cli, list->keys[i]->name, width, list->keys[i]->text);
}
