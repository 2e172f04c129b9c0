/* tests/unit/sock/test_walk.c - real sockets in a network namespace of their own, and what the walk
 * tells of them. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "sock/walk.h"
#include "tests/unit/errno_text.h"
#include "tests/unit/namespace.h"

/* What the next recvmsg(2) fails with; 0: with nothing. Nothing more then comes on that socket, as
 * when netlink_dump() of the kernel failed. */
static int fails_with;

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	char lost[64 * 1024];

	if (!fails_with)
		return syscall(SYS_recvmsg, fd, message, flags);
	while (recv(fd, lost, sizeof(lost), MSG_DONTWAIT) > 0)
		;
	errno = fails_with;
	fails_with = 0;
	return -1;
}

struct seen {
	struct socket_record records[32];
	struct socket_owner owners[32][4];
	char text[32][2][SOCKET_ADDRESS_SIZE];
	char path[32][64], interface[32][IF_NAMESIZE], congestion[32][16];
	uint64_t segs_out[32];
	size_t count;
};

static int keep(void *context, struct socket_record *record)
{
	struct seen *seen = context;
	size_t i = seen->count++;

	if (i >= ARRAY_SIZE(seen->records) || record->n_owners > 4)
		return -E2BIG;
	socket_address_print(&record->local, seen->text[i][0]);
	socket_address_print(&record->remote, seen->text[i][1]);
	for (size_t j = 0; j < record->n_owners; j++)
		seen->owners[i][j] = record->owners[j];
	snprintf(seen->path[i], sizeof(seen->path[i]), "%s", record->path ? record->path : "");
	snprintf(seen->interface[i], IF_NAMESIZE, "%s", record->interface ? record->interface : "");
	snprintf(seen->congestion[i], 16, "%s", record->congestion ? record->congestion : "");
	seen->records[i] = *record;
	return 0;
}

static int walk(struct seen *seen, const struct sock_filter *filter,
		struct socket_coverage *coverage)
{
	const struct sock_walk_options options = {
		.filter = *filter,
		.source = SOCK_SOURCE_PROC,
	};
	struct err err;
	int r;

	*seen = (struct seen){.count = 0};
	r = sock_walk(&options, keep, seen, coverage, &err);
	if (r)
		fprintf(stderr, "%s\n", err.text);
	return r;
}

/* The record with this inode; NULL: none, or more than one. */
static const struct socket_record *find(const struct seen *seen, uint64_t inode)
{
	const struct socket_record *found = NULL;

	for (size_t i = 0; i < seen->count; i++) {
		if (seen->records[i].inode != inode)
			continue;
		if (found)
			return NULL;
		found = &seen->records[i];
	}
	return found;
}

static uint64_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/* A listener on a port the kernel chooses. */
static int listen_on(int family, int backlog, struct sockaddr_in6 *name, socklen_t *len)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*name = (struct sockaddr_in6){.sin6_family = (sa_family_t)family};
	*len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(*name);
	if (bind(fd, (void *)name, *len) || listen(fd, backlog) ||
	    getsockname(fd, (void *)name, len))
		return -1;
	return fd;
}

static int connections(void)
{
	_cleanup_(socket_coverage_fini) struct socket_coverage coverage = {0};
	const struct sock_filter tcp = {.kinds = 1 << SOCKET_TCP};
	const struct socket_record *record;
	const int rcvbuf = 20000;
	static struct seen seen;
	struct sockaddr_in6 name;
	socklen_t len;
	size_t i;

	CHECK(namespace_raise_loopback() == 0);
	int listener = listen_on(AF_INET, 7, &name, &len);
	CHECK(listener >= 0);
	int near = socket(AF_INET, SOCK_STREAM, 0), waiting = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(setsockopt(near, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf)) == 0);
	CHECK(connect(near, (void *)&name, len) == 0);
	int far = accept(listener, NULL, NULL), again = dup(far);
	CHECK(far >= 0 && again >= 0);
	CHECK(connect(waiting, (void *)&name, len) == 0);
	CHECK(send(near, "hello", 5, 0) == 5);

	CHECK(walk(&seen, &tcp, &coverage) == 0);
	CHECK(seen.count == 5); /* one has not been accepted */
	record = find(&seen, inode_of(listener));
	CHECK(record && record->state == SOCKET_LISTEN && record->kind == SOCKET_TCP);
	CHECK(record->has_queues && record->recv_queue == 1 && record->send_queue == 7);
	CHECK(record->remote.family == AF_UNSPEC && !record->netns);
	CHECK(record->local.port == ntohs(name.sin6_port));
	CHECK(record->n_owners == 1 && record->owners_unknown == NULL);
	i = (size_t)(record - seen.records);
	CHECK(seen.owners[i][0].pid == getpid() && seen.owners[i][0].fd == listener);

	record = find(&seen, inode_of(far));
	CHECK(record && record->state == SOCKET_ESTABLISHED && record->recv_queue == 5);
	CHECK(record->n_owners == 2 && record->tcp_info && record->n_memory == SOCKMEM_COUNT);
	i = (size_t)(record - seen.records);
	CHECK(seen.owners[i][0].fd == far && seen.owners[i][1].fd == again);
	CHECK(seen.congestion[i][0] != '\0' && record->uid == getuid());
	CHECK(record->n_gaps == 1 && !(record->gaps[0].options & record->known));
	CHECK((record->gaps[0].options | record->known) == socket_options_of(SOCKET_TCP));
	CHECK(strstr(record->gaps[0].why, "--options=pidfd"));

	record = find(&seen, inode_of(near));
	CHECK(record && record->options[SOCKOPT_RCVBUF] == 2 * rcvbuf);
	CHECK(record->known & SOCKOPT_BIT(SOCKOPT_RCVBUF));

	record = find(&seen, 0);
	CHECK(record && record->state == SOCKET_ESTABLISHED && !record->n_owners);
	CHECK(record->n_gaps == 1 && strcmp(record->gaps[0].why, "no process holds it") == 0);
	CHECK(coverage.seen == 5 && coverage.fully_read == 0 && coverage.without_owner == 0);
	CHECK(strcmp(coverage.options_source, "none") == 0);
	return 0;
}

static int other_states(void)
{
	_cleanup_(socket_coverage_fini) struct socket_coverage coverage = {0};
	const struct sock_filter requests = {.states = 1 << SOCKET_NEW_SYN_RECV},
				 time_wait = {.states = 1 << SOCKET_TIME_WAIT};
	const int on = 1, seconds = 30;
	static struct seen seen;
	struct sockaddr_in6 name;
	socklen_t len;

	CHECK(namespace_raise_loopback() == 0);
	int listener = listen_on(AF_INET, 7, &name, &len);
	/* Without data the connection stays in the SYN queue. */
	CHECK(setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds)) == 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(client, (void *)&name, len) == 0);
	CHECK(walk(&seen, &requests, &coverage) == 0);
	CHECK(seen.count == 1 && seen.records[0].state == SOCKET_NEW_SYN_RECV);
	CHECK(!seen.records[0].has_queues && !seen.records[0].n_gaps && !seen.records[0].inode);
	CHECK(coverage.fully_read == 1 && coverage.without_owner == 0);

	CHECK(send(client, "x", 1, 0) == 1);
	int server = accept(listener, NULL, NULL);
	CHECK(setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
	char byte;
	CHECK(recv(server, &byte, 1, 0) == 1);
	close(server);
	CHECK(recv(client, &byte, 1, 0) == 0);
	close(client);
	CHECK(walk(&seen, &time_wait, &coverage) == 0);
	CHECK(seen.count == 1 && seen.records[0].state == SOCKET_TIME_WAIT);
	CHECK(!seen.records[0].has_queues && !seen.records[0].n_gaps && !seen.records[0].inode);
	CHECK(seen.records[0].timer == 3 && seen.records[0].timer_ms > 1000);
	return 0;
}

static int filters(void)
{
	_cleanup_(socket_coverage_fini) struct socket_coverage coverage = {0};
	struct sock_filter filter = {.n_local = 1}, either = {.n_either = 2};
	static struct seen seen;
	struct sockaddr_in6 name, other;
	socklen_t len;

	CHECK(namespace_raise_loopback() == 0);
	int wanted = listen_on(AF_INET, 7, &name, &len),
	    unwanted = listen_on(AF_INET, 7, &other, &len);
	int client = socket(AF_INET, SOCK_STREAM, 0), server;
	CHECK(unwanted >= 0 && connect(client, (void *)&name, len) == 0);
	server = accept(wanted, NULL, NULL);
	CHECK(server >= 0);
	filter.local_ports[0] = ntohs(name.sin6_port);
	CHECK(walk(&seen, &filter, &coverage) == 0);
	CHECK(seen.count == 2 && find(&seen, inode_of(wanted)) && find(&seen, inode_of(server)));
	either.either_ports[0] = 1;
	either.either_ports[1] = ntohs(name.sin6_port);
	CHECK(walk(&seen, &either, &coverage) == 0);
	CHECK(seen.count == 3 && find(&seen, inode_of(client)));
	filter.states = 1 << SOCKET_LISTEN;
	filter.brief = true;
	CHECK(walk(&seen, &filter, &coverage) == 0);
	CHECK(seen.count == 1 && find(&seen, inode_of(wanted)));
	CHECK(!seen.records[0].tcp_info && !seen.records[0].n_memory);
	CHECK(seen.records[0].recv_queue == 0 && seen.records[0].send_queue == 7);
	for (size_t i = 0; i < coverage.n_shortfalls; i++) /* the kernel took the programs */
		CHECK(strstr(coverage.shortfalls[i].what, " over IPv") == NULL);
	return 0;
}

static int udp_and_six(void)
{
	_cleanup_(socket_coverage_fini) struct socket_coverage coverage = {0};
	const struct sock_filter filter = {.kinds = 1 << SOCKET_UDP | 1 << SOCKET_TCP};
	const struct socket_record *record;
	struct sockaddr_in bound = {.sin_family = AF_INET, .sin_port = htons(5353)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	static struct seen seen;
	struct sockaddr_in6 name;
	const int off = 0;
	socklen_t len;

	CHECK(namespace_raise_loopback() == 0);
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK(setsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) == 0);
	CHECK(bind(udp, (void *)&bound, sizeof(bound)) == 0);
	int six = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK(six >= 0 && setsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0);
	int listener = listen_on(AF_INET6, 7, &name, &len);
	CHECK(listener >= 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	v4.sin_port = name.sin6_port;
	CHECK(connect(client, (void *)&v4, sizeof(v4)) == 0);
	int server = accept(listener, NULL, NULL);

	CHECK(walk(&seen, &filter, &coverage) == 0);
	CHECK(seen.count == 4);
	record = find(&seen, inode_of(udp));
	CHECK(record && record->kind == SOCKET_UDP && record->state == SOCKET_CLOSE);
	CHECK(!record->has_timer && !record->tcp_info && !record->congestion);
	CHECK(strcmp(seen.text[record - seen.records][0], "0.0.0.0:5353") == 0);
	CHECK(strcmp(seen.text[record - seen.records][1], "*:*") == 0);
	CHECK(strcmp(seen.interface[record - seen.records], "lo") == 0);
	CHECK(record->known & SOCKOPT_BIT(SOCKOPT_SNDBUF) && record->n_memory == SOCKMEM_COUNT);
	record = find(&seen, inode_of(server));
	CHECK(record && record->local.family == AF_INET6);
	CHECK(strstr(seen.text[record - seen.records][1], "[::ffff:127.0.0.1]:") ==
	      seen.text[record - seen.records][1]);
	record = find(&seen, inode_of(client));
	CHECK(record && record->local.family == AF_INET);
	return 0;
}

static int unix_sockets(void)
{
	_cleanup_(socket_coverage_fini) struct socket_coverage coverage = {0};
	const struct sock_filter filter = {.kinds = 1 << SOCKET_UNIX_STREAM |
						    1 << SOCKET_UNIX_SEQPACKET};
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0fettle\0test"};
	const socklen_t len = offsetof(struct sockaddr_un, sun_path) + 12;
	const struct socket_record *record;
	static struct seen seen;
	int pair[2], flight[2], hidden;

	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(listener, (void *)&name, len) == 0 && listen(listener, 9) == 0);
	CHECK(connect(client, (void *)&name, len) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, flight) ==
	      0); /* of a kind that is not asked for */

	/* One end goes on a journey: it has an inode, but no process holds it. */
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
			      .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS}};
	struct iovec part = {.iov_base = (char[1]){""}, .iov_len = 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	hidden = socket(AF_UNIX, SOCK_STREAM, 0);
	uint64_t hidden_inode = inode_of(hidden);
	memcpy(CMSG_DATA(&control.head), &hidden, sizeof(hidden));
	CHECK(sendmsg(flight[0], &message, 0) == 1 && close(hidden) == 0);

	CHECK(walk(&seen, &filter, &coverage) == 0);
	CHECK(seen.count == 5);
	record = find(&seen, inode_of(listener));
	CHECK(record && record->kind == SOCKET_UNIX_STREAM && record->state == SOCKET_LISTEN);
	CHECK(record->recv_queue == 1 && record->send_queue == 9);
	CHECK(strcmp(seen.path[record - seen.records], "@fettle\\x00test") == 0);
	record = find(&seen, inode_of(pair[0]));
	CHECK(record && record->kind == SOCKET_UNIX_SEQPACKET);
	CHECK(record->peer_inode == inode_of(pair[1]) && record->uid == getuid());
	CHECK(seen.owners[record - seen.records][0].fd == pair[0]);
	CHECK((record->known & ~socket_options_of(SOCKET_UNIX_SEQPACKET)) == 0);
	record = find(&seen, hidden_inode);
	CHECK(record && !record->n_owners && record->owners_unknown);
	CHECK(record->n_gaps == 1 && record->gaps[0].why == record->owners_unknown);
	CHECK(coverage.seen == 5 && coverage.without_owner == 1);
	return 0;
}

static int stop(void *context, struct socket_record *record)
{
	(void)context;
	(void)record;
	return -ECANCELED;
}

static int stopping(void)
{
	const struct sock_walk_options options = {.source = SOCK_SOURCE_PROC};
	_cleanup_(socket_coverage_fini) struct socket_coverage coverage = {0};
	struct err err = {0};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	CHECK(fd >= 0);
	CHECK(sock_walk(&options, stop, NULL, &coverage, &err) == -ECANCELED);
	CHECK(coverage.seen == 1);
	return 0;
}

/* A namespace that is not there is said; the others are walked. */
static int namespaces(void)
{
	char own[] = "", gone[] = "gone", path[] = "/proc/self/ns/nothing";
	struct netns items[] = {
		{.name = own, .path = path, .fd = -1},
		{.inode = 1, .name = gone, .path = path, .fd = -1},
	};
	struct netns_list list = {.items = items, .count = 2, .hidden = 3};
	struct sock_walk_options options = {
		.source = SOCK_SOURCE_PROC,
		.namespaces = &list,
		.filter.kinds = 1 << SOCKET_UNIX_DGRAM,
	};
	_cleanup_(socket_coverage_fini) struct socket_coverage coverage = {0};
	static struct seen seen;
	struct err err = {0};
	size_t said = 0;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	CHECK(fd >= 0);
	CHECK(sock_walk(&options, keep, &seen, &coverage, &err) == 0);
	CHECK(seen.count == 1 && !seen.records[0].netns);
	for (size_t i = 0; i < coverage.n_shortfalls; i++)
		said += strcmp(coverage.shortfalls[i].what, "namespace gone") == 0 ||
			strcmp(coverage.shortfalls[i].what, "network namespaces") == 0;
	CHECK(said == 2);
	/* When none can be walked, it is an error. */
	list.items++;
	list.count = 1;
	CHECK(sock_walk(&options, keep, &seen, &coverage, &err) < 0 && err.text[0]);
	return 0;
}

static const struct socket_shortfall *missing(const struct socket_coverage *coverage,
					      const char *what)
{
	for (size_t i = 0; i < coverage->n_shortfalls; i++)
		if (strcmp(coverage->shortfalls[i].what, what) == 0 &&
		    coverage->shortfalls[i].kind == SHORTFALL_SOCKETS)
			return &coverage->shortfalls[i];
	return NULL;
}

/* The list that broke is not all; and those after it come from sockets of their own. */
static int a_list_that_breaks(void)
{
	_cleanup_(socket_coverage_fini) struct socket_coverage coverage = {0};
	const struct sock_filter filter = {.kinds = 1 << SOCKET_UDP};
	static struct seen seen;
	int four = socket(AF_INET, SOCK_DGRAM, 0), six = socket(AF_INET6, SOCK_DGRAM, 0);
	struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in v4 = {.sin_family = AF_INET};

	CHECK(namespace_raise_loopback() == 0);
	CHECK(bind(four, (void *)&v4, sizeof(v4)) == 0);
	CHECK(bind(six, (void *)&name, sizeof(name)) == 0);
	fails_with = ENOBUFS;
	alarm(10); /* it used to wait for ever */
	CHECK(walk(&seen, &filter, &coverage) == 0);
	alarm(0);
	CHECK(seen.count == 1 && find(&seen, inode_of(six)));
	CHECK(missing(&coverage, "UDP over IPv4") && !missing(&coverage, "UDP over IPv6"));
	return 0;
}

/* When our own fails alone it is said as any other. */
static int our_own_namespace_fails(void)
{
	char own[] = "", again[] = "again", path[] = "/proc/self/ns/net";
	struct stat st;
	struct netns items[] = {{.name = own, .path = path, .fd = -1},
				{.name = again, .path = path, .fd = -1}};
	struct netns_list list = {.items = items, .count = 2};
	struct sock_walk_options options = {.source = SOCK_SOURCE_PROC, .namespaces = &list};
	_cleanup_(socket_coverage_fini) struct socket_coverage coverage = {0};
	static struct seen seen;
	struct err err = {0};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	CHECK(fd >= 0 && stat(path, &st) == 0);
	items[0].inode = items[1].inode = st.st_ino;
	fails_with = ENOMEM;
	CHECK(sock_walk(&options, keep, &seen, &coverage, &err) == 0);
	CHECK(seen.count == 1 && find(&seen, inode_of(fd)));
	CHECK(missing(&coverage, "our own network namespace"));
	CHECK(strstr(missing(&coverage, "our own network namespace")->why, TEXT_ENOMEM));
	return 0;
}

static const struct part {
	const char *name;
	int (*run)(void);
} parts[] = {
	{"connections", connections},
	{"other_states", other_states},
	{"filters", filters},
	{"udp_and_six", udp_and_six},
	{"unix_sockets", unix_sockets},
	{"stopping", stopping},
	{"namespaces", namespaces},
	{"a_list_that_breaks", a_list_that_breaks},
	{"our_own_namespace_fails", our_own_namespace_fails},
};

static void run(void **state)
{
	run_in_namespace(((const struct part *)*state)->run);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(parts)];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		tests[i] = (struct CMUnitTest){
			.name = parts[i].name,
			.test_func = run,
			.initial_state = (void *)&parts[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
