/* Every operator with every kind, and the errors that keep an unknown from passing. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sysctl/compare.h"
#include "sysctl/normalise.h"

static struct value *value_of(enum value_kind kind, const char *text)
{
	struct value *value = NULL;
	struct err err = {0};

	if (sysctl_value_parse(kind, text, &value, &err) < 0)
		fail_msg("'%s': %s", text, err.text);
	return value;
}

/* Operands between bars: "1|2". */
static struct sysctl_wanted *wanted_of(enum expect_op op, enum value_kind kind, const char *args)
{
	struct sysctl_wanted *wanted = mem_alloc(sizeof(*wanted));
	_cleanup_free_ char *copy = mem_strdup(args);
	char *rest = copy, *arg;

	wanted->op = op;
	while (rest && (arg = strsep(&rest, "|")))
		*MEM_APPEND(wanted->args, wanted->n_args) = value_of(kind, arg);
	return wanted;
}

static const struct {
	enum value_kind kind;
	const char *actual;
	enum expect_op op;
	const char *args;
	bool holds;
} answers[] = {
	{VALUE_INTEGER, "4096", EXPECT_EQUALS, "0x1000", true},
	{VALUE_INTEGER, "4096", EXPECT_EQUALS, "4095", false},
	{VALUE_INTEGER, "-1", EXPECT_AT_LEAST, "0", false},
	{VALUE_INTEGER, "5", EXPECT_AT_LEAST, "5", true},
	{VALUE_INTEGER, "5", EXPECT_AT_LEAST, "6", false},
	{VALUE_INTEGER, "18446744073709551615", EXPECT_AT_LEAST, "-1", true},
	{VALUE_INTEGER, "5", EXPECT_AT_MOST, "5", true},
	{VALUE_INTEGER, "6", EXPECT_AT_MOST, "5", false},
	{VALUE_INTEGER, "-3", EXPECT_AT_MOST, "-2", true},
	{VALUE_INTEGER, "5", EXPECT_BETWEEN, "5|7", true},
	{VALUE_INTEGER, "7", EXPECT_BETWEEN, "5|7", true},
	{VALUE_INTEGER, "4", EXPECT_BETWEEN, "5|7", false},
	{VALUE_INTEGER, "8", EXPECT_BETWEEN, "5|7", false},
	{VALUE_INTEGER, "2", EXPECT_ONE_OF, "1|2", true},
	{VALUE_INTEGER, "0", EXPECT_ONE_OF, "1|2", false},
	{VALUE_VECTOR, "1\t2\t3", EXPECT_EQUALS, "1 2 3", true},
	{VALUE_VECTOR, "1 2 4", EXPECT_EQUALS, "1 2 3", false},
	{VALUE_VECTOR, "1 2 3 4", EXPECT_EQUALS, "1 2 3", false},
	{VALUE_VECTOR, "1 2", EXPECT_ONE_OF, "1 2 3|1 2", true},
	{VALUE_SET, "reno bbr cubic", EXPECT_EQUALS, "cubic bbr reno", true},
	{VALUE_SET, "reno bbr", EXPECT_EQUALS, "cubic bbr reno", false},
	{VALUE_SET, "reno bbr", EXPECT_ONE_OF, "bbr|bbr reno", true},
	{VALUE_SET, "reno bbr cubic", EXPECT_INCLUDES, "bbr|reno", true},
	{VALUE_SET, "reno cubic", EXPECT_INCLUDES, "bbr|reno", false},
	{VALUE_SET, "", EXPECT_INCLUDES, "bbr", false},
	{VALUE_SET, "reno cubic", EXPECT_EXCLUDES, "bbr|vegas", true},
	{VALUE_SET, "reno cubic", EXPECT_EXCLUDES, "bbr|reno", false},
	{VALUE_SET, "", EXPECT_EXCLUDES, "bbr", true},
	{VALUE_RANGES, "1-10,20", EXPECT_EQUALS, "20,1-5,6-10", true},
	{VALUE_RANGES, "1-10,20", EXPECT_INCLUDES, "3-5|20", true},
	{VALUE_RANGES, "1-10,20", EXPECT_INCLUDES, "9-11", false},
	{VALUE_RANGES, "1-10,20", EXPECT_INCLUDES, "5,20,30", false},
	{VALUE_RANGES, "", EXPECT_INCLUDES, "5", false},
	{VALUE_RANGES, "0-4294967295", EXPECT_INCLUDES, "0-4294967295", true},
	{VALUE_RANGES, "1-10,20", EXPECT_EXCLUDES, "11-19", true},
	{VALUE_RANGES, "1-10,20", EXPECT_EXCLUDES, "11-20", false},
	{VALUE_RANGES, "", EXPECT_EXCLUDES, "0-65535", true},
	{VALUE_RANGES, "", EXPECT_EQUALS, "", true},
	{VALUE_BITMAP, "0", EXPECT_ONE_OF, "1|0", true},
	{VALUE_RANGES, "1-10", EXPECT_ONE_OF, "1-9|1-10", true},
	{VALUE_BITMAP, "00000000,00000003", EXPECT_EQUALS, "0x3", true},
	{VALUE_BITMAP, "ff", EXPECT_INCLUDES, "3|80", true},
	{VALUE_BITMAP, "f", EXPECT_INCLUDES, "10", false},
	{VALUE_BITMAP, "f", EXPECT_EXCLUDES, "f0", true},
	{VALUE_BITMAP, "f", EXPECT_EXCLUDES, "8", false},
	{VALUE_STRING, "fq", EXPECT_EQUALS, "fq", true},
	{VALUE_STRING, "fq", EXPECT_EQUALS, "FQ", false},
	{VALUE_STRING, "a\tb", EXPECT_EQUALS, "a  b", true},
	{VALUE_STRING, "fq", EXPECT_ONE_OF, "fq_codel|fq", true},
	{VALUE_STRING, "cake", EXPECT_ONE_OF, "fq_codel|fq", false},
};

static void operators_hold_or_do_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		_cleanup_(value_freep) struct value *actual =
			value_of(answers[i].kind, answers[i].actual);
		_cleanup_(sysctl_wanted_freep) struct sysctl_wanted *wanted =
			wanted_of(answers[i].op, answers[i].kind, answers[i].args);
		struct err err = {0};
		bool holds = !answers[i].holds;

		if (sysctl_compare(actual, wanted, &holds, &err) < 0)
			fail_msg("row %zu: %s", i, err.text);
		if (holds != answers[i].holds)
			fail_msg("row %zu: '%s' %s '%s' gave %d", i, answers[i].actual,
				 expect_op_name(answers[i].op), answers[i].args, holds);
	}
}

static const struct {
	enum value_kind kind;
	const char *actual;
	enum expect_op op;
	enum value_kind arg_kind;
	const char *args;
	int code;
	const char *message;
} refusals[] = {
	{VALUE_VECTOR, "1 2 3", EXPECT_AT_LEAST, VALUE_INTEGER, "1", EINVAL,
	 "at-least has no meaning for a value of kind vector: use 'fields' to say which of its "
	 "values is "
	 "meant"},
	{VALUE_SET, "a b", EXPECT_AT_MOST, VALUE_SET, "a", EINVAL,
	 "at-most has no meaning for a value of kind set"},
	{VALUE_STRING, "a", EXPECT_BETWEEN, VALUE_STRING, "a|b", EINVAL,
	 "between has no meaning for a value of kind string"},
	{VALUE_RANGES, "1", EXPECT_AT_LEAST, VALUE_RANGES, "1", EINVAL,
	 "at-least has no meaning for a value of kind port list"},
	{VALUE_BITMAP, "1", EXPECT_AT_LEAST, VALUE_BITMAP, "1", EINVAL,
	 "at-least has no meaning for a value of kind bitmap"},
	{VALUE_INTEGER, "1", EXPECT_INCLUDES, VALUE_INTEGER, "1", EINVAL,
	 "includes has no meaning for a value of kind integer"},
	{VALUE_STRING, "a", EXPECT_EXCLUDES, VALUE_STRING, "a", EINVAL,
	 "excludes has no meaning for a value of kind string"},
	{VALUE_INTEGER, "1", EXPECT_ABSENT, VALUE_INTEGER, "1", EINVAL,
	 "absent does not compare a value"},
	{VALUE_INTEGER, "1", EXPECT_FIRST_AVAILABLE, VALUE_INTEGER, "1", EINVAL,
	 "first-available does not compare a value"},
	{VALUE_INTEGER, "1", EXPECT_EQUALS, VALUE_STRING, "1", EINVAL,
	 "equals: a value of kind integer cannot be compared with one of kind string"},
	{VALUE_INTEGER, "1", EXPECT_EQUALS, VALUE_INTEGER, "1|2", EINVAL,
	 "equals cannot be given 2 values"},
	{VALUE_INTEGER, "1", EXPECT_BETWEEN, VALUE_INTEGER, "1", EINVAL,
	 "between cannot be given 1 values"},
	{VALUE_SET, "a b", EXPECT_INCLUDES, VALUE_SET, "", EINVAL,
	 "includes: '' has no members, so any value would do"},
	{VALUE_SET, "a b", EXPECT_EXCLUDES, VALUE_SET, "b| ", EINVAL,
	 "excludes: '' has no members, so any value would do"},
	{VALUE_RANGES, "1-3", EXPECT_INCLUDES, VALUE_RANGES, "2|,", EINVAL,
	 "includes: '' has no members, so any value would do"},
	{VALUE_BITMAP, "f", EXPECT_INCLUDES, VALUE_BITMAP, "0", EINVAL,
	 "includes: '0' has no members, so any value would do"},
	{VALUE_BITMAP, "f", EXPECT_EXCLUDES, VALUE_BITMAP, "0,00000000", EINVAL,
	 "excludes: '0' has no members, so any value would do"},
	{VALUE_VECTOR, "1 2", EXPECT_EQUALS, VALUE_VECTOR, "1 2 3", ERANGE,
	 "holds 2 values, the profile asks about 3"},
};

static void senseless_questions_are_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		_cleanup_(value_freep) struct value *actual =
			value_of(refusals[i].kind, refusals[i].actual);
		_cleanup_(sysctl_wanted_freep) struct sysctl_wanted *wanted =
			wanted_of(refusals[i].op, refusals[i].arg_kind, refusals[i].args);
		struct err err = {0};
		bool holds = true;

		assert_int_equal(sysctl_compare(actual, wanted, &holds, &err), -refusals[i].code);
		assert_string_equal(err.text, refusals[i].message);
		assert_true(holds);
	}
}

static void what_is_unknown_never_holds(void **state)
{
	_cleanup_(value_freep) struct value *actual = value_new_unknown("read said EIO");

	(void)state;
	for (enum expect_op op = 0; op < EXPECT_OPS; op++) {
		_cleanup_(sysctl_wanted_freep) struct sysctl_wanted *wanted =
			wanted_of(op, VALUE_INTEGER, "1");
		struct err err = {0};
		bool holds = false;

		assert_int_equal(sysctl_compare(actual, wanted, &holds, &err), -EINVAL);
		assert_string_equal(err.text, "unknown: read said EIO");
		assert_false(holds);
	}
}

/* Fields as in "<=10,-,>=3": an operator and a number each, "-" leaves one alone. */
static struct sysctl_wanted *fields_of(const char *text)
{
	struct sysctl_wanted *wanted = mem_alloc(sizeof(*wanted));
	_cleanup_free_ char *copy = mem_strdup(text);
	char *rest = copy, *field;

	wanted->op = EXPECT_FIELDS;
	while (rest && (field = strsep(&rest, ","))) {
		enum expect_op op = *field == '<'   ? EXPECT_AT_MOST
				    : *field == '>' ? EXPECT_AT_LEAST
				    : *field == '@' ? EXPECT_INCLUDES
						    : EXPECT_EQUALS;

		*MEM_APPEND(wanted->fields, wanted->n_fields) =
			*field == '-' ? NULL
				      : wanted_of(op, VALUE_INTEGER, field + strspn(field, "<=>@"));
	}
	return wanted;
}

static void fields_are_compared_one_by_one(void **state)
{
	static const struct {
		enum value_kind kind;
		const char *actual, *fields;
		int result;
		bool holds;
		const char *message;
	} rows[] = {
		{VALUE_VECTOR, "4096 131072 6291456", "-,<=131072,>=6291456", 0, true, ""},
		{VALUE_VECTOR, "4096 131072 6291456", "4096", 0, true, ""},
		{VALUE_VECTOR, "4096 131072 6291456", "4096,1,-", 0, false, ""},
		{VALUE_VECTOR, "4096 131072 6291456", "1,131072,6291456", 0, false, ""},
		{VALUE_VECTOR, "1 2", "-,-,-", 0, true, ""},
		{VALUE_INTEGER, "7", ">=7", 0, true, ""},
		{VALUE_VECTOR, "1 2", "1,2,3", -ERANGE, false,
		 "holds 2 values, the profile asks about field 3"},
		/* what a field that is there shows needs no other */
		{VALUE_VECTOR, "32768 60999", "1,-,3", 0, false, ""},
		{VALUE_VECTOR, "32768 60999", "32768,-,3", -ERANGE, false,
		 "holds 2 values, the profile asks about field 3"},
		{VALUE_VECTOR, "1", "-,2", -ERANGE, false,
		 "holds 1 value, the profile asks about field 2"},
		{VALUE_VECTOR, "1 2", "-,@2", -EINVAL, false,
		 "field 2: includes has no meaning for a value of kind integer"},
		{VALUE_SET, "a b", "1", -EINVAL, false,
		 "fields have no meaning for a value of kind set"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(value_freep) struct value *actual =
			value_of(rows[i].kind, rows[i].actual);
		_cleanup_(sysctl_wanted_freep) struct sysctl_wanted *wanted =
			fields_of(rows[i].fields);
		struct err err = {0};
		bool holds = false;

		assert_int_equal(sysctl_compare(actual, wanted, &holds, &err), rows[i].result);
		assert_int_equal(holds, rows[i].holds);
		assert_string_equal(err.text, rows[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_hold_or_do_not),
		cmocka_unit_test(senseless_questions_are_errors),
		cmocka_unit_test(what_is_unknown_never_holds),
		cmocka_unit_test(fields_are_compared_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
