/* tests/unit/model/test_version.c - kernel versions as uname(2) gives them. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "base/mem.h"
#include "model/version.h"

static void leading_numbers_are_read(void **state)
{
	static const struct {
		const char *text;
		struct version version;
		int parts;
	} cases[] = {
		{"6", {6, 0, 0}, 1},
		{"6.18", {6, 18, 0}, 2},
		{"6.18.44", {6, 18, 44}, 3},
		{"6.1.0-18-amd64", {6, 1, 0}, 3},
		{"5.15.167.4-microsoft-standard-WSL2", {5, 15, 167}, 3},
		{"6.9-rc1", {6, 9, 0}, 2},
		{"4.18.0+", {4, 18, 0}, 3},
		{"", {9, 9, 9}, -EINVAL},
		{"v6.1", {9, 9, 9}, -EINVAL},
		{"-6", {9, 9, 9}, -EINVAL},
		{" 6", {9, 9, 9}, -EINVAL},
		{".1", {9, 9, 9}, -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct version got = {9, 9, 9};

		assert_int_equal(version_parse(cases[i].text, &got), cases[i].parts);
		assert_int_equal(version_compare(got, cases[i].version), 0);
	}
}

static void order(void **state)
{
	static const struct version rising[] = {{0, 0, 0}, {4, 9, 0},   {4, 19, 0},
						{5, 0, 0}, {6, 1, 100}, {6, 2, 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rising); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(rising); j++) {
			int got = version_compare(rising[i], rising[j]);

			assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
		}
		assert_int_equal(version_is_stated(rising[i]), i > 0);
	}
}

static void parts_that_were_not_written_do_not_count(void **state)
{
	static const struct {
		struct version version;
		unsigned parts;
		struct version cut;
	} cases[] = {
		{{6, 18, 44}, 3, {6, 18, 44}},
		{{6, 18, 44}, 2, {6, 18, 0}},
		{{6, 18, 44}, 1, {6, 0, 0}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(version_compare(version_cut(cases[i].version, cases[i].parts),
						 cases[i].cut),
				 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leading_numbers_are_read),
		cmocka_unit_test(order),
		cmocka_unit_test(parts_that_were_not_written_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
