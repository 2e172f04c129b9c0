/* tests/unit/apply/test_guard.c - the undo comes by itself, whoever is gone by then. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apply/guard.h"
#include "base/str.h"
#include "tests/unit/apply/rig.h"

/* Long enough for what is to come before it on a slow machine under valgrind. */
enum {
	DEADLINE_S = 6,
	PATIENCE_S = 60
};

static const char *const change[] = {"net.core.somaxconn=4096", NULL};

static void put_keys(struct rig *rig)
{
	fixture_key(&rig->fixture, "net/core/somaxconn", "128\n");
}

/* Waits for all transactions to have come to these states. */
static void wait_for(const struct rig *rig, const char *states)
{
	for (unsigned i = 0; i < PATIENCE_S * 20; i++) {
		_cleanup_free_ char *now = rig_states(rig);

		if (strcmp(now, states) == 0)
			return;
		usleep(50000);
	}
	assert_text(rig_states(rig), states);
}

static void apply_within(struct rig *rig, unsigned seconds)
{
	struct apply_result result;

	rig->options.confirm_within_s = seconds;
	rig_apply(rig, change, &result);
	assert_int_equal(result.outcome, APPLY_PENDING);
	assert_in_range(result.confirm_left_s, 1, seconds);
	apply_result_fini(&result);
}

static void test_undone_at_the_deadline(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	apply_within(&rig, DEADLINE_S);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "4096");
	wait_for(&rig, "1 undone (timeout)");
	assert_text(rig_read(&rig, "net.core.somaxconn"), "128");
	assert_int_equal(apply_confirm(&rig.context, 0, &result, &err), -ETIME);
	assert_string_equal(err.text, "too late: its deadline has passed, and it is undone");
	rig_fini(&rig);
}

static void test_confirmed(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	apply_within(&rig, DEADLINE_S);
	assert_int_equal(apply_confirm(&rig.context, 0, &result, &err), 0);
	assert_int_equal(result.outcome, APPLY_CONFIRMED);
	assert_int_equal(result.txn, 1);
	apply_result_fini(&result);
	assert_int_equal(apply_confirm(&rig.context, 1, &result, &err), -EALREADY);
	rig_expect(&result, "1 confirmed: transaction 1 is confirmed already\n");
	assert_int_equal(apply_confirm(&rig.context, 7, &result, &err), -ENOENT);
	assert_int_equal(apply_confirm(&rig.context, 0, &result, &err), -ENOENT);
	/* of the same number, but nothing that waits: it is another folder's */
	assert_int_equal(guard_run(&rig.context, 1, -1, &err), -ENOENT);
	assert_true(strstr(err.text, "is over") != NULL);
	sleep(DEADLINE_S + 1);
	assert_text(rig_states(&rig), "1 done");
	assert_text(rig_read(&rig, "net.core.somaxconn"), "4096");
	rig_fini(&rig);
}

static void test_nothing_else_while_it_waits(void **state)
{
	struct apply_result result;
	struct plan plan = {0};
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	apply_within(&rig, 30);
	assert_int_equal(plan_add(&rig.context, &plan, "net.core.somaxconn", "1", &err), 0);
	assert_int_equal(apply_plan(&rig.context, &plan, &rig.options, &result, &err), -EBUSY);
	assert_true(str_starts(err.text, "transaction 1 waits for its confirmation for another "));
	plan_fini(&plan);
	apply_result_fini(&result);
	assert_int_equal(apply_rollback(&rig.context, 0, &result, &err), 0);
	assert_int_equal(result.outcome, APPLY_UNDONE);
	apply_result_fini(&result);
	assert_text(rig_states(&rig), "1 undone (rollback)");
	rig_fini(&rig);
}

/* What a guard inherits must not hold the lock: whoever comes next would be told that somebody is
 * at work. */
static void test_the_lock_is_free_at_once(void **state)
{
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	for (unsigned i = 0; i < 50; i++) {
		put_keys(&rig);
		apply_within(&rig, 30);
		if (apply_rollback(&rig.context, 0, &result, &err) < 0)
			fail_msg("round %u: %s", i, err.text);
		apply_result_fini(&result);
	}
	rig_fini(&rig);
}

/* As an ssh session that breaks: SIGHUP to all of it, then SIGKILL to the command. */
static void test_the_whole_session_dies(void **state)
{
	struct rig rig;
	int fds[2], status;
	char byte;
	pid_t pid;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setsid();
		apply_within(&rig, DEADLINE_S);
		_exit(write(fds[1], "", 1) != 1 || pause());
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	/* the guard holds no end of it: a pipe to ssh would be closed with the command */
	kill(-pid, SIGHUP);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	close(fds[0]);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "4096");
	wait_for(&rig, "1 undone (timeout)");
	assert_text(rig_read(&rig, "net.core.somaxconn"), "128");
	rig_fini(&rig);
}

/* Every guard may be killed: whoever comes next sees that the time is over. */
static void test_without_a_guard_the_next_start_undoes(void **state)
{
	struct apply_result result;
	uint64_t waiting;
	_cleanup_free_ char *program = NULL;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	program = tree_script(rig.fixture.tree, "systemd-run", "");
	rig.context.guard.systemd_run = program;
	rig.context.guard.command = (const char *const[]){"true", NULL};
	apply_within(&rig, DEADLINE_S);
	assert_int_equal(apply_recover(&rig.context, &waiting, &result, &err), 0);
	assert_int_equal(waiting, 1);
	assert_in_range(result.confirm_left_s, 1, DEADLINE_S);
	apply_result_fini(&result);
	sleep(DEADLINE_S + 1);
	assert_text(rig_states(&rig), "1 pending");
	assert_int_equal(apply_recover(&rig.context, &waiting, &result, &err), 0);
	assert_int_equal(waiting, 0);
	assert_int_equal(result.n_recovered, 1);
	apply_result_fini(&result);
	assert_text(rig_states(&rig), "1 undone (timeout)");
	assert_text(rig_read(&rig, "net.core.somaxconn"), "128");
	rig_fini(&rig);
}

static void test_reboot_while_it_waits(void **state)
{
	struct apply_result result;
	uint64_t waiting;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	rig.options.persist = true;
	apply_within(&rig, 30);
	rig.context.boot_id[0] = '9';
	assert_int_equal(apply_recover(&rig.context, &waiting, &result, &err), 0);
	apply_result_fini(&result);
	assert_text(rig_states(&rig), "1 undone (reboot)");
	assert_null(rig_file(&rig, "etc/sysctl.d/60-fettle.conf"));
	rig_fini(&rig);
}

/* A service's guard is outside of it, or there is no change. */
static void test_a_service_forks_none(void **state)
{
	_cleanup_free_ char *program = NULL, *want = NULL;
	struct apply_result result;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	program = tree_script(rig.fixture.tree, "systemd-run", "echo no, not today >&2\nexit 1\n");
	rig.context.guard.systemd_run = program;
	rig.context.guard.command = (const char *const[]){"/usr/bin/fettle", "guard", NULL};
	rig.context.guard.is_service = true;
	rig.options.confirm_within_s = DEADLINE_S;
	assert_int_equal(
		rig_apply_profile(&rig, "settings:\n  net.core.somaxconn: 4096\n", &result, &err),
		-EAGAIN);
	want = mem_printf("cannot start the guard of the deadline: %s: no, not today", program);
	assert_string_equal(err.text, want);
	apply_result_fini(&result);
	assert_text(rig_read(&rig, "net.core.somaxconn"), "128");
	rig_fini(&rig);
}

/* What systemd-run is asked for; where it fails the guard is forked. */
static void test_systemd(void **state)
{
	_cleanup_free_ char *program = NULL, *script = NULL, *said = NULL, *want = NULL;
	struct rig rig;

	(void)state;
	rig_init(&rig);
	put_keys(&rig);
	script = mem_printf("echo \"$@\" >%s/said\nexit 1\n", rig.fixture.tree->path);
	program = tree_script(rig.fixture.tree, "systemd-run", script);
	rig.context.guard.systemd_run = program;
	rig.context.guard.command = (const char *const[]){"/usr/bin/fettle", "guard", NULL};
	rig.context.netns.inode++; /* as seen from another namespace than the first */
	apply_within(&rig, DEADLINE_S);
	said = rig_file(&rig, "said");
	want = mem_printf(
		"--quiet --collect --unit=fettle-guard-1-%d "
		"--description=Undo of fettle's transaction 1, unless it is confirmed "
		"--property=Type=notify --property=TimeoutStartSec=10s "
		"--property=NetworkNamespacePath=/proc/%d/ns/net -- /usr/bin/fettle guard 1\n",
		(int)getpid(), (int)getpid());
	assert_string_equal(said, want);
	wait_for(&rig, "1 undone (timeout)");
	rig_fini(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_undone_at_the_deadline),
		cmocka_unit_test(test_confirmed),
		cmocka_unit_test(test_nothing_else_while_it_waits),
		cmocka_unit_test(test_the_lock_is_free_at_once),
		cmocka_unit_test(test_the_whole_session_dies),
		cmocka_unit_test(test_without_a_guard_the_next_start_undoes),
		cmocka_unit_test(test_reboot_while_it_waits),
		cmocka_unit_test(test_a_service_forks_none),
		cmocka_unit_test(test_systemd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
