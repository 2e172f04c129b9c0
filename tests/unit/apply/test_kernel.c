/* tests/unit/apply/test_kernel.c - a transaction on the kernel's own keys, in a namespace. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/apply/rig.h"
#include "tests/unit/namespace.h"

/* The kernel's own word: one rejected, one clamped, one ignored, each among others. */
static int apply_real(struct rig *rig, const char *key, const char *value,
		      struct apply_result *result)
{
	struct plan plan = {0};
	struct err err;
	int r = plan_add(&rig->context, &plan, "net.ipv4.tcp_retries1", "5", &err);

	if (r == 0)
		r = plan_add(&rig->context, &plan, key, value, &err);
	if (r == 0)
		r = plan_add(&rig->context, &plan, "net.ipv4.tcp_syn_retries", "4", &err);
	if (r == 0)
		r = apply_plan(&rig->context, &plan, &rig->options, result, &err);
	plan_fini(&plan);
	return r;
}

static int kernel_part(void)
{
	static const struct {
		const char *key, *value, *outcome, *undone;
		int code;
	} rows[] = {
		{"net.ipv4.tcp_retries2", "999", "rejected", "-", -EINVAL},
		{"net.ipv4.tcp_rmem", "4 5", "clamped", "restored", -ERANGE},
		{"net.ipv4.ip_local_port_range", "32768", "ignored", "-", -ERANGE},
	};
	struct host *real;
	struct rig rig;
	struct err err;

	rig_init(&rig);
	CHECK(host_open("/proc/sys", &real, &err) == 0);
	rig.context.host = real;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct apply_result result;
		_cleanup_free_ char *now = NULL;

		CHECK(apply_real(&rig, rows[i].key, rows[i].value, &result) == rows[i].code);
		CHECK(result.outcome == APPLY_UNDONE && result.txn == i + 1);
		CHECK(strcmp(result.steps[0].outcome, "restored") == 0);
		CHECK(strcmp(result.steps[1].outcome, rows[i].outcome) == 0);
		CHECK(result.steps[1].reason && strstr(result.reason, rows[i].key));
		CHECK(strcmp(result.steps[1].undone ? result.steps[1].undone : "-",
			     rows[i].undone) == 0);
		CHECK(strcmp(result.steps[2].outcome, "not-tried") == 0);
		apply_result_fini(&result);
		CHECK(sysctl_read(real->root, "net.ipv4.tcp_retries1", &now, &err) == 0);
		CHECK(strcmp(now, "3") == 0);
	}
	host_free(real);
	rig_fini(&rig);
	return 0;
}

/* A namespace that is gone is not looked for in the one that got its number. */
static int namespace_part(void)
{
	struct rig rig;
	struct apply_netns here, gone;

	rig_init(&rig);
	here = gone = rig.context.netns;
	gone.cookie++;
	CHECK(here.cookie && apply_netns_find(here) > 0);
	CHECK(apply_netns_find(gone) == 0);
	rig_fini(&rig);
	return 0;
}

static void test_namespace(void **state)
{
	(void)state;
	run_in_namespace(namespace_part);
}

static void test_kernel(void **state)
{
	(void)state;
	run_in_namespace(kernel_part);
}

/* A clamped value that meets the profile all the same is no error. */
static int clamped_part(void)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct apply_result result;
	struct plan plan;
	struct host *real;
	struct rig rig;
	struct err err;

	rig_init(&rig);
	profile = fixture_profile(&rig.fixture,
				  "settings:\n  net.ipv4.tcp_rmem: {fields: [{equals: 8192}]}\n");
	CHECK(host_open("/proc/sys", &real, &err) == 0);
	rig.context.host = real;
	plan_make(&rig.context, profile, &plan);
	CHECK(plan.n_changes == 1);
	mem_replace(&plan.changes[0].to, "8192"); /* the kernel keeps the other two fields */
	CHECK(apply_plan(&rig.context, &plan, &rig.options, &result, &err) == 0);
	CHECK(result.outcome == APPLY_APPLIED);
	CHECK(strcmp(result.steps[0].outcome, "clamped") == 0);
	apply_result_fini(&result);
	CHECK(apply_rollback(&rig.context, 0, &result, &err) == 0);
	CHECK(result.outcome == APPLY_UNDONE);
	apply_result_fini(&result);
	plan_fini(&plan);
	host_free(real);
	rig_fini(&rig);
	return 0;
}

static void test_clamped_but_good_enough(void **state)
{
	(void)state;
	run_in_namespace(clamped_part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_clamped_but_good_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
