/* tests/unit/render/test_term.c - width, wrapping and columns. */
#include "tests/unit/unit.h"

#include <locale.h>
#include <string.h>

#include "base/mem.h"
#include "render/columns.h"

static void shown_fits_one_line(void **state)
{
	static const struct {
		const char *locale, *text, *shown;
	} cases[] = {
		{"C.UTF-8", "", ""},
		{"C.UTF-8", "a\n\tb", "a  b"},
		{"C.UTF-8", "\x1b]0;x\a", "\\x1b]0;x\\x07"},
		{"C.UTF-8", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"C.UTF-8", "\xc3", "\\xc3"},
		{"C", "gr\xc3\xbc\xc3\x9f", "gr\\xc3\\xbc\\xc3\\x9f"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *shown = NULL;

		assert_non_null(setlocale(LC_CTYPE, cases[i].locale));
		shown = term_text(cases[i].text);
		assert_string_equal(shown, cases[i].shown);
	}
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

static void width_counts_columns(void **state)
{
	(void)state;
	assert_int_equal(term_width(""), 0);
	assert_int_equal(term_width("abc"), 3);
	assert_int_equal(term_width("gr\xc3\xbc\xc3\x9f"), 4);
	assert_int_equal(term_width("\xe6\xbc\xa2\xe5\xad\x97"), 4); /* two wide characters */
	assert_int_equal(term_width("e\xcc\x81"), 1);                /* a combining one */
	assert_int_equal(term_width("ab\nabcd\na"), 4);
	assert_int_equal(term_lines("ab\nabcd\na"), 3);
	assert_int_equal(term_lines(""), 1);
}

static void wrapped_between_words(void **state)
{
	static const struct {
		size_t width;
		const char *text, *wrapped;
	} cases[] = {
		{0, "a b c", "a b c"},
		{3, "", ""},
		{3, "a b c", "a b\nc"},
		{3, "abc", "abc"},
		/* a long word after punctuation, where that leaves a line worth having */
		{12, "etc/fettle/web.yaml,33", "etc/fettle/\nweb.yaml,33"},
		/* but a file's name is whole, wherever it stands */
		{12, "/etc/fettle/web.yaml:33", "/etc/fettle/web.yaml:33"},
		{12, "at profiles/web.yaml:33; source", "at\nprofiles/web.yaml:33;\nsource"},
		{12, "1024 (/etc/fettle/x.yaml:3), a", "1024\n(/etc/fettle/x.yaml:3),\na"},
		{12, "./a/long/one.yaml ../b/c", "./a/long/one.yaml\n../b/c"},
		{12, "net/ipv4/tcp_ipv4.c", "net/ipv4/\ntcp_ipv4.c"},
		{4, "a / b", "a /\nb"},
		{12, "net.ipv4.tcp_keepalive_time", "net.ipv4.\ntcp_\nkeepalive_\ntime"},
		{12, "a.bcdefghijklmnop", "a.bcdefghijk\nlmnop"},
		{12, "4096 131072-6291456", "4096\n131072-62914\n56"},
		{3, "abcdefg", "abc\ndef\ng"},
		{3, "ab cdefg h", "ab\ncde\nfg\nh"},
		{1, "ab c", "a\nb\nc"},
		{5, "a     b", "a\nb"},
		{7, "one two three", "one two\nthree"},
		{3, "\xe6\xbc\xa2\xe5\xad\x97", "\xe6\xbc\xa2\n\xe5\xad\x97"},
		{1, "\xe6\xbc\xa2", "\xe6\xbc\xa2"}, /* wider than the line: alone on it */
		{3, "a   ", "a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *wrapped = term_wrap(cases[i].text, cases[i].width);

		assert_string_equal(wrapped, cases[i].wrapped);
	}
}

static void any_may_be_wrapped(void **state)
{
	_cleanup_free_ char *wrapped = term_wrap_all("see /etc/fettle/web.yaml:33", 12);

	(void)state;
	assert_string_equal(wrapped, "see\n/etc/fettle/\nweb.yaml:33");
	assert_int_equal(term_widest_path("see /a/b:3, or /a/bc"), strlen("/a/b:3,"));
	assert_int_equal(term_widest_path("no 4096/8192 here"), 0);
}

static void shortened_in_the_middle(void **state)
{
	static const struct {
		size_t width;
		const char *text, *shown;
	} cases[] = {
		{30, "/run/user/1000/bus", "/run/user/1000/bus"},
		{18, "/run/user/1000/bus", "/run/user/1000/bus"},
		{17, "/run/user/1000/bus",
		 "/run/use\xe2\x80\xa6"
		 "1000/bus"},
		{10, "/run/user/1000/bus",
		 "/run\xe2\x80\xa6"
		 "0/bus"},
		{7, "/run/user/1000/bus", "/run/user/1000/bus"},
		/* characters of two columns */
		{9, "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2",
		 "\xe6\xbc\xa2\xe6\xbc\xa2\xe2\x80\xa6\xe6\xbc\xa2\xe6\xbc\xa2"},
		{8, "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2",
		 "\xe6\xbc\xa2\xe2\x80\xa6\xe6\xbc\xa2\xe6\xbc\xa2"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *shown = term_shorten(cases[i].text, cases[i].width);

		assert_string_equal(shown, cases[i].shown);
		assert_true(cases[i].width < 8 || term_width(shown) <= cases[i].width);
	}
}

static void files_go_under_the_rest(void **state)
{
	_cleanup_columns_ struct columns columns = {0};
	_cleanup_free_ char *text = NULL;

	(void)state;
	columns_add(&columns, STYLE_PLAIN, "NAME", "SUMMARY", "FILE");
	columns_add(&columns, STYLE_PLAIN, "web", "one two three four five six seven",
		    "/usr/share/fettle/profiles/web.yaml:69");
	columns_add(&columns, STYLE_PLAIN, "other", "short", NULL);
	assert_true(columns_fit(&columns, 38));
	text = columns_to_text(&columns, false);
	assert_string_equal(text, "NAME   SUMMARY\n"
				  "       FILE\n"
				  "web    one two three four five six\n"
				  "       seven\n"
				  "       /usr/share/fettle/profiles/web.yaml:69\n"
				  "other  short\n");
	assert_int_equal(columns_row_lines(&columns.rows[1]), 3);
}

static void columns_align_and_wrap(void **state)
{
	_cleanup_columns_ struct columns columns = {0};
	_cleanup_free_ char *text = NULL;

	(void)state;
	columns_add(&columns, STYLE_PLAIN, "NAME", "SUMMARY", NULL);
	columns_add(&columns, STYLE_PLAIN, "a", "one two three four five six seven eight nine",
		    "x");
	columns_add(&columns, STYLE_PLAIN, "long-name", NULL, "last \x1b all these words");
	assert_true(columns_fit(&columns, 45));
	text = columns_to_text(&columns, false);
	assert_string_equal(text, "NAME       SUMMARY\n"
				  "a          one two three     x\n"
				  "           four five six\n"
				  "           seven eight nine\n"
				  "long-name                    last \\x1b all\n"
				  "                             these words\n");
	assert_int_equal(columns_row_lines(&columns.rows[1]), 3);
}

static void too_narrow_for_columns(void **state)
{
	_cleanup_columns_ struct columns columns = {0};
	_cleanup_free_ char *text = NULL;

	(void)state;
	columns_add(&columns, STYLE_PLAIN, "name", "some words in the middle",
		    "and some at the end");
	assert_false(columns_fit(&columns, 30));
	text = columns_to_text(&columns, false);
	assert_string_equal(text, "name  some words in the middle  and some at the end\n");
}

static void no_rows_no_text(void **state)
{
	struct columns columns = {0};
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_true(columns_fit(&columns, 80));
	text = columns_to_text(&columns, true);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shown_fits_one_line),
		cmocka_unit_test(width_counts_columns),
		cmocka_unit_test(wrapped_between_words),
		cmocka_unit_test(columns_align_and_wrap),
		cmocka_unit_test(too_narrow_for_columns),
		cmocka_unit_test(no_rows_no_text),
		cmocka_unit_test(any_may_be_wrapped),
		cmocka_unit_test(files_go_under_the_rest),
		cmocka_unit_test(shortened_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
