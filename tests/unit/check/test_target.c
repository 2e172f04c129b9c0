/* tests/unit/check/test_target.c - what would be written, for every operator. */
#include "tests/unit/unit.h"

#include "base/str.h"
#include "check/target.h"
#include "sysctl/normalise.h"
#include "tests/unit/check/fixture.h"

static void every_operator(void **state)
{
	static const struct {
		const char *key, *expect, *actual, *target;
	} cases[] = {
		{"net.core.somaxconn", "4096", "128", "4096"},
		{"net.core.rmem_max", "{at-least: 64MiB}", "212992", "67108864"},
		{"net.core.rmem_max", "{at-most: 64MiB, set: 16MiB}", "99999999", "16777216"},
		{"net.core.somaxconn", "{between: [100, 200]}", "1", "100"},
		{"net.core.somaxconn", "{between: [100, 200]}", "300", "200"},
		{"net.ipv4.conf.all.rp_filter", "{one-of: [1, 2], set: 2}", "0", "2"},
		{"net.ipv4.conf.all.rp_filter", "{one-of: [1, 2]}", "0", "1"},
		{"net.ipv4.tcp_allowed_congestion_control", "{includes: [bbr, reno]}", "reno cubic",
		 "reno cubic bbr"},
		{"net.ipv4.tcp_allowed_congestion_control", "{excludes: [reno]}", "reno cubic",
		 "cubic"},
		{"net.ipv4.ip_local_reserved_ports", "{includes: [\"8080-8081\"]}", "22",
		 "22,8080-8081"},
		{"net.ipv4.tcp_congestion_control", "{first-available: [bbr, cubic]}", "reno",
		 "cubic"},
		/* only the field that deviates changes */
		{"net.ipv4.tcp_rmem",
		 "{fields: [~, {at-most: 1MiB, set: 128KiB}, {at-least: 64MiB}]}",
		 "4096 131072 6291456", "4096 131072 67108864"},
		{"net.ipv4.tcp_rmem",
		 "{fields: [~, {at-most: 1MiB, set: 128KiB}, {at-least: 64MiB}]}",
		 "4096 12582912 99999999", "4096 131072 99999999"},
		{"net.ipv4.tcp_rmem", "{equals: [4096, 128KiB, 6MiB]}", "1 2 3",
		 "4096 131072 6291456"},
		{"kernel.core_pattern", "{one-of: [core, \"|/bin/x\"]}", "y", "core"},
	};
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/tcp_available_congestion_control", "reno cubic\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *yaml =
			mem_printf("settings:\n  %s: %s\n", cases[i].key, cases[i].expect);
		_cleanup_(profile_freep) struct profile *profile = fixture_profile(&f, yaml);
		struct resolve_key key = {.name = cases[i].key,
					  .known = catalog_find(cases[i].key)};
		_cleanup_(value_freep) struct value *actual = NULL;
		_cleanup_free_ char *target = NULL;
		struct err err;

		key.kind = key.known ? key.known->kind : VALUE_STRING;
		assert_int_equal(sysctl_value_parse(key.kind, cases[i].actual, &actual, &err), 0);
		target = check_target(f.host, &key, profile->settings[0].expect, actual);
		if (!str_equal(target, cases[i].target))
			fail_msg("%s %s: %s", cases[i].key, cases[i].expect,
				 target ? target : "(none)");
	}
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_operator)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
