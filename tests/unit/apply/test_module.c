/* tests/unit/apply/test_module.c - keys that come with a module, and who loads it. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply/module.h"
#include "base/str.h"
#include "tests/unit/apply/rig.h"

/* A key that comes with a module: loaded first, planned once it is there. */
static void test_loaded_first(void **state)
{
	_cleanup_free_ char *modprobe = NULL, *script = NULL, *text = NULL;
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct apply_result result;
	struct txn_list list;
	struct plan plan;
	json_t *listed;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	tree_put(rig.fixture.tree, "net/netfilter/x", "");
	script = mem_printf("[ \"$1\" = --dry-run ] || echo 7 >%s/net/netfilter/nf_conntrack_max\n",
			    rig.fixture.tree->path);
	modprobe = tree_script(rig.fixture.tree, "modprobe", script);
	rig.context.modprobe = modprobe;
	profile = fixture_profile(
		&rig.fixture, "settings:\n  net.netfilter.nf_conntrack_max: {at-least: 1000}\n");
	assert_int_equal(apply_profile(&rig.context, profile, &rig.options, &plan, &result, &err),
			 0);
	assert_int_equal(plan.n_modules, 1);
	assert_string_equal(plan.modules[0], "nf_conntrack");
	plan_fini(&plan);
	rig_expect(&result, "1 applied\nnet.netfilter.nf_conntrack_max 7 -> 1000 = 1000 applied\n");
	assert_int_equal(apply_list(&rig.context, &list, &err), 0);
	assert_string_equal(list.txns[0].modules[0], "nf_conntrack");
	listed = txn_list_to_json(&rig.context, &list);
	text = json_dumps(listed, JSON_COMPACT);
	assert_non_null(strstr(text, "\"modules\":[\"nf_conntrack\"]"));
	json_decref(listed);
	txn_list_fini(&list);
	rig_fini(&rig);
}

/* The service manager loads it where this may not; it is looked up where modules were bound to. */
static void test_loaded_by_the_service_manager(void **state)
{
	_cleanup_free_ char *modprobe = NULL, *loader = NULL, *script = NULL, *said = NULL;
	_cleanup_free_ char *want = NULL;
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	tree_put(rig.fixture.tree, "net/netfilter/x", "");
	modprobe = tree_script(rig.fixture.tree, "modprobe",
			       "[ \"$*\" = '--dry-run --dirname /elsewhere nf_conntrack' ]\n");
	assert_int_equal(setenv("FETTLE_MODULES_ROOT", "/elsewhere", 1), 0);
	script = mem_printf("echo \"$@\" >>%s/said\n"
			    "echo 7 >%s/net/netfilter/nf_conntrack_max\n",
			    rig.fixture.tree->path, rig.fixture.tree->path);
	loader = tree_script(rig.fixture.tree, "systemd-run", script);
	rig.context.modprobe = modprobe;
	rig.context.loader = loader;
	assert_int_equal(rig_apply_profile(&rig,
					   "settings:\n  net.netfilter.nf_conntrack_max: 1000\n",
					   &result, &err),
			 0);
	rig_expect(&result, "1 applied\nnet.netfilter.nf_conntrack_max 7 -> 1000 = 1000 applied\n");
	said = rig_file(&rig, "said");
	want = mem_printf("--quiet --collect --property=Type=oneshot -- %s nf_conntrack\n",
			  modprobe);
	assert_string_equal(said, want);
	assert_int_equal(unsetenv("FETTLE_MODULES_ROOT"), 0);
	rig_fini(&rig);
}

static void test_one_that_does_not_load(void **state)
{
	_cleanup_free_ char *modprobe = NULL;
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "net/core/somaxconn", "128\n");
	modprobe = tree_script(
		rig.fixture.tree, "modprobe",
		"[ \"$1\" = --dry-run ] || { echo 'Operation not permitted' >&2; exit 1; }\n");
	rig.context.modprobe = modprobe;
	assert_int_equal(rig_apply_profile(&rig,
					   "settings:\n  net.netfilter.nf_conntrack_max: 1000\n"
					   "  net.core.somaxconn: 4096\n",
					   &result, &err),
			 -ENOENT);
	assert_string_equal(err.text,
			    "the module nf_conntrack cannot be loaded: Operation not permitted");
	apply_result_fini(&result);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "128");
	assert_text(rig_states(&rig), "");
	rig_fini(&rig);
}

/* What the catalogue does not know, src/boot does; the congestion control says its own name. */
static void test_behind_a_key(void **state)
{
	static const struct {
		const char *key, *module;
	} rows[] = {
		{"net.netfilter.nf_conntrack_max", "nf_conntrack"},
		{"net.ipv4.vs.conntrack", "ip_vs"},
		{"sunrpc.tcp_slot_table_entries", "sunrpc"},
		{"net.core.somaxconn", NULL},
		{"net.ipv4.tcp_congestion_control", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *module = module_behind(rows[i].key, "1");

		if (!str_equal(module, rows[i].module))
			fail_msg("%s: %s", rows[i].key, module ? module : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loaded_first),
		cmocka_unit_test(test_loaded_by_the_service_manager),
		cmocka_unit_test(test_one_that_does_not_load),
		cmocka_unit_test(test_behind_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
