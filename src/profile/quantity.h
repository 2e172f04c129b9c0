/* profile/quantity.h - a value as people write it: "64MiB", "2% of memory", {sysctl: KEY}.
 *
 * What could mean two things (010, 1_000, 64K, on) is refused with a hint, never guessed. */
#ifndef PROFILE_QUANTITY_H
#define PROFILE_QUANTITY_H

#include "base/err.h"
#include "model/expect.h"
#include "profile/doc.h"

/* Where the quantity stands. A setting is what the kernel keeps: numbers, words in quotes when they
 * look like something else. A rule names things of its own: on, off, 20%, bdp. */
enum place {
	PLACE_SETTING,
	PLACE_FIELD,
	PLACE_RULE
};

/* One whole value: a scalar, {bdp: ...} or {sysctl: KEY}. */
int quantity_decode(const struct node *node, enum place place, struct quantity *out,
		    struct err *err) __attribute__((nonnull, warn_unused_result));
/* A scalar where one kind alone makes sense: errors name its units. What comes out may be of
 * another kind all the same. */
int quantity_decode_kind(const struct node *node, enum quantity_kind kind, struct quantity *out,
			 struct err *err) __attribute__((nonnull, warn_unused_result));
/* A scalar's words, each a quantity: "4096 131072 6291456" is three; "2% of memory" and "" are one.
 * `node` says where errors are. */
int quantity_decode_words(const struct node *node, enum place place, struct quantity **list,
			  size_t *count, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* <0, 0, >0 in `order`; false when the two have no common unit before they meet a key. */
bool quantity_compare(const struct quantity *a, const struct quantity *b, int *order)
	__attribute__((nonnull));
/* "2" or "1.5" in thousandths; false for anything else. */
bool quantity_parse_milli(const char *text, uint64_t *milli) __attribute__((nonnull));
/* A rate or a duration in the largest unit that says it in whole numbers: "10Gbit", "80ms". */
char *quantity_format(uint64_t value, enum quantity_kind kind)
	__attribute__((returns_nonnull, warn_unused_result));

#endif
