/* probes/handshake.c - see handshake.h. */
#include "probes/handshake.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include "base/mem.h"

enum {
	US_PER_S = 1000000
};

/* What connect(2) makes of a route or of an ICMP error is in net/ipv4/fib_semantics.c, fib_props[],
 * and net/ipv4/icmp.c, icmp_err_convert[]. */
static const struct {
	int code;
	const char *text;
} reasons[] = {
	{ECONNREFUSED, "refused: nothing listens on this port there, or a firewall rejects it"},
	{ETIMEDOUT, "no answer: the host is down, or something on the way drops what goes there"},
	{EHOSTUNREACH, "unreachable"},
	{ENETUNREACH, "no route to it"},
	{EADDRNOTAVAIL, "this host has no address, or no port left, to connect from"},
	{EINVAL, "a blackhole route of this host drops it"},
	{EACCES, "prohibited"},
	{EPERM, "a firewall of this host forbids it"},
};

bool handshake_found_nobody(const struct handshake *handshake)
{
	return handshake->heard && handshake->answer.kind == ANSWER_UNREACHABLE &&
	       handshake->from.len && net_same_host(&handshake->answer.from, &handshake->from);
}

char *handshake_reason(const struct handshake *handshake)
{
	const char *text = strerror(handshake->code);
	char from[NET_TEXT_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].code == handshake->code)
			text = reasons[i].text;
	}
	if (handshake_found_nobody(handshake))
		return mem_printf("%s: nobody on the link answers for this address: is the host "
				  "up, and is the address right?",
				  text);
	if (handshake->heard && handshake->answer.from.len)
		return mem_printf("%s: %s says \"%s\"", text,
				  net_print_host(&handshake->answer.from, from),
				  icmp_answer_reason(&handshake->answer));
	return mem_strdup(text);
}

bool handshake_get(const struct handshake *handshake, enum tcp_field field, uint64_t *out)
{
	return tcp_info_get(handshake->info, handshake->info_len, field, out);
}

unsigned handshake_again(const struct handshake *handshake)
{
	uint64_t again;

	return handshake_get(handshake, TCP_TOTAL_RETRANS, &again) ? (unsigned)again : 0;
}

static int limit_hops(int fd, int family, int ttl)
{
	bool v6 = family == AF_INET6;

	return setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_UNICAST_HOPS : IP_TTL, &ttl,
			  sizeof(ttl)) < 0
		       ? -errno
		       : 0;
}

/* Ready at once, or under way with 0 in `code`. `ttl` 0: as far as it takes. Returns the socket, or
 * -1. */
static int begin(const struct net_address *to, uint8_t ttl, struct handshake *out)
{
	_cleanup_fd_ int fd =
		socket(to->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	*out = (struct handshake){0};
	if (fd < 0) {
		out->code = errno;
		return -1;
	}
	/* so that not only the errno is known, but who is behind it */
	out->code = -icmp_answer_ask(fd, to->at.ss_family);
	if (!out->code && ttl)
		out->code = -limit_hops(fd, to->at.ss_family, ttl);
	if (out->code)
		return -1;
	out->connect_us = net_now_us();
	if (connect(fd, (const struct sockaddr *)&to->at, to->len) < 0 && errno != EINPROGRESS) {
		out->code = errno;
		out->connect_us = net_now_us() - out->connect_us;
		return -1;
	}
	return TAKE_FD(fd);
}

/* What has come of a connection that is under way no longer. */
static void end(int fd, int code, struct handshake *out)
{
	socklen_t len = sizeof(out->info);

	out->connect_us = net_now_us() - out->connect_us;
	out->code = code;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, out->info, &len) == 0)
		out->info_len = len;
	len = sizeof(out->from.at);
	if (getsockname(fd, (struct sockaddr *)&out->from.at, &len) == 0)
		out->from.len = len;
	if (code) {
		out->heard = icmp_answer_read(fd, &out->answer) > 0;
		return;
	}
	len = sizeof(out->congestion) - 1;
	if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, out->congestion, &len) < 0)
		out->congestion[0] = '\0';
}

static int read_code(int fd)
{
	int code = 0;
	socklen_t len = sizeof(code);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) < 0 ? errno : code;
}

static void close_at(struct pollfd *poll_fd)
{
	close(poll_fd->fd);
	poll_fd->fd = -1; /* poll(2) passes over it */
}

/* Waits once, and ends those that are ready. Returns how many still are under way. */
static size_t poll_all(struct pollfd *fds, size_t count, uint64_t until_us, struct handshake *out)
{
	uint64_t now_us = net_now_us(), left_us = until_us > now_us ? until_us - now_us : 0;
	const struct timespec left = {(time_t)(left_us / US_PER_S),
				      (long)(left_us % US_PER_S * 1000)};
	size_t waiting = 0;

	if (ppoll(fds, count, &left, NULL) < 0 && errno != EINTR)
		left_us = 0;
	for (size_t i = 0; i < count; i++) {
		if (fds[i].fd >= 0 && (fds[i].revents || !left_us)) {
			end(fds[i].fd, fds[i].revents ? read_code(fds[i].fd) : ETIMEDOUT, &out[i]);
			close_at(&fds[i]);
		}
		waiting += fds[i].fd >= 0;
	}
	return waiting;
}

void handshake_all(const struct net_addresses *to, uint64_t until_us, struct handshake *out)
{
	struct pollfd fds[NET_MOST_ADDRESSES];
	size_t waiting = 0;

	for (size_t i = 0; i < to->count; i++) {
		fds[i] = (struct pollfd){.fd = begin(&to->list[i], 0, &out[i]), .events = POLLOUT};
		waiting += fds[i].fd >= 0;
	}
	while (waiting)
		waiting = poll_all(fds, to->count, until_us, out);
}

void handshake_one(const struct net_address *to, uint64_t until_us, struct handshake *out)
{
	const struct net_addresses one = {.list = {*to}, .count = 1};

	handshake_all(&one, until_us, out);
}

static bool is_any_made(const struct pollfd *fds, size_t count, const struct handshake *made)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i].fd < 0 && !made[i].code)
			return true;
	return false;
}

void handshake_hops(const struct net_address *to, uint8_t first, size_t count, uint64_t until_us,
		    uint64_t settle_us, struct handshake *out)
{
	struct pollfd fds[NET_MOST_ADDRESSES];
	bool is_settling = false;
	size_t waiting = 0;

	for (size_t i = 0; i < count; i++) {
		fds[i] = (struct pollfd){.fd = begin(to, (uint8_t)(first + i), &out[i]),
					 .events = POLLOUT};
		waiting += fds[i].fd >= 0;
	}
	while (waiting) {
		uint64_t settled_us;

		waiting = poll_all(fds, count, until_us, out);
		if (is_settling || !is_any_made(fds, count, out))
			continue;
		is_settling = true;
		settled_us = net_now_us() + settle_us;
		until_us = settled_us < until_us ? settled_us : until_us;
	}
}
