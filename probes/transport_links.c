/* probes/transport_links.c - see transport_links.h. */
#include "probes/transport_links.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/mem.h"

enum {
	OUR_PATIENCE_S = 1,
	THEIR_PATIENCE_S = 3, /* longer, so that who began is who gives up */
	STRANGERS_MOST = 8,
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static const struct {
	const char *name;
	int family, type;
} kinds[TRANSPORT_KINDS] = {
	[TRANSPORT_UNIX_STREAM] = {"unix-stream", AF_UNIX, SOCK_STREAM},
	[TRANSPORT_UNIX_SEQPACKET] = {"unix-seqpacket", AF_UNIX, SOCK_SEQPACKET},
	[TRANSPORT_TCP_IPV4] = {"tcp-ipv4", AF_INET, SOCK_STREAM},
	[TRANSPORT_TCP_IPV6] = {"tcp-ipv6", AF_INET6, SOCK_STREAM},
	[TRANSPORT_UDP_IPV4] = {"udp-ipv4", AF_INET, SOCK_DGRAM},
};

const char *transport_kind_name(enum transport_kind kind)
{
	return kinds[kind].name;
}

/* A socket at a port of the loopback address that the kernel chooses, and where that is. */
static int bind_new(int family, int type, union address *at)
{
	_cleanup_fd_ int fd = socket(family, type | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*at);

	memset(at, 0, sizeof(*at));
	at->any.sa_family = (sa_family_t)family;
	if (family == AF_INET6)
		at->v6.sin6_addr = in6addr_loopback;
	else
		at->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 ||
	    bind(fd, &at->any, family == AF_INET6 ? sizeof(at->v6) : sizeof(at->v4)) < 0 ||
	    getsockname(fd, &at->any, &len) < 0)
		return -1;
	return TAKE_FD(fd);
}

static socklen_t size_of(const union address *at)
{
	return at->any.sa_family == AF_INET6 ? sizeof(at->v6) : sizeof(at->v4);
}

static bool is_patient(int fd, int seconds)
{
	const struct timeval patience = {.tv_sec = seconds};

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0;
}

/* Each answer at once, and no trace when it is over: an end that was closed in order keeps its port
 * for a minute (TIME_WAIT). */
static bool is_brisk(int fd)
{
	const struct linger reset = {.l_onoff = 1};
	const int on = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	       setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0;
}

/* Anybody on this host may have connected first: only who comes from `from` is ours. */
static int accept_from(int listener, const union address *from)
{
	if (!is_patient(listener, OUR_PATIENCE_S))
		return -1;
	for (int i = 0; i < STRANGERS_MOST; i++) {
		union address peer = {0};
		socklen_t len = sizeof(peer);
		_cleanup_fd_ int fd = accept4(listener, &peer.any, &len, SOCK_CLOEXEC);

		if (fd < 0)
			return -1;
		if (len == size_of(from) && memcmp(&peer, from, len) == 0)
			return TAKE_FD(fd);
	}
	errno = ECONNABORTED;
	return -1;
}

static int connect_tcp(int family, int *ours, int *theirs)
{
	union address at, from;
	_cleanup_fd_ int listener = bind_new(family, SOCK_STREAM, &at);
	_cleanup_fd_ int client = -1, accepted = -1;

	if (listener < 0 || listen(listener, STRANGERS_MOST) < 0)
		return -1;
	client = bind_new(family, SOCK_STREAM, &from);
	if (client < 0 || !is_patient(client, OUR_PATIENCE_S) ||
	    connect(client, &at.any, size_of(&at)) < 0)
		return -1;
	accepted = accept_from(listener, &from);
	if (accepted < 0 || !is_brisk(client) || !is_brisk(accepted))
		return -1;
	*ours = TAKE_FD(client);
	*theirs = TAKE_FD(accepted);
	return 0;
}

static int connect_udp(int family, int *ours, int *theirs)
{
	union address a_at, b_at;
	_cleanup_fd_ int a = bind_new(family, SOCK_DGRAM, &a_at);
	_cleanup_fd_ int b = bind_new(family, SOCK_DGRAM, &b_at);

	if (a < 0 || b < 0 || connect(a, &b_at.any, size_of(&b_at)) < 0 ||
	    connect(b, &a_at.any, size_of(&a_at)) < 0)
		return -1;
	*ours = TAKE_FD(a);
	*theirs = TAKE_FD(b);
	return 0;
}

static int connect_pair(enum transport_kind kind, int *ours, int *theirs)
{
	int family = kinds[kind].family, type = kinds[kind].type, pair[2], r;

	if (family == AF_UNIX) {
		r = socketpair(family, type | SOCK_CLOEXEC, 0, pair);
		if (r == 0) {
			*ours = pair[0];
			*theirs = pair[1];
		}
	} else if (type == SOCK_STREAM) {
		r = connect_tcp(family, ours, theirs);
	} else {
		r = connect_udp(family, ours, theirs);
	}
	if (r < 0 || !is_patient(*ours, OUR_PATIENCE_S) || !is_patient(*theirs, THEIR_PATIENCE_S))
		return -1;
	return 0;
}

static char *explain(enum transport_kind kind, int code)
{
	const char *address = kinds[kind].family == AF_INET6 ? "::1" : "127.0.0.1";

	if (code == EAFNOSUPPORT)
		return mem_printf("this kernel has no such sockets: %s", strerror(code));
	if (code == EADDRNOTAVAIL)
		return mem_printf("nobody has %s: lo is down%s", address,
				  kinds[kind].family == AF_INET6
					  ? ", or net.ipv6.conf.lo.disable_ipv6 is set"
					  : "");
	if (code == EINPROGRESS || code == EAGAIN || code == ENETUNREACH)
		return mem_printf("nothing gets through to %s (%s): is lo down, or does a firewall "
				  "drop it?",
				  address, strerror(code == ENETUNREACH ? code : ETIMEDOUT));
	if (kinds[kind].family == AF_UNIX)
		return mem_printf("cannot make a pair of sockets: %s", strerror(code));
	return mem_printf("cannot connect over %s: %s", address, strerror(code));
}

void transport_links_open(enum transport_kind kind, struct transport_links *out)
{
	int code = 0;

	*out = (struct transport_links){0};
	for (size_t i = 0; i < TRANSPORT_PAIRS; i++)
		out->ours[i] = out->theirs[i] = -1;
	for (size_t i = 0; i < TRANSPORT_PAIRS && !code; i++) {
		if (connect_pair(kind, &out->ours[i], &out->theirs[i]) < 0)
			code = errno ? errno : EIO;
	}
	if (!code)
		return;
	transport_links_close(out);
	out->missing = explain(kind, code);
}

static void close_all(int *fds)
{
	for (size_t i = 0; i < TRANSPORT_PAIRS; i++) {
		mem_closep(&fds[i]);
		fds[i] = -1;
	}
}

void transport_links_keep(struct transport_links *links, bool ours)
{
	close_all(ours ? links->theirs : links->ours);
}

void transport_links_close(struct transport_links *links)
{
	close_all(links->ours);
	close_all(links->theirs);
	free(links->missing);
	links->missing = NULL;
}
