/* model/value.h - what a key holds, typed; or unknown, with the reason.
 *
 * One struct for every kind. Bitmaps are kept as the ranges of their set bits, so a CPU mask, a CPU
 * list and a port list compare in one way. */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "model/num.h"

enum value_kind {
	VALUE_UNKNOWN, /* `text` says why; never equal to anything, not even to itself */
	VALUE_INTEGER, /* nums[0] */
	VALUE_VECTOR,  /* nums[0..n_nums): fields in their order */
	VALUE_SET,     /* words: sorted, each once; order means nothing to the kernel */
	VALUE_BITMAP,  /* ranges of the bits that are set */
	VALUE_RANGES,  /* ranges: a port list such as ip_local_reserved_ports */
	VALUE_STRING,  /* `text` alone */
	VALUE_KINDS
};

struct value_range {
	uint32_t first, last; /* both included */
};

struct value {
	enum value_kind kind;
	char *text; /* as shown to people: separators normalised to one space */
	struct num *nums;
	char **words;
	struct value_range *ranges; /* sorted, disjoint, not adjacent */
	size_t n_nums, n_words, n_ranges;
};

const char *value_kind_name(enum value_kind kind); /* "integer", "vector", ... */

/* A value that could not be had, with the reason. */
struct value *value_new_unknown(const char *format, ...)
	__attribute__((returns_nonnull, warn_unused_result, format(printf, 1, 2)));
void value_free(struct value *value);
MEM_DEFINE_FREEP(struct value, value)

/* Whether the set holds the word; a value of another kind holds none. */
bool value_has_word(const struct value *set, const char *word) __attribute__((nonnull));
bool value_equal(const struct value *a, const struct value *b) __attribute__((nonnull));

#endif
