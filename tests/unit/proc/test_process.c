/* Who a process is, asked of real ones. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "proc/process.h"

static pid_t start_named(const char *name)
{
	int fds[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		if (write(fds[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	close(fds[1]);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_process_has_its_name(void **state)
{
	static const char *const names[] = {"fine", "a) R 1 (b", "((", "x\xff\x01\ny", ")", ""};
	_cleanup_(process_cache_freep) struct process_cache *cache = process_cache_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		pid_t pid = start_named(names[i]);
		const struct process *process = process_get(cache, pid);

		assert_int_equal(process->pid, pid);
		assert_string_equal(process->comm, names[i]);
		stop(pid);
		/* read once: still as it was */
		assert_ptr_equal(process_get(cache, pid), process);
		assert_string_equal(process->comm, names[i]);
	}
}

static void a_process_that_is_gone_has_nothing(void **state)
{
	_cleanup_(process_cache_freep) struct process_cache *cache = process_cache_new();
	pid_t pid = start_named("gone");
	const struct process *process;

	(void)state;
	stop(pid);
	process = process_get(cache, pid);
	assert_int_equal(process->pid, pid);
	assert_null(process->comm);
	assert_null(process->unit);
	assert_null(process->container);
	process_cache_free(NULL);
}

/* More than the table starts with: pointers hold while it grows. */
static void many_processes_are_kept(void **state)
{
	_cleanup_(process_cache_freep) struct process_cache *cache = process_cache_new();
	const struct process *own = process_get(cache, getpid());
	enum {
		COUNT = 5000
	};

	(void)state;
	for (pid_t i = 1; i <= COUNT; i++) /* no pid is as large: include/linux/threads.h */
		assert_int_equal(process_get(cache, (1 << 22) + i * 512)->pid, (1 << 22) + i * 512);
	assert_ptr_equal(process_get(cache, getpid()), own);
	assert_string_equal(own->comm, "test_process");
	for (pid_t i = 1; i <= COUNT; i++)
		assert_int_equal(process_get(cache, (1 << 22) + i * 512)->pid, (1 << 22) + i * 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_has_its_name),
		cmocka_unit_test(a_process_that_is_gone_has_nothing),
		cmocka_unit_test(many_processes_are_kept),
	};

	prctl(PR_SET_NAME, "test_process"); /* valgrind has its own */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
