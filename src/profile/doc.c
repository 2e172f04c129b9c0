/* profile/doc.c - see doc.h.
 *
 * libyaml's events are read one by one onto a stack of bounded depth; nothing here recurses, and
 * reading stops at the first bound that is exceeded. */
#include "profile/doc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/str.h"

struct builder {
	struct doc *doc;
	const char *data;
	size_t len;
	yaml_parser_t parser;
	struct level {
		struct node *node;
		struct node *key; /* of a mapping, read and waiting for its value */
	} levels[DOC_MOST_DEPTH];
	size_t depth;
	struct anchor {
		char *name;
		struct node *node;
	} * anchors;
	size_t n_anchors;
	size_t n_aliases, weight, n_documents;
};

/* What libyaml says, and what a person should do about it. Matched against context and problem. */
static const struct {
	const char *said, *hint;
} hints[] = {
	{"block scalar", "; text that starts with '>' or '|' must be quoted"},
	{"scanning an alias", "; text that starts with '*' must be quoted"},
	{"scanning an anchor", "; text that starts with '&' must be quoted"},
	{"scanning a tag", "; text that starts with '!' must be quoted"},
	{"cannot start any token", "; text that starts with this character must be quoted"},
	{"mapping values are not allowed", "; text with ': ' in it must be quoted"},
	{"scanning a simple key", "; expected 'key: value'"},
	{"quoted scalar", "; is a closing quote missing?"},
};

static int place_error(const struct builder *b, yaml_mark_t mark, struct err *err,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));

static int place_error(const struct builder *b, yaml_mark_t mark, struct err *err,
		       const char *format, ...)
{
	char text[sizeof(err->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_at(err, EBADMSG, b->doc->file, (unsigned)mark.line + 1,
		      (unsigned)mark.column + 1, "%s", text);
}

/* The place of a byte, as libyaml counts: lines and characters from 0. */
static yaml_mark_t mark_of(const char *data, size_t offset)
{
	yaml_mark_t mark = {.index = offset};

	for (size_t i = 0; i < offset; i++) {
		if (data[i] == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((data[i] & 0xc0) != 0x80) {
			mark.column++;
		}
	}
	return mark;
}

/* Length of the text character at `text`, or 0 when no text file holds it. */
static size_t character_at(const char *text, size_t len)
{
	unsigned char c = (unsigned char)*text;

	if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
		return 0;
	for (size_t size = 1; size <= 4 && size <= len; size++)
		if (str_is_utf8(text, size))
			return size;
	return 0;
}

static int check_text(const struct builder *b, struct err *err)
{
	for (size_t i = 0; i < b->len;) {
		size_t size = character_at(b->data + i, b->len - i);

		if (!size)
			return place_error(b, mark_of(b->data, i), err,
					   "not a text file: byte 0x%02x here, expected UTF-8",
					   (unsigned char)b->data[i]);
		i += size;
	}
	return 0;
}

/* Where a tab stands in the indentation of a line: its column from 0, or -1. */
static ssize_t find_tab(const struct builder *b, size_t line)
{
	const char *at = b->data, *end = b->data + b->len, *start;

	while (line-- && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		at = newline ? newline + 1 : end;
	}
	for (start = at; at < end && *at == ' '; at++)
		;
	return at < end && *at == '\t' ? at - start : -1;
}

static int syntax_error(const struct builder *b, struct err *err)
{
	const yaml_parser_t *p = &b->parser;
	const char *context = p->context ? p->context : "", *hint = "";
	yaml_mark_t mark = p->problem_mark;
	ssize_t tab = find_tab(b, mark.line);

	if (p->error == YAML_READER_ERROR)
		return place_error(b, mark_of(b->data, p->problem_offset), err,
				   "not a text file: U+%04X here, expected printable UTF-8",
				   (unsigned)p->problem_value);
	if (tab >= 0) {
		mark.column = (size_t)tab;
		return place_error(b, mark, err, "a tab cannot indent YAML: use spaces");
	}
	for (size_t i = 0; i < ARRAY_SIZE(hints) && !*hint; i++)
		if (strstr(context, hints[i].said) || strstr(p->problem, hints[i].said))
			hint = hints[i].hint;
	return place_error(b, mark, err, "not valid YAML: %s%s%s%s", context, *context ? ", " : "",
			   p->problem, hint);
}

static int add_weight(struct builder *b, size_t weight, yaml_mark_t mark, struct err *err)
{
	b->weight += weight; /* at most DOC_MOST_NODES each: cannot wrap */
	if (b->weight > DOC_MOST_NODES)
		return place_error(b, mark, err, "more than %d values, aliases expanded",
				   DOC_MOST_NODES);
	return 0;
}

static int check_key(const struct builder *b, const struct node *key, bool alias, yaml_mark_t mark,
		     struct err *err)
{
	if (alias || key->kind != NODE_SCALAR)
		return place_error(b, mark, err, "%s is no key: a key is a single word",
				   alias                    ? "an alias"
				   : key->kind == NODE_LIST ? "a list"
							    : "a mapping");
	if (node_is_word(key, "<<"))
		return place_error(
			b, mark, err,
			"merge keys ('<<') are not taken: name what you build on in `extends`");
	return 0;
}

/* Puts a node where the document has come to: root, key, value or list item. */
static int place_node(struct builder *b, struct node *node, bool alias, yaml_mark_t mark,
		      struct err *err)
{
	struct level *level = b->depth ? &b->levels[b->depth - 1] : NULL;
	struct node_item *item;

	if (!level) {
		b->doc->root = node;
		return 0;
	}
	if (level->node->kind == NODE_MAPPING && !level->key) {
		level->key = node;
		return check_key(b, node, alias, mark, err);
	}
	item = MEM_APPEND(level->node->items, level->node->count);
	item->key = TAKE_PTR(level->key);
	item->value = node;
	return 0;
}

static void set_anchor(struct builder *b, const yaml_char_t *name, struct node *node)
{
	struct anchor *anchor;

	if (!name)
		return;
	anchor = MEM_APPEND(b->anchors, b->n_anchors);
	anchor->name = mem_strdup((const char *)name);
	anchor->node = node;
}

/* A node of the document, not yet in its place. */
static int new_node(struct builder *b, enum node_kind kind, const yaml_event_t *event,
		    const yaml_char_t *anchor, const yaml_char_t *tag, struct node **out,
		    struct err *err)
{
	yaml_mark_t mark = event->start_mark;
	struct node *node;
	int r;

	if (tag)
		return place_error(
			b, mark, err,
			"tags ('%s') are not taken; text that starts with '!' must be quoted",
			(const char *)tag);
	r = add_weight(b, 1, mark, err);
	if (r < 0)
		return r;
	node = mem_alloc(sizeof(*node));
	*MEM_APPEND(b->doc->nodes, b->doc->n_nodes) = node;
	node->kind = kind;
	node->file = b->doc->file;
	node->line = (unsigned)mark.line + 1;
	node->column = (unsigned)mark.column + 1;
	node->weight = 1;
	set_anchor(b, anchor, node);
	*out = node;
	return 0;
}

static int check_scalar(const struct builder *b, const yaml_event_t *event, struct err *err)
{
	const unsigned char *text = event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (len > DOC_MOST_SCALAR)
		return place_error(b, event->start_mark, err,
				   "text of %zu bytes, at most %d are accepted", len,
				   DOC_MOST_SCALAR);
	/* "\x1b" between double quotes gets past the check of the file; C1 is c2 80 to c2 9f */
	for (size_t i = 0; i < len; i++)
		if ((text[i] < 0x20 && text[i] != '\n' && text[i] != '\t') || text[i] == 0x7f ||
		    (text[i] == 0xc2 && text[i + 1] < 0xa0))
			return place_error(b, event->start_mark, err,
					   "text with a control character in it");
	return 0;
}

static int on_scalar(struct builder *b, const yaml_event_t *event, struct err *err)
{
	struct node *node;
	int r = check_scalar(b, event, err);

	if (r < 0)
		return r;
	r = new_node(b, NODE_SCALAR, event, event->data.scalar.anchor, event->data.scalar.tag,
		     &node, err);
	if (r < 0)
		return r;
	node->text = mem_strdup((const char *)event->data.scalar.value);
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return place_node(b, node, false, event->start_mark, err);
}

static int on_open(struct builder *b, enum node_kind kind, const yaml_event_t *event,
		   const yaml_char_t *anchor, const yaml_char_t *tag, struct err *err)
{
	struct node *node;
	int r;

	if (b->depth == DOC_MOST_DEPTH)
		return place_error(b, event->start_mark, err, "nested deeper than %d levels",
				   DOC_MOST_DEPTH);
	r = new_node(b, kind, event, anchor, tag, &node, err);
	if (r < 0)
		return r;
	node->open = true;
	r = place_node(b, node, false, event->start_mark, err);
	b->levels[b->depth++] = (struct level){.node = node};
	return r;
}

static int compare_items(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;
	int order = strcmp((*x)->text, (*y)->text);

	if (order)
		return order;
	if ((*x)->line != (*y)->line)
		return (*x)->line < (*y)->line ? -1 : 1;
	return (*x)->column < (*y)->column ? -1 : (*x)->column > (*y)->column;
}

static int check_duplicates(const struct node *mapping, struct err *err)
{
	_cleanup_free_ const struct node **keys = mem_alloc_array(mapping->count, sizeof(*keys));

	for (size_t i = 0; i < mapping->count; i++)
		keys[i] = mapping->items[i].key;
	qsort(keys, mapping->count, sizeof(*keys), compare_items);
	for (size_t i = 1; i < mapping->count; i++) {
		char shown[NODE_SHOWN_SIZE];

		if (str_equal(keys[i - 1]->text, keys[i]->text))
			return node_error(keys[i], err, "%s is given twice, first on line %u",
					  node_shown(keys[i], shown), keys[i - 1]->line);
	}
	return 0;
}

static int on_close(struct builder *b, struct err *err)
{
	struct node *node = b->levels[--b->depth].node;

	node->open = false;
	for (size_t i = 0; i < node->count; i++)
		node->weight += node->items[i].value->weight + (node->items[i].key != NULL);
	return node->kind == NODE_MAPPING ? check_duplicates(node, err) : 0;
}

static int on_alias(struct builder *b, const yaml_event_t *event, struct err *err)
{
	const char *name = (const char *)event->data.alias.anchor;
	yaml_mark_t mark = event->start_mark;
	size_t i = b->n_anchors;
	int r;

	if (++b->n_aliases > DOC_MOST_ALIASES)
		return place_error(b, mark, err, "more than %d aliases", DOC_MOST_ALIASES);
	/* the latest anchor of a name is the one meant (YAML 1.2, section 7.1) */
	while (i && !str_equal(b->anchors[i - 1].name, name))
		i--;
	if (!i)
		return place_error(
			b, mark, err,
			"alias '*%s' without an anchor '&%s' before it; text that starts "
			"with '*' must be quoted",
			name, name);
	if (b->anchors[i - 1].node->open)
		return place_error(b, mark, err, "alias '*%s' is inside what it stands for", name);
	r = add_weight(b, b->anchors[i - 1].node->weight, mark, err);
	if (r < 0)
		return r;
	return place_node(b, b->anchors[i - 1].node, true, mark, err);
}

static int on_event(struct builder *b, const yaml_event_t *event, struct err *err)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++b->n_documents > 1)
			return place_error(b, event->start_mark, err,
					   "a second document: expected exactly one");
		return 0;
	case YAML_SCALAR_EVENT:
		return on_scalar(b, event, err);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(b, NODE_LIST, event, event->data.sequence_start.anchor,
			       event->data.sequence_start.tag, err);
	case YAML_MAPPING_START_EVENT:
		return on_open(b, NODE_MAPPING, event, event->data.mapping_start.anchor,
			       event->data.mapping_start.tag, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_close(b, err);
	case YAML_ALIAS_EVENT:
		return on_alias(b, event, err);
	default:
		return 0;
	}
}

static int build(struct builder *b, struct err *err)
{
	bool more = true;

	while (more) {
		yaml_event_t event;
		int r;

		if (!yaml_parser_parse(&b->parser, &event))
			return syntax_error(b, err);
		more = event.type != YAML_STREAM_END_EVENT;
		r = on_event(b, &event, err);
		yaml_event_delete(&event);
		if (r < 0)
			return r;
	}
	if (b->doc->root && node_is_null(b->doc->root))
		b->doc->root = NULL;
	return 0;
}

int doc_parse(const char *file, const char *data, size_t len, struct doc **out, struct err *err)
{
	static const char mark[] = "\xef\xbb\xbf"; /* a byte order mark is no part of the text */
	_cleanup_(doc_freep) struct doc *doc = mem_alloc(sizeof(*doc));
	size_t skip = len >= strlen(mark) && str_starts(data, mark) ? strlen(mark) : 0;
	struct builder b = {.doc = doc, .data = data + skip, .len = len - skip};
	int r;

	doc->file = mem_strdup(file);
	r = check_text(&b, err);
	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&b.parser))
		return err_set(err, ENOMEM, "%s: no memory to parse it", file);
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)b.data, b.len);
	r = build(&b, err);
	yaml_parser_delete(&b.parser);
	for (size_t i = 0; i < b.n_anchors; i++)
		free(b.anchors[i].name);
	free(b.anchors);
	if (r < 0)
		return r;
	*out = TAKE_PTR(doc);
	return 0;
}

void doc_free(struct doc *doc)
{
	if (!doc)
		return;
	for (size_t i = 0; i < doc->n_nodes; i++) {
		free(doc->nodes[i]->text);
		free(doc->nodes[i]->items);
		free(doc->nodes[i]);
	}
	free(doc->nodes);
	free(doc->file);
	free(doc);
}
