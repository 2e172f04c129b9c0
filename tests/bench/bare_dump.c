/* tests/bench/bare_dump.c - the floor under any list of sockets: TCP over IPv4 and IPv6 by
 * NETLINK_SOCK_DIAG with every extension, received and thrown away. Prints "sockets COUNT". */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

enum {
	BUFFER_BYTES = 1 << 20
};

static int ask(int fd, unsigned char family)
{
	const struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} message = {
		.header = {.nlmsg_len = sizeof(message),
			   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.request = {.sdiag_family = family,
			    .sdiag_protocol = IPPROTO_TCP,
			    .idiag_ext = 0xff,
			    .idiag_states = ~0U},
	};

	return send(fd, &message, sizeof(message), 0) == (ssize_t)sizeof(message) ? 0 : -errno;
}

/* 1 at the end of the dump, 0 when more follows. */
static int count(const char *buffer, ssize_t len, unsigned long *sockets)
{
	const struct nlmsghdr *header = (const void *)buffer;

	for (; NLMSG_OK(header, len); header = NLMSG_NEXT(header, len)) {
		if (header->nlmsg_type == NLMSG_DONE)
			return 1;
		if (header->nlmsg_type == NLMSG_ERROR)
			return -EIO;
		(*sockets)++;
	}
	return 0;
}

int main(void)
{
	static const unsigned char families[] = {AF_INET, AF_INET6};
	_cleanup_fd_ int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	_cleanup_free_ char *buffer = mem_alloc(BUFFER_BYTES);
	unsigned long sockets = 0;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		int r = fd < 0 ? -errno : ask(fd, families[i]);

		while (r == 0) {
			ssize_t len = recv(fd, buffer, BUFFER_BYTES, 0);

			r = len < 0 ? -errno : count(buffer, len, &sockets);
		}
		if (r < 0) {
			fprintf(stderr, "bare_dump: %s\n", strerror(-r));
			return 1;
		}
	}
	printf("sockets %lu\n", sockets);
	return 0;
}
