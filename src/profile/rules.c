/* profile/rules.c - see rules.h. */
#include "profile/rules.h"

#include <string.h>

#include "base/str.h"
#include "profile/decode.h"
#include "profile/operators.h"
#include "profile/rule_names.h"
#include "profile/setting.h"

/* A rule's name is part of its findings' ids. */
static int read_name(const struct node *node, void *slot, struct err *err)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	enum {
		MOST = 64
	};
	char **name = slot, shown[NODE_SHOWN_SIZE];
	int r = decode_line(node, slot, err);

	if (!r && (strlen(*name) > MOST || strspn(*name, letters) != strlen(*name)))
		r = node_error(node, err,
			       "expected a name of letters, digits, '.', '_' and '-', at most "
			       "%d, found %s",
			       MOST, node_shown(node, shown));
	return r;
}

static int join_values(const struct node *node, struct strbuf *out, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (node->kind == NODE_SCALAR) {
		r = decode_line(node, &text, err);
		if (!r)
			strbuf_puts(out, text);
		return r;
	}
	r = decode_expect_list(node, "values", err);
	for (size_t i = 0; !r && i < node->count; i++) {
		const struct node *item = node->items[i].value;

		if (i)
			strbuf_puts(out, ",");
		r = decode_line(item, &text, err);
		if (!r)
			strbuf_puts(out, text);
	}
	return r;
}

static int put_match(const char *name, const struct node *value, struct rule *rule, struct err *err)
{
	_cleanup_strbuf_ struct strbuf joined = {0};
	struct rule_match *match;
	int r = join_values(value, &joined, err);

	if (r < 0)
		return err_prefix(err, "%s: ", name);
	match = MEM_APPEND(rule->match, rule->n_match);
	match->name = mem_strdup(name);
	match->value = strbuf_take(&joined);
	return 0;
}

static int add_match(const struct node *key, const struct node *value, struct rule *rule,
		     struct err *err)
{
	int r = put_match(key->text, value, rule, err);

	return r < 0 ? r
		     : rule_check_match(rule->family, key, value, &rule->match[rule->n_match - 1],
					err);
}

static int add_expectation(const struct node *key, const struct node *value, struct rule *rule,
			   struct err *err)
{
	struct rule_expect *expect = MEM_APPEND(rule->expects, rule->n_expects);
	struct expect_lines lines;
	int r;

	expect->name = mem_strdup(key->text);
	r = expect_decode(value, PLACE_RULE, NULL, 0, &expect->expect, &lines, err);
	return r < 0 ? err_prefix(err, "%s: ", key->text)
		     : rule_check_expect(rule->family, key, value, expect, err);
}

/* Every item of a mapping by `add`; their names are checked as a rule's own. */
static int add_items(const struct node *node, struct rule *rule,
		     int (*add)(const struct node *key, const struct node *value, struct rule *rule,
				struct err *err),
		     struct err *err)
{
	int r = decode_expect_mapping(node, "names with values", err);

	for (size_t i = 0; !r && i < node->count; i++) {
		_cleanup_free_ char *name = NULL;

		r = read_name(node->items[i].key, &name, err);
		if (!r)
			r = add(node->items[i].key, node->items[i].value, rule, err);
	}
	return r;
}

static int read_match(const struct node *node, void *slot, struct err *err)
{
	return add_items(node, slot, add_match, err);
}

static int read_expect(const struct node *node, void *slot, struct err *err)
{
	return add_items(node, slot, add_expectation, err);
}

enum {
	REMARKS = 3
};

/* What any rule may say beside what it expects. */
static void put_remarks(struct rule *rule, struct decode_row rows[static REMARKS])
{
	rows[0] = (struct decode_row){"why", decode_text, &rule->why, NULL, false};
	rows[1] = (struct decode_row){"source", decode_text, &rule->source, NULL, false};
	rows[2] = (struct decode_row){"severity", severity_decode, &rule->severity, NULL, false};
}

static int read_socket(const struct node_item *item, struct rule *rule, struct err *err)
{
	struct decode_row rows[3 + REMARKS] = {
		{.key = "name", .read = read_name, .slot = &rule->name, .required = true},
		{.key = "match", .read = read_match, .slot = rule, .required = true},
		{.key = "expect", .read = read_expect, .slot = rule, .required = true},
	};

	put_remarks(rule, &rows[3]);
	return decode_mapping(item->value, "a socket rule", rows, ARRAY_SIZE(rows), err);
}

static int read_path(const struct node_item *item, struct rule *rule, struct err *err)
{
	const struct node *to = NULL;
	struct decode_row rows[3 + REMARKS] = {
		{.key = "name", .read = read_name, .slot = &rule->name, .required = true},
		{.key = "to", .read = decode_node, .slot = &to, .required = true},
		{.key = "expect", .read = read_expect, .slot = rule, .required = true},
	};
	int r;

	put_remarks(rule, &rows[3]);
	r = decode_mapping(item->value, "a path", rows, ARRAY_SIZE(rows), err);
	if (!r)
		r = put_match("to", to, rule, err);
	return r < 0 ? r : rule_check_to(to, &rule->match[rule->n_match - 1], err);
}

/* In a limit, what is a mapping is expected, and the rest but for remarks says of what. */
static int add_limit_item(const struct node *key, const struct node *value, struct rule *rule,
			  struct err *err)
{
	struct decode_row remarks[REMARKS];

	put_remarks(rule, remarks);
	for (size_t i = 0; i < REMARKS; i++) {
		int r;

		if (strcmp(key->text, remarks[i].key) != 0)
			continue;
		r = remarks[i].read(value, remarks[i].slot, err);
		return r < 0 ? err_prefix(err, "%s: ", key->text) : 0;
	}
	return value->kind == NODE_MAPPING ? add_expectation(key, value, rule, err)
					   : add_match(key, value, rule, err);
}

char *rule_describe(const struct rule *rule)
{
	struct strbuf out = {0};

	for (size_t i = 0; i < rule->n_expects; i++) {
		_cleanup_free_ char *text = expect_describe(rule->expects[i].expect);

		strbuf_printf(&out, "%s%s %s", i ? ", " : "", rule->expects[i].name, text);
	}
	return strbuf_take(&out);
}

struct rule *rule_find(const struct profile *profile, const char *family, const char *name)
{
	for (size_t i = 0; i < profile->n_rules; i++)
		if (str_equal(profile->rules[i].family, family) &&
		    str_equal(profile->rules[i].name, name))
			return &profile->rules[i];
	return NULL;
}

/* Takes over what is in `rule`, also when it fails. */
static int add_rule(const struct node *node, struct profile *profile, struct rule *rule,
		    struct err *err)
{
	const struct rule *first = rule_find(profile, rule->family, rule->name);
	int r = 0;

	rule->origin = (struct origin){.file = mem_strdup(node->file), .line = node->line};
	if (first)
		r = node_error(node, err, "'%s' is given twice, first on line %u", rule->name,
			       first->origin.line);
	if (r < 0)
		rule_fini(rule);
	else
		*MEM_APPEND(profile->rules, profile->n_rules) = *rule;
	return r;
}

static int decode_rule(const struct node_item *item, const char *family, struct profile *profile,
		       int (*read)(const struct node_item *item, struct rule *rule,
				   struct err *err),
		       struct err *err)
{
	struct rule rule = {.family = family, .severity = SEVERITY_WARNING};
	int r = read(item, &rule, err);

	if (r == 0)
		return add_rule(item->key ? item->key : item->value, profile, &rule, err);
	rule_fini(&rule);
	return r;
}

static int decode_socket(const struct node_item *item, void *slot, struct err *err)
{
	return decode_rule(item, "sockets", slot, read_socket, err);
}

static int decode_path(const struct node_item *item, void *slot, struct err *err)
{
	return decode_rule(item, "paths", slot, read_path, err);
}

int rules_decode_sockets(const struct node *node, void *slot, struct err *err)
{
	int r = decode_expect_list(node, "rules", err);

	return r < 0 ? r : decode_parts(node, decode_socket, slot, err);
}

int rules_decode_paths(const struct node *node, void *slot, struct err *err)
{
	int r = decode_expect_list(node, "rules", err);

	return r < 0 ? r : decode_parts(node, decode_path, slot, err);
}

static int read_limit(const struct node_item *item, struct rule *rule, struct err *err)
{
	int r = read_name(item->key, &rule->name, err);

	if (!r)
		r = rule_check_limit(item->key, err);
	if (r < 0)
		return r;
	r = add_items(item->value, rule, add_limit_item, err);
	if (!r && !rule->n_expects)
		r = node_error(item->value, err,
			       "nothing is expected: give at least one mapping such "
			       "as headroom: {at-least: 20%%}");
	return r < 0 ? err_prefix(err, "%s: ", rule->name) : 0;
}

static int decode_limit(const struct node_item *item, void *slot, struct err *err)
{
	return decode_rule(item, "limits", slot, read_limit, err);
}

int rules_decode_limits(const struct node *node, void *slot, struct err *err)
{
	int r = decode_expect_mapping(node, "limits", err);

	return r < 0 ? r : decode_parts(node, decode_limit, slot, err);
}

void rule_fini(struct rule *rule)
{
	free(rule->name);
	for (size_t i = 0; i < rule->n_match; i++) {
		free(rule->match[i].name);
		free(rule->match[i].value);
	}
	free(rule->match);
	for (size_t i = 0; i < rule->n_expects; i++) {
		free(rule->expects[i].name);
		expect_free(rule->expects[i].expect);
	}
	free(rule->expects);
	free(rule->why);
	free(rule->source);
	free(rule->origin.file);
	*rule = (struct rule){0};
}
