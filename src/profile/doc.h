/* profile/doc.h - one YAML file as a bounded tree, every node with its place.
 *
 * What a person may write is a small part of YAML: one document of mappings, lists and scalars,
 * with anchors and aliases but no tags, no merge keys and only scalars as keys. Depth, size and
 * what aliases expand to are bounded here, so that whoever walks the tree need not think of it. */
#ifndef PROFILE_DOC_H
#define PROFILE_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"

enum {
	DOC_MOST_BYTES = 1 << 20,
	DOC_MOST_DEPTH = 32,
	DOC_MOST_NODES = 50000, /* aliases counted as what they stand for */
	DOC_MOST_ALIASES = 100,
	DOC_MOST_SCALAR = 4096,
};

enum node_kind {
	NODE_SCALAR,
	NODE_LIST,
	NODE_MAPPING
};

struct node {
	enum node_kind kind;
	const char *file; /* the document's; line and column from 1 */
	unsigned line, column;
	char *text; /* scalar: UTF-8, no control characters but newline and tab */
	bool plain; /* scalar: written without quotes */
	struct node_item {
		struct node *key; /* a scalar; NULL in a list */
		struct node *value;
		bool failed; /* could not be decoded, and is passed over: see source_errors() */
	} * items;
	size_t count;
	size_t weight; /* nodes in it, itself included, aliases expanded */
	bool open;     /* still being read: an alias to it would never end */
};

struct doc {
	char *file;
	struct node *root; /* NULL: nothing but comments */
	struct node **nodes;
	size_t n_nodes;
};

/* Parses `len` bytes that came from `file`. Returns 0, or -EBADMSG with file, line and column. */
int doc_parse(const char *file, const char *data, size_t len, struct doc **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void doc_free(struct doc *doc);
MEM_DEFINE_FREEP(struct doc, doc)

/* True for a plain empty scalar, "~" or "null": nothing was given. */
bool node_is_null(const struct node *node) __attribute__((nonnull));
/* True for this very word, written without quotes. */
bool node_is_word(const struct node *node, const char *word) __attribute__((nonnull));

/* An -EBADMSG at the node's place. */
int node_error(const struct node *node, struct err *err, const char *format, ...)
	__attribute__((nonnull, format(printf, 3, 4)));

enum {
	NODE_SHOWN_SIZE = 96
};
/* What the node is, for error messages: "'64MB'" (cut when long), "a list", "a mapping", "nothing".
 * Returns `buf`. */
const char *node_shown(const struct node *node, char buf[static NODE_SHOWN_SIZE])
	__attribute__((nonnull));
/* The same of any text: in quotes, safe on a terminal, cut when long. */
const char *text_shown(const char *text, char buf[static NODE_SHOWN_SIZE]) __attribute__((nonnull));

#endif
