/* tests/unit/cli/test_probe_words.c - what was measured, with digits enough to tell and no more. */
#include "tests/unit/unit.h"

#include "base/mem.h"
#include "cli/probe_words.h"

static void times(void **state)
{
	static const struct {
		json_int_t us;
		const char *text;
	} cases[] = {
		{3, "0.003 ms"},      {410, "0.410 ms"},    {999, "0.999 ms"},  {1000, "1.00 ms"},
		{9994, "9.99 ms"},    {9995, "10.0 ms"},    {40321, "40.3 ms"}, {99950, "100 ms"},
		{204000, "204 ms"},   {999499, "999 ms"},   {999500, "1.00 s"}, {2001234, "2.00 s"},
		{10180000, "10.2 s"}, {600100000, "600 s"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = probe_words_time(cases[i].us);

		assert_string_equal(text, cases[i].text);
	}
}

static void amounts(void **state)
{
	static const struct {
		double amount;
		const char *unit, *text;
	} cases[] = {
		{0, "B", "0 B"},           {7, "B", "7 B"},
		{18, "B", "18 B"},         {999.4, "B", "999 B"},
		{999.5, "B", "1.00 kB"},   {1790, "B", "1.79 kB"},
		{92300, "B", "92.3 kB"},   {18.3e6, "bit/s", "18.3 Mbit/s"},
		{999.6e9, "B", "1.00 TB"}, {5e15, "B", "5000 TB"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[PROBE_TEXT_SIZE];

		assert_string_equal(probe_words_amount(cases[i].amount, cases[i].unit, text),
				    cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(amounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
