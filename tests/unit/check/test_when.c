/* tests/unit/check/test_when.c - conditions against a host. */
#include "tests/unit/unit.h"

#include "base/str.h"
#include "check/when.h"
#include "tests/unit/check/fixture.h"

static void conditions(void **state)
{
	static const struct {
		const char *when, *unmet;
	} cases[] = {
		{"{kernel: \">=4.9\"}", NULL},
		{"{kernel: \">=6.1\"}", NULL},
		{"{kernel: \"<6.1\"}", "needs kernel <6.1, this is 6.1.5-test"},
		{"{kernel: \">=6.3\"}", "needs kernel >=6.3, this is 6.1.5-test"},
		/* 6.1.5 is a 6.1: only the parts that were written are compared */
		{"{kernel: \"<=6.1\"}", NULL},
		{"{kernel: \"=6.1\"}", NULL},
		{"{kernel: \"=6\"}", NULL},
		{"{kernel: \"=6.1.5\"}", NULL},
		{"{kernel: \"=6.1.4\"}", "needs kernel =6.1.4, this is 6.1.5-test"},
		{"{kernel: \"<=6.1.4\"}", "needs kernel <=6.1.4, this is 6.1.5-test"},
		{"{kernel: \">6.1\"}", "needs kernel >6.1, this is 6.1.5-test"},
		{"{kernel: \">6.1.4\"}", NULL},
		{"{kernel: \"!=6.1\"}", "needs kernel !=6.1, this is 6.1.5-test"},
		{"{kernel: \"!=6.1.0\"}", NULL},
		{"{kernel: [\">=4.9\", \"<6.0\"]}", "needs kernel <6.0, this is 6.1.5-test"},
		{"{memory: \">=4GiB\"}", NULL},
		{"{memory: \">8GiB\"}", "needs memory >8GiB, this host has 8192 MiB"},
		{"{memory: \"<=8GiB\"}", NULL},
		{"{cpus: \">=2\"}", NULL},
		{"{cpus: \"!=4\"}", "needs cpus !=4, this host has 4"},
		{"{cpus: \"=4\"}", NULL},
		{"{key: net.core.somaxconn}", NULL},
		{"{key: net.core.nosuch}",
		 "needs the key net.core.nosuch, which this host does not have"},
	};
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/core/somaxconn", "4096\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *yaml = mem_printf("when: %s\n", cases[i].when);
		_cleanup_(profile_freep) struct profile *profile = fixture_profile(&f, yaml);
		_cleanup_free_ char *unmet = check_when(f.host, &profile->when);

		if (!str_equal(unmet, cases[i].unmet))
			fail_msg("%s: %s", cases[i].when, unmet ? unmet : "(holds)");
	}
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(conditions)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
