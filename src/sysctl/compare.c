/* sysctl/compare.c - see compare.h. One row an operator: the kinds it has a meaning for, and how.
 */
#include "sysctl/compare.h"

#include <errno.h>
#include <stdint.h>

void sysctl_wanted_free(struct sysctl_wanted *wanted)
{
	if (!wanted)
		return;
	for (size_t i = 0; i < wanted->n_args; i++)
		value_free(wanted->args[i]);
	free(wanted->args);
	for (size_t i = 0; i < wanted->n_fields; i++)
		sysctl_wanted_free(wanted->fields[i]);
	free(wanted->fields);
	free(wanted);
}

static bool test_equals(const struct value *actual, struct value *const *args, size_t count)
{
	(void)count;
	return value_equal(actual, args[0]);
}

static bool test_one_of(const struct value *actual, struct value *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (value_equal(actual, args[i]))
			return true;
	}
	return false;
}

static bool test_at_least(const struct value *actual, struct value *const *args, size_t count)
{
	(void)count;
	return num_compare(actual->nums[0], args[0]->nums[0]) >= 0;
}

static bool test_at_most(const struct value *actual, struct value *const *args, size_t count)
{
	(void)count;
	return num_compare(actual->nums[0], args[0]->nums[0]) <= 0;
}

static bool test_between(const struct value *actual, struct value *const *args, size_t count)
{
	return test_at_least(actual, args, count) && test_at_most(actual, args + 1, count - 1);
}

/* How much of `range` the value's ranges cover. */
static uint64_t covered(const struct value *value, struct value_range range)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < value->n_ranges; i++) {
		uint32_t first = value->ranges[i].first, last = value->ranges[i].last;

		if (first < range.first)
			first = range.first;
		if (last > range.last)
			last = range.last;
		if (first <= last)
			sum += (uint64_t)last - first + 1;
	}
	return sum;
}

static bool test_includes(const struct value *actual, struct value *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < args[i]->n_words; j++) {
			if (!value_has_word(actual, args[i]->words[j]))
				return false;
		}
		for (size_t j = 0; j < args[i]->n_ranges; j++) {
			struct value_range range = args[i]->ranges[j];

			if (covered(actual, range) != (uint64_t)range.last - range.first + 1)
				return false;
		}
	}
	return true;
}

static bool test_excludes(const struct value *actual, struct value *const *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < args[i]->n_words; j++) {
			if (value_has_word(actual, args[i]->words[j]))
				return false;
		}
		for (size_t j = 0; j < args[i]->n_ranges; j++) {
			if (covered(actual, args[i]->ranges[j]))
				return false;
		}
	}
	return true;
}

#define KIND(kind) (1u << (kind))
#define ANY_KIND                                                                                   \
	(KIND(VALUE_INTEGER) | KIND(VALUE_VECTOR) | KIND(VALUE_SET) | KIND(VALUE_BITMAP) |         \
	 KIND(VALUE_RANGES) | KIND(VALUE_STRING))
#define MEMBERS (KIND(VALUE_SET) | KIND(VALUE_BITMAP) | KIND(VALUE_RANGES))

/* Operators without a test are not about one value. */
static const struct {
	unsigned kinds;
	size_t least_args, most_args;
	bool (*test)(const struct value *actual, struct value *const *args, size_t count);
} ops[EXPECT_OPS] = {
	[EXPECT_EQUALS] = {ANY_KIND, 1, 1, test_equals},
	[EXPECT_AT_LEAST] = {KIND(VALUE_INTEGER), 1, 1, test_at_least},
	[EXPECT_AT_MOST] = {KIND(VALUE_INTEGER), 1, 1, test_at_most},
	[EXPECT_BETWEEN] = {KIND(VALUE_INTEGER), 2, 2, test_between},
	[EXPECT_ONE_OF] = {ANY_KIND, 1, SIZE_MAX, test_one_of},
	[EXPECT_INCLUDES] = {MEMBERS, 1, SIZE_MAX, test_includes},
	[EXPECT_EXCLUDES] = {MEMBERS, 1, SIZE_MAX, test_excludes},
};

static int check_args(const struct value *actual, const struct sysctl_wanted *wanted,
		      struct err *err)
{
	const char *name = expect_op_name(wanted->op);

	if (wanted->n_args < ops[wanted->op].least_args ||
	    wanted->n_args > ops[wanted->op].most_args)
		return err_set(err, EINVAL, "%s cannot be given %zu values", name, wanted->n_args);
	for (size_t i = 0; i < wanted->n_args; i++) {
		if (wanted->args[i]->kind != actual->kind)
			return err_set(
				err, EINVAL,
				"%s: a value of kind %s cannot be compared with one of kind %s",
				name, value_kind_name(actual->kind),
				value_kind_name(wanted->args[i]->kind));
		if (ops[wanted->op].kinds == MEMBERS && !wanted->args[i]->n_words &&
		    !wanted->args[i]->n_ranges)
			return err_set(err, EINVAL,
				       "%s: '%s' has no members, so any value would do", name,
				       wanted->args[i]->text);
	}
	if (wanted->op == EXPECT_EQUALS && actual->n_nums < wanted->args[0]->n_nums)
		return err_set(err, ERANGE, "holds %zu values, the profile asks about %zu",
			       actual->n_nums, wanted->args[0]->n_nums);
	return 0;
}

static int compare_whole(const struct value *actual, const struct sysctl_wanted *wanted,
			 bool *holds, struct err *err)
{
	int r;

	if (!ops[wanted->op].test)
		return err_set(err, EINVAL, "%s does not compare a value",
			       expect_op_name(wanted->op));
	if (!(ops[wanted->op].kinds & KIND(actual->kind)))
		return err_set(err, EINVAL, "%s has no meaning for a value of kind %s%s",
			       expect_op_name(wanted->op), value_kind_name(actual->kind),
			       actual->kind == VALUE_VECTOR
				       ? ": use 'fields' to say which of its values is meant"
				       : "");
	r = check_args(actual, wanted, err);
	if (r < 0)
		return r;
	*holds = ops[wanted->op].test(actual, wanted->args, wanted->n_args);
	return 0;
}

static int compare_fields(const struct value *actual, const struct sysctl_wanted *wanted,
			  bool *holds, struct err *err)
{
	bool all = true;

	if (actual->kind != VALUE_VECTOR && actual->kind != VALUE_INTEGER)
		return err_set(err, EINVAL, "fields have no meaning for a value of kind %s",
			       value_kind_name(actual->kind));
	for (size_t i = 0; i < wanted->n_fields; i++) {
		struct value field = {.kind = VALUE_INTEGER, .n_nums = 1};
		bool one;
		int r;

		if (!wanted->fields[i])
			continue;
		if (i >= actual->n_nums && !all)
			break; /* it fails whatever is missing */
		if (i >= actual->n_nums)
			return err_set(err, ERANGE,
				       "holds %zu value%s, the profile asks about field %zu",
				       actual->n_nums, actual->n_nums == 1 ? "" : "s", i + 1);
		field.nums = &actual->nums[i];
		r = compare_whole(&field, wanted->fields[i], &one, err);
		if (r < 0)
			return err_prefix(err, "field %zu: ", i + 1);
		all = all && one;
	}
	*holds = all;
	return 0;
}

int sysctl_compare(const struct value *actual, const struct sysctl_wanted *wanted, bool *holds,
		   struct err *err)
{
	if (actual->kind == VALUE_UNKNOWN)
		return err_set(err, EINVAL, "unknown: %s", actual->text);
	return wanted->op == EXPECT_FIELDS ? compare_fields(actual, wanted, holds, err)
					   : compare_whole(actual, wanted, holds, err);
}
