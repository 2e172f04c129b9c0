/* tests/unit/apply/test_transaction.c - all or nothing, and back again. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/journal.h"
#include "apply/lock.h"
#include "apply/record.h"
#include "base/str.h"
#include "tests/unit/apply/rig.h"

static const char *const two[] = {"net.core.somaxconn=4096",
				  "net.ipv4.tcp_rmem=4096 131072 7000000", NULL};

static void put_keys(struct rig *rig)
{
	fixture_key(&rig->fixture, "net/core/somaxconn", "128\n");
	fixture_key(&rig->fixture, "net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
}

static void test_apply_and_roll_back(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	rig_apply(&rig, two, &result);
	rig_expect(&result, "1 applied\n"
			    "net.core.somaxconn 128 -> 4096 = 4096 applied\n"
			    "net.ipv4.tcp_rmem 4096 131072 6291456 -> 4096 131072 7000000 = "
			    "4096 131072 7000000 applied\n");
	rig_apply(&rig, two, &result);
	rig_expect(&result, "0 unchanged\n"
			    "net.core.somaxconn 4096 -> 4096 = 4096 unchanged\n"
			    "net.ipv4.tcp_rmem 4096 131072 7000000 -> 4096 131072 7000000 = "
			    "4096 131072 7000000 unchanged\n");
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), 0);
	rig_expect(&result, "1 undone\n"
			    "net.core.somaxconn 4096 -> 128 = 128 restored\n"
			    "net.ipv4.tcp_rmem 4096 131072 7000000 -> 4096 131072 6291456 = "
			    "4096 131072 6291456 restored\n");
	/* to the byte */
	assert_text(rig_read(&rig, "net.ipv4.tcp_rmem"), "4096\t131072\t6291456");
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), -ENOENT);
	assert_string_equal(err.text, "there is no transaction to roll back");
	assert_int_equal(apply_rollback(&rig.context, 1, &result, &err), -EALREADY);
	rig_expect(&result, "1 undone: transaction 1 is undone already (rollback)\n");
	assert_int_equal(apply_rollback(&rig.context, 9, &result, &err), -ENOENT);
	assert_text(rig_states(&rig), "1 undone (rollback)");
	rig_fini(&rig);
}

static void test_dry_run(void **state)
{
	struct apply_result result;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	rig.options.dry_run = true;
	rig_apply(&rig, two, &result);
	rig_expect(&result, "0 planned\n"
			    "net.core.somaxconn 128 -> 4096 = - not-tried\n"
			    "net.ipv4.tcp_rmem 4096 131072 6291456 -> 4096 131072 7000000 = - "
			    "not-tried\n");
	assert_text(rig_read(&rig, "net.core.somaxconn"), "128");
	assert_int_equal(access(rig.state_dir, F_OK), -1);
	rig_fini(&rig);
}

static void test_what_somebody_changed_since_is_left(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	rig_apply(&rig, two, &result);
	apply_result_fini(&result);
	fixture_key(&rig.fixture, "net/core/somaxconn", "512\n");
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), 0);
	rig_expect(&result,
		   "1 partly-undone\n"
		   "net.core.somaxconn 4096 -> 128 = 512 left: it no longer holds what the "
		   "transaction left there: somebody else changed it\n"
		   "net.ipv4.tcp_rmem 4096 131072 7000000 -> 4096 131072 6291456 = "
		   "4096 131072 6291456 restored\n");
	assert_text(rig_read(&rig, "net.core.somaxconn"), "512");
	rig_fini(&rig);
}

/* That an undo is over does not make it a whole one; nor is it done a second time. */
static void test_what_was_left_is_told_again(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	rig_apply(&rig, two, &result);
	apply_result_fini(&result);
	fixture_key(&rig.fixture, "net/core/somaxconn", "512\n");
	assert_int_equal(apply_rollback(&rig.context, 1, &result, &err), 0);
	apply_result_fini(&result);
	fixture_key(&rig.fixture, "net/core/somaxconn", "4096\n");
	assert_int_equal(apply_rollback(&rig.context, 1, &result, &err), -EALREADY);
	assert_int_equal(result.txn, 1);
	assert_int_equal(result.outcome, APPLY_PARTLY_UNDONE);
	assert_int_equal(result.n_steps, 1);
	assert_string_equal(result.steps[0].subject, "net.core.somaxconn");
	assert_string_equal(result.steps[0].outcome, "left");
	assert_string_equal(result.steps[0].wanted, "128");
	assert_string_equal(result.steps[0].got, "512");
	assert_string_equal(result.reason, err.text);
	assert_true(str_starts(result.reason, "transaction 1 is undone already (rollback), but for "
					      "what that left alone at 2"));
	assert_non_null(strstr(result.reason, "Z, which is not tried again"));
	apply_result_fini(&result);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "4096");
	rig_fini(&rig);
}

/* An older one may be undone too; what a later one wrote over it is not its own any more. */
static void test_roll_back_an_older_one(void **state)
{
	static const char *const later[] = {"net.core.somaxconn=8192", NULL};
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	rig_apply(&rig, two, &result);
	apply_result_fini(&result);
	rig_apply(&rig, later, &result);
	apply_result_fini(&result);
	assert_int_equal(apply_rollback(&rig.context, 1, &result, &err), 0);
	assert_int_equal(result.outcome, APPLY_PARTLY_UNDONE);
	assert_string_equal(result.steps[0].reason, "transaction 2 changed it since, which had to "
						    "be rolled back before this one");
	apply_result_fini(&result);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "8192");
	assert_text(rig_read(&rig, "net.ipv4.tcp_rmem"), "4096\t131072\t6291456");
	assert_text(rig_states(&rig), "1 undone (rollback), 2 done");
	rig_fini(&rig);
}

/* It is said of what a later one left there, and which is not undone; nobody knows the others. */
static void test_who_changed_it_since(void **state)
{
	static const char *const values[][2] = {{"net.core.somaxconn=1000", NULL},
						{"net.core.somaxconn=2000", NULL}};
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		rig_apply(&rig, values[i], &result);
		apply_result_fini(&result);
	}
	fixture_key(&rig.fixture, "net/core/somaxconn", "512\n");
	assert_int_equal(apply_rollback(&rig.context, 2, &result, &err), 0);
	apply_result_fini(&result);
	fixture_key(&rig.fixture, "net/core/somaxconn", "2000\n");
	assert_int_equal(apply_rollback(&rig.context, 1, &result, &err), 0);
	rig_expect(&result,
		   "1 partly-undone\n"
		   "net.core.somaxconn 1000 -> 128 = 2000 left: it no longer holds what the "
		   "transaction left there: somebody else changed it\n");
	rig_fini(&rig);
}

/* One after the other, downwards; what was undone by itself on the way is not passed by. */
static void test_roll_back_a_stack(void **state)
{
	static const char *const changes[][2] = {{"net.core.somaxconn=1000", NULL},
						 {"net.core.somaxconn=2000", NULL},
						 {"net.core.somaxconn=3000", NULL},
						 {"net.core.somaxconn=4000", NULL}};
	struct apply_result result;
	uint64_t pending;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		rig.options.confirm_within_s = i == 1 ? 1 : 0;
		rig_apply(&rig, changes[i], &result);
		apply_result_fini(&result);
		if (i == 1)
			sleep(2); /* the next command undoes it, if no guard has */
	}
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), 0);
	rig_expect(&result, "4 undone\nnet.core.somaxconn 4000 -> 3000 = 3000 restored\n");
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), 0);
	rig_expect(&result, "3 undone\nnet.core.somaxconn 3000 -> 1000 = 1000 restored\n");
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), -ECANCELED);
	assert_string_equal(err.text,
			    "transaction 2 was undone already (timeout), so nothing is undone now: "
			    "`fettle rollback 1` undoes the one before it");
	assert_int_equal(apply_rollback(&rig.context, 1, &result, &err), 0);
	rig_expect(&result, "1 undone\nnet.core.somaxconn 1000 -> 128 = 128 restored\n");
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), -ECANCELED);
	assert_string_equal(err.text,
			    "transaction 2 was undone already (timeout), so nothing is undone now: "
			    "there is none before it to roll back");
	assert_int_equal(apply_recover(&rig.context, &pending, &result, &err), 0);
	apply_result_fini(&result);
	rig_fini(&rig);
}

/* Its drop-in set one key again, and what another file set is not ours. */
static void test_rollback_of_what_a_boot_loaded(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	rig.options.persist = true;
	rig_apply(&rig, two, &result);
	apply_result_fini(&result);
	rig.context.boot_id[0] = '9';
	rig.context.etc_is_booted = true;
	fixture_key(&rig.fixture, "net/ipv4/tcp_rmem", "4096\t131072\t5000000\n");
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), 0);
	assert_int_equal(result.outcome, APPLY_UNDONE);
	assert_string_equal(result.steps[0].outcome, "restored");
	assert_string_equal(result.steps[1].outcome, "gone");
	assert_string_equal(result.steps[2].outcome, "removed");
	apply_result_fini(&result);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "128");
	assert_text(rig_read(&rig, "net.ipv4.tcp_rmem"), "4096\t131072\t5000000");
	assert_null(rig_file(&rig, "etc/sysctl.d/60-fettle.conf"));
	rig_fini(&rig);
}

/* Into a tree that no boot reads. */
static void test_reboot_before_rollback(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	rig.options.persist = true;
	rig_apply(&rig, two, &result);
	apply_result_fini(&result);
	rig.context.boot_id[0] = '9';
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), 0);
	assert_int_equal(result.outcome, APPLY_UNDONE);
	assert_string_equal(result.steps[0].outcome, "gone");
	assert_string_equal(result.steps[0].reason,
			    "the host was started again since: the kernel no "
			    "longer holds what was written");
	assert_string_equal(result.steps[2].outcome, "removed");
	apply_result_fini(&result);
	/* what the kernel holds now is not ours to judge */
	assert_text(rig_read(&rig, "net.core.somaxconn"), "4096");
	assert_null(rig_file(&rig, "etc/sysctl.d/60-fettle.conf"));
	rig_fini(&rig);
}

/* Begun: one key written and recorded, one written alone, one not written. */
static void leave_open(struct rig *rig)
{
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	_cleanup_(journal_freep) struct journal *journal = NULL;
	_cleanup_(txn_fini) struct txn txn = {.boot_id = mem_strdup(RIG_BOOT_ID),
					      .time = mem_strdup("t"),
					      .version = mem_strdup("v"),
					      .netns = rig->context.netns};
	struct txn_key *key = MEM_APPEND(txn.keys, txn.n_keys);
	struct txn *begun;
	struct err err;

	*key = (struct txn_key){.key = mem_strdup("net.core.somaxconn"),
				.kind = VALUE_INTEGER,
				.from = mem_strdup("128"),
				.to = mem_strdup("4096"),
				.got = mem_strdup("4096")};
	key = MEM_APPEND(txn.keys, txn.n_keys);
	*key = (struct txn_key){.key = mem_strdup("net.ipv4.tcp_rmem"),
				.kind = VALUE_VECTOR,
				.from = mem_strdup("4096\t131072\t6291456"),
				.to = mem_strdup("4096 131072 7000000")};
	key = MEM_APPEND(txn.keys, txn.n_keys);
	*key = (struct txn_key){.key = mem_strdup("net.ipv4.tcp_sack"),
				.kind = VALUE_INTEGER,
				.from = mem_strdup("1"),
				.to = mem_strdup("0")};
	assert_int_equal(durable_folder_open(rig->state_dir, DURABLE_CREATE | DURABLE_PRIVATE,
					     &folder, &err),
			 0);
	assert_int_equal(journal_open(&folder, JOURNAL_WRITE, &journal, &err), 0);
	assert_int_equal(journal_begin(journal, &txn, &begun, &err), 0);
	assert_int_equal(journal_append(journal, record_step(begun, 0), JOURNAL_LAZY, &err), 0);
	fixture_key(&rig->fixture, "net/core/somaxconn", "4096\n");
	fixture_key(&rig->fixture, "net/ipv4/tcp_rmem", "4096\t131072\t7000000\n");
	fixture_key(&rig->fixture, "net/ipv4/tcp_sack", "1\n");
}

/* What the journal says of the keys of the last transaction: what they held, and their undo. */
static char *last_in_journal(const struct rig *rig)
{
	struct strbuf out = {0};
	struct txn_list list;
	const struct txn *txn;
	struct err err;

	assert_int_equal(apply_list(&rig->context, &list, &err), 0);
	txn = &list.txns[list.count - 1];
	for (size_t i = 0; i < txn->n_keys; i++)
		strbuf_printf(&out, "%s%s", i ? ", " : "",
			      txn->keys[i].got ? txn->keys[i].got : "-");
	for (size_t i = 0; i < txn->n_undo_results; i++)
		strbuf_printf(&out, ", %s", txn->undo_results[i].outcome);
	txn_list_fini(&list);
	return strbuf_take(&out);
}

/* What somebody else wrote since need be no text: it is left, and the undo is over all the same. */
static void test_rollback_of_what_is_no_text(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	fixture_key(&rig.fixture, "kernel/core_pattern", "core\n");
	rig_apply(&rig, (const char *const[]){"kernel.core_pattern=x", NULL}, &result);
	apply_result_fini(&result);
	fixture_key(&rig.fixture, "kernel/core_pattern", "\377\376\n");
	assert_int_equal(apply_rollback(&rig.context, 1, &result, &err), 0);
	assert_string_equal(result.steps[0].outcome, "left");
	apply_result_fini(&result);
	assert_text(rig_states(&rig), "1 undone (rollback)");
	rig_fini(&rig);
}

/* Without a record of its own, a key holds what was to be written. */
static void test_what_is_recorded(void **state)
{
	struct apply_result result;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	rig_apply(&rig, two, &result);
	apply_result_fini(&result);
	assert_text(last_in_journal(&rig), "4096, 4096 131072 7000000");
	rig_fini(&rig);
}

static void test_recovery(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;
	uint64_t pending;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	assert_int_equal(apply_recover(&rig.context, &pending, &result, &err), 0);
	apply_result_fini(&result);
	leave_open(&rig);
	assert_text(rig_states(&rig), "1 open");
	assert_int_equal(apply_recover(&rig.context, &pending, &result, &err), 0);
	assert_int_equal(result.n_recovered, 1);
	assert_int_equal(result.recovered[0], 1);
	assert_int_equal(pending, 0);
	apply_result_fini(&result);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "128");
	assert_text(rig_read(&rig, "net.ipv4.tcp_rmem"), "4096\t131072\t6291456");
	assert_text(rig_states(&rig), "1 undone (recovery)");
	assert_text(last_in_journal(&rig),
		    "4096, 4096\t131072\t7000000, -, restored, restored, unchanged");
	rig_fini(&rig);
}

static void test_recovery_comes_before_the_next_apply(void **state)
{
	static const char *const other[] = {"net.core.somaxconn=1024", NULL};
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	leave_open(&rig);
	rig_apply(&rig, other, &result);
	assert_int_equal(result.n_recovered, 1);
	rig_expect(&result, "2 applied\nnet.core.somaxconn 128 -> 1024 = 1024 applied\n");
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), 0);
	apply_result_fini(&result);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "128");
	rig_fini(&rig);
}

static void test_recovery_after_a_reboot_writes_nothing(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;
	uint64_t pending;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	leave_open(&rig);
	rig.context.boot_id[0] = '9';
	assert_int_equal(apply_recover(&rig.context, &pending, &result, &err), 0);
	apply_result_fini(&result);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "4096");
	assert_text(rig_states(&rig), "1 undone (reboot)");
	rig_fini(&rig);
}

/* Nobody is in that namespace any more: its keys went with it. */
static void test_namespace_that_is_gone(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;
	uint64_t pending;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	rig.context.netns = (struct apply_netns){1, 0};
	leave_open(&rig);
	rig.context.netns = (struct apply_netns){2, 0};
	assert_int_equal(apply_recover(&rig.context, &pending, &result, &err), 0);
	apply_result_fini(&result);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "4096");
	assert_text(rig_states(&rig), "1 undone (recovery)");
	rig_fini(&rig);
}

static void test_namespace_that_is_not_ours(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;
	uint64_t pending;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	rig.context.netns.cookie = 0;
	leave_open(&rig);
	rig.context.netns.inode++;
	assert_int_equal(apply_recover(&rig.context, &pending, &result, &err), -EXDEV);
	apply_result_fini(&result);
	assert_non_null(strstr(err.text, "transaction 1 was made in another network namespace"));
	assert_text(rig_read(&rig, "net.core.somaxconn"), "4096");
	assert_text(rig_states(&rig), "1 open");
	rig_fini(&rig);
}

static int apply_two(struct rig *rig, struct apply_result *result, struct err *err)
{
	struct plan plan = {0};
	int r;

	assert_int_equal(plan_add(&rig->context, &plan, "net.core.somaxconn", "1", err), 0);
	r = apply_plan(&rig->context, &plan, &rig->options, result, err);
	plan_fini(&plan);
	return r;
}

static void test_concurrent_apply(void **state)
{
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	_cleanup_free_ char *want = NULL;
	_cleanup_fd_ int lock = -1;
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	assert_int_equal(durable_folder_open(rig.state_dir, DURABLE_CREATE, &folder, &err), 0);
	assert_int_equal(lock_take(&folder, &lock, &err), 0);
	assert_int_equal(apply_two(&rig, &result, &err), -EBUSY);
	apply_result_fini(&result);
	assert_true(str_starts(err.text, "another transaction is under way: "));
	want = mem_printf(", process %d holds %s/lock", (int)getpid(), rig.state_dir);
	assert_non_null(strstr(err.text, want));
	assert_text(rig_read(&rig, "net.core.somaxconn"), "128");
	rig_fini(&rig);
}

static void test_unsafe_and_missing_state_folders(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	assert_int_equal(apply_confirm(&rig.context, 0, &result, &err), -ENOENT);
	assert_int_equal(mkdir(rig.state_dir, 0700), 0);
	assert_int_equal(chmod(rig.state_dir, 0777), 0);
	assert_int_equal(apply_two(&rig, &result, &err), -EPERM);
	rig.context.state_dir = "/nonexistent/fettle/state";
	assert_int_equal(apply_two(&rig, &result, &err), -ENOENT);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "128");
	rig_fini(&rig);
}

static void test_profile(void **state)
{
	static const char yaml[] = "settings:\n  net.core.somaxconn: {at-least: 4096}\n"
				   "  net.core.no_such_key: 7\n";
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct apply_result result;
	struct plan plan;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	profile = fixture_profile(&rig.fixture, yaml);
	assert_int_equal(apply_profile(&rig.context, profile, &rig.options, &plan, &result, &err),
			 0);
	assert_int_equal(plan.n_blocked, 1);
	plan_fini(&plan);
	rig_expect(&result, "1 applied\nnet.core.somaxconn 128 -> 4096 = 4096 applied\n");
	/* the profile is not needed to roll back */
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), 0);
	rig_expect(&result, "1 undone\nnet.core.somaxconn 4096 -> 128 = 128 restored\n");
	rig_fini(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apply_and_roll_back),
		cmocka_unit_test(test_dry_run),
		cmocka_unit_test(test_what_somebody_changed_since_is_left),
		cmocka_unit_test(test_what_was_left_is_told_again),
		cmocka_unit_test(test_roll_back_an_older_one),
		cmocka_unit_test(test_who_changed_it_since),
		cmocka_unit_test(test_roll_back_a_stack),
		cmocka_unit_test(test_rollback_of_what_a_boot_loaded),
		cmocka_unit_test(test_reboot_before_rollback),
		cmocka_unit_test(test_rollback_of_what_is_no_text),
		cmocka_unit_test(test_what_is_recorded),
		cmocka_unit_test(test_recovery),
		cmocka_unit_test(test_recovery_comes_before_the_next_apply),
		cmocka_unit_test(test_recovery_after_a_reboot_writes_nothing),
		cmocka_unit_test(test_namespace_that_is_gone),
		cmocka_unit_test(test_namespace_that_is_not_ours),
		cmocka_unit_test(test_concurrent_apply),
		cmocka_unit_test(test_unsafe_and_missing_state_folders),
		cmocka_unit_test(test_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
