/* probes/transport_peer.c - see transport_peer.h. */
#include "probes/transport_peer.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "base/mem.h"
#include "probes/net.h"
#include "probes/sandbox.h"

enum {
	RECEIVE_SIZE = 256 * 1024,
	ANSWER_PATIENCE_S = 5,
	REPEAT_AFTER_US = 20 * 1000, /* a datagram that says the end may be lost as any other */
	US_PER_S = 1000000,
};
static const uint32_t pair_ready = UINT32_MAX; /* of the first answer: its rights are given up */

struct order {
	uint32_t kind, pair;
};

uint64_t transport_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int transport_send_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* In the second process */

/* recv(2) of what is there. 0 is the end: of the stream, or a datagram of no bytes. */
static ssize_t receive(int fd, void *buffer, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, buffer, size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return n;
}

static int give_back(int fd)
{
	char message[TRANSPORT_MESSAGE_SIZE];
	ssize_t n;

	while ((n = receive(fd, message, sizeof(message))) > 0) {
		int r = transport_send_all(fd, message, (size_t)n);

		if (r < 0)
			return r;
	}
	return (int)n;
}

static int count(int fd, struct transport_answer *answer)
{
	static char buffer[RECEIVE_SIZE];
	ssize_t n;

	while ((n = receive(fd, buffer, sizeof(buffer))) > 0) {
		answer->bytes += (uint64_t)n;
		answer->last_ns = transport_now_ns();
	}
	return (int)n;
}

static void serve(struct transport_links links[TRANSPORT_KINDS], int control)
{
	struct transport_answer answer = {.pair = pair_ready};
	struct order order;

	while (transport_send_all(control, &answer, sizeof(answer)) == 0) {
		ssize_t n;
		int fd;

		do
			n = recv(control, &order, sizeof(order), 0);
		while (n < 0 && errno == EINTR);
		if (n != sizeof(order) || order.kind >= TRANSPORT_KINDS ||
		    order.pair >= TRANSPORT_PAIRS)
			return;
		fd = links[order.kind].theirs[order.pair];
		answer = (struct transport_answer){.kind = order.kind, .pair = order.pair};
		answer.code = -(order.pair == TRANSPORT_ECHO ? give_back(fd) : count(fd, &answer));
	}
}

/* No handler of exit(3): what is buffered for standard output belongs to the first process. Nor may
 * this one keep its output open when it is gone. */
static _Noreturn void live(struct transport_links links[TRANSPORT_KINDS], int control,
			   const int *calls)
{
	struct transport_answer failed = {.pair = pair_ready};
	struct err err;
	int r;

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	for (size_t i = 0; i < TRANSPORT_KINDS; i++)
		transport_links_keep(&links[i], false);
	r = sandbox_enter(calls, &err);
	failed.code = -r;
	if (r < 0)
		r = transport_send_all(control, &failed, sizeof(failed));
	else
		serve(links, control);
	_exit(r < 0);
}

/* In the first one */

static int read_answer(const struct transport_peer *peer, struct transport_answer *out)
{
	struct transport_answer answer;
	ssize_t n = receive(peer->control, &answer, sizeof(answer));

	if (n < 0)
		return (int)n;
	if (n != sizeof(answer))
		return -ECONNRESET;
	*out = answer;
	return 0;
}

int transport_peer_start(struct transport_peer *peer, struct transport_links links[TRANSPORT_KINDS],
			 const int *calls, struct err *err)
{
	const struct timeval patience = {.tv_sec = ANSWER_PATIENCE_S};
	struct transport_answer answer = {0};
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, errno, "cannot make a pair of sockets: %s", strerror(errno));
	peer->pid = fork();
	if (peer->pid == 0) {
		close(pair[0]);
		live(links, pair[1], calls);
	}
	r = errno;
	close(pair[1]);
	peer->control = pair[0];
	if (peer->pid < 0)
		return err_set(err, r, "cannot start a second process: %s", strerror(r));
	for (size_t i = 0; i < TRANSPORT_KINDS; i++)
		transport_links_keep(&links[i], true);
	if (setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return err_set(err, errno, "cannot bound a wait: %s", strerror(errno));
	r = read_answer(peer, &answer);
	if (r == 0)
		r = -answer.code;
	if (r < 0)
		return err_set(err, -r, "the second process cannot give up its rights: %s",
			       strerror(-r));
	return 0;
}

int transport_peer_order(const struct transport_peer *peer, enum transport_kind kind, unsigned pair)
{
	const struct order order = {.kind = (uint32_t)kind, .pair = pair};

	return transport_send_all(peer->control, &order, sizeof(order));
}

static int say_end(const struct transport_peer *peer, enum transport_kind kind, int fd)
{
	uint64_t end = net_now_us() + (uint64_t)ANSWER_PATIENCE_S * US_PER_S;
	int r = 0;

	if (kind != TRANSPORT_UDP_IPV4)
		return shutdown(fd, SHUT_WR) < 0 ? -errno : 0;
	while (r == 0 && net_now_us() < end) {
		if (send(fd, "", 0, MSG_NOSIGNAL) < 0 && errno != EINTR && errno != EAGAIN &&
		    errno != ENOBUFS)
			return -errno;
		r = net_wait(peer->control, POLLIN, net_now_us() + REPEAT_AFTER_US);
	}
	return r < 0 ? r : 0;
}

int transport_peer_finish(const struct transport_peer *peer, enum transport_kind kind,
			  unsigned pair, int fd, struct transport_answer *out)
{
	struct transport_answer answer = {0};
	int r = say_end(peer, kind, fd);

	if (r < 0)
		return r;
	do {
		r = read_answer(peer, &answer);
		if (r < 0)
			return r;
		/* one that came too late was of an earlier pair */
	} while (answer.kind != (uint32_t)kind || answer.pair != pair);
	if (answer.code)
		return -answer.code;
	*out = answer;
	return 0;
}

/* It ends by itself when its sockets are closed. */
void transport_peer_end(struct transport_peer *peer)
{
	mem_closep(&peer->control);
	peer->control = -1;
	while (peer->pid > 0 && waitpid(peer->pid, NULL, 0) < 0 && errno == EINTR)
		;
	peer->pid = 0;
}
