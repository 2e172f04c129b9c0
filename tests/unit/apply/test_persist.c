/* tests/unit/apply/test_persist.c - two files in etc, and nothing else there. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/persist.h"
#include "base/str.h"
#include "tests/unit/apply/rig.h"

static const char yaml[] = "settings:\n"
			   "  net.ipv4.ip_forward: 1\n"
			   "  net.ipv4.conf.eth0/100.rp_filter: 2\n"
			   "  net.ipv4.tcp_rmem: {fields: [~, ~, {at-least: 16MiB}]}\n"
			   "  net.netfilter.nf_conntrack_max: 1000\n";

static void put_keys(struct rig *rig)
{
	fixture_key(&rig->fixture, "net/ipv4/ip_forward", "1\n"); /* holds already: kept */
	fixture_key(&rig->fixture, "net/ipv4/conf/eth0.100/rp_filter", "0\n");
	fixture_key(&rig->fixture, "net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
	fixture_key(&rig->fixture, "net/netfilter/nf_conntrack_max", "1000\n");
}

static int persist(struct rig *rig, const char *text, struct apply_result *result, struct err *err)
{
	_cleanup_(profile_freep) struct profile *profile = fixture_profile(&rig->fixture, text);
	struct plan plan;
	int r = apply_persist(&rig->context, profile, &rig->options, &plan, result, err);

	plan_fini(&plan);
	return r;
}

static void persist_well(struct rig *rig)
{
	struct apply_result result;
	struct err err;

	if (persist(rig, yaml, &result, &err) < 0)
		fail_msg("%s", err.text);
	apply_result_fini(&result);
}

/* Behind the two lines of the header. */
static const char *body(const char *text)
{
	assert_non_null(text);
	assert_true(str_starts(text, "# Written by fettle"));
	text = strchr(text, '\n') + 1;
	assert_true(str_starts(text, "# Profile test ("));
	return strchr(text, '\n') + 1;
}

static void test_written_and_removed(void **state)
{
	_cleanup_free_ char *settings = NULL, *modules = NULL, *kept = NULL;
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	tree_put(rig.fixture.tree, "etc/sysctl.d/70-local.conf", "# theirs\n");
	persist_well(&rig);
	settings = rig_file(&rig, "etc/sysctl.d/60-fettle.conf");
	assert_string_equal(body(settings), "net.ipv4.ip_forward = 1\n"
					    "net.ipv4.tcp_rmem = 4096 131072 16777216\n"
					    "net.netfilter.nf_conntrack_max = 1000\n"
					    "net/ipv4/conf/eth0.100/rp_filter = 2\n");
	modules = rig_file(&rig, "etc/modules-load.d/fettle.conf");
	assert_string_equal(body(modules), "nf_conntrack\n");
	assert_text(rig_read(&rig, "net.ipv4.conf.eth0/100.rp_filter"), "0");

	if (apply_unpersist(&rig.context, &rig.options, &result, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(result.outcome, APPLY_APPLIED);
	apply_result_fini(&result);
	assert_null(rig_file(&rig, "etc/sysctl.d/60-fettle.conf"));
	assert_null(rig_file(&rig, "etc/modules-load.d/fettle.conf"));
	kept = rig_file(&rig, "etc/sysctl.d/70-local.conf");
	assert_string_equal(kept, "# theirs\n");

	if (apply_unpersist(&rig.context, &rig.options, &result, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(result.outcome, APPLY_UNCHANGED);
	apply_result_fini(&result);
	rig_fini(&rig);
}

static void test_rolled_back(void **state)
{
	_cleanup_free_ char *first = NULL;
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	persist_well(&rig);
	first = rig_file(&rig, "etc/sysctl.d/60-fettle.conf");
	if (persist(&rig, "settings:\n  net.ipv4.ip_forward: 1\n", &result, &err) < 0)
		fail_msg("%s", err.text);
	apply_result_fini(&result);
	assert_null(rig_file(&rig, "etc/modules-load.d/fettle.conf"));
	if (apply_rollback(&rig.context, 0, &result, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(result.outcome, APPLY_UNDONE);
	apply_result_fini(&result);
	assert_text(rig_file(&rig, "etc/sysctl.d/60-fettle.conf"), first);
	if (apply_rollback(&rig.context, 0, &result, &err) < 0)
		fail_msg("%s", err.text);
	apply_result_fini(&result);
	assert_null(rig_file(&rig, "etc/sysctl.d/60-fettle.conf"));
	assert_text(rig_states(&rig), "1 undone (rollback), 2 undone (rollback)");
	rig_fini(&rig);
}

static void test_an_edited_file_is_left_by_a_rollback(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	persist_well(&rig);
	tree_put(rig.fixture.tree, "etc/sysctl.d/60-fettle.conf", "edited\n");
	if (apply_rollback(&rig.context, 0, &result, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(result.outcome, APPLY_PARTLY_UNDONE);
	apply_result_fini(&result);
	assert_text(rig_file(&rig, "etc/sysctl.d/60-fettle.conf"), "edited\n");
	assert_null(rig_file(&rig, "etc/modules-load.d/fettle.conf"));
	rig_fini(&rig);
}

/* Neither replaces what is made to last by nothing. */
static void test_nothing_to_make_last(void **state)
{
	static const struct {
		const char *yaml, *says;
	} rows[] = {
		{"when: {memory: '>=64TiB'}\nsettings:\n  net.ipv4.ip_forward: 1\n",
		 "nothing of it is made to last: "},
		{"settings:\n  net.core.no_such: 1\n  net.core.none: 1\n",
		 "nothing of it can be made to last here: net.core.no_such: "},
		{"sockets:\n  - {name: a, match: {state: listen}, expect: {backlog: 1}}\n",
		 "it sets no key here"},
	};
	_cleanup_free_ char *before = NULL;
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	persist_well(&rig);
	before = rig_file(&rig, "etc/sysctl.d/60-fettle.conf");
	rig.options.persist = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(persist(&rig, rows[i].yaml, &result, &err), -ENODATA);
		apply_result_fini(&result);
		assert_int_equal(rig_apply_profile(&rig, rows[i].yaml, &result, &err), -ENODATA);
		apply_result_fini(&result);
		if (!strstr(err.text, rows[i].says))
			fail_msg("\"%s\" is not in \"%s\"", rows[i].says, err.text);
		assert_text(rig_file(&rig, "etc/sysctl.d/60-fettle.conf"), before);
	}
	assert_text(rig_states(&rig), "1 done");
	rig_fini(&rig);
}

static const char *const one[] = {"net.ipv4.ip_forward=0", NULL};

static void apply_to_confirm(struct rig *rig)
{
	struct apply_result result;

	put_keys(rig);
	rig->options.persist = true;
	rig->options.confirm_within_s = 60;
	rig_apply(rig, one, &result);
	rig_expect(&result, "1 pending\nnet.ipv4.ip_forward 1 -> 0 = 0 applied\n");
}

static char *settings_of(const struct rig *rig)
{
	return rig_file(rig, "etc/sysctl.d/60-fettle.conf");
}

/* A boot before the confirmation must not set what nobody confirmed. */
static void test_written_by_the_confirmation(void **state)
{
	_cleanup_free_ char *settings = NULL;
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	apply_to_confirm(&rig);
	assert_null(settings_of(&rig));
	assert_int_equal(apply_confirm(&rig.context, 0, &result, &err), 0);
	assert_int_equal(result.n_steps, 1);
	assert_string_equal(result.steps[0].outcome, "written");
	apply_result_fini(&result);
	settings = settings_of(&rig);
	assert_non_null(strstr(settings, "\nnet.ipv4.ip_forward = 0\n"));
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), 0);
	assert_string_equal(result.steps[1].outcome, "removed");
	apply_result_fini(&result);
	assert_null(settings_of(&rig));
	rig_fini(&rig);
}

/* What somebody else puts there meanwhile is neither overwritten nor an undo's to judge. */
static void test_changed_before_the_confirmation(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	apply_to_confirm(&rig);
	tree_put(rig.fixture.tree, "etc/sysctl.d/60-fettle.conf", "theirs\n");
	assert_int_equal(apply_confirm(&rig.context, 0, &result, &err), -EEXIST);
	assert_non_null(strstr(err.text, "60-fettle.conf was changed by somebody else since "
					 "transaction 1 began"));
	apply_result_fini(&result);
	assert_text(rig_states(&rig), "1 pending");
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), 0);
	rig_expect(&result, "1 undone\nnet.ipv4.ip_forward 0 -> 1 = 1 restored\n");
	assert_text(settings_of(&rig), "theirs\n");
	rig_fini(&rig);
}

/* A confirmation that died before it was recorded. */
static void test_a_half_done_confirmation(void **state)
{
	_cleanup_free_ char *after = NULL;
	struct apply_result result;
	struct txn_list list;
	struct rig rig;
	struct err err;
	uint64_t pending;

	(void)state;
	rig_init(&rig);
	apply_to_confirm(&rig);
	assert_int_equal(apply_list(&rig.context, &list, &err), 0);
	assert_int_equal(list.txns[0].n_files, 1);
	after = mem_strdup(list.txns[0].files[0].after);
	txn_list_fini(&list);
	tree_put(rig.fixture.tree, "etc/sysctl.d/60-fettle.conf", after);
	assert_int_equal(apply_recover(&rig.context, &pending, &result, &err), 0);
	assert_int_equal(pending, 1);
	apply_result_fini(&result);
	assert_null(settings_of(&rig));
	/* the host went down instead, and was started with that file */
	tree_put(rig.fixture.tree, "etc/sysctl.d/60-fettle.conf", after);
	rig.context.boot_id[0] = '9';
	assert_int_equal(apply_recover(&rig.context, &pending, &result, &err), 0);
	assert_int_equal(pending, 0);
	apply_result_fini(&result);
	assert_null(settings_of(&rig));
	assert_text(rig_states(&rig), "1 undone (reboot)");
	rig_fini(&rig);
}

/* Each way in which a file or folder is somebody else's: refused, and nothing is written. */
static void assert_refused(struct rig *rig, int code, const char *part)
{
	struct apply_result result;
	struct err err;

	assert_int_equal(persist(rig, yaml, &result, &err), code);
	if (!strstr(err.text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, err.text);
	apply_result_fini(&result);
	assert_null(rig_file(rig, "etc/modules-load.d/fettle.conf"));
	assert_text(rig_states(rig), "");
}

static void test_foreign_files(void **state)
{
	struct rig rig;
	_cleanup_free_ char *link = NULL;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	tree_put(rig.fixture.tree, "etc/sysctl.d/60-fettle.conf", "net.core.somaxconn = 1\n");
	assert_refused(&rig, -EEXIST, "60-fettle.conf was not written by fettle: it is left alone");
	assert_text(rig_file(&rig, "etc/sysctl.d/60-fettle.conf"), "net.core.somaxconn = 1\n");
	link = tree_path(rig.fixture.tree, "etc/sysctl.d/60-fettle.conf");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("/dev/null", link), 0);
	assert_refused(&rig, -EEXIST, "60-fettle.conf is a symbolic link");
	rig_fini(&rig);
}

static void test_an_edited_file_of_ours(void **state)
{
	_cleanup_free_ char *text = NULL, *edited = NULL;
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	persist_well(&rig);
	text = rig_file(&rig, "etc/sysctl.d/60-fettle.conf");
	edited = mem_printf("%snet.core.somaxconn = 1\n", text);
	tree_put(rig.fixture.tree, "etc/sysctl.d/60-fettle.conf", edited);
	assert_int_equal(apply_unpersist(&rig.context, &rig.options, &result, &err), -EEXIST);
	assert_non_null(strstr(err.text, "60-fettle.conf was edited since fettle wrote it"));
	apply_result_fini(&result);
	assert_text(rig_file(&rig, "etc/sysctl.d/60-fettle.conf"), edited);
	rig_fini(&rig);
}

static void test_a_folder_that_is_a_link(void **state)
{
	struct rig rig;
	_cleanup_free_ char *link = NULL;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	tree_put(rig.fixture.tree, "elsewhere/x", "");
	link = tree_path(rig.fixture.tree, "etc/sysctl.d");
	assert_int_equal(symlink("../elsewhere", link), 0);
	assert_refused(&rig, -ELOOP, "etc/sysctl.d is a symbolic link");
	assert_null(rig_file(&rig, "elsewhere/60-fettle.conf"));
	rig_fini(&rig);
}

static void test_no_other_file_is_written(void **state)
{
	struct rig rig;
	struct err err;
	char *content;

	(void)state;
	rig_init(&rig);
	assert_int_equal(persist_put(&rig.context, "passwd", "x", &err), -EPERM);
	assert_int_equal(persist_put(&rig.context, "sysctl.d/../passwd", "x", &err), -EPERM);
	assert_int_equal(persist_put(&rig.context, "sysctl.d/60-fettle.conf/../x", NULL, &err),
			 -EPERM);
	assert_int_equal(persist_read(&rig.context, "passwd", &content, &err), -EPERM);
	rig_fini(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written_and_removed),
		cmocka_unit_test(test_rolled_back),
		cmocka_unit_test(test_an_edited_file_is_left_by_a_rollback),
		cmocka_unit_test(test_nothing_to_make_last),
		cmocka_unit_test(test_written_by_the_confirmation),
		cmocka_unit_test(test_changed_before_the_confirmation),
		cmocka_unit_test(test_a_half_done_confirmation),
		cmocka_unit_test(test_foreign_files),
		cmocka_unit_test(test_an_edited_file_of_ours),
		cmocka_unit_test(test_a_folder_that_is_a_link),
		cmocka_unit_test(test_no_other_file_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
