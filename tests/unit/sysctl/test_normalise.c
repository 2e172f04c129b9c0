/* Text to values, every kind, good and bad; and two properties on random input. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "sysctl/normalise.h"

/* A value written out whole: its kind, its shown text, and what it is made of. */
static char *dump(const struct value *value)
{
	struct strbuf out = {0};
	char buf[NUM_TEXT_SIZE];

	strbuf_printf(&out, "%s '%s'", value_kind_name(value->kind), value->text);
	for (size_t i = 0; i < value->n_nums; i++)
		strbuf_printf(&out, " %s", num_format(value->nums[i], buf));
	for (size_t i = 0; i < value->n_words; i++)
		strbuf_printf(&out, " <%s>", value->words[i]);
	for (size_t i = 0; i < value->n_ranges; i++)
		strbuf_printf(&out, " [%" PRIu32 ",%" PRIu32 "]", value->ranges[i].first,
			      value->ranges[i].last);
	return strbuf_take(&out);
}

static const struct {
	enum value_kind kind;
	const char *text, *dumped;
} good_texts[] = {
	{VALUE_INTEGER, "4096\n", "integer '4096' 4096"},
	{VALUE_INTEGER, " \t-1 ", "integer '-1' -1"},
	{VALUE_INTEGER, "+7", "integer '7' 7"},
	{VALUE_INTEGER, "0", "integer '0' 0"},
	{VALUE_INTEGER, "-0", "integer '0' 0"},
	{VALUE_INTEGER, "0x1F", "integer '31' 31"},
	{VALUE_INTEGER, "-0x10", "integer '-16' -16"},
	{VALUE_INTEGER, "0x0000000000000000f", "integer '15' 15"},
	{VALUE_INTEGER, "18446744073692774399",
	 "integer '18446744073692774399' 18446744073692774399"},
	{VALUE_INTEGER, "0xffffffffffffffff",
	 "integer '18446744073709551615' 18446744073709551615"},
	{VALUE_INTEGER, "-9223372036854775808",
	 "integer '-9223372036854775808' -9223372036854775808"},
	{VALUE_VECTOR, "4096\t131072\t6291456\n",
	 "vector '4096 131072 6291456' 4096 131072 6291456"},
	{VALUE_VECTOR, "4096, 87380 ,6291456", "vector '4096 87380 6291456' 4096 87380 6291456"},
	{VALUE_VECTOR, "7", "vector '7' 7"},
	{VALUE_SET, "reno cubic\tbbr\n", "set 'reno cubic bbr' <bbr> <cubic> <reno>"},
	{VALUE_SET, "b a b  a", "set 'b a b a' <a> <b>"},
	{VALUE_SET, "", "set ''"},
	{VALUE_SET, " \n", "set ''"},
	{VALUE_BITMAP, "3\n", "bitmap '3' [0,1]"},
	{VALUE_BITMAP, "0", "bitmap '0'"},
	{VALUE_BITMAP, "", "bitmap ''"},
	{VALUE_BITMAP, "00000000,00000005", "bitmap '5' [0,0] [2,2]"},
	{VALUE_BITMAP, "00000000,00000000", "bitmap '0'"},
	{VALUE_BITMAP, "1,ffffffff", "bitmap '1,ffffffff' [0,32]"},
	{VALUE_BITMAP, "0xF0,0", "bitmap 'f0,00000000' [36,39]"},
	{VALUE_RANGES, "8080,9148-9150\n", "port list '8080,9148-9150' [8080,8080] [9148,9150]"},
	{VALUE_RANGES, "5-7,1,3,2,6-9", "port list '1-3,5-9' [1,3] [5,9]"},
	{VALUE_RANGES, "1 2\t3", "port list '1-3' [1,3]"},
	{VALUE_RANGES, "0-4294967295,7", "port list '0-4294967295' [0,4294967295]"},
	{VALUE_RANGES, "4294967295,4294967294",
	 "port list '4294967294-4294967295' "
	 "[4294967294,4294967295]"},
	{VALUE_RANGES, "\n", "port list ''"},
	{VALUE_STRING, " pfifo_fast\n", "string 'pfifo_fast'"},
	{VALUE_STRING, "|/bin/x  %P\t%u\n", "string '|/bin/x %P %u'"},
	{VALUE_STRING, "", "string ''"},
};

static void good_text_gives_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good_texts); i++) {
		_cleanup_(value_freep) struct value *value = NULL;
		_cleanup_free_ char *dumped = NULL;
		struct err err = {0};

		if (sysctl_value_parse(good_texts[i].kind, good_texts[i].text, &value, &err) < 0)
			fail_msg("'%s': %s", good_texts[i].text, err.text);
		dumped = dump(value);
		assert_string_equal(dumped, good_texts[i].dumped);
	}
}

static const struct {
	enum value_kind kind;
	const char *text;
	int code;
	const char *message;
} bad_texts[] = {
	{VALUE_INTEGER, "", EBADMSG, "empty, expected a whole number"},
	{VALUE_INTEGER, "\n", EBADMSG, "empty, expected a whole number"},
	{VALUE_INTEGER, "12a", EBADMSG, "'12a' is not a whole number"},
	{VALUE_INTEGER, "-", EBADMSG, "'-' is not a whole number"},
	{VALUE_INTEGER, "0x", EBADMSG, "'0x' is not a whole number"},
	{VALUE_INTEGER, "0xg", EBADMSG, "'0xg' is not a whole number"},
	{VALUE_INTEGER, "--1", EBADMSG, "'--1' is not a whole number"},
	{VALUE_INTEGER, "1.5", EBADMSG, "'1.5' is not a whole number"},
	{VALUE_INTEGER, "1\x1b[2J", EBADMSG, "'1\\x1b[2J' is not a whole number"},
	{VALUE_INTEGER, "010", EBADMSG,
	 "'010' has a leading zero, which the kernel takes as octal: write it without"},
	{VALUE_INTEGER, "1 2", EBADMSG, "'2' follows a number, where one number alone is expected"},
	{VALUE_INTEGER, "18446744073709551616", ERANGE,
	 "'18446744073709551616' does not fit into 64 bits"},
	{VALUE_INTEGER, "-9223372036854775809", ERANGE,
	 "'-9223372036854775809' does not fit into 64 bits"},
	{VALUE_INTEGER, "0x10000000000000000", ERANGE,
	 "'0x10000000000000000' does not fit into 64 bits"},
	{VALUE_INTEGER, "-0x8000000000000001", ERANGE,
	 "'-0x8000000000000001' does not fit into 64 bits"},
	{VALUE_VECTOR, "", EBADMSG, "empty, expected whole numbers"},
	{VALUE_VECTOR, "1 two 3", EBADMSG, "'two' is not a whole number"},
	{VALUE_SET, "bbr reno,cubic", EBADMSG,
	 "'reno,cubic' holds a comma: words stand between blanks"},
	{VALUE_BITMAP, "xyz", EBADMSG,
	 "'xyz' is not hexadecimal; a mask is written such as 3 or 1,ffffffff"},
	{VALUE_BITMAP, "1fffffffff", EBADMSG,
	 "'1fffffffff' is longer than the 8 digits of a group of bits"},
	{VALUE_BITMAP, "0-3", EBADMSG,
	 "'0-3' is not hexadecimal; a mask is written such as 3 or 1,ffffffff"},
	{VALUE_RANGES, "80-", EBADMSG, "'80-' is neither a number nor a range such as 9148-9150"},
	{VALUE_RANGES, "-80", EBADMSG, "'-80' is neither a number nor a range such as 9148-9150"},
	{VALUE_RANGES, "+80", EBADMSG, "'+80' is neither a number nor a range such as 9148-9150"},
	{VALUE_RANGES, "1-2-3", EBADMSG,
	 "'1-2-3' is neither a number nor a range such as 9148-9150"},
	{VALUE_RANGES, "http", EBADMSG, "'http' is neither a number nor a range such as 9148-9150"},
	{VALUE_RANGES, "9-8", EBADMSG, "'9-8' is a range that ends before it starts"},
	{VALUE_RANGES, "1,4294967296", ERANGE, "'4294967296' does not fit into 32 bits"},
	{VALUE_UNKNOWN, "1", EBADMSG, "a value of kind unknown has no text"},
};

static void bad_text_is_quoted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_texts); i++) {
		struct value *value = NULL;
		struct err err = {0};

		assert_int_equal(
			sysctl_value_parse(bad_texts[i].kind, bad_texts[i].text, &value, &err),
			-bad_texts[i].code);
		assert_null(value);
		assert_string_equal(err.text, bad_texts[i].message);
	}
}

static void a_long_part_is_cut_in_the_error(void **state)
{
	struct value *value = NULL;
	struct err err = {0};
	char text[500];

	(void)state;
	memset(text, 'z', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(sysctl_value_parse(VALUE_INTEGER, text, &value, &err), -EBADMSG);
	assert_string_equal(err.text,
			    "'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz...' "
			    "is not a whole number");
}

static void kinds_are_guessed_from_the_text(void **state)
{
	static const struct {
		const char *text;
		enum value_kind kind;
	} rows[] = {
		{"1\n", VALUE_INTEGER},  {"-1", VALUE_INTEGER},
		{"0x10", VALUE_INTEGER}, {"1\t2\t3", VALUE_VECTOR},
		{"1 2", VALUE_VECTOR},   {"", VALUE_STRING},
		{"cubic", VALUE_STRING}, {"1 x", VALUE_STRING},
		{"1,2", VALUE_STRING},   {"0-3", VALUE_STRING},
		{"0010", VALUE_STRING},  {"99999999999999999999", VALUE_STRING},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(sysctl_value_guess(rows[i].text), rows[i].kind);
}

static void seed_random(void)
{
	const char *given = getenv("FETTLE_TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);

	print_message("seed %u (FETTLE_TEST_SEED=%u repeats this run)\n", seed, seed);
	srandom(seed);
}

static unsigned below(unsigned limit)
{
	return (unsigned)random() % limit;
}

/* What is shown of a value means the same value: on texts that are mostly well formed. */
static void shown_text_parses_to_the_same_value(void **state)
{
	static const char alphabet[] = "0123456789abf,- \tx";
	size_t parsed = 0;

	(void)state;
	seed_random();
	for (unsigned round = 0; round < 20000; round++) {
		enum value_kind kind = VALUE_INTEGER + below(VALUE_KINDS - 1);
		_cleanup_(value_freep) struct value *once = NULL, *twice = NULL;
		struct err err = {0};
		char text[16];
		size_t len = below(sizeof(text));

		for (size_t i = 0; i < len; i++)
			text[i] = alphabet[below(sizeof(alphabet) - 1)];
		text[len] = '\0';
		if (sysctl_value_parse(kind, text, &once, &err) < 0)
			continue;
		parsed++;
		assert_int_equal(sysctl_value_parse(kind, once->text, &twice, &err), 0);
		assert_true(value_equal(once, twice));
		assert_string_equal(once->text, twice->text);
	}
	assert_true(parsed > 1000);
}

/* Merged ranges hold exactly the numbers that went in, sorted, disjoint and not adjacent. */
static void ranges_keep_every_number_and_add_none(void **state)
{
	enum {
		NUMBERS = 64
	};

	(void)state;
	seed_random();
	for (unsigned round = 0; round < 2000; round++) {
		_cleanup_(value_freep) struct value *value = NULL;
		_cleanup_strbuf_ struct strbuf text = {0};
		bool in[NUMBERS] = {false}, out[NUMBERS] = {false};
		struct err err = {0};

		for (unsigned i = below(12); i > 0; i--) {
			unsigned first = below(NUMBERS), last = first + below(NUMBERS - first);

			strbuf_printf(&text, "%s%u-%u", text.len ? "," : "", first, last);
			for (unsigned j = first; j <= last; j++)
				in[j] = true;
		}
		strbuf_puts(&text, "\n");
		assert_int_equal(sysctl_value_parse(VALUE_RANGES, text.text, &value, &err), 0);
		for (size_t i = 0; i < value->n_ranges; i++) {
			assert_true(value->ranges[i].first <= value->ranges[i].last);
			assert_true(!i || value->ranges[i].first > value->ranges[i - 1].last + 1);
			for (unsigned j = value->ranges[i].first; j <= value->ranges[i].last; j++)
				out[j] = true;
		}
		assert_memory_equal(in, out, sizeof(in));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_text_gives_values),
		cmocka_unit_test(bad_text_is_quoted),
		cmocka_unit_test(a_long_part_is_cut_in_the_error),
		cmocka_unit_test(kinds_are_guessed_from_the_text),
		cmocka_unit_test(shown_text_parses_to_the_same_value),
		cmocka_unit_test(ranges_keep_every_number_and_add_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
