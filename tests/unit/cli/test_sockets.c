/* tests/unit/cli/test_sockets.c - what `fettle sockets` makes of a kernel that does not give every
 * socket: recvmsg(2) is ours here, and spoils the first answer. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"

static enum how {
	SPOIL_NOTHING,
	SPOIL_REFUSED,
	SPOIL_TORN,
	SPOIL_INTERRUPTED,
	SPOIL_LOST, /* ENOBUFS, and then nothing more comes: netlink_dump() failed */
} how;

static ssize_t lose_all(int fd)
{
	char buf[64 * 1024];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	errno = ENOBUFS;
	return -1;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	struct nlmsghdr *head = message->msg_iov->iov_base;
	enum how now = how;
	ssize_t got;

	how = SPOIL_NOTHING;
	if (now == SPOIL_LOST)
		return lose_all(fd);
	got = syscall(SYS_recvmsg, fd, message, flags);
	if (got < (ssize_t)sizeof(*head))
		return got;
	if (now == SPOIL_REFUSED) {
		struct nlmsgerr error = {.error = -ENOENT};

		head->nlmsg_type = NLMSG_ERROR;
		head->nlmsg_len = sizeof(*head) + sizeof(error);
		memcpy(head + 1, &error, sizeof(error));
		got = head->nlmsg_len;
	} else if (now == SPOIL_TORN) {
		head->nlmsg_len = (uint32_t)got + 4;
	} else if (now == SPOIL_INTERRUPTED) {
		head->nlmsg_flags |= NLM_F_DUMP_INTR;
	}
	return got;
}

/* The exit status of `fettle sockets`, and what it wrote; the caller's. */
static int run(enum how spoil, const char *const *args, int n_args, char **text)
{
	FILE *file = tmpfile();
	int status;
	pid_t pid;

	assert_non_null(file);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		alarm(20);
		how = spoil;
		if (dup2(fileno(file), STDOUT_FILENO) < 0)
			_exit(99);
		_exit((int)cli_main(n_args, (char **)args));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	*text = mem_alloc(1 << 20);
	rewind(file);
	(void)!fread(*text, 1, (1 << 20) - 1, file);
	fclose(file);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void a_list_with_holes_is_incomplete(void **state)
{
	static const char *const list[] = {"fettle", "sockets", "--options",
					   "none",   "--kind",  "tcp,udp"};
	static const char *const judge[] = {"fettle",     "sockets",  "--options", "none",
					    "--findings", "--sample", "0s"};
	static const struct {
		enum how how;
		const char *why;
	} spoiled[] = {
		{SPOIL_REFUSED, "TCP over IPv4: this kernel has no tcp_diag"},
		{SPOIL_TORN, "TCP over IPv4: the list is torn"},
		{SPOIL_INTERRUPTED, "TCP over IPv4: the list changed while it was read"},
		{SPOIL_LOST, "TCP over IPv4: the kernel lost some of it"},
	};
	char *text;

	(void)state;
	assert_int_equal(run(SPOIL_NOTHING, list, ARRAY_SIZE(list), &text), CLI_FINE);
	free(text);
	for (size_t i = 0; i < ARRAY_SIZE(spoiled); i++) {
		assert_int_equal(run(spoiled[i].how, list, ARRAY_SIZE(list), &text),
				 CLI_INCOMPLETE);
		assert_non_null(strstr(text, spoiled[i].why));
		assert_non_null(strstr(text, "; not known:"));
		free(text);
		run(spoiled[i].how, judge, ARRAY_SIZE(judge), &text);
		assert_non_null(strstr(text, "not every socket was seen: TCP over IPv4:"));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_with_holes_is_incomplete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
