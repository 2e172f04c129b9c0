/* profile/decode.c - see decode.h. */
#include "profile/decode.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

static int unknown_key(const struct node *key, const char *what, const struct decode_row *rows,
		       size_t count, struct err *err)
{
	_cleanup_free_ const char **names = mem_alloc_array(count, sizeof(*names));
	_cleanup_strbuf_ struct strbuf accepted = {0};
	char shown[NODE_SHOWN_SIZE], meant[128];

	for (size_t i = 0; i < count; i++) {
		names[i] = rows[i].key;
		strbuf_printf(&accepted, "%s%s", i ? ", " : "", rows[i].key);
	}
	node_shown(key, shown);
	if (*str_did_you_mean(key->text, names, count, meant, sizeof(meant)))
		return node_error(key, err, "unknown key %s in %s%s", shown, what, meant);
	return node_error(key, err, "unknown key %s in %s; accepted: %s", shown, what,
			  accepted.text);
}

static int read_item(const struct node_item *item, const char *what, const struct decode_row *rows,
		     size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		int r;

		if (!str_equal(rows[i].key, item->key->text))
			continue;
		if (rows[i].line)
			*rows[i].line = item->key->line;
		r = rows[i].read(item->value, rows[i].slot, err);
		if (r < 0)
			err_prefix(err, "%s: ", rows[i].key);
		return r;
	}
	return unknown_key(item->key, what, rows, count, err);
}

int decode_mapping(const struct node *node, const char *what, const struct decode_row *rows,
		   size_t count, struct err *err)
{
	char shown[NODE_SHOWN_SIZE];

	if (node->kind != NODE_MAPPING)
		return node_error(node, err, "expected %s (a mapping), found %s", what,
				  node_shown(node, shown));
	for (size_t i = 0; i < node->count; i++) {
		int r = read_item(&node->items[i], what, rows, count, err);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < count; i++) {
		int r = rows[i].required ? decode_expect_key(node, what, rows[i].key, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int decode_expect_key(const struct node *node, const char *what, const char *key, struct err *err)
{
	for (size_t i = 0; i < node->count; i++)
		if (str_equal(node->items[i].key->text, key))
			return 0;
	return node_error(node, err, "'%s' is missing: %s needs it", key, what);
}

int decode_parts(const struct node *node,
		 int (*read)(const struct node_item *item, void *slot, struct err *err), void *slot,
		 struct err *err)
{
	for (size_t i = 0; i < node->count; i++) {
		int r = node->items[i].failed ? 0 : read(&node->items[i], slot, err);

		if (r < 0) {
			node->items[i].failed = true;
			return r;
		}
	}
	return 0;
}

int decode_text(const struct node *value, void *slot, struct err *err)
{
	char **out = slot, shown[NODE_SHOWN_SIZE];
	size_t len;

	if (value->kind != NODE_SCALAR || node_is_null(value))
		return node_error(value, err, "expected text, found %s", node_shown(value, shown));
	/* a block scalar ends in a newline that nobody meant */
	len = strlen(value->text);
	while (len && isspace((unsigned char)value->text[len - 1]))
		len--;
	if (!len)
		return node_error(value, err, "expected text, found none");
	free(*out);
	*out = mem_strndup(value->text, len);
	return 0;
}

int decode_line(const struct node *value, void *slot, struct err *err)
{
	char **out = slot;
	int r = decode_text(value, slot, err);

	if (r < 0)
		return r;
	if (strpbrk(*out, "\n\t"))
		return node_error(value, err, "expected one line of text");
	return 0;
}

int decode_node(const struct node *value, void *slot, struct err *err)
{
	const struct node **out = slot;

	(void)err;
	*out = value;
	return 0;
}

static int expect_kind(const struct node *node, enum node_kind kind, const char *kind_name,
		       const char *of, struct err *err)
{
	char shown[NODE_SHOWN_SIZE];

	if (node->kind != kind)
		return node_error(node, err, "expected %s of %s, found %s", kind_name, of,
				  node_shown(node, shown));
	if (!node->count)
		return node_error(node, err, "expected %s of %s, found an empty one", kind_name,
				  of);
	return 0;
}

int decode_expect_list(const struct node *node, const char *of, struct err *err)
{
	return expect_kind(node, NODE_LIST, "a list", of, err);
}

int decode_expect_mapping(const struct node *node, const char *of, struct err *err)
{
	return expect_kind(node, NODE_MAPPING, "a mapping", of, err);
}
