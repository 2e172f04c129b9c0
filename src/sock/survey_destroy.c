/* sock/survey_destroy.c - see survey_destroy.h.
 *
 * The kernel sends each message from a work queue, whether we keep up or not. What does not fit our
 * buffer is dropped: recvmsg(2) says ENOBUFS once and SK_MEMINFO_DROPS counts every one
 * (net/netlink/af_netlink.c, netlink_overrun()). */
#include "sock/survey_destroy.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
	TICK_MS = 200,
	BUFFER_SIZE = 8192, /* a message has about 400 bytes */
	RECEIVE_BUFFER =
		8 * 1024 * 1024 /* some 8,000 of them in the kernel, with what they weigh */
};

struct joined {
	struct nl_sock *netlink; /* NULL: adopted */
	int fd;
	char *netns; /* NULL: our own */
	bool has_overrun;
	size_t senseless, failed;
};

struct survey_destroy {
	struct joined *joined;
	size_t count;
	char buffer[BUFFER_SIZE];
};

static int join(void *context, struct err *err)
{
	struct nl_sock *netlink = nl_socket_alloc();
	int size = RECEIVE_BUFFER, r, fd;

	if (!netlink)
		return err_set(err, ENOMEM, "no memory");
	r = nl_connect(netlink, NETLINK_SOCK_DIAG);
	if (r == 0)
		r = nl_socket_add_memberships(netlink, SKNLGRP_INET_TCP_DESTROY,
					      SKNLGRP_INET6_TCP_DESTROY, 0);
	if (r < 0) {
		int code = errno ? errno : EIO;

		nl_socket_free(netlink);
		if (code == EPERM)
			return err_set(err, EPERM,
				       "this kernel tells nobody without CAP_NET_ADMIN");
		return err_set(err, code, "the kernel does not tell: %s", nl_geterror(r));
	}
	fd = nl_socket_get_fd(netlink);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	*(struct nl_sock **)context = netlink;
	return 0;
}

static struct joined *add(struct survey_destroy *destroy, struct nl_sock *netlink, int fd,
			  const char *netns)
{
	struct joined *joined = MEM_APPEND(destroy->joined, destroy->count);

	joined->netlink = netlink;
	joined->fd = fd;
	joined->netns = mem_strdup(netns);
	return joined;
}

struct survey_destroy *survey_destroy_adopt(int fd)
{
	struct survey_destroy *destroy = mem_alloc(sizeof(*destroy));

	add(destroy, NULL, fd, NULL);
	return destroy;
}

static void fall_short(struct socket_coverage *coverage, const char *netns, const char *why,
		       size_t count)
{
	_cleanup_free_ char *what = netns ? mem_printf("closing connections of namespace %s", netns)
					  : mem_strdup("closing connections");

	socket_coverage_add(coverage, SHORTFALL_SOCKETS, what, why, count);
}

struct survey_destroy *survey_destroy_open(const struct netns_list *namespaces,
					   struct socket_coverage *coverage)
{
	struct survey_destroy *destroy = mem_alloc(sizeof(*destroy));
	size_t count = namespaces ? namespaces->count : 1;

	for (size_t i = 0; i < count; i++) {
		const struct netns *netns = namespaces ? &namespaces->items[i] : NULL;
		const char *name = netns && netns->name[0] ? netns->name : NULL;
		struct nl_sock *netlink = NULL;
		struct err err;
		int r = name ? netns_run(netns, join, &netlink, &err) : join(&netlink, &err);

		if (r < 0)
			fall_short(coverage, name, err.text, 0);
		else
			add(destroy, netlink, nl_socket_get_fd(netlink), name);
	}
	return destroy;
}

void survey_destroy_free(struct survey_destroy *destroy)
{
	if (!destroy)
		return;
	for (size_t i = 0; i < destroy->count; i++) {
		if (destroy->joined[i].netlink)
			nl_socket_free(destroy->joined[i].netlink);
		else
			close(destroy->joined[i].fd);
		free(destroy->joined[i].netns);
	}
	free(destroy->joined);
	free(destroy);
}

static void take_datagram(struct joined *joined, const char *buffer, size_t len, sock_visit *visit,
			  void *context)
{
	const struct nlmsghdr *message = (const void *)buffer;
	int left = (int)len;

	while (nlmsg_ok(message, left)) {
		struct socket_record record;
		struct err err;

		if (message->nlmsg_type == SOCK_DIAG_BY_FAMILY) {
			if (sock_diag_parse_inet(nlmsg_data(message),
						 (size_t)nlmsg_datalen(message), IPPROTO_TCP,
						 &record, &err) < 0) {
				joined->senseless++;
			} else {
				record.netns = joined->netns;
				visit(context, &record);
			}
		}
		message = nlmsg_next((struct nlmsghdr *)message, &left);
	}
	joined->senseless += left > 0;
}

/* False when nothing waits any more. */
static bool take_one(struct survey_destroy *destroy, struct joined *joined, sock_visit *visit,
		     void *context)
{
	struct sockaddr_nl from = {0};
	struct iovec part = {.iov_base = destroy->buffer, .iov_len = sizeof(destroy->buffer)};
	struct msghdr header = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1};
	ssize_t len = recvmsg(joined->fd, &header, MSG_DONTWAIT);

	if (len < 0 && errno == ENOBUFS) {
		joined->has_overrun = true;
		return true;
	}
	if (len < 0 && errno != EAGAIN && errno != EINTR)
		joined->failed++;
	if (len <= 0)
		return false;
	if (from.nl_pid) /* not the kernel */
		return true;
	if (header.msg_flags & MSG_TRUNC)
		joined->senseless++;
	else
		take_datagram(joined, destroy->buffer, (size_t)len, visit, context);
	return true;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* As many as may wait at once: a kernel that never ends to send does not keep us for ever. */
static void take_all(struct survey_destroy *destroy, sock_visit *visit, void *context)
{
	enum {
		MOST_AT_ONCE = 100000
	};

	for (size_t i = 0; i < destroy->count; i++)
		for (size_t n = 0; n < MOST_AT_ONCE; n++)
			if (!take_one(destroy, &destroy->joined[i], visit, context))
				break;
}

void survey_destroy_listen(struct survey_destroy *destroy, uint64_t ms, sock_visit *visit,
			   void (*tick)(void *context, uint64_t elapsed_ms), void *context)
{
	_cleanup_free_ struct pollfd *fds = mem_alloc_array(destroy->count + 1, sizeof(*fds));
	uint64_t start = now_ms(), elapsed = 0, ticked = 0;

	for (size_t i = 0; i < destroy->count; i++)
		fds[i] = (struct pollfd){.fd = destroy->joined[i].fd, .events = POLLIN};
	for (;;) {
		uint64_t left = ms - elapsed, wait = left < TICK_MS ? left : TICK_MS;

		poll(fds, destroy->count, (int)wait);
		take_all(destroy, visit, context);
		elapsed = now_ms() - start;
		if (tick && elapsed >= ticked + TICK_MS) {
			ticked = elapsed;
			tick(context, elapsed);
		}
		if (elapsed >= ms)
			return;
	}
}

void survey_destroy_cover(struct survey_destroy *destroy, struct socket_coverage *coverage)
{
	for (size_t i = 0; i < destroy->count; i++) {
		const struct joined *joined = &destroy->joined[i];
		uint32_t memory[SK_MEMINFO_VARS] = {0};
		socklen_t len = sizeof(memory);
		size_t drops = 0;

		if (getsockopt(joined->fd, SOL_SOCKET, SO_MEMINFO, memory, &len) == 0)
			drops = memory[SK_MEMINFO_DROPS];
		if (drops || joined->has_overrun)
			fall_short(coverage, joined->netns,
				   "the kernel lost messages: our buffer overran", drops);
		if (joined->senseless)
			fall_short(coverage, joined->netns, "a message made no sense",
				   joined->senseless);
		if (joined->failed)
			fall_short(coverage, joined->netns, "not all messages could be read", 0);
	}
}
