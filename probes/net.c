/* probes/net.c - see net.h. */
#include "probes/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "model/num.h"

enum {
	PORT_MOST = 65535,
	US_PER_S = 1000000,
	US_PER_MS = 1000,
};

uint64_t net_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / 1000;
}

static int read_port(const char *text, uint16_t *port, struct err *err)
{
	struct num number;

	if (num_parse(text, strlen(text), &number) < 0 || number.negative || !number.magnitude ||
	    number.magnitude > PORT_MOST)
		return err_set(err, EINVAL, "'%s' is no port: expected a number from 1 to %d", text,
			       PORT_MOST);
	*port = (uint16_t)number.magnitude;
	return 0;
}

/* "HOST:PORT" and its kind to both; a second colon makes it a bare IPv6 address. */
static int split(const char *text, char **host, uint16_t *port, struct err *err)
{
	const char *colon = strrchr(text, ':'), *end = strchr(text, ']');

	if (*text == '[') {
		if (!end || (end[1] && end[1] != ':'))
			return err_set(err, EINVAL, "'%s': expected [ADDRESS] or [ADDRESS]:PORT",
				       text);
		*host = mem_strndup(text + 1, (size_t)(end - text) - 1);
		return end[1] ? read_port(end + 2, port, err) : 0;
	}
	if (!colon || strchr(text, ':') != colon) {
		*host = mem_strdup(text);
		return 0;
	}
	*host = mem_strndup(text, (size_t)(colon - text));
	return read_port(colon + 1, port, err);
}

static int explain_lookup(int code, const char *host, struct err *err)
{
	switch (code) {
	case EAI_AGAIN:
		return err_set(err, EAGAIN, "cannot look up '%s': no name server answers", host);
	case EAI_SYSTEM:
		return err_set(err, errno, "cannot look up '%s': %s", host, strerror(errno));
	default:
		return err_set(err, ENOENT, "cannot look up '%s': %s", host, gai_strerror(code));
	}
}

int net_resolve(const char *text, uint16_t port, int family, bool listening,
		struct net_addresses *out, struct err *err)
{
	const struct addrinfo hints = {.ai_family = family,
				       .ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_NUMERICSERV | (listening ? AI_PASSIVE : 0)};
	_cleanup_free_ char *host = NULL;
	struct addrinfo *found;
	char service[8];
	int r = split(text, &host, &port, err);

	if (r < 0)
		return r;
	if (!*host)
		return err_set(err, EINVAL, "'%s' names no host", text);
	if (!port)
		return err_set(err, EINVAL, "'%s' has no port", text);
	snprintf(service, sizeof(service), "%u", port);
	r = getaddrinfo(listening && strcmp(host, "*") == 0 ? NULL : host, service, &hints, &found);
	if (r)
		return explain_lookup(r, host, err);
	*out = (struct net_addresses){0};
	for (struct addrinfo *at = found; at && out->count < NET_MOST_ADDRESSES; at = at->ai_next) {
		struct net_address *address = &out->list[out->count++];

		memcpy(&address->at, at->ai_addr, at->ai_addrlen);
		address->len = at->ai_addrlen;
	}
	freeaddrinfo(found);
	return 0;
}

const char *net_print(const struct net_address *address, char buf[NET_TEXT_SIZE])
{
	char host[INET6_ADDRSTRLEN] = "?";
	const struct sockaddr_in *v4 = (const void *)&address->at;
	const struct sockaddr_in6 *v6 = (const void *)&address->at;

	if (address->at.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(buf, NET_TEXT_SIZE, "[%s]:%u", host, ntohs(v6->sin6_port));
	} else {
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(buf, NET_TEXT_SIZE, "%s:%u", host, ntohs(v4->sin_port));
	}
	return buf;
}

int net_wait(int fd, short events, uint64_t until_us)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};

	for (;;) {
		uint64_t now = net_now_us();
		uint64_t left = until_us > now ? until_us - now : 0;
		const struct timespec timeout = {(time_t)(left / US_PER_S),
						 (long)(left % US_PER_S * 1000)};
		int r = ppoll(&poll_fd, 1, &timeout, NULL);

		if (r > 0)
			return 1;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r == 0)
			return 0;
	}
}

int net_set_congestion(int fd, const char *name, struct err *err)
{
	if (!name ||
	    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name)) == 0)
		return 0;
	if (errno == ENOENT)
		return err_set(err, EINVAL,
			       "no congestion control '%s': "
			       "net.ipv4.tcp_available_congestion_control lists those there are",
			       name);
	return err_set(err, errno, "cannot choose the congestion control '%s': %s", name,
		       strerror(errno));
}

int net_socket(int family, const char *congestion, struct err *err)
{
	_cleanup_fd_ int fd =
		socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	int r;

	if (fd < 0)
		return err_set(err, errno, "cannot make a socket: %s", strerror(errno));
	r = net_set_congestion(fd, congestion, err);
	return r < 0 ? r : TAKE_FD(fd);
}

static int finish_connect(int fd, unsigned timeout_ms)
{
	int code = 0, r = net_wait(fd, POLLOUT, net_now_us() + (uint64_t)timeout_ms * US_PER_MS);
	socklen_t len = sizeof(code);

	if (r <= 0)
		return r < 0 ? -r : ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) < 0 ? errno : code;
}

int net_connect_socket(int fd, const struct net_address *to, unsigned timeout_ms, struct err *err)
{
	char text[NET_TEXT_SIZE];
	int code = connect(fd, (const struct sockaddr *)&to->at, to->len) < 0 ? errno : 0;

	if (code == EINPROGRESS)
		code = finish_connect(fd, timeout_ms);
	if (code == ETIMEDOUT)
		return err_set(
			err, ETIMEDOUT,
			"%s did not answer within %u ms: is it up, and does no firewall drop "
			"what goes there?",
			net_print(to, text), timeout_ms);
	if (code)
		return err_set(err, code, "cannot connect to %s: %s", net_print(to, text),
			       strerror(code));
	return 0;
}

static int connect_one(const struct net_address *to, const struct net_options *options,
		       struct err *err)
{
	_cleanup_fd_ int fd = net_socket(to->at.ss_family, options->congestion, err);
	int r = fd < 0 ? fd : net_connect_socket(fd, to, options->timeout_ms, err);

	return r < 0 ? r : TAKE_FD(fd);
}

int net_connect(const struct net_addresses *to, const struct net_options *options, size_t *which,
		struct err *err)
{
	int fd = err_set(err, ENOENT, "there is no address to connect to");

	for (size_t i = 0; i < to->count && fd < 0; i++) {
		fd = connect_one(&to->list[i], options, err);
		if (which)
			*which = i;
	}
	return fd;
}

const char *net_print_host(const struct net_address *address, char buf[NET_TEXT_SIZE])
{
	const struct sockaddr_in *v4 = (const void *)&address->at;
	const struct sockaddr_in6 *v6 = (const void *)&address->at;
	bool is_v6 = address->at.ss_family == AF_INET6;

	if (!address->len ||
	    !inet_ntop(address->at.ss_family, is_v6 ? (const void *)&v6->sin6_addr : &v4->sin_addr,
		       buf, NET_TEXT_SIZE))
		snprintf(buf, NET_TEXT_SIZE, "?");
	return buf;
}

bool net_same_host(const struct net_address *a, const struct net_address *b)
{
	const struct sockaddr_in *a4 = (const void *)&a->at, *b4 = (const void *)&b->at;
	const struct sockaddr_in6 *a6 = (const void *)&a->at, *b6 = (const void *)&b->at;

	if (!a->len || a->at.ss_family != b->at.ss_family)
		return false;
	if (a->at.ss_family == AF_INET6)
		return memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
	return a4->sin_addr.s_addr == b4->sin_addr.s_addr;
}

void net_pause(uint64_t us)
{
	struct timespec left = {(time_t)(us / US_PER_S), (long)(us % US_PER_S * 1000)};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
}
