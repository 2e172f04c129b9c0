/* tests/unit/base/test_errno_name.c - names of codes, against those that the C library has. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/errno_name.h"
#include "config.h"

enum {
	BEYOND = 4096 /* no kernel has as many */
};

static void names_and_codes_belong_together(void **state)
{
	size_t named = 0;

	(void)state;
	assert_string_equal(errno_name(ENOENT), "ENOENT");
	assert_string_equal(errno_name(ECONNREFUSED), "ECONNREFUSED");
	for (int code = 1; code < BEYOND; code++) {
		const char *name = errno_name(code);

		if (strcmp(name, "EIO") == 0)
			continue;
		assert_int_equal(errno_code(name), code);
		named++;
	}
	assert_true(named > 100);
}

static void what_is_none_is_an_input_output_error(void **state)
{
	static const int none[] = {0, -ENOENT, -1, 524, BEYOND, INT_MAX, INT_MIN};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_string_equal(errno_name(none[i]), "EIO");
	assert_int_equal(errno_code(NULL), EIO);
	assert_int_equal(errno_code(""), EIO);
	assert_int_equal(errno_code("ENOENTRY"), EIO);
	assert_int_equal(errno_code("enoent"), EIO);
}

static void the_c_library_has_the_same(void **state)
{
	(void)state;
#ifdef HAVE_STRERRORNAME_NP
	for (int code = 1; code < BEYOND; code++) {
		const char *name = strerrorname_np(code);

		assert_string_equal(errno_name(code), name ? name : "EIO");
	}
#else
	print_message("skipped: this C library has no names to compare with\n");
	skip();
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_codes_belong_together),
		cmocka_unit_test(what_is_none_is_an_input_output_error),
		cmocka_unit_test(the_c_library_has_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
