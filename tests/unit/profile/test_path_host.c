/* tests/unit/profile/test_path_host.c - where a path of a profile can be measured to. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "base/mem.h"
#include "tests/unit/profile/fixture.h"

static void the_first_host_of_a_path(void **state)
{
	_cleanup_(profile_freep) struct profile *profile = fixture_load_body(
		"paths:\n"
		"  - {name: one, to: \"192.0.2.10:4433\", expect: {rtt: {at-most: 80ms}}}\n"
		"  - {name: second, to: [198.51.100.0/24, \"2001:db8::1\", 192.0.2.7], "
		"expect: {rtt: {at-most: 80ms}}}\n"
		"  - {name: nets, to: [198.51.100.7/32, \"2001:db8::/32\"], "
		"expect: {rtt: {at-most: 80ms}}}\n");
	static const struct {
		const char *name;
		int result;
		const char *host, *error;
	} cases[] = {
		{"one", 0, "192.0.2.10:4433", NULL},
		{"second", 0, "2001:db8::1", NULL},
		{"nets", -EBADMSG, NULL,
		 "path 'nets' (t.yaml:7) leads to networks only: a measurement takes an address "
		 "in "
		 "its 'to'"},
		{"secnod", -ENOENT, NULL,
		 "profile 't' has no path 'secnod', did you mean 'second'?"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *host = NULL;
		struct err err = {0};
		char line[1600];

		assert_int_equal(profile_path_host(profile, cases[i].name, &host, &err),
				 cases[i].result);
		if (cases[i].error)
			assert_string_equal(err_format(&err, line, sizeof(line)), cases[i].error);
		else
			assert_string_equal(host, cases[i].host);
	}
}

static void a_profile_without_paths(void **state)
{
	_cleanup_(profile_freep) struct profile *profile = fixture_load_body("");
	_cleanup_free_ char *host = NULL;
	struct err err;

	(void)state;
	assert_int_equal(profile_path_host(profile, "one", &host, &err), -ENOENT);
	assert_string_equal(err.text, "profile 't' has no path 'one': it has no paths at all");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_host_of_a_path),
		cmocka_unit_test(a_profile_without_paths),
	};

	return cmocka_run_group_tests(tests, fixture_enter, fixture_leave);
}
