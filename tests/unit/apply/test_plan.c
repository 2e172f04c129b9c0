/* tests/unit/apply/test_plan.c - a profile and a host to changes and obstacles. */
#include "tests/unit/unit.h"

#include <string.h>
#include <unistd.h>

#include "apply/risk.h"
#include "base/str.h"
#include "tests/unit/apply/rig.h"
#include "tests/unit/namespace.h"

/* As JSON, sorted and compact, without what a reader of the test cannot foresee. */
static char *plan_text(struct rig *rig, const char *yaml)
{
	_cleanup_(profile_freep) struct profile *profile = fixture_profile(&rig->fixture, yaml);
	struct plan plan;
	json_t *object;
	char *text;
	json_t *item;
	size_t i;

	plan_make(&rig->context, profile, &plan);
	object = plan_to_json(&plan);
	assert_non_null(object);
	json_object_del(object, "profile");
	json_array_foreach(json_object_get(object, "changes"), i, item)
	{
		json_object_del(item, "origin");
		json_object_del(item, "severity");
		json_object_del(item, "expected");
	}
	json_array_foreach(json_object_get(object, "blocked"), i, item)
	{
		json_object_del(item, "origin");
		json_object_del(item, "severity");
	}
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	plan_fini(&plan);
	return text;
}

static void test_only_what_deviates(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "net/core/somaxconn", "128\n");
	fixture_key(&rig.fixture, "net/core/netdev_max_backlog", "5000\n");
	fixture_key(&rig.fixture, "net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
	assert_text(
		plan_text(&rig, "settings:\n"
				"  net.core.netdev_max_backlog: {at-least: 1000}\n"
				"  net.core.somaxconn: {at-least: 4096}\n"
				"  net.ipv4.tcp_rmem: {fields: [~, ~, {at-least: 16MiB}]}\n"),
		"{\"not_applicable\":null,\"changes\":["
		"{\"key\":\"net.core.somaxconn\",\"from\":\"128\",\"to\":\"4096\",\"module\":null},"
		"{\"key\":\"net.ipv4.tcp_rmem\",\"from\":\"4096 131072 6291456\","
		"\"to\":\"4096 131072 16777216\",\"module\":null}],"
		"\"blocked\":[],\"modules\":[],\"warnings\":[]}");
	rig_fini(&rig);
}

static void test_origin_and_severity(void **state)
{
	struct rig rig;
	_cleanup_(profile_freep) struct profile *profile = NULL;
	_cleanup_free_ char *file = NULL;
	struct plan plan;

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "net/core/somaxconn", "128\n");
	profile = fixture_profile(&rig.fixture,
				  "settings:\n"
				  "  net.core.somaxconn: {equals: 4096, severity: critical}\n");
	plan_make(&rig.context, profile, &plan);
	file = tree_path(rig.fixture.tree, "profiles/test.yaml");
	assert_int_equal(plan.n_changes, 1);
	assert_string_equal(plan.changes[0].origin.file, file);
	assert_int_equal(plan.changes[0].origin.line, 5);
	assert_int_equal(plan.changes[0].severity, SEVERITY_CRITICAL);
	assert_string_equal(plan.name, "test");
	plan_fini(&plan);
	rig_fini(&rig);
}

static void test_obstacles(void **state)
{
	struct rig rig;
	struct plan plan;
	_cleanup_(profile_freep) struct profile *profile = NULL;
	static const struct {
		const char *key, *obstacle;
	} rows[] = {
		{"net.core.no_such_key", "absent"},
		{"net.ipv4.tcp_congestion_control", "unresolved"},
		{"net.ipv4.tcp_sack", "waived"},
		{"net.ipv4.tcp_timestamps", "unresolved"},
		{"net.core.somaxconn", "unreadable"},
	};

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "net/ipv4/tcp_congestion_control", "cubic\n");
	fixture_key(&rig.fixture, "net/ipv4/tcp_available_congestion_control", "reno cubic\n");
	fixture_key(&rig.fixture, "net/ipv4/tcp_sack", "0\n");
	fixture_key(&rig.fixture, "net/ipv4/tcp_timestamps", "1\n");
	fixture_key(&rig.fixture, "net/core/somaxconn/x", "a folder");
	profile = fixture_profile(
		&rig.fixture,
		"settings:\n"
		"  net.core.no_such_key: 1\n"
		"  net.ipv4.tcp_congestion_control: {first-available: [bbr, htcp]}\n"
		"  net.ipv4.tcp_sack: 1\n"
		"  net.ipv4.tcp_timestamps: absent\n"
		"  net.core.somaxconn: 4096\n"
		"waivers:\n"
		"  - {finding: sysctl.net.ipv4.tcp_sack, reason: a CVE, owner: netops}\n");
	plan_make(&rig.context, profile, &plan);
	assert_int_equal(plan.n_changes, 0);
	assert_int_equal(plan.n_blocked, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool found = false;

		for (size_t j = 0; j < plan.n_blocked; j++) {
			if (strcmp(plan.blocked[j].key, rows[i].key) != 0)
				continue;
			found = true;
			assert_string_equal(plan_obstacle_name(plan.blocked[j].obstacle),
					    rows[i].obstacle);
			assert_non_null(plan.blocked[j].why);
		}
		assert_true(found);
	}
	plan_fini(&plan);
	rig_fini(&rig);
}

/* What the catalogue doubts is not tried; what the key holds already is not doubted. */
static void test_out_of_range(void **state)
{
	struct rig rig;
	struct plan plan;
	_cleanup_(profile_freep) struct profile *profile = NULL;

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "net/ipv4/tcp_syn_retries", "200\n");
	fixture_key(&rig.fixture, "net/ipv4/tcp_synack_retries", "5\n");
	fixture_key(&rig.fixture, "net/ipv4/tcp_fin_timeout", "60\n");
	profile = fixture_profile(&rig.fixture, "settings:\n"
						"  net.ipv4.tcp_syn_retries: 200\n"
						"  net.ipv4.tcp_synack_retries: 300\n"
						"  net.ipv4.tcp_fin_timeout: 30\n");
	plan_make(&rig.context, profile, &plan);
	assert_int_equal(plan.n_changes, 1);
	assert_string_equal(plan.changes[0].key, "net.ipv4.tcp_fin_timeout");
	assert_int_equal(plan.n_blocked, 1);
	assert_string_equal(plan.blocked[0].key, "net.ipv4.tcp_synack_retries");
	assert_string_equal(plan_obstacle_name(plan.blocked[0].obstacle), "out-of-range");
	assert_string_equal(plan.blocked[0].why, "the kernel takes 0 to 255, not 300 (kernel "
						 "Documentation/networking/ip-sysctl.rst; tcp(7))");
	assert_int_equal(plan.blocked[0].origin.line, 6);
	plan_fini(&plan);
	rig_fini(&rig);
}

static void test_not_applicable(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "net/core/somaxconn", "128\n");
	assert_text(
		plan_text(&rig,
			  "when: {kernel: \">=99.0\"}\nsettings:\n  net.core.somaxconn: 4096\n"),
		"{\"not_applicable\":\"needs kernel >=99.0, this is 6.1.5-test\",\"changes\":[],"
		"\"blocked\":[],\"modules\":[],\"warnings\":[]}");
	rig_fini(&rig);
}

static void test_congestion_control_behind_a_module(void **state)
{
	struct rig rig;
	_cleanup_free_ char *modprobe = NULL;
	const char *const yaml = "settings:\n  net.ipv4.tcp_congestion_control: bbr\n";

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "net/ipv4/tcp_congestion_control", "cubic\n");
	fixture_key(&rig.fixture, "net/ipv4/tcp_available_congestion_control", "reno cubic\n");
	assert_text(plan_text(&rig, yaml),
		    "{\"not_applicable\":null,\"changes\":[],\"blocked\":["
		    "{\"key\":\"net.ipv4.tcp_congestion_control\",\"obstacle\":\"absent\",\"why\":"
		    "\"the module tcp_bbr is needed, and loading modules is not allowed\"}],"
		    "\"modules\":[],\"warnings\":[]}");
	modprobe = tree_script(rig.fixture.tree, "modprobe",
			       "[ \"$1\" = --dry-run ] && [ $2 = tcp_bbr ]\n");
	rig.context.modprobe = modprobe;
	assert_text(plan_text(&rig, yaml),
		    "{\"not_applicable\":null,\"changes\":[{\"key\":\"net.ipv4.tcp_congestion_"
		    "control\","
		    "\"from\":\"cubic\",\"to\":\"bbr\",\"module\":\"tcp_bbr\"}],"
		    "\"blocked\":[],\"modules\":[\"tcp_bbr\"],\"warnings\":[]}");
	fixture_key(&rig.fixture, "kernel/modules_disabled", "1\n");
	assert_text(plan_text(&rig, yaml),
		    "{\"not_applicable\":null,\"changes\":[],\"blocked\":["
		    "{\"key\":\"net.ipv4.tcp_congestion_control\",\"obstacle\":\"absent\",\"why\":"
		    "\"the module tcp_bbr is needed, and kernel.modules_disabled is set\"}],"
		    "\"modules\":[],\"warnings\":[]}");
	rig_fini(&rig);
}

static void test_block(void **state)
{
	struct rig rig;
	struct plan plan = {0};
	struct err err;

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "net/core/somaxconn", "128\n");
	fixture_key(&rig.fixture, "net/core/rmem_max", "128\n");
	assert_int_equal(plan_add(&rig.context, &plan, "net.core.somaxconn", "1", &err), 0);
	assert_int_equal(plan_add(&rig.context, &plan, "net.core.rmem_max", "1", &err), 0);
	plan_block(&plan, "net.core.somaxconn", PLAN_OWNED, "tuned writes it");
	assert_int_equal(plan.n_changes, 1);
	assert_string_equal(plan.changes[0].key, "net.core.rmem_max");
	assert_string_equal(plan.blocked[0].key, "net.core.somaxconn");
	assert_string_equal(plan.blocked[0].why, "tuned writes it");
	plan_fini(&plan);
	rig_fini(&rig);
}

static void expect_blocked(struct rig *rig, const char *yaml, const char *why)
{
	_cleanup_(profile_freep) struct profile *profile = fixture_profile(&rig->fixture, yaml);
	struct plan plan;

	plan_make(&rig->context, profile, &plan);
	assert_int_equal(plan.n_changes, why ? 0 : 1);
	assert_int_equal(plan.n_blocked, why ? 1 : 0);
	if (why) {
		assert_int_equal(plan.blocked[0].obstacle, PLAN_OWNED);
		assert_string_equal(plan.blocked[0].why, why);
	}
	plan_fini(&plan);
}

static void put_tuner(struct rig *rig, const char *unit)
{
	_cleanup_free_ char *path = NULL, *full = NULL;

	tree_put(rig->fixture.tree, "etc/systemd/system/multi-user.target.wants/x", "");
	path = mem_printf("etc/systemd/system/multi-user.target.wants/%s", unit);
	full = tree_path(rig->fixture.tree, path);
	assert_int_equal(symlink("/nowhere", full), 0);
}

static void test_tuned_sets_it(void **state)
{
	static const char yaml[] = "settings:\n  net.core.somaxconn: 4096\n";
	struct rig rig;

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "net/core/somaxconn", "128\n");
	put_tuner(&rig, "tuned.service");
	tree_put(rig.fixture.tree, "etc/tuned/active_profile", "web\n");
	tree_put(rig.fixture.tree, "etc/tuned/web/tuned.conf",
		 "[sysctl]\nnet.core.somaxconn=2048\n");
	expect_blocked(&rig, yaml, NULL); /* it sets what is in /etc again behind its own */
	tree_put(rig.fixture.tree, "etc/tuned/tuned-main.conf", "reapply_sysctl = 0\n");
	expect_blocked(&rig, yaml,
		       "tuned, profile web, sets it to 2048 at /etc/tuned/web/tuned.conf:2");
	tree_put(rig.fixture.tree, "etc/tuned/web/tuned.conf",
		 "[sysctl]\nnet.core.somaxconn=4096\n");
	expect_blocked(&rig, yaml, NULL);
	rig_fini(&rig);
}

static void test_bpftune_sets_it(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "net/core/somaxconn", "128\n");
	fixture_key(&rig.fixture, "net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
	put_tuner(&rig, "bpftune.service");
	expect_blocked(&rig, "settings:\n  net.ipv4.tcp_rmem: 4096 131072 16777216\n",
		       "bpftune, adjusts at run time: it is left to it");
	expect_blocked(&rig, "settings:\n  net.core.somaxconn: 4096\n", NULL);
	rig_fini(&rig);
}

static void test_lasting_change_is_warned_of(void **state)
{
	struct rig rig;
	struct plan plan;
	_cleanup_(profile_freep) struct profile *profile = NULL;

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "net/ipv6/conf/all/disable_ipv6", "0\n");
	profile = fixture_profile(&rig.fixture, "settings:\n  net.ipv6.conf.all.disable_ipv6: 1\n");
	plan_make(&rig.context, profile, &plan);
	assert_int_equal(plan.n_warnings, 1);
	assert_string_equal(plan.warnings[0].subject, "net.ipv6.conf.all.disable_ipv6");
	plan_fini(&plan);
	rig_fini(&rig);
}

static void test_memory_risk(void **state)
{
	static const struct {
		uint64_t sockets;
		const char *rmem, *tcp_mem, *warning, *raised;
	} rows[] = {
		{0, "4096 131072 6291456", "1000000 1000000 1000000",
		 "tcp_mem would let TCP take 11719 MiB, more than the 8192 MiB of this host's "
		 "memory",
		 "2000000 2500000 3000000"},
		{0, "4096 131072 6291456", "1000000 1000000 1000000", NULL,
		 "1000000 1000000 2000000"},
		{0, "4096 131072 6291456", "4000000 4000000 4000000", NULL,
		 "3000000 3000000 3000000"},
		{0, "4096 131072 6291456", "1000000 1000000 1000000", "",
		 "1000000 1000000 9223372036854775807"},
		{10, "4096 131072 67108864", "1000000 1000000 1000000", NULL, NULL},
		{100, "4096 131072 67108864", "1000000 1000000 1000000",
		 "100 TCP sockets in use x (64.0 MiB tcp_rmem + 4.0 MiB tcp_wmem) = 6800 MiB at "
		 "their "
		 "largest, more than the 3906 MiB of tcp_mem",
		 NULL},
		{200, "4096 131072 67108864", NULL,
		 "200 TCP sockets in use x (64.0 MiB tcp_rmem + 4.0 MiB tcp_wmem) = 13600 MiB at "
		 "their "
		 "largest, more than the 8192 MiB of this host's memory",
		 NULL},
		{1000000, "4096 131072 1048576", NULL, NULL, NULL}, /* smaller than now */
		{UINT64_MAX, "4096 131072 67108864", NULL, "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct plan plan = {0};
		struct rig rig;
		struct err err;

		rig_init(&rig);
		fixture_key(&rig.fixture, "net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
		fixture_key(&rig.fixture, "net/ipv4/tcp_wmem", "4096\t16384\t4194304\n");
		if (rows[i].tcp_mem)
			fixture_key(&rig.fixture, "net/ipv4/tcp_mem", rows[i].tcp_mem);
		assert_int_equal(
			plan_add(&rig.context, &plan, "net.ipv4.tcp_rmem", rows[i].rmem, &err), 0);
		if (rows[i].raised)
			assert_int_equal(plan_add(&rig.context, &plan, "net.ipv4.tcp_mem",
						  rows[i].raised, &err),
					 0);
		risk_assess(&rig.context, rows[i].sockets, &plan);
		assert_int_equal(plan.n_warnings, rows[i].warning != NULL);
		if (rows[i].warning && *rows[i].warning)
			assert_string_equal(plan.warnings[0].text, rows[i].warning);
		plan_fini(&plan);
		rig_fini(&rig);
	}
}

/* In a namespace that is not the first, some keys cannot be written by anybody. */
static int kernel_part(void)
{
	static const char yaml[] =
		"settings:\n  net.core.rmem_max: 1\n  net.ipv4.tcp_retries2: 7\n";
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct plan plan;
	struct host *real;
	struct rig rig;
	struct err err;

	rig_init(&rig);
	profile = fixture_profile(&rig.fixture, yaml);
	CHECK(host_open("/proc/sys", &real, &err) == 0);
	rig.context.host = real;
	plan_make(&rig.context, profile, &plan);
	CHECK(plan.n_changes == 1 && strcmp(plan.changes[0].key, "net.ipv4.tcp_retries2") == 0);
	CHECK(plan.n_blocked == 1 && plan.blocked[0].obstacle == PLAN_READ_ONLY);
	CHECK(strstr(plan.blocked[0].why, "only in the first network namespace"));
	plan_fini(&plan);
	host_free(real);
	rig_fini(&rig);
	return 0;
}

static void test_kernel(void **state)
{
	(void)state;
	run_in_namespace(kernel_part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_what_deviates),
		cmocka_unit_test(test_origin_and_severity),
		cmocka_unit_test(test_obstacles),
		cmocka_unit_test(test_out_of_range),
		cmocka_unit_test(test_not_applicable),
		cmocka_unit_test(test_congestion_control_behind_a_module),
		cmocka_unit_test(test_block),
		cmocka_unit_test(test_tuned_sets_it),
		cmocka_unit_test(test_bpftune_sets_it),
		cmocka_unit_test(test_lasting_change_is_warned_of),
		cmocka_unit_test(test_memory_risk),
		cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
