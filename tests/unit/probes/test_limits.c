/* tests/unit/probes/test_limits.c - when a sysctl and its effect agree, and when they cannot. */
#include "tests/unit/unit.h"

#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "probes/limits.h"

static void clamps(void **state)
{
	static const struct {
		uint64_t asked, most, got;
		enum limits_verdict verdict;
	} cases[] = {
		{64, 128, 64, LIMITS_AS_EXPECTED},     {128, 128, 128, LIMITS_AS_EXPECTED},
		{256, 128, 128, LIMITS_CUT},           {256, 128, 256, LIMITS_CONTRADICTION},
		{256, 128, 127, LIMITS_CONTRADICTION}, {64, 128, 32, LIMITS_CONTRADICTION},
		{64, 128, 128, LIMITS_CONTRADICTION},  {64, 0, 0, LIMITS_CUT},
		{0, 0, 0, LIMITS_AS_EXPECTED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(limits_judge_clamp(cases[i].asked, cases[i].most, cases[i].got),
				 cases[i].verdict);
}

static void buffers(void **state)
{
	static const struct {
		uint64_t asked, most, got;
		enum limits_verdict verdict;
	} cases[] = {
		{65536, 212992, 131072, LIMITS_AS_EXPECTED},
		{212992, 212992, 425984, LIMITS_AS_EXPECTED},
		{425984, 212992, 425984, LIMITS_CUT},
		{INT_MAX, 212992, 425984, LIMITS_CUT},
		{65536, 212992, 65536, LIMITS_CONTRADICTION},
		{425984, 212992, 851968, LIMITS_CONTRADICTION},
		{65536, 212992, 131073, LIMITS_CONTRADICTION},
		/* more than an int holds when doubled is cut by the kernel itself */
		{INT_MAX, INT_MAX, INT_MAX - 1, LIMITS_CUT},
		{INT_MAX / 2, INT_MAX, INT_MAX - 1, LIMITS_AS_EXPECTED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(limits_judge_buffer(cases[i].asked, cases[i].most, cases[i].got),
				 cases[i].verdict);
}

static void choices(void **state)
{
	(void)state;
	assert_int_equal(limits_judge_choice(true, true), LIMITS_AS_EXPECTED);
	assert_int_equal(limits_judge_choice(false, false), LIMITS_CUT);
	assert_int_equal(limits_judge_choice(true, false), LIMITS_CONTRADICTION);
	assert_int_equal(limits_judge_choice(false, true), LIMITS_CONTRADICTION);
}

static void unsent(void **state)
{
	static const struct {
		uint64_t lowat;
		struct limits_fill fill;
		enum limits_verdict verdict;
	} cases[] = {
		/* as 6.18 does: the buffer was full; the bound was; no bound was in reach */
		{UINT32_MAX, {true, 3849728, 3968128, 3939840}, LIMITS_AS_EXPECTED},
		{16384, {true, 36352, 76224, 3939840}, LIMITS_AS_EXPECTED},
		{1, {true, 52736, 112064, 3939840}, LIMITS_AS_EXPECTED},
		{131072, {true, 145408, 186944, 3939840}, LIMITS_AS_EXPECTED},
		{UINT32_MAX, {false, 8388608, 9000000, 16777216}, LIMITS_AS_EXPECTED},
		{0, {true, 0, 0, 3939840}, LIMITS_AS_EXPECTED},
		/* takes more than it may */
		{16384, {true, 3849728, 3968128, 3939840}, LIMITS_CONTRADICTION},
		{16384, {false, 8388608, 9000000, 16777216}, LIMITS_CONTRADICTION},
		/* is full with neither at its bound */
		{UINT32_MAX, {true, 36352, 76224, 3939840}, LIMITS_CONTRADICTION},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(limits_judge_unsent(cases[i].lowat, &cases[i].fill),
				 cases[i].verdict);
}

static void check_rows(json_t *rows, const char *wanted)
{
	_cleanup_free_ char *text = json_dumps(rows, JSON_COMPACT);

	assert_string_equal(text, wanted);
	json_decref(rows);
}

static void rows(void **state)
{
	char value[] = "128", reason[] = "cannot open /proc/sys/x: No such file or directory";
	const struct claim known = {.key = "net.core.somaxconn", .text = value};
	const struct claim unknown = {.key = "net.core.somaxconn", .reason = reason};
	struct limits_row row = {.what = "listen backlog", .claim = &known};
	json_t *list = json_array();

	(void)state;
	row.asked = json_integer(256);
	row.got = json_integer(128);
	row.verdict = LIMITS_CUT;
	row.text = mem_strdup("cut to 128");
	limits_add(list, row);
	check_rows(list, "[{\"what\":\"listen backlog\",\"asked\":256,\"got\":128,"
			 "\"sysctl\":{\"key\":\"net.core.somaxconn\",\"value\":\"128\"},"
			 "\"verdict\":\"cut\",\"text\":\"cut to 128\"}]");
	list = json_array();
	row = (struct limits_row){.what = "listen backlog", .claim = &unknown};
	row.got = json_integer(128);
	limits_add_unknown(list, row, NULL);
	row = (struct limits_row){.what = "listen backlog", .claim = &known};
	limits_add_unknown(list, row, "lo is down");
	check_rows(list,
		   "[{\"what\":\"listen backlog\",\"asked\":null,\"got\":128,"
		   "\"sysctl\":{\"key\":\"net.core.somaxconn\",\"value\":null},"
		   "\"verdict\":\"unknown\",\"text\":\"net.core.somaxconn is not known: cannot "
		   "open /proc/sys/x: No such file or directory\"},"
		   "{\"what\":\"listen backlog\",\"asked\":null,\"got\":null,"
		   "\"sysctl\":{\"key\":\"net.core.somaxconn\",\"value\":\"128\"},"
		   "\"verdict\":\"unknown\",\"text\":\"lo is down\"}]");
}

/* A contradiction says what it means for whoever reads it. */
static void contradiction(void **state)
{
	char value[] = "128";
	const struct claim known = {.key = "net.core.somaxconn", .text = value};
	struct limits_row row = {.what = "listen backlog",
				 .claim = &known,
				 .verdict = LIMITS_CONTRADICTION,
				 .text = mem_strdup("a listener has 256")};
	json_t *list = json_array();
	const char *text;

	(void)state;
	limits_add(list, row);
	text = json_string_value(json_object_get(json_array_get(list, 0), "text"));
	assert_true(strncmp(text, "a listener has 256: ", 20) == 0);
	assert_non_null(strstr(text, "BPF"));
	assert_non_null(strstr(text, "/proc/sys"));
	json_decref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clamps),  cmocka_unit_test(buffers),
		cmocka_unit_test(choices), cmocka_unit_test(unsent),
		cmocka_unit_test(rows),    cmocka_unit_test(contradiction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
