/* profile/decode.h - a YAML mapping into a struct, by a table of its keys.
 *
 * The table is all there is to say: which keys may be there, which must, and what reads each. What
 * is not in it is an error with a did-you-mean, and an error in a value is told with its key. */
#ifndef PROFILE_DECODE_H
#define PROFILE_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "profile/doc.h"

struct decode_row {
	const char *key;
	/* Reads the value into `slot`. Returns 0 or -EBADMSG. */
	int (*read)(const struct node *value, void *slot, struct err *err);
	void *slot;
	unsigned *line; /* where the line of the key goes, or NULL */
	bool required;
};

/* `what` is what the mapping is, with its article: "a waiver". */
int decode_mapping(const struct node *node, const char *what, const struct decode_row *rows,
		   size_t count, struct err *err) __attribute__((nonnull, warn_unused_result));

/* An error unless the mapping has that key. */
int decode_expect_key(const struct node *node, const char *what, const char *key, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Each item by `read`, until one fails; that one is marked, and passed over by the next call. For
 * parts that stand by themselves, such as settings: see source_errors(). */
int decode_parts(const struct node *node,
		 int (*read)(const struct node_item *item, void *slot, struct err *err), void *slot,
		 struct err *err) __attribute__((nonnull(1, 2, 4), warn_unused_result));

/* Readers of rows. */
int decode_text(const struct node *value, void *slot, struct err *err); /* char *: any text */
int decode_line(const struct node *value, void *slot, struct err *err); /* char *: one line of it */
int decode_node(const struct node *value, void *slot, struct err *err); /* const struct node * */

/* An error unless the node is a list, or a mapping, of at least one item. */
int decode_expect_list(const struct node *node, const char *of, struct err *err)
	__attribute__((nonnull, warn_unused_result));
int decode_expect_mapping(const struct node *node, const char *of, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
