/* tests/unit/base/test_histogram.c - logarithmic buckets and their bounds. */
#include "tests/unit/unit.h"

#include "base/histogram.h"

static void steps_of_each_scale(void **state)
{
	static const uint64_t decimal[] = {0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
	static const uint64_t power_4[] = {0, 1, 4, 16, 64, 256, 1024};
	const struct histogram times = {.scale = HISTOGRAM_DECIMAL};
	const struct histogram sizes = {.scale = HISTOGRAM_POWER_4};

	(void)state;
	for (size_t i = 0; i < 11; i++)
		assert_int_equal(histogram_from(&times, i), decimal[i]);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(histogram_from(&sizes, i), power_4[i]);
	for (size_t i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
		assert_true(histogram_from(&times, i) < histogram_from(&times, i + 1));
		assert_true(histogram_from(&sizes, i) <= histogram_from(&sizes, i + 1));
	}
}

static void a_bound_belongs_to_the_bucket_above(void **state)
{
	struct histogram histogram = {.scale = HISTOGRAM_DECIMAL};

	(void)state;
	assert_int_equal(histogram.first, histogram.end);
	histogram_add(&histogram, 99);
	assert_int_equal(histogram.first, 6); /* from 50 */
	assert_int_equal(histogram.end, 7);
	histogram_add(&histogram, 100);
	histogram_add(&histogram, 199);
	histogram_add(&histogram, 0);
	assert_int_equal(histogram.first, 0);
	assert_int_equal(histogram.end, 8);
	assert_int_equal(histogram.counts[6], 1);
	assert_int_equal(histogram.counts[7], 2);
	assert_int_equal(histogram.counts[0], 1);
	assert_int_equal(histogram.counts[3], 0);
}

static void the_largest_values_have_a_bucket(void **state)
{
	struct histogram times = {.scale = HISTOGRAM_DECIMAL}, sizes = {.scale = HISTOGRAM_POWER_4};

	(void)state;
	histogram_add(&times, UINT64_MAX);
	histogram_add(&sizes, UINT64_MAX);
	assert_int_equal(times.end, times.first + 1);
	assert_int_equal(times.counts[times.first], 1);
	assert_int_equal(sizes.counts[sizes.first], 1);
	assert_true(sizes.end <= HISTOGRAM_BUCKETS && times.end <= HISTOGRAM_BUCKETS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_each_scale),
		cmocka_unit_test(a_bound_belongs_to_the_bucket_above),
		cmocka_unit_test(the_largest_values_have_a_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
