/* tests/unit/model/test_num.c - numbers from -2^63 to 2^64-1, and what is none. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "model/num.h"

static void parse_and_print(void **state)
{
	static const struct {
		const char *text, *shown; /* NULL: refused with `code` */
		int code;
	} cases[] = {
		{"0", "0", 0},
		{"-0", "0", 0},
		{"+7", "7", 0},
		{"-1", "-1", 0},
		{"007", "7", 0},
		{"18446744073709551615", "18446744073709551615", 0},
		{"18446744073709551616", NULL, -ERANGE},
		{"-9223372036854775808", "-9223372036854775808", 0},
		{"-9223372036854775809", NULL, -ERANGE},
		{"99999999999999999999999999", NULL, -ERANGE},
		{"", NULL, -EINVAL},
		{"-", NULL, -EINVAL},
		{"+", NULL, -EINVAL},
		{"--1", NULL, -EINVAL},
		{" 1", NULL, -EINVAL},
		{"1 ", NULL, -EINVAL},
		{"0x10", NULL, -EINVAL},
		{"1e3", NULL, -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct num n = {.magnitude = 42};
		char buf[NUM_TEXT_SIZE];

		assert_int_equal(num_parse(cases[i].text, strlen(cases[i].text), &n),
				 cases[i].code);
		assert_string_equal(num_format(n, buf), cases[i].shown ? cases[i].shown : "42");
	}
}

static void only_len_bytes_count(void **state)
{
	struct num n;
	char buf[NUM_TEXT_SIZE];

	(void)state;
	assert_int_equal(num_parse("12345", 2, &n), 0);
	assert_string_equal(num_format(n, buf), "12");
}

static void order(void **state)
{
	static const struct num rising[] = {
		{(uint64_t)INT64_MAX + 1, true},
		{2, true},
		{1, true},
		{0, false},
		{1, false},
		{UINT64_MAX, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rising); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(rising); j++) {
			int got = num_compare(rising[i], rising[j]);

			assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_and_print),
		cmocka_unit_test(only_len_bytes_count),
		cmocka_unit_test(order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
