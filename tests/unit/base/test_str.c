/* tests/unit/base/test_str.c - text helpers, every byte of them. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static void strbuf_grows_and_hands_over(void **state)
{
	_cleanup_strbuf_ struct strbuf buf = {0};
	_cleanup_free_ char *text = NULL;

	(void)state;
	for (int i = 0; i < 1000; i++)
		strbuf_printf(&buf, "%d,", i % 10);
	text = strbuf_take(&buf);
	assert_int_equal(strlen(text), 2000);
	assert_null(buf.text);
	assert_memory_equal(text, "0,1,2,3,", 8);
}

static void empty_strbuf_is_an_empty_string(void **state)
{
	struct strbuf buf = {0};
	_cleanup_free_ char *text = strbuf_take(&buf);

	(void)state;
	assert_string_equal(text, "");
}

static void utf8_by_rfc_3629(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{"", true},
		{"plain", true},
		{"\xc3\xa9", true},          /* e acute */
		{"\xf0\x9f\x90\xa7", true},  /* penguin */
		{"\xf4\x8f\xbf\xbf", true},  /* U+10FFFF */
		{"\xf4\x90\x80\x80", false}, /* above it */
		{"\xed\xa0\x80", false},     /* a surrogate */
		{"\xc0\xaf", false},         /* overlong slash */
		{"\xe0\x80\xaf", false},     /* overlong slash, longer */
		{"\xc3", false},             /* cut */
		{"\x80", false},             /* a tail alone */
		{"\xff", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(str_is_utf8(cases[i].text, strlen(cases[i].text)), cases[i].valid);
}

static void printable_leaves_no_control_byte(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		char in[2] = {(char)byte, '\0'};
		_cleanup_free_ char *out = str_printable(in);

		for (const char *p = out; *p; p++)
			assert_true(*p >= 0x20 && *p < 0x7f);
	}
	{
		_cleanup_free_ char *out = str_printable("\xc3\xa9\x1b[31m\xc2\x9b");

		assert_string_equal(out, "\xc3\xa9\\x1b[31m\\xc2\\x9b");
	}
}

/* What reorders or breaks a line of text is no more safe than what moves the cursor. */
static void printable_leaves_no_hidden_order(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"\xd8\x9b\xd8\x9c\xd8\x9d", "\xd8\x9b\\xd8\\x9c\xd8\x9d"},
		{"\xe2\x80\x8d", "\xe2\x80\x8d"}, /* a joiner, U+200D */
		{"\xe2\x80\x8e", "\\xe2\\x80\\x8e"},
		{"\xe2\x80\x8f", "\\xe2\\x80\\x8f"},
		{"\xe2\x80\x90", "\xe2\x80\x90"},
		{"\xe2\x80\xa7", "\xe2\x80\xa7"},
		{"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},
		{"\xe2\x80\xaa", "\\xe2\\x80\\xaa"},
		{"\xe2\x80\xae", "\\xe2\\x80\\xae"},
		{"\xe2\x80\xaf", "\xe2\x80\xaf"},
		{"\xe2\x81\xa5", "\xe2\x81\xa5"},
		{"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},
		{"\xe2\x81\xa9", "\\xe2\\x81\\xa9"},
		{"\xe2\x81\xaa", "\xe2\x81\xaa"},
		{"a\xe2\x80\xae z", "a\\xe2\\x80\\xae z"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *shown = str_printable(cases[i].text);

		assert_string_equal(shown, cases[i].shown);
	}
}

static void nearest_finds_slips_only(void **state)
{
	static const char *const words[] = {"at-least", "at-most", "between", "equals"};

	(void)state;
	assert_string_equal(str_nearest("atleast", words, ARRAY_SIZE(words)), "at-least");
	assert_string_equal(str_nearest("AT-MOST", words, ARRAY_SIZE(words)), "at-most");
	assert_string_equal(str_nearest("bewteen", words, ARRAY_SIZE(words)), "between");
	assert_null(str_nearest("banana", words, ARRAY_SIZE(words)));
	assert_null(str_nearest("x", NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strbuf_grows_and_hands_over),
		cmocka_unit_test(empty_strbuf_is_an_empty_string),
		cmocka_unit_test(utf8_by_rfc_3629),
		cmocka_unit_test(printable_leaves_no_control_byte),
		cmocka_unit_test(printable_leaves_no_hidden_order),
		cmocka_unit_test(nearest_finds_slips_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
