/* Sockets of real processes, found in /proc. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/str.h"
#include "proc/fds.h"

enum {
	SOCKETS = 300,
	FIRST_FD = 100,
};

struct child {
	pid_t pid;
	uint64_t inodes[SOCKETS];
};

/* A process with SOCKETS sockets from FIRST_FD on, and some descriptors that are none. */
static void be_child(int out, bool hidden)
{
	uint64_t inode;
	struct stat st;
	int pipes[2];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pipe(pipes) < 0)
		_exit(1);
	for (int i = 0; i < SOCKETS; i++) {
		int fd = socket(i % 2 ? AF_INET : AF_UNIX, SOCK_DGRAM, 0);

		if (fd < 0 || dup2(fd, FIRST_FD + i) < 0 || fstat(fd, &st) < 0)
			_exit(2);
		close(fd);
		inode = st.st_ino;
		if (write(out, &inode, sizeof(inode)) != sizeof(inode))
			_exit(3);
	}
	if (hidden)
		prctl(PR_SET_DUMPABLE, 0);
	if (write(out, &inode, sizeof(inode)) == sizeof(inode))
		pause();
	_exit(4);
}

static struct child start(bool hidden)
{
	struct child child;
	uint64_t ready;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (!child.pid)
		be_child(fds[1], hidden);
	close(fds[1]);
	for (int i = 0; i < SOCKETS; i++)
		assert_int_equal(read(fds[0], &child.inodes[i], 8), 8);
	assert_int_equal(read(fds[0], &ready, 8), 8);
	close(fds[0]);
	return child;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

struct tally {
	const struct child *child;
	size_t right, wrong, most;
	bool kill_first;
};

static int count(void *context, pid_t pid, int fd, uint64_t inode)
{
	struct tally *tally = context;
	int index = fd - FIRST_FD;

	if (pid != tally->child->pid)
		return 0;
	if (index == (int)tally->right && tally->child->inodes[index] == inode)
		tally->right++;
	else
		tally->wrong++;
	if (tally->kill_first && tally->right == 1)
		stop(pid);
	return tally->most && tally->right == tally->most ? 42 : 0;
}

static void each_socket_is_found_in_order(void **state)
{
	struct child child = start(false);
	struct tally tally = {.child = &child};
	struct fds_shortfall shortfall;
	struct err err;

	(void)state;
	assert_int_equal(fds_walk(count, &tally, &shortfall, &err), 0);
	assert_int_equal(tally.right, SOCKETS);
	assert_int_equal(tally.wrong, 0);
	assert_true(shortfall.processes >= 2);

	tally = (struct tally){.child = &child, .most = 7};
	assert_int_equal(fds_walk(count, &tally, &shortfall, &err), 42);
	assert_int_equal(tally.right, 7);
	stop(child.pid);
}

static void a_process_may_end_in_the_middle(void **state)
{
	struct child child = start(false);
	struct tally tally = {.child = &child, .kill_first = true};
	struct fds_shortfall shortfall;
	struct err err;

	(void)state;
	assert_int_equal(fds_walk(count, &tally, &shortfall, &err), 0);
	assert_int_equal(tally.right, 1);
	assert_int_equal(tally.wrong, 0);
}

static void what_may_not_be_seen_is_counted(void **state)
{
	struct child child = start(true);
	struct tally tally = {.child = &child};
	struct fds_shortfall shortfall;
	struct err err;

	(void)state;
	assert_int_equal(fds_walk(count, &tally, &shortfall, &err), 0);
	if (geteuid())
		assert_true(shortfall.denied > 0);
	assert_int_equal(tally.right, geteuid() ? 0 : SOCKETS);
	stop(child.pid);
}

static uint64_t entries_of(pid_t pid)
{
	char path[32];
	uint64_t found = 0;
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		found += *entry->d_name != '.';
	closedir(dir);
	return found;
}

/* A shell, which no tool that runs this test keeps from its limits. */
static void the_limits_of_a_process_are_told(void **state)
{
	struct fds_use use = {.used = 77};
	struct err err = {0};
	int fds[2], hold[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pipe(hold), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(hold[0], STDIN_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", "ulimit -Sn 64; ulimit -Hn 128; echo; read x", NULL);
		_exit(1);
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(fds_use(pid, &use, &err), 0);
	assert_int_equal(use.soft, 64);
	assert_int_equal(use.hard, 128);
	assert_int_equal(use.used, entries_of(pid));
	stop(pid);
	use.used = 77;
	assert_int_equal(fds_use(pid, &use, &err), -ENOENT);
	assert_int_equal(use.used, 77);
	assert_true(str_starts(err.text, "cannot "));
	for (int i = 0; i < 2; i++) {
		close(fds[i]);
		close(hold[i]);
	}
}

/* A shell, as a tool that runs this test has descriptors of its own; it stops when it is ready. */
static pid_t start_with_none(void)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd_close_range(STDERR_FILENO + 1, UINT_MAX);
		execl("/bin/sh", "sh", "-c", "exec <&- >&- 2>&-; kill -STOP $$", NULL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	return pid;
}

/* Asked by somebody who may not list them; without root there is nobody else to ask. */
static void no_descriptor_is_a_number(void **state)
{
	struct fds_use use = {.used = 77};
	pid_t pid, asking;
	struct stat st;
	struct err err;
	int status;

	(void)state;
	assert_int_equal(stat("/proc/self/fd", &st), 0);
	if (!st.st_size) /* before 6.2 */
		skip();
	pid = start_with_none();
	asking = fork();
	assert_true(asking >= 0);
	if (!asking)
		_exit((!geteuid() && setuid(65534) < 0) || fds_use(pid, &use, &err) < 0
			      ? 99
			      : (int)use.used);
	assert_int_equal(waitpid(asking, &status, 0), asking);
	stop(pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_socket_is_found_in_order),
		cmocka_unit_test(a_process_may_end_in_the_middle),
		cmocka_unit_test(what_may_not_be_seen_is_counted),
		cmocka_unit_test(the_limits_of_a_process_are_told),
		cmocka_unit_test(no_descriptor_is_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
