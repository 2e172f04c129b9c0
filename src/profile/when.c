/* profile/when.c - see when.h. One row a subject, one a relation. */
#include "profile/when.h"

#include <string.h>

#include "base/str.h"
#include "profile/decode.h"
#include "profile/key.h"
#include "profile/quantity.h"

static const struct {
	const char *text;
	enum condition_relation relation;
} relations[] = {
	{"<=", RELATION_AT_MOST}, {">=", RELATION_AT_LEAST}, {"!=", RELATION_NOT_EQUAL},
	{"<", RELATION_LESS},     {">", RELATION_MORE},      {"=", RELATION_EQUAL},
};

static int read_version(const struct node *node, const char *text, struct condition *c,
			struct err *err);
static int read_memory(const struct node *node, const char *text, struct condition *c,
		       struct err *err);
static int read_count(const struct node *node, const char *text, struct condition *c,
		      struct err *err);

static const struct {
	const char *name;
	int (*read)(const struct node *node, const char *text, struct condition *c,
		    struct err *err); /* NULL: the value is a key, not a comparison */
	const char *example;
} subjects[] = {
	[CONDITION_KERNEL] = {"kernel", read_version, ">=4.9"},
	[CONDITION_MEMORY] = {"memory", read_memory, ">=4GiB"},
	[CONDITION_CPUS] = {"cpus", read_count, ">=2"},
	[CONDITION_KEY] = {"key", NULL, "net.ipv4.tcp_sack"},
};

static int expected(const struct node *node, const struct condition *c, struct err *err)
{
	char shown[NODE_SHOWN_SIZE];

	return node_error(node, err,
			  "expected one of < <= = != >= > and a value, such as \"%s\", found %s",
			  subjects[c->subject].example, node_shown(node, shown));
}

static int read_version(const struct node *node, const char *text, struct condition *c,
			struct err *err)
{
	size_t parts = 0;
	int r;

	for (const char *at = text;; at++) {
		size_t digits = strspn(at, "0123456789");

		if (!digits || digits > 6 || ++parts > 3)
			return expected(node, c, err);
		at += digits;
		if (!*at)
			break;
		if (*at != '.')
			return expected(node, c, err);
	}
	r = version_parse(text, &c->version);
	if (r < 0)
		return expected(node, c, err);
	c->version_parts = (unsigned)r;
	return 0;
}

static int read_memory(const struct node *node, const char *text, struct condition *c,
		       struct err *err)
{
	struct node value = *node;
	struct quantity q = {0};
	int r;

	value.text = (char *)text;
	value.plain = true; /* the quotes were for the operator */
	r = quantity_decode_kind(&value, QUANTITY_BYTES, &q, err);
	if (r < 0)
		return r;
	c->number = q.number;
	r = q.kind == QUANTITY_BYTES ? 0 : expected(node, c, err);
	quantity_fini(&q);
	return r;
}

static int read_count(const struct node *node, const char *text, struct condition *c,
		      struct err *err)
{
	if (num_parse(text, strlen(text), &c->number) < 0 || c->number.negative || *text == '+')
		return expected(node, c, err);
	return 0;
}

static int read_comparison(const struct node *node, struct condition *c, struct err *err)
{
	size_t i = 0;
	const char *value;
	int r;

	if (node->kind != NODE_SCALAR)
		return expected(node, c, err);
	while (i < ARRAY_SIZE(relations) && !str_starts(node->text, relations[i].text))
		i++;
	if (i == ARRAY_SIZE(relations))
		return expected(node, c, err);
	value = node->text + strlen(relations[i].text);
	value += strspn(value, " ");
	c->relation = relations[i].relation;
	r = subjects[c->subject].read(node, value, c, err);
	if (!r)
		c->text =
			mem_printf("%s %s%s", subjects[c->subject].name, relations[i].text, value);
	return r;
}

static int read_key(const struct node *node, struct condition *c, struct err *err)
{
	int r = key_decode(node, false, &c->key, err);

	c->relation = RELATION_EQUAL;
	if (!r)
		c->text = mem_printf("%s %s", subjects[c->subject].name, c->key);
	return r;
}

static void condition_fini(struct condition *c)
{
	free(c->key);
	free(c->text);
	free(c->origin.file);
}

/* Kept by subject, so that the order of keys in a file means nothing. */
static void insert(struct when *when, struct condition c)
{
	size_t i;

	(void)MEM_APPEND(when->conditions, when->count);
	for (i = when->count - 1; i && when->conditions[i - 1].subject > c.subject; i--)
		when->conditions[i] = when->conditions[i - 1];
	when->conditions[i] = c;
}

static int read_condition(const struct node *node, enum condition_subject subject,
			  struct when *when, struct err *err)
{
	struct condition c = {.subject = subject, .origin.line = node->line};
	int r = subjects[subject].read ? read_comparison(node, &c, err) : read_key(node, &c, err);

	if (r < 0) {
		condition_fini(&c);
		return r;
	}
	c.origin.file = mem_strdup(node->file);
	insert(when, c);
	return 0;
}

static int read_subject(const struct node *node, enum condition_subject subject, struct when *when,
			struct err *err)
{
	int r = 0;

	if (node->kind != NODE_LIST)
		return read_condition(node, subject, when, err);
	if (!node->count)
		return decode_expect_list(node, "conditions", err);
	for (size_t i = 0; !r && i < node->count; i++)
		r = read_condition(node->items[i].value, subject, when, err);
	return r;
}

int when_decode(const struct node *node, void *slot, struct err *err)
{
	const struct node *found[ARRAY_SIZE(subjects)] = {0};
	struct decode_row rows[ARRAY_SIZE(subjects)] = {0};
	int r = decode_expect_mapping(node, "conditions", err);

	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		rows[i].key = subjects[i].name;
		rows[i].read = decode_node;
		rows[i].slot = &found[i];
	}
	if (!r)
		r = decode_mapping(node, "a condition", rows, ARRAY_SIZE(rows), err);
	for (size_t i = 0; !r && i < ARRAY_SIZE(subjects); i++) {
		if (found[i])
			r = read_subject(found[i], (enum condition_subject)i, slot, err);
		if (r < 0)
			err_prefix(err, "%s: ", subjects[i].name);
	}
	return r;
}

const char *when_subject_name(enum condition_subject subject)
{
	return subjects[subject].name;
}

const char *when_condition_value(const struct condition *condition)
{
	return condition->text + strlen(subjects[condition->subject].name) + 1;
}

void when_merge(struct when *into, struct when *from)
{
	for (size_t i = 0; i < from->count; i++)
		insert(into, from->conditions[i]);
	free(from->conditions);
	*from = (struct when){0};
}

void when_fini(struct when *when)
{
	for (size_t i = 0; i < when->count; i++)
		condition_fini(&when->conditions[i]);
	free(when->conditions);
	*when = (struct when){0};
}
