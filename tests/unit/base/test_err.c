/* tests/unit/base/test_err.c - an error's text, whole or visibly cut. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

static void set_replaces_everything(void **state)
{
	struct err err = {.code = 1, .line = 3, .column = 4, .file = "old", .text = "old"};
	char buf[64];

	(void)state;
	assert_int_equal(err_set(&err, ENOENT, "no %s: %d", "such", 7), -ENOENT);
	assert_int_equal(err.code, ENOENT);
	assert_string_equal(err_format(&err, buf, sizeof(buf)), "no such: 7");
}

static void formats_as_compilers_do(void **state)
{
	struct err err;
	char buf[64];

	(void)state;
	assert_int_equal(err_at(&err, EBADMSG, "a.yaml", 3, 9, "bad '%c'", 'x'), -EBADMSG);
	assert_string_equal(err_format(&err, buf, sizeof(buf)), "a.yaml:3:9: bad 'x'");
	err.line = 0;
	assert_string_equal(err_format(&err, buf, sizeof(buf)), "a.yaml: bad 'x'");
}

static void prefix_keeps_code_and_place(void **state)
{
	struct err err;
	char buf[64];

	(void)state;
	err_at(&err, EBADMSG, "a.yaml", 3, 9, "bad");
	assert_int_equal(err_prefix(&err, "key %s: ", "k"), -EBADMSG);
	assert_string_equal(err_format(&err, buf, sizeof(buf)), "a.yaml:3:9: key k: bad");
}

static void long_texts_end_in_dots(void **state)
{
	char longest[4096];
	struct err err;

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	err_at(&err, EBADMSG, longest, 1, 1, "%s", longest);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_string_equal(err.text + sizeof(err.text) - 5, "a...");
	assert_int_equal(strlen(err.file), sizeof(err.file) - 1);
	assert_string_equal(err.file + sizeof(err.file) - 5, "a...");

	err_set(&err, EBADMSG, "short");
	err_prefix(&err, "%s", longest);
	assert_string_equal(err.text + sizeof(err.text) - 5, "a...");
	err_set(&err, EBADMSG, "%.*s", (int)sizeof(err.text) - 1, longest);
	assert_string_equal(err.text + sizeof(err.text) - 5, "aaaa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_replaces_everything),
		cmocka_unit_test(formats_as_compilers_do),
		cmocka_unit_test(prefix_keeps_code_and_place),
		cmocka_unit_test(long_texts_end_in_dots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
