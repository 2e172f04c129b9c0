/* probes/icmp_answer.h - what came back for a datagram, as IP_RECVERR tells it: who says what.
 *
 * No raw socket and no privilege: the kernel matches an ICMP error with the socket that sent, and
 * queues it with the address of whoever made it (ip(7), IP_RECVERR; ipv6(7), IPV6_RECVERR). */
#ifndef PROBES_ICMP_ANSWER_H
#define PROBES_ICMP_ANSWER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "probes/net.h"

enum icmp_answer_kind {
	ANSWER_EXPIRED,       /* a router: its TTL was used up */
	ANSWER_NO_PORT,       /* the far end: it has arrived, and nobody listens there */
	ANSWER_TOO_BIG,       /* a router: `mtu_bytes` at most; 0: it does not say */
	ANSWER_LOCAL_TOO_BIG, /* this host: the interface takes `mtu_bytes`; nothing was sent */
	ANSWER_UNREACHABLE,   /* a router or a firewall: it goes no further */
	ANSWER_OTHER,         /* an error of another kind */
};

struct icmp_answer {
	enum icmp_answer_kind kind;
	uint8_t type, code; /* of ICMP or ICMPv6, as `from` says */
	uint8_t ttl;        /* with which the answer arrived; 0: not known */
	uint16_t port;      /* where the datagram went to; 0: not known */
	uint32_t mtu_bytes;
	struct net_address from; /* `len` 0: not known */
};

/* One message of recvmsg(2) with MSG_ERRQUEUE: its name and its ancillary data. False when there is
 * no error of the network in it. */
bool icmp_answer_parse(const struct msghdr *message, struct icmp_answer *out)
	__attribute__((nonnull, warn_unused_result));
/* The next one that the socket has, without waiting. Returns 1, or 0 when there are no more; what
 * is no error of the network is left out. */
int icmp_answer_read(int fd, struct icmp_answer *out) __attribute__((nonnull, warn_unused_result));
/* "host unreachable", "administratively prohibited", ... */
const char *icmp_answer_reason(const struct icmp_answer *answer)
	__attribute__((nonnull, returns_nonnull));

/* Has the socket queue such errors. Returns 0 or -errno. */
int icmp_answer_ask(int fd, int family) __attribute__((warn_unused_result));

#endif
