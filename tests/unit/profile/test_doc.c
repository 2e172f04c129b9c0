/* tests/unit/profile/test_doc.c - YAML as it may be written, and every bound. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "profile/doc.h"

static const char *error_of(const char *data, size_t len)
{
	static char text[2048];
	struct doc *doc = NULL;
	struct err err = {0};

	if (doc_parse("t.yaml", data, len, &doc, &err) == 0) {
		doc_free(doc);
		return "no error";
	}
	assert_null(doc);
	assert_int_equal(err.code, EBADMSG);
	return err_format(&err, text, sizeof(text));
}

static struct doc *parse(const char *text)
{
	struct doc *doc = NULL;
	struct err err = {0};

	if (doc_parse("t.yaml", text, strlen(text), &doc, &err) < 0)
		fail_msg("%s", err.text);
	return doc;
}

static void nodes_know_their_places(void **state)
{
	_cleanup_(doc_freep) struct doc *doc = parse("a: &x [1, \"two\"]\nb:\n  c: *x\n");
	const struct node *root = doc->root, *list = root->items[0].value;

	(void)state;
	assert_int_equal(root->kind, NODE_MAPPING);
	assert_int_equal(root->count, 2);
	assert_int_equal(root->weight, 11);
	assert_int_equal(list->kind, NODE_LIST);
	assert_int_equal(list->line, 1);
	assert_int_equal(list->column, 4);
	assert_string_equal(list->items[1].value->text, "two");
	assert_false(list->items[1].value->plain);
	assert_true(list->items[0].value->plain);
	assert_ptr_equal(root->items[1].value->items[0].value, list);
	assert_int_equal(root->items[1].key->line, 2);
	assert_string_equal(root->file, "t.yaml");
}

/* Editors on other systems put one in front of UTF-8; it is no part of the text. */
static void a_byte_order_mark_in_front_is_skipped(void **state)
{
	_cleanup_(doc_freep) struct doc *doc = parse("\xef\xbb\xbf"
						     "a: 1\nb: 2\n");

	(void)state;
	assert_int_equal(doc->root->count, 2);
	assert_string_equal(doc->root->items[0].key->text, "a");
	assert_int_equal(doc->root->items[0].key->column, 1);
	assert_string_equal(error_of("\xef\xbb\xbf\ta: 1\n", 9),
			    "t.yaml:1:1: a tab cannot indent YAML: use spaces");
	assert_string_equal(error_of("\xef\xbb", 2),
			    "t.yaml:1:1: not a text file: byte 0xef here, expected UTF-8");
}

static void nothing_is_no_root(void **state)
{
	static const char *const texts[] = {"",      "\xef\xbb\xbf", "# a comment\n",
					    "---\n", "~\n",          "null\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(doc_freep) struct doc *doc = parse(texts[i]);

		assert_null(doc->root);
	}
}

static void bad_text_is_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"\x7f"
		 "ELF\x01",
		 "t.yaml:1:1: not a text file: byte 0x7f here, expected UTF-8"},
		{"a: b\nc: \xff\n", "t.yaml:2:4: not a text file: byte 0xff here, expected UTF-8"},
		{"\xff\xfe"
		 "a",
		 "t.yaml:1:1: not a text file: byte 0xff here, expected UTF-8"},
		{"\xc3\xa9: \xc0\xaf",
		 "t.yaml:1:4: not a text file: byte 0xc0 here, expected UTF-8"},
		{"a: \x1b[31m", "t.yaml:1:4: not a text file: byte 0x1b here, expected UTF-8"},
		{"a: \xc2\x9b",
		 "t.yaml:1:4: not a text file: U+009B here, expected printable UTF-8"},
		{"a: \"\\x1b[31m\"", "t.yaml:1:4: text with a control character in it"},
		{"a: \"\\0\"", "t.yaml:1:4: text with a control character in it"},
		{"a: \"\\x9b\"", "t.yaml:1:4: text with a control character in it"},
		{"a:\n\tb: 1\n", "t.yaml:2:1: a tab cannot indent YAML: use spaces"},
		{"a:\n  b: 1\n  \tc: 1\n", "t.yaml:3:3: a tab cannot indent YAML: use spaces"},
		{"a: 1\n--- \nb: 1\n", "t.yaml:2:1: a second document: expected exactly one"},
		{"a: !!str x\n",
		 "t.yaml:1:4: tags ('tag:yaml.org,2002:str') are not taken; text that starts with "
		 "'!' must be quoted"},
		{"a: &x [*x]\n", "t.yaml:1:8: alias '*x' is inside what it stands for"},
		{"a: *x\n",
		 "t.yaml:1:4: alias '*x' without an anchor '&x' before it; text that starts "
		 "with '*' must be quoted"},
		{"a: &x b\n*x : c\n", "t.yaml:2:1: an alias is no key: a key is a single word"},
		{"[a]: b\n", "t.yaml:1:1: a list is no key: a key is a single word"},
		{"{a: b}: c\n", "t.yaml:1:1: a mapping is no key: a key is a single word"},
		{"<<: {a: b}\n",
		 "t.yaml:1:1: merge keys ('<<') are not taken: name what you build on "
		 "in `extends`"},
		{"a: 1\nb: 2\na: 3\n", "t.yaml:3:1: 'a' is given twice, first on line 1"},
		{"x: {c: 1, \"c\": 2}\n", "t.yaml:1:11: 'c' is given twice, first on line 1"},
		{"a: >=4.9\n",
		 "t.yaml:1:5: not valid YAML: while scanning a block scalar, did not find expected "
		 "comment or line break; text that starts with '>' or '|' must be quoted"},
		{"*.a: 1\n",
		 "t.yaml:1:2: not valid YAML: while scanning an alias, did not find expected "
		 "alphabetic or numeric character; text that starts with '*' must be quoted"},
		{"a: b: c\n",
		 "t.yaml:1:5: not valid YAML: mapping values are not allowed in this context; text "
		 "with ': ' in it must be quoted"},
		{"a: %b\n",
		 "t.yaml:1:4: not valid YAML: while scanning for the next token, found character "
		 "that "
		 "cannot start any token; text that starts with this character must be quoted"},
		{"a: \"b\n", "t.yaml:2:1: not valid YAML: while scanning a quoted scalar, found "
			     "unexpected end of "
			     "stream; is a closing quote missing?"},
		{"a: [b\n",
		 "t.yaml:2:1: not valid YAML: while parsing a flow sequence, did not find "
		 "expected ',' or ']'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(error_of(cases[i].text, strlen(cases[i].text)), cases[i].error);
	assert_string_equal(error_of("a: \0b", 5),
			    "t.yaml:1:4: not a text file: byte 0x00 here, expected UTF-8");
}

static void no_key_is_only_nearly_given_twice(void **state)
{
	_cleanup_(doc_freep) struct doc *doc = parse("b: 1\na: 2\nab: 3\nB: 4\n");

	(void)state;
	assert_int_equal(doc->root->count, 4);
}

/* `count` times `piece`, after `head`. */
static char *repeat(const char *head, const char *piece, size_t count)
{
	struct strbuf out = {0};

	strbuf_puts(&out, head);
	while (count--)
		strbuf_puts(&out, piece);
	return strbuf_take(&out);
}

static void depth_is_bounded(void **state)
{
	_cleanup_free_ char *deep = repeat("", "[", 100000);
	_cleanup_free_ char *block = repeat("", "- ", 33);
	_cleanup_strbuf_ struct strbuf most = {0};

	(void)state;
	assert_string_equal(error_of(deep, strlen(deep)),
			    "t.yaml:1:33: nested deeper than 32 levels");
	assert_string_equal(error_of(block, strlen(block)),
			    "t.yaml:1:65: nested deeper than 32 levels");
	for (int i = 0; i < 32; i++)
		strbuf_puts(&most, "[");
	for (int i = 0; i < 32; i++)
		strbuf_puts(&most, "]");
	assert_string_equal(error_of(most.text, most.len), "no error");
}

static void values_are_counted_with_aliases_expanded(void **state)
{
	static const char bomb[] = "a: &a [x,x,x,x,x,x,x,x,x]\n"
				   "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
				   "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
				   "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
				   "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
				   "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
				   "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
	_cleanup_free_ char *most = repeat("", "- x\n", 49999);
	_cleanup_free_ char *over = repeat("", "- x\n", 50000);

	(void)state;
	assert_string_equal(error_of(bomb, strlen(bomb)),
			    "t.yaml:5:23: more than 50000 values, aliases expanded");
	assert_string_equal(error_of(most, strlen(most)), "no error");
	assert_string_equal(error_of(over, strlen(over)),
			    "t.yaml:50000:3: more than 50000 values, aliases expanded");
}

static void aliases_are_counted(void **state)
{
	_cleanup_free_ char *most = repeat("- &a x\n", "- *a\n", 100);
	_cleanup_free_ char *over = repeat("- &a x\n", "- *a\n", 101);

	(void)state;
	assert_string_equal(error_of(most, strlen(most)), "no error");
	assert_string_equal(error_of(over, strlen(over)), "t.yaml:102:3: more than 100 aliases");
}

static void text_is_bounded(void **state)
{
	_cleanup_free_ char *most = repeat("a: ", "y", 4096);
	_cleanup_free_ char *over = repeat("a: ", "y", 4097);

	(void)state;
	assert_string_equal(error_of(most, strlen(most)), "no error");
	assert_string_equal(error_of(over, strlen(over)),
			    "t.yaml:1:4: text of 4097 bytes, at most 4096 are accepted");
}

/* An anchor can be set anew; the latest is meant. */
static void the_latest_anchor_counts(void **state)
{
	_cleanup_(doc_freep) struct doc *doc = parse("- &a 1\n- &a 2\n- *a\n");

	(void)state;
	assert_string_equal(doc->root->items[2].value->text, "2");
}

static void shown_is_cut_and_safe(void **state)
{
	_cleanup_free_ char *long_text = repeat("", "\xc3\xa9", 60);
	char shown[NODE_SHOWN_SIZE];

	(void)state;
	assert_string_equal(text_shown("plain", shown), "'plain'");
	assert_string_equal(text_shown("a\nb\x1b", shown), "'a\\x0ab\\x1b'");
	text_shown(long_text, shown);
	assert_true(str_is_utf8(shown, strlen(shown)));
	assert_int_equal(strlen(shown), 95);
	assert_string_equal(shown + 91, "...'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_know_their_places),
		cmocka_unit_test(a_byte_order_mark_in_front_is_skipped),
		cmocka_unit_test(nothing_is_no_root),
		cmocka_unit_test(bad_text_is_refused),
		cmocka_unit_test(no_key_is_only_nearly_given_twice),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(values_are_counted_with_aliases_expanded),
		cmocka_unit_test(aliases_are_counted),
		cmocka_unit_test(text_is_bounded),
		cmocka_unit_test(the_latest_anchor_counts),
		cmocka_unit_test(shown_is_cut_and_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
