/* tests/unit/sock/test_duplicate.c - the worst that a duplicate can do: its owner closes the socket
 * while we hold it, and the wait of SO_LINGER, for a peer that does not read, becomes ours. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sock/duplicate.h"
#include "tests/unit/namespace.h"

enum {
	SECOND_NS = 1000 * 1000 * 1000,
	LONG_LINGER_S = 30,
	CUT_S = 10, /* far above the 5 ms of a busy machine, far below the wait */
};

/* What the owner has told of itself, and the pipes between the two. */
static struct {
	pid_t pid;
	int orders[2], answers[2];
	struct {
		int fd;
		uint64_t inode;
	} socket;
	bool has_closed;
} owner;

static int wait_for(int fd)
{
	char order;

	return read(fd, &order, 1) == 1 ? 0 : -1;
}

/* The owner closes when its options are first asked for: the duplicate is open by then. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (!owner.has_closed) {
		owner.has_closed = true;
		if (write(owner.orders[1], "c", 1) != 1 || wait_for(owner.answers[0]) < 0)
			return -1;
	}
	return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
}

static size_t fill(int fd)
{
	static const char bytes[64 * 1024];
	size_t sum = 0;
	ssize_t sent;

	while ((sent = send(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		sum += (size_t)sent;
	return sum;
}

/* The owner's life. The far end, which it has too, reads nothing until the last order, and then
 * must get all that was sent, and the end. */
static int own(int linger_s)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const struct linger linger = {.l_onoff = 1, .l_linger = linger_s};
	int listener = socket(AF_INET, SOCK_STREAM, 0), near = socket(AF_INET, SOCK_STREAM, 0), far;
	socklen_t len = sizeof(name);
	static char bytes[64 * 1024];
	struct stat st;
	size_t sent, arrived = 0;
	ssize_t got;

	CHECK(bind(listener, (void *)&name, len) == 0 && listen(listener, 1) == 0);
	CHECK(getsockname(listener, (void *)&name, &len) == 0);
	CHECK(connect(near, (void *)&name, len) == 0);
	far = accept(listener, NULL, NULL);
	CHECK(setsockopt(near, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0);
	CHECK(fstat(near, &st) == 0);
	sent = fill(near);
	owner.socket.fd = near;
	owner.socket.inode = st.st_ino;
	CHECK(write(owner.answers[1], &owner.socket, sizeof(owner.socket)) == sizeof(owner.socket));
	CHECK(wait_for(owner.orders[0]) == 0 && close(near) == 0);
	CHECK(write(owner.answers[1], "c", 1) == 1 && wait_for(owner.orders[0]) == 0);
	while ((got = read(far, bytes, sizeof(bytes))) > 0)
		arrived += (size_t)got;
	CHECK(got == 0 && arrived == sent);
	return 0;
}

/* Reads a socket that is closed by its owner meanwhile. */
static int read_what_is_closed(int linger_s, uint64_t *held_ns)
{
	_cleanup_fd_ int pidfd = -1;
	struct sock_options options;
	int status;

	owner.has_closed = false;
	CHECK(pipe(owner.orders) == 0 && pipe(owner.answers) == 0);
	owner.pid = fork();
	if (owner.pid == 0)
		_exit(own(linger_s) != 0);
	CHECK(read(owner.answers[0], &owner.socket, sizeof(owner.socket)) == sizeof(owner.socket));
	pidfd = (int)syscall(SYS_pidfd_open, owner.pid, 0);
	CHECK(duplicate_read(pidfd, owner.socket.fd, owner.socket.inode, SOCKET_TCP, &options,
			     held_ns) == 0);
	CHECK(owner.has_closed);
	CHECK(options.known & SOCKOPT_BIT(SOCKOPT_LINGER));
	CHECK(options.values[SOCKOPT_LINGER] == linger_s);
	CHECK(write(owner.orders[1], "e", 1) == 1);
	CHECK(waitpid(owner.pid, &status, 0) == owner.pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}

static int wait_of_linger(void)
{
	uint64_t held_ns;
	int line;

	CHECK(namespace_raise_loopback() == 0);
	line = read_what_is_closed(1, &held_ns);
	if (line)
		return line;
	CHECK(held_ns > SECOND_NS / 10 * 9); /* nothing cuts it yet: it is ours */
	CHECK(duplicate_prepare() == 0);
	line = read_what_is_closed(LONG_LINGER_S, &held_ns);
	if (line)
		return line;
	CHECK(held_ns < (uint64_t)CUT_S * SECOND_NS);
	return 0;
}

static void the_wait_of_linger_is_cut(void **state)
{
	struct err err;

	(void)state;
	/* valgrind 3.19 does not know pidfd_open(2) */
	if (duplicate_available(&err) < 0)
		assert_int_equal(err.code, ENOTSUP);
	else
		run_in_namespace(wait_of_linger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wait_of_linger_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
