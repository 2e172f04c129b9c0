/* tests/bench/clients.c - a status request with many clients connected, against a bare echo server
 * on the same kind of socket: as many clients, requests and replies of the same size, in turns.
 *
 * Prints "request_bytes", "reply_bytes", and p50 and p99 of both in nanoseconds. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "tests/bench/stats.h"

static const char request[] = "{\"method\":\"org.fettle.GetStatus\"}";

enum {
	REPLY_MOST = 65536
};

static void die(const char *what)
{
	fprintf(stderr, "clients: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	memcpy(address.sun_path, path, strlen(path));
	return address;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	return fd;
}

/* Sends the request and reads up to the NUL that ends the reply; its length with the NUL. */
static size_t call(int fd, bool checked)
{
	char reply[REPLY_MOST];
	size_t len = 0;

	if (send(fd, request, sizeof(request), MSG_NOSIGNAL) != (ssize_t)sizeof(request))
		die("send");
	do {
		ssize_t got = recv(fd, reply + len, sizeof(reply) - len, 0);

		if (got <= 0)
			die("receive");
		len += (size_t)got;
	} while (reply[len - 1] != '\0');
	if (checked && (!strstr(reply, "\"parameters\"") || strstr(reply, "\"error\""))) {
		fprintf(stderr, "clients: no status but %s\n", reply);
		exit(1);
	}
	return len;
}

/* The least a server can do: epoll, read, write. */
static void echo_once(int epoll_fd, int listener, const char *reply, size_t reply_len)
{
	struct epoll_event events[64];
	int count = epoll_wait(epoll_fd, events, 64, -1);

	for (int i = 0; i < count; i++) {
		char buffer[4096];
		int fd = events[i].data.fd;

		if (fd == listener) {
			struct epoll_event event = {.events = EPOLLIN};

			event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
			if (event.data.fd < 0 ||
			    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event.data.fd, &event) < 0)
				die("echo accept");
		} else if (read(fd, buffer, sizeof(buffer)) <= 0) {
			close(fd);
		} else if (write(fd, reply, reply_len) != (ssize_t)reply_len) {
			die("echo write");
		}
	}
}

static pid_t echo_start(const char *path, size_t reply_len)
{
	struct sockaddr_un address = address_of(path);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
	char reply[REPLY_MOST];
	int epoll_fd;
	pid_t pid;

	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, SOMAXCONN) < 0)
		die(path);
	pid = fork();
	if (pid != 0) {
		close(listener);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memset(reply, 'x', reply_len);
	reply[reply_len - 1] = '\0';
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) < 0)
		die("epoll");
	for (;;)
		echo_once(epoll_fd, listener, reply, reply_len);
}

static void report(const char *name, uint64_t *samples, size_t count)
{
	printf("%s_p50_ns %ju\n", name, (uintmax_t)stats_percentile(samples, count, 50));
	printf("%s_p99_ns %ju\n", name, (uintmax_t)stats_percentile(samples, count, 99));
}

static void measure(const int *ours, const int *echo, size_t clients, size_t requests)
{
	_cleanup_free_ uint64_t *ours_ns = mem_alloc_array(requests, sizeof(*ours_ns));
	_cleanup_free_ uint64_t *echo_ns = mem_alloc_array(requests, sizeof(*echo_ns));

	for (size_t i = 0; i < requests; i++) {
		uint64_t start = stats_now_ns(), middle;

		/* 7919 is prime: every client has its turn. */
		call(ours[i * 7919 % clients], false);
		middle = stats_now_ns();
		call(echo[i * 7919 % clients], false);
		ours_ns[i] = middle - start;
		echo_ns[i] = stats_now_ns() - middle;
	}
	report("ours", ours_ns, requests);
	report("echo", echo_ns, requests);
}

int main(int argc, char **argv)
{
	size_t clients = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;
	size_t requests = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
	struct rlimit files = {.rlim_cur = 2 * clients + 64};
	size_t reply_len;
	pid_t echo_pid;
	int first;

	if (clients == 0 || requests == 0 || requests > 10000000) {
		fprintf(stderr, "usage: clients SOCKET ECHO-SOCKET CLIENTS REQUESTS\n");
		return 64;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	first = connect_to(argv[1]);
	reply_len = call(first, true);
	close(first);
	echo_pid = echo_start(argv[2], reply_len);

	int *ours = mem_alloc_array(clients, sizeof(*ours));
	int *echo = mem_alloc_array(clients, sizeof(*echo));

	for (size_t i = 0; i < clients; i++) {
		ours[i] = connect_to(argv[1]);
		echo[i] = connect_to(argv[2]);
		/* One call each, so that both have accepted it before the next one comes. */
		call(ours[i], true);
		call(echo[i], false);
	}
	printf("clients %zu\nrequest_bytes %zu\nreply_bytes %zu\n", clients, sizeof(request),
	       reply_len);
	measure(ours, echo, clients, requests);
	free(ours);
	free(echo);
	kill(echo_pid, SIGKILL);
	waitpid(echo_pid, NULL, 0);
	return 0;
}
