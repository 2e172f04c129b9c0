/* tests/unit/check/test_lint.c - what is wrong with a profile wherever it is used. */
#include "tests/unit/unit.h"

#include "base/str.h"
#include "check/lint.h"
#include "tests/unit/check/fixture.h"

static void notes(void **state)
{
	static const struct {
		const char *setting, *note; /* without the info note on why and source */
	} cases[] = {
		{"net.core.somaxconn: 4096", NULL},
		{"net.core.somaxcon: 4096",
		 "warning: net.core.somaxcon is not in the catalogue, did you "
		 "mean 'net.core.somaxconn'?"},
		{"net.ipv4.tcp_rmem: {at-least: 5}",
		 "critical: net.ipv4.tcp_rmem: at-least has no meaning for vector: use fields"},
		{"net.core.rmem_max: {at-least: 5s}",
		 "critical: 5s is a time, but net.core.rmem_max "
		 "counts bytes: write a plain number"},
		{"net.ipv4.tcp_rmem: {fields: [~, ~, ~, 5]}",
		 "critical: net.ipv4.tcp_rmem: 4 fields are asked about, it has 3"},
		{"net.ipv4.tcp_rmem: {fields: [~, ~, {at-least: 5s}]}",
		 "critical: 5s is a time, but net.ipv4.tcp_rmem counts bytes: write a plain "
		 "number"},
		{"net.core.somaxconn: {first-available: [a]}",
		 "critical: net.core.somaxconn: no key lists what it may be set to: use one-of"},
		{"net.ipv4.tcp_tw_recycle: 0",
		 "warning: net.ipv4.tcp_tw_recycle was removed in kernel 4.12"},
		{"net.ipv4.tcp_tw_recycle: absent", NULL},
		{"net.ipv4.tcp_syn_retries: 300",
		 "critical: net.ipv4.tcp_syn_retries: the kernel accepts 1 to 127, not 300"},
		{"net.ipv4.tcp_rmem: [4096, 87380]",
		 "critical: net.ipv4.tcp_rmem: 2 values are given, it has 3"},
		{"net.ipv4.tcp_rmem: \"4096 131072 6291456\"", NULL},
		{"net.core.somaxconn: fast",
		 "critical: net.core.somaxconn: 'fast' is not a whole number"},
		{"net.core.flow_limit_cpu_bitmap: {includes: zz}",
		 "critical: net.core.flow_limit_cpu_bitmap: 'zz' is not hexadecimal; a mask is "
		 "written such as 3 or 1,ffffffff"},
		{"net.core.flow_limit_cpu_bitmap: {includes: \"0\"}",
		 "critical: net.core.flow_limit_cpu_bitmap: '0' has no members, so any value would "
		 "do"},
		{"net.core.rmem_max: {at-least: {sysctl: net.core.somaxconn}}",
		 "critical: net.core.rmem_max and net.core.somaxconn do not measure the same "
		 "thing"},
	};
	struct fixture f;

	(void)state;
	fixture_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *yaml = mem_printf("settings:\n  %s\n", cases[i].setting);
		_cleanup_(profile_freep) struct profile *profile = fixture_profile(&f, yaml);
		_cleanup_free_ char *got = NULL;
		struct lint_notes out = {0};

		check_lint(profile, &out);
		for (size_t j = 0; j < out.count; j++) {
			assert_int_equal(out.notes[j].origin.line, 5);
			if (out.notes[j].severity != SEVERITY_INFO && !got)
				got = mem_printf("%s: %s", severity_name(out.notes[j].severity),
						 out.notes[j].text);
		}
		if (!str_equal(got, cases[i].note))
			fail_msg("%s: %s", cases[i].setting, got ? got : "(no note)");
		lint_notes_fini(&out);
	}
	fixture_fini(&f);
}

static void a_reason_and_its_source_are_asked_for(void **state)
{
	struct lint_notes out = {0};
	struct fixture f;

	(void)state;
	fixture_init(&f);
	{
		_cleanup_(profile_freep) struct profile *profile =
			fixture_profile(&f, "settings:\n  net.core.somaxconn: 4096\n");

		check_lint(profile, &out);
		assert_int_equal(out.count, 1);
		assert_int_equal(out.notes[0].severity, SEVERITY_INFO);
		assert_string_equal(out.notes[0].text,
				    "net.core.somaxconn: no why: say what goes wrong otherwise");
	}
	lint_notes_fini(&out);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes),
		cmocka_unit_test(a_reason_and_its_source_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
