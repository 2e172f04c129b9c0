/* profile/operators.c - see operators.h. */
#include "profile/operators.h"

#include <string.h>

#include "base/str.h"

enum {
	FIELD = 1 << PLACE_FIELD,
	RULE = 1 << PLACE_RULE,
	SETTING = 1 << PLACE_SETTING
};

static int read_values(const struct node *node, enum place place, struct expect *expect,
		       struct err *err);
static int read_members(const struct node *node, enum place place, struct expect *expect,
			struct err *err);
static int read_one(const struct node *node, enum place place, struct expect *expect,
		    struct err *err);
static int read_pair(const struct node *node, enum place place, struct expect *expect,
		     struct err *err);
static int read_choices(const struct node *node, enum place place, struct expect *expect,
			struct err *err);
static int read_names(const struct node *node, enum place place, struct expect *expect,
		      struct err *err);
static int read_true(const struct node *node, enum place place, struct expect *expect,
		     struct err *err);
static int read_fields(const struct node *node, enum place place, struct expect *expect,
		       struct err *err);

static const struct {
	int (*read)(const struct node *node, enum place place, struct expect *expect,
		    struct err *err);
	unsigned places;
	bool takes_set; /* it leaves open what to write */
} operators[EXPECT_OPS] = {
	[EXPECT_EQUALS] = {read_values, SETTING | FIELD | RULE, false},
	[EXPECT_AT_LEAST] = {read_one, SETTING | FIELD | RULE, true},
	[EXPECT_AT_MOST] = {read_one, SETTING | FIELD | RULE, true},
	[EXPECT_BETWEEN] = {read_pair, SETTING | FIELD | RULE, true},
	[EXPECT_ONE_OF] = {read_choices, SETTING | FIELD | RULE, true},
	[EXPECT_INCLUDES] = {read_members, SETTING | RULE, true},
	[EXPECT_EXCLUDES] = {read_members, SETTING | RULE, true},
	[EXPECT_FIRST_AVAILABLE] = {read_names, SETTING, false},
	[EXPECT_ABSENT] = {read_true, SETTING, false},
	[EXPECT_FIELDS] = {read_fields, SETTING, false},
};

/* A word where only a quantity can be compared. Rules compare words of their own, such as bdp. */
static int expect_number(const struct node *node, enum place place, const struct quantity *q,
			 struct err *err)
{
	char shown[NODE_SHOWN_SIZE];

	if (place == PLACE_RULE || q->kind != QUANTITY_TEXT)
		return 0;
	return node_error(node, err, "expected a number or a quantity such as 64MiB, found %s",
			  node_shown(node, shown));
}

static int read_items(const struct node *node, enum place place, struct quantity **list,
		      size_t *count, struct err *err)
{
	int r = decode_expect_list(node, "values", err);

	for (size_t i = 0; !r && i < node->count; i++)
		r = quantity_decode(node->items[i].value, place, MEM_APPEND(*list, *count), err);
	return r;
}

/* A scalar's words, a list's items or one computed quantity. */
static int read_list(const struct node *node, enum place place, struct quantity **list,
		     size_t *count, struct err *err)
{
	int r;

	if (node->kind == NODE_SCALAR)
		r = quantity_decode_words(node, place, list, count, err);
	else if (node->kind == NODE_LIST)
		r = read_items(node, place, list, count, err);
	else
		r = quantity_decode(node, place, MEM_APPEND(*list, *count), err);
	if (!r && *count > EXPECT_MOST_VALUES)
		r = node_error(node, err, "%zu values, at most %d are accepted", *count,
			       EXPECT_MOST_VALUES);
	return r;
}

/* In a field there is one value, and it is a number. */
static int check_field(const struct node *node, enum place place, const struct quantity *list,
		       size_t count, struct err *err)
{
	if (place != PLACE_FIELD)
		return 0;
	if (count != 1)
		return node_error(node, err, "a field is one value, found %zu", count);
	return expect_number(node, place, list, err);
}

static int read_values(const struct node *node, enum place place, struct expect *expect,
		       struct err *err)
{
	int r = read_list(node, place, &expect->args, &expect->n_args, err);

	if (r < 0)
		return r;
	return check_field(node, place, expect->args, expect->n_args, err);
}

/* Of nothing to look for it would always be true that it is there, and that it is not. */
static int read_members(const struct node *node, enum place place, struct expect *expect,
			struct err *err)
{
	int r = read_values(node, place, expect, err);

	for (size_t i = 0; !r && i < expect->n_args; i++) {
		const char *text = expect->args[i].text;

		if (!text[strspn(text, " \t\n")])
			r = node_error(node, err,
				       "expected something to look for, found an empty text");
	}
	return r;
}

static int read_one(const struct node *node, enum place place, struct expect *expect,
		    struct err *err)
{
	int r = quantity_decode(node, place, MEM_APPEND(expect->args, expect->n_args), err);

	if (r < 0)
		return r;
	return expect_number(node, place, expect->args, err);
}

static int read_pair(const struct node *node, enum place place, struct expect *expect,
		     struct err *err)
{
	int order;

	if (node->kind != NODE_LIST || node->count != 2)
		return node_error(node, err,
				  "expected a list of two quantities, [lowest, highest]");
	for (size_t i = 0; i < node->count; i++) {
		const struct node *item = node->items[i].value;
		struct quantity *q = MEM_APPEND(expect->args, expect->n_args);
		int r = quantity_decode(item, place, q, err);

		if (!r)
			r = expect_number(item, place, q, err);
		if (r < 0)
			return r;
	}
	if (quantity_compare(&expect->args[0], &expect->args[1], &order) && order > 0)
		return node_error(node, err, "the lowest, %s, is above the highest, %s",
				  expect->args[0].text, expect->args[1].text);
	return 0;
}

static int read_choices(const struct node *node, enum place place, struct expect *expect,
			struct err *err)
{
	int r = decode_expect_list(node, "values", err);

	for (size_t i = 0; !r && i < node->count; i++) {
		const struct node *item = node->items[i].value;
		struct quantity *q = MEM_APPEND(expect->args, expect->n_args);

		r = quantity_decode(item, place, q, err);
		if (!r && place == PLACE_FIELD)
			r = expect_number(item, place, q, err);
	}
	return r;
}

static int read_names(const struct node *node, enum place place, struct expect *expect,
		      struct err *err)
{
	int r = decode_expect_list(node, "names", err);

	for (size_t i = 0; !r && i < node->count; i++) {
		const struct node *item = node->items[i].value;
		struct quantity *q = MEM_APPEND(expect->args, expect->n_args);
		char shown[NODE_SHOWN_SIZE];

		r = quantity_decode(item, place, q, err);
		if (!r && (q->kind != QUANTITY_TEXT || !*q->text || strpbrk(q->text, " \t\n")))
			r = node_error(item, err, "expected a name, found %s",
				       node_shown(item, shown));
	}
	return r;
}

static int read_true(const struct node *node, enum place place, struct expect *expect,
		     struct err *err)
{
	char shown[NODE_SHOWN_SIZE];

	(void)place;
	(void)expect;
	if (node_is_word(node, "true"))
		return 0;
	return node_error(node, err, "expected true, found %s", node_shown(node, shown));
}

static int read_fields(const struct node *node, enum place place, struct expect *expect,
		       struct err *err)
{
	bool any = false;
	int r = decode_expect_list(node, "fields", err);

	(void)place;
	if (r < 0)
		return r;
	if (node->count > EXPECT_MOST_FIELDS)
		return node_error(node, err, "%zu fields, at most %d are accepted", node->count,
				  EXPECT_MOST_FIELDS);
	for (size_t i = 0; i < node->count; i++) {
		const struct node *item = node->items[i].value;
		struct expect **field = MEM_APPEND(expect->fields, expect->n_fields);
		struct expect_lines lines;

		if (node_is_null(item))
			continue;
		any = true;
		r = expect_decode(item, PLACE_FIELD, NULL, 0, field, &lines, err);
		if (r < 0)
			return err_prefix(err, "field %zu: ", i + 1);
	}
	if (!any)
		return node_error(node, err,
				  "every field is left alone (~): expected at least one "
				  "expectation");
	return 0;
}

/* Below: false only when the profile alone shows it; what takes a host to tell may be. */
static bool may_be_equal(const struct quantity *a, const struct quantity *b)
{
	int order;

	if (quantity_compare(a, b, &order))
		return !order;
	return a->kind != b->kind || a->kind == QUANTITY_SYSCTL || str_equal(a->text, b->text);
}

static bool may_be_within(const struct quantity *value, const struct quantity *least,
			  const struct quantity *most)
{
	int order;

	if (least && quantity_compare(value, least, &order) && order < 0)
		return false;
	return !most || !quantity_compare(value, most, &order) || order <= 0;
}

static bool set_may_fit(const struct expect *expect, const struct quantity *value)
{
	switch (expect->op) {
	case EXPECT_AT_LEAST:
		return may_be_within(value, &expect->args[0], NULL);
	case EXPECT_AT_MOST:
		return may_be_within(value, NULL, &expect->args[0]);
	case EXPECT_BETWEEN:
		return may_be_within(value, &expect->args[0], &expect->args[1]);
	case EXPECT_ONE_OF:
		for (size_t i = 0; i < expect->n_args; i++)
			if (may_be_equal(value, &expect->args[i]))
				return true;
		return false;
	default:
		return true;
	}
}

static int read_set(const struct node *node, enum place place, struct expect *expect,
		    struct err *err)
{
	int r;

	if (!operators[expect->op].takes_set)
		return node_error(node, err,
				  expect->op == EXPECT_FIELDS
					  ? "goes inside each of the fields, not beside %s"
					  : "%s leaves nothing open to set",
				  expect_op_name(expect->op));
	r = read_list(node, place, &expect->set, &expect->n_set, err);
	if (!r)
		r = check_field(node, place, expect->set, expect->n_set, err);
	if (r < 0)
		return r;
	if (expect->n_set == 1 && !set_may_fit(expect, expect->set)) {
		_cleanup_free_ char *wanted = expect_describe(expect);

		return node_error(node, err, "'%s' does not meet the expectation itself, %s",
				  expect->set->text, wanted);
	}
	return 0;
}

/* The one operator of a mapping, or EXPECT_OPS with `err` filled. */
static enum expect_op find_operator(const struct node *node, const struct node *const found[],
				    enum place place, struct err *err)
{
	enum expect_op op = EXPECT_OPS;
	_cleanup_strbuf_ struct strbuf accepted = {0};

	for (enum expect_op i = 0; i < EXPECT_OPS; i++) {
		if (operators[i].places & 1U << place)
			strbuf_printf(&accepted, "%s%s", accepted.len ? ", " : "",
				      expect_op_name(i));
		if (!found[i])
			continue;
		if (op != EXPECT_OPS) {
			node_error(node, err, "two operators, %s and %s: expected exactly one%s",
				   expect_op_name(op), expect_op_name(i),
				   op == EXPECT_AT_LEAST && i == EXPECT_AT_MOST
					   ? ", as in between: [1, 2]"
					   : "");
			return EXPECT_OPS;
		}
		op = i;
	}
	if (op == EXPECT_OPS)
		node_error(node, err, "no operator: expected one of %s", accepted.text);
	return op;
}

static int decode_operators(const struct node *node, enum place place,
			    const struct decode_row *extra, size_t n_extra, struct expect *expect,
			    struct expect_lines *lines, struct err *err)
{
	static const char *const what[] = {"a setting", "a field", "an expectation"};
	const struct node *found[EXPECT_OPS] = {0}, *set = NULL;
	struct decode_row rows[EXPECT_OPS + 1 + EXPECT_MOST_EXTRA] = {0};
	size_t count = 0;
	int r;

	for (enum expect_op op = 0; op < EXPECT_OPS; op++)
		if (operators[op].places & 1U << place)
			rows[count++] = (struct decode_row){expect_op_name(op), decode_node,
							    &found[op], &lines->op, false};
	if (place != PLACE_RULE)
		rows[count++] = (struct decode_row){"set", decode_node, &set, &lines->set, false};
	for (size_t i = 0; i < n_extra; i++)
		rows[count++] = extra[i];
	r = decode_mapping(node, what[place], rows, count, err);
	if (r < 0)
		return r;
	expect->op = find_operator(node, found, place, err);
	if (expect->op == EXPECT_OPS)
		return -err->code;
	r = operators[expect->op].read(found[expect->op], place, expect, err);
	if (r < 0)
		return err_prefix(err, "%s: ", expect_op_name(expect->op));
	r = set ? read_set(set, place, expect, err) : 0;
	return r < 0 ? err_prefix(err, "set: ") : 0;
}

int expect_decode(const struct node *node, enum place place, const struct decode_row *extra,
		  size_t n_extra, struct expect **out, struct expect_lines *lines, struct err *err)
{
	_cleanup_(expect_freep) struct expect *expect = mem_alloc(sizeof(*expect));
	int r;

	*lines = (struct expect_lines){0};
	if (node->kind == NODE_MAPPING)
		r = decode_operators(node, place, extra, n_extra, expect, lines, err);
	else
		r = read_values(node, place, expect, err); /* EXPECT_EQUALS, the zero of its enum */
	if (r < 0)
		return r;
	*out = TAKE_PTR(expect);
	return 0;
}
