/* tests/bench/many_sockets.c - as many loopback connections as asked for, held until told to stop.
 *
 * Six processes, as one may have only RLIMIT_NOFILE descriptors. Prints "ready" when all stand and
 * ends when standard input does. Meant for a network namespace of its own. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/mem.h"

enum {
	PROCESSES = 6
};

static int fail(const char *what)
{
	fprintf(stderr, "many_sockets: %s: %s\n", what, strerror(errno));
	return 1;
}

static int connect_all(struct sockaddr_in *address, unsigned long connections)
{
	socklen_t len = sizeof(*address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)address, len) < 0 ||
	    listen(listener, 128) < 0 ||
	    getsockname(listener, (struct sockaddr *)address, &len) < 0)
		return fail("listen");
	for (unsigned long i = 0; i < connections; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0);

		if (client < 0 || connect(client, (struct sockaddr *)address, len) < 0)
			return fail("connect");
		if (accept(listener, NULL, NULL) < 0)
			return fail("accept");
	}
	return 0;
}

/* One address each, so that none runs out of ports. */
static int hold(unsigned number, unsigned long connections, int ready, int end)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x7f000001 | number << 8),
	};
	struct rlimit limit;
	char byte = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return fail("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || connect_all(&address, connections) != 0)
		return 1;
	if (write(ready, &byte, 1) != 1)
		return fail("write");
	return read(end, &byte, 1) != 0;
}

static int wait_for_all(int ready)
{
	char byte;

	for (int i = 0; i < PROCESSES; i++) {
		if (read(ready, &byte, 1) != 1)
			return 1;
	}
	puts("ready");
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long sockets = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	int ready[2], end[2], failed;
	char byte;

	if (!sockets) {
		fprintf(stderr, "usage: many_sockets COUNT\n");
		return 64;
	}
	if (pipe(ready) < 0 || pipe(end) < 0)
		return fail("pipe");
	for (unsigned i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return fail("fork");
		if (pid == 0) {
			close(end[1]);
			close(ready[0]);
			_exit(hold(i, sockets / PROCESSES / 2, ready[1], end[0]));
		}
	}
	close(ready[1]);
	failed = wait_for_all(ready[0]);
	while (!failed && read(STDIN_FILENO, &byte, 1) > 0)
		;
	close(end[1]);
	while (wait(NULL) > 0)
		;
	return failed;
}
