/* tests/unit/rpc/test_interface.c - what is served is what is in the tree. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "rpc/interface.h"

static void served_as_in_the_tree(void **state)
{
	const char *srcdir = getenv("FETTLE_SRCDIR");

	(void)state;
	if (!srcdir)
		skip();
	for (size_t i = 0; i < rpc_n_interfaces; i++) {
		_cleanup_free_ char *path =
			mem_printf("%s/src/rpc/%s.varlink", srcdir, rpc_interfaces[i].name);
		_cleanup_free_ char *text = NULL;
		struct err err;
		size_t len;

		if (file_read(AT_FDCWD, path, 1 << 20, &text, &len, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(rpc_interfaces[i].description, text);
	}
}

static void found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(rpc_interface_find("org.varlink.service"), &rpc_interfaces[0]);
	assert_ptr_equal(rpc_interface_find("org.fettle"), &rpc_interfaces[1]);
	assert_null(rpc_interface_find("org.fettl"));
	assert_null(rpc_interface_find("org.fettle.Audit"));
	assert_null(rpc_interface_find(""));
}

/* A definition names itself; each of its methods, types and errors has a comment before it. */
static void everything_is_explained(void **state)
{
	static const char *const kinds[] = {"interface ", "method ", "type ", "error "};

	(void)state;
	for (size_t i = 0; i < rpc_n_interfaces; i++) {
		_cleanup_free_ char *copy = mem_strdup(rpc_interfaces[i].description);
		_cleanup_free_ char *first = mem_printf("\ninterface %s\n", rpc_interfaces[i].name);
		char *rest = copy, *line;
		bool explained = false;
		size_t found = 0;

		assert_non_null(strstr(rpc_interfaces[i].description, first));
		while ((line = strsep(&rest, "\n"))) {
			for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
				if (strncmp(line, kinds[k], strlen(kinds[k])) != 0)
					continue;
				found++;
				if (!explained)
					fail_msg("no comment: %s", line);
			}
			explained = line[0] == '#';
		}
		assert_true(found > 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(served_as_in_the_tree),
		cmocka_unit_test(found_by_name),
		cmocka_unit_test(everything_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
