/* model/value.c - see value.h. */
#include "model/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

const char *value_kind_name(enum value_kind kind)
{
	static const char *const names[VALUE_KINDS] = {
		[VALUE_UNKNOWN] = "unknown", [VALUE_INTEGER] = "integer",
		[VALUE_VECTOR] = "vector",   [VALUE_SET] = "set",
		[VALUE_BITMAP] = "bitmap",   [VALUE_RANGES] = "port list",
		[VALUE_STRING] = "string",
	};

	return names[kind];
}

struct value *value_new_unknown(const char *format, ...)
{
	struct value *value = mem_alloc(sizeof(*value));
	va_list args;

	va_start(args, format);
	if (vasprintf(&value->text, format, args) < 0)
		value->text = mem_strdup("out of memory");
	va_end(args);
	return value;
}

void value_free(struct value *value)
{
	if (!value)
		return;
	for (size_t i = 0; i < value->n_words; i++)
		free(value->words[i]);
	free(value->words);
	free(value->nums);
	free(value->ranges);
	free(value->text);
	free(value);
}

bool value_has_word(const struct value *set, const char *word)
{
	for (size_t i = 0; i < set->n_words; i++) {
		if (strcmp(set->words[i], word) == 0)
			return true;
	}
	return false;
}

static bool nums_equal(const struct value *a, const struct value *b)
{
	if (a->n_nums != b->n_nums)
		return false;
	for (size_t i = 0; i < a->n_nums; i++) {
		if (num_compare(a->nums[i], b->nums[i]))
			return false;
	}
	return true;
}

static bool words_equal(const struct value *a, const struct value *b)
{
	if (a->n_words != b->n_words)
		return false;
	for (size_t i = 0; i < a->n_words; i++) {
		if (strcmp(a->words[i], b->words[i]) != 0)
			return false;
	}
	return true;
}

static bool ranges_equal(const struct value *a, const struct value *b)
{
	return a->n_ranges == b->n_ranges &&
	       (!a->n_ranges ||
		memcmp(a->ranges, b->ranges, a->n_ranges * sizeof(*a->ranges)) == 0);
}

bool value_equal(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_INTEGER:
	case VALUE_VECTOR:
		return nums_equal(a, b);
	case VALUE_SET:
		return words_equal(a, b);
	case VALUE_BITMAP:
	case VALUE_RANGES:
		return ranges_equal(a, b);
	case VALUE_STRING:
		return str_equal(a->text, b->text);
	case VALUE_UNKNOWN:
	case VALUE_KINDS:
		break;
	}
	return false;
}
