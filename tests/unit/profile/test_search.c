/* tests/unit/profile/test_search.c - names, the search path, and lists. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "profile/search.h"
#include "tests/unit/profile/fixture.h"

static void names(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} cases[] = {
		{"a", true},
		{"web-2", true},
		{"0", true},
		{"abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz0", true}, /* 64 */
		{"abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz01", false},
		{"", false},
		{"-a", false},
		{"Web", false},
		{"a.b", false},
		{"../a", false},
		{"a/b", false},
		{"a b", false},
		{"a\n", false},
		{"\xc3\xa9", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(profile_name_is_valid(cases[i].name), cases[i].valid);
}

static char *search(const char *path, const char *name)
{
	struct err err = {0};
	char *file = NULL;
	int r = profile_search(path, name, &file, &err);

	return r < 0 ? mem_printf("%d %s", -r, err.text) : file;
}

static void the_first_folder_wins(void **state)
{
	static const struct {
		const char *path, *name, *result;
	} cases[] = {
		{"f/etc:f/usr", "web", "f/etc/web.yaml"},
		{"f/usr:f/etc", "web", "f/usr/web.yaml"},
		{"f/etc:f/usr", "db", "f/usr/db.yaml"},
		{":f/none::f/usr/:", "db", "f/usr/db.yaml"},
		{"f/etc:f/usr", "wbe", "2 no profile 'wbe' in f/etc, f/usr, did you mean 'web'?"},
		{"f/etc", "zzzzzz", "2 no profile 'zzzzzz' in f/etc"},
		{"f/none", "web", "2 no profile 'web' in f/none"},
		{"", "web", "2 no profile 'web' in an empty search path"},
		{"f/etc", "../usr/db",
		 "22 '../usr/db' is no profile's name (1 to 64 of a-z, 0-9 and "
		 "'-') and no path (with a '/' or ending in .yaml)"},
		{"f/etc/web.yaml", "web",
		 "20 cannot examine f/etc/web.yaml/web.yaml: Not a directory"},
	};

	(void)state;
	fixture_profile("f/etc/web.yaml", "web", "");
	fixture_profile("f/usr/web.yaml", "web", "");
	fixture_profile("f/usr/db.yaml", "db", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *result = search(cases[i].path, cases[i].name);

		assert_string_equal(result, cases[i].result);
	}
}

/* What an administrator put in front must not be passed over in silence. */
static void a_dead_link_is_found(void **state)
{
	_cleanup_free_ char *file = NULL;

	(void)state;
	fixture_profile("l/usr/web.yaml", "web", "");
	fixture_profile("l/etc/other.yaml", "other", "");
	assert_int_equal(symlink("nowhere", "l/etc/web.yaml"), 0);
	file = search("l/etc:l/usr", "web");
	assert_string_equal(file, "l/etc/web.yaml");
	assert_string_equal(fixture_load_error("l/etc:l/usr", "web"),
			    "cannot open l/etc/web.yaml: No such file or directory");
}

static void the_list_has_the_broken_too(void **state)
{
	static const struct profile_entry expected[] = {
		{(char *)"Bad Name", (char *)"g/usr/Bad Name.yaml", NULL,
		 (char *)"g/usr/Bad Name.yaml:2:7: name: expected 1 to 64 of a-z, 0-9 and '-', "
			 "starting with a letter or digit, found 'Bad Name'"},
		{(char *)"broken", (char *)"g/usr/broken.yaml", NULL,
		 (char *)"g/usr/broken.yaml:4:1: unknown key 'sockts' in a profile, did you mean "
			 "'sockets'?"},
		{(char *)"empty", (char *)"g/usr/empty.yaml", NULL,
		 (char *)"g/usr/empty.yaml:1:1: is empty: a profile is a mapping that starts with "
			 "`schema: 1`"},
		{(char *)"web", (char *)"g/etc/web.yaml", (char *)"About web", NULL},
	};
	struct profile_list list = {0};
	struct err err = {0};

	(void)state;
	fixture_profile("g/etc/web.yaml", "web", "");
	fixture_profile("g/usr/web.yaml", "web", "broken: but shadowed\n");
	fixture_profile("g/usr/broken.yaml", "broken", "sockts: {}\n");
	fixture_profile("g/usr/Bad Name.yaml", "Bad Name", "");
	fixture_write("g/usr/empty.yaml", "");
	fixture_write("g/usr/.hidden.yaml", "");
	fixture_write("g/usr/.yaml", "");
	fixture_write("g/usr/profile.schema.json", "{}");
	fixture_write("g/usr/keys.tsv", "");
	assert_int_equal(profile_list_read("g/etc:g/none:g/usr", &list, &err), 0);
	assert_int_equal(list.count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < list.count; i++) {
		assert_string_equal(list.entries[i].name, expected[i].name);
		assert_string_equal(list.entries[i].file, expected[i].file);
		assert_true(str_equal(list.entries[i].summary, expected[i].summary));
		assert_true(str_equal(list.entries[i].problem, expected[i].problem));
	}
	profile_list_fini(&list);
	assert_int_equal(profile_list_read("g/none", &list, &err), 0);
	assert_int_equal(list.count, 0);
	profile_list_fini(&list);
	assert_int_equal(profile_list_read("g/etc/web.yaml", &list, &err), -ENOTDIR);
	assert_string_equal(err.text, "cannot list g/etc/web.yaml: Not a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(the_first_folder_wins),
		cmocka_unit_test(a_dead_link_is_found),
		cmocka_unit_test(the_list_has_the_broken_too),
	};

	return cmocka_run_group_tests(tests, fixture_enter, fixture_leave);
}
