/* probes/net.h - names to addresses, and sockets that never wait longer than they are told. */
#ifndef PROBES_NET_H
#define PROBES_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

struct net_address {
	struct sockaddr_storage at;
	socklen_t len;
};

enum {
	NET_MOST_ADDRESSES = 8,
	NET_TEXT_SIZE = 64,
};

struct net_addresses {
	struct net_address list[NET_MOST_ADDRESSES];
	size_t count;
};

/* HOST, HOST:PORT, [ADDRESS]:PORT or a bare address; without a port `port` is it. `family`
 * AF_UNSPEC takes both. `listening` "*" is every address. Returns 0, -EINVAL for what is no such
 * text, -ENOENT when nobody knows the name, -EAGAIN when no name server answers. */
int net_resolve(const char *text, uint16_t port, int family, bool listening,
		struct net_addresses *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* "192.0.2.1:80", "[2001:db8::1]:80"; into `buf`, which is returned. */
const char *net_print(const struct net_address *address, char buf[NET_TEXT_SIZE])
	__attribute__((nonnull));

/* Microseconds of CLOCK_MONOTONIC. */
uint64_t net_now_us(void);

/* TCP_CONGESTION, tcp(7); NULL leaves the default. -EINVAL when there is none of that name,
 * -EPERM. */
int net_set_congestion(int fd, const char *name, struct err *err)
	__attribute__((nonnull(3), warn_unused_result));
/* A TCP socket that does not block; `congestion` NULL: the default. */
int net_socket(int family, const char *congestion, struct err *err)
	__attribute__((nonnull(3), warn_unused_result));
/* Connects it. Returns 0, or -ETIMEDOUT, -ECONNREFUSED, ... */
int net_connect_socket(int fd, const struct net_address *to, unsigned timeout_ms, struct err *err)
	__attribute__((nonnull, warn_unused_result));

struct net_options {
	const char *congestion; /* TCP_CONGESTION before it is connected; NULL: the default */
	unsigned timeout_ms;
};

/* Connects a non-blocking TCP socket to the first address of the list that answers; `which`, which
 * may be NULL, gets its index. Returns the socket, the caller's, or -ETIMEDOUT, -ECONNREFUSED, ...
 * of the last that was tried. */
int net_connect(const struct net_addresses *to, const struct net_options *options, size_t *which,
		struct err *err) __attribute__((nonnull(1, 2, 4), warn_unused_result));

/* poll(2) for `events` until the monotonic time `until_us`. Returns 1, 0 when it is over, or
 * -errno. */
int net_wait(int fd, short events, uint64_t until_us) __attribute__((warn_unused_result));

/* As net_print() without the port: "192.0.2.1", "2001:db8::1"; "?" for no address. */
const char *net_print_host(const struct net_address *address, char buf[NET_TEXT_SIZE])
	__attribute__((nonnull));
/* True when both are the same address, whatever their ports. */
bool net_same_host(const struct net_address *a, const struct net_address *b)
	__attribute__((nonnull));

/* Does nothing for so long. */
void net_pause(uint64_t us);

#endif
