/* tests/unit/model/test_value.c - equality by kind; unknown equals nothing. */
#include "tests/unit/unit.h"

#include "model/value.h"

static struct num nums_a[] = {{1, false}, {2, true}}, nums_b[] = {{1, false}, {2, false}};
static char word_a[] = "bbr", word_b[] = "cubic";
static char *words_a[] = {word_a, word_b}, *words_b[] = {word_b, word_a};
static struct value_range ranges_a[] = {{1, 2}, {8, 9}}, ranges_b[] = {{1, 2}, {8, 10}};

static void equal_means_same_kind_and_content(void **state)
{
	static const struct value values[] = {
		{.kind = VALUE_INTEGER, .nums = nums_a, .n_nums = 1},
		{.kind = VALUE_INTEGER, .nums = nums_a + 1, .n_nums = 1},
		{.kind = VALUE_VECTOR, .nums = nums_a, .n_nums = 1},
		{.kind = VALUE_VECTOR, .nums = nums_a, .n_nums = 2},
		{.kind = VALUE_VECTOR, .nums = nums_b, .n_nums = 2},
		{.kind = VALUE_SET},
		{.kind = VALUE_SET, .words = words_a, .n_words = 2},
		{.kind = VALUE_SET, .words = words_b, .n_words = 2},
		{.kind = VALUE_BITMAP},
		{.kind = VALUE_BITMAP, .ranges = ranges_a, .n_ranges = 2},
		{.kind = VALUE_RANGES, .ranges = ranges_a, .n_ranges = 2},
		{.kind = VALUE_RANGES, .ranges = ranges_b, .n_ranges = 2},
		{.kind = VALUE_STRING, .text = word_a},
		{.kind = VALUE_STRING, .text = word_b},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(values); j++)
			assert_int_equal(value_equal(&values[i], &values[j]), i == j);
	}
}

static void text_is_for_people_only(void **state)
{
	const struct value plain = {.kind = VALUE_INTEGER, .nums = nums_a, .n_nums = 1};
	const struct value shown = {
		.kind = VALUE_INTEGER, .text = word_a, .nums = nums_b, .n_nums = 1};

	(void)state;
	assert_true(value_equal(&plain, &shown));
}

static void unknown_is_never_equal(void **state)
{
	_cleanup_(value_freep) struct value *unknown = value_new_unknown("%s: %d", "net.x", 13);

	(void)state;
	assert_int_equal(unknown->kind, VALUE_UNKNOWN);
	assert_string_equal(unknown->text, "net.x: 13");
	assert_false(value_equal(unknown, unknown));
}

static void every_kind_has_a_name(void **state)
{
	(void)state;
	for (int kind = 0; kind < VALUE_KINDS; kind++)
		assert_non_null(value_kind_name((enum value_kind)kind));
	assert_string_equal(value_kind_name(VALUE_VECTOR), "vector");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_means_same_kind_and_content),
		cmocka_unit_test(text_is_for_people_only),
		cmocka_unit_test(unknown_is_never_equal),
		cmocka_unit_test(every_kind_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
