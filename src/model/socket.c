/* model/socket.c - see socket.h. */
#include "model/socket.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/str.h"

/* asm-generic/socket.h since 5.13; getsockopt(2) gives bit 0 for the send and bit 1 for the receive
 * buffer. */
#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif

static const char *const kind_names[SOCKET_KIND_COUNT] = {
	[SOCKET_TCP] = "tcp",
	[SOCKET_UDP] = "udp",
	[SOCKET_UNIX_STREAM] = "unix-stream",
	[SOCKET_UNIX_DGRAM] = "unix-dgram",
	[SOCKET_UNIX_SEQPACKET] = "unix-seqpacket",
};

static const char *const state_names[SOCKET_STATE_COUNT] = {
	[SOCKET_ESTABLISHED] = "established",
	[SOCKET_SYN_SENT] = "syn-sent",
	[SOCKET_SYN_RECV] = "syn-recv",
	[SOCKET_FIN_WAIT1] = "fin-wait-1",
	[SOCKET_FIN_WAIT2] = "fin-wait-2",
	[SOCKET_TIME_WAIT] = "time-wait",
	[SOCKET_CLOSE] = "close",
	[SOCKET_CLOSE_WAIT] = "close-wait",
	[SOCKET_LAST_ACK] = "last-ack",
	[SOCKET_LISTEN] = "listen",
	[SOCKET_CLOSING] = "closing",
	[SOCKET_NEW_SYN_RECV] = "new-syn-recv",
};

const char *const socket_memory_names[SOCKMEM_COUNT] = {
	[SOCKMEM_RMEM_ALLOC] = "rmem_alloc_bytes",
	[SOCKMEM_RCVBUF] = "rcvbuf_bytes",
	[SOCKMEM_WMEM_ALLOC] = "wmem_alloc_bytes",
	[SOCKMEM_SNDBUF] = "sndbuf_bytes",
	[SOCKMEM_FWD_ALLOC] = "fwd_alloc_bytes",
	[SOCKMEM_WMEM_QUEUED] = "wmem_queued_bytes",
	[SOCKMEM_OPTMEM] = "optmem_bytes",
	[SOCKMEM_BACKLOG] = "backlog_bytes",
	[SOCKMEM_DROPS] = "drops",
};

/* SO_KEEPALIVE and SO_LINGER can be set on any socket, but of these only TCP acts on them:
 * sk_prot->keepalive and sk_lingertime in net/. */
/* clang-format off */
const struct socket_option_info socket_options[SOCKOPT_COUNT] = {
	[SOCKOPT_KEEPALIVE] = {"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, true, true, ""},
	[SOCKOPT_NODELAY] = {"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, true, true, ""},
	[SOCKOPT_KEEPIDLE] = {"TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, false, true, "s"},
	[SOCKOPT_KEEPINTVL] = {"TCP_KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL, false, true, "s"},
	[SOCKOPT_KEEPCNT] = {"TCP_KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT, false, true, ""},
	[SOCKOPT_RCVBUF] = {"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, false, false, "bytes"},
	[SOCKOPT_RCVBUF_LOCKED] = {"SO_RCVBUF_LOCKED", SOL_SOCKET, SO_BUF_LOCK, true, false, ""},
	[SOCKOPT_SNDBUF] = {"SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, false, false, "bytes"},
	[SOCKOPT_SNDBUF_LOCKED] = {"SO_SNDBUF_LOCKED", SOL_SOCKET, SO_BUF_LOCK, true, false, ""},
	[SOCKOPT_LINGER] = {"SO_LINGER", SOL_SOCKET, SO_LINGER, false, true, "s"},
	[SOCKOPT_REUSEADDR] = {"SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, true, false, ""},
	[SOCKOPT_REUSEPORT] = {"SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT, true, false, ""},
	[SOCKOPT_USER_TIMEOUT] = {"TCP_USER_TIMEOUT", IPPROTO_TCP, TCP_USER_TIMEOUT, false, true,
				  "ms"},
	[SOCKOPT_DEFER_ACCEPT] = {"TCP_DEFER_ACCEPT", IPPROTO_TCP, TCP_DEFER_ACCEPT, false, true,
				  "s"},
	[SOCKOPT_FASTOPEN] = {"TCP_FASTOPEN", IPPROTO_TCP, TCP_FASTOPEN, false, true, ""},
	[SOCKOPT_NOTSENT_LOWAT] = {"TCP_NOTSENT_LOWAT", IPPROTO_TCP, TCP_NOTSENT_LOWAT, false,
				   true, "bytes"},
	[SOCKOPT_MAXSEG] = {"TCP_MAXSEG", IPPROTO_TCP, TCP_MAXSEG, false, true, "bytes"},
	[SOCKOPT_RCVTIMEO_US] = {"SO_RCVTIMEO", SOL_SOCKET, SO_RCVTIMEO, false, false, "us"},
	[SOCKOPT_SNDTIMEO_US] = {"SO_SNDTIMEO", SOL_SOCKET, SO_SNDTIMEO, false, false, "us"},
	[SOCKOPT_MARK] = {"SO_MARK", SOL_SOCKET, SO_MARK, false, false, ""},
	[SOCKOPT_PRIORITY] = {"SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, false, false, ""},
	[SOCKOPT_BUSY_POLL] = {"SO_BUSY_POLL", SOL_SOCKET, SO_BUSY_POLL, false, false, "us"},
	[SOCKOPT_QUICKACK] = {"TCP_QUICKACK", IPPROTO_TCP, TCP_QUICKACK, true, true, ""},
	[SOCKOPT_CONGESTION] = {"TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, false, true, ""},
};
/* clang-format on */

const char *socket_kind_name(enum socket_kind kind)
{
	return kind_names[kind];
}

const char *socket_state_name(enum socket_state state)
{
	const char *name = (unsigned)state < SOCKET_STATE_COUNT ? state_names[state] : NULL;

	return name ? name : "unknown";
}

enum socket_state socket_state_by_name(const char *name)
{
	unsigned i = SOCKET_ESTABLISHED;

	while (i < SOCKET_STATE_COUNT && strcmp(name, state_names[i]) != 0)
		i++;
	return (enum socket_state)i;
}

enum socket_option socket_option_by_name(const char *name)
{
	unsigned i = 0;

	while (i < SOCKOPT_COUNT && strcmp(name, socket_options[i].name) != 0)
		i++;
	return (enum socket_option)i;
}

uint32_t socket_options_of(enum socket_kind kind)
{
	static const uint32_t of_packets =
		SOCKOPT_BIT(SOCKOPT_REUSEADDR) | SOCKOPT_BIT(SOCKOPT_REUSEPORT) |
		SOCKOPT_BIT(SOCKOPT_MARK) | SOCKOPT_BIT(SOCKOPT_PRIORITY) |
		SOCKOPT_BIT(SOCKOPT_BUSY_POLL);
	uint32_t options = SOCKOPT_BIT(SOCKOPT_COUNT) - 1;

	if (kind == SOCKET_TCP) /* of each of many: without a loop */
		return options;
	for (unsigned i = 0; i < SOCKOPT_COUNT; i++)
		if (socket_options[i].of_tcp)
			options &= ~SOCKOPT_BIT(i);
	return kind == SOCKET_UDP ? options : options & ~of_packets;
}

const struct socket_owner *socket_main_owner(const struct socket_record *record)
{
	for (size_t i = 0; i < record->n_owners; i++)
		if (record->owners[i].pid != 1)
			return &record->owners[i];
	return record->n_owners ? record->owners : NULL;
}

/* As ss(8) writes it: "*" stands for both families, the scope behind the host. */
static const char *print_address(const struct socket_address *address, bool dual, const char *scope,
				 char buf[SOCKET_ADDRESS_SIZE])
{
	char host[INET6_ADDRSTRLEN] = "*", port[8] = "*";
	bool bracketed = address->family == AF_INET6 && !dual;

	if (address->port)
		snprintf(port, sizeof(port), "%u", address->port);
	if (bracketed || address->family == AF_INET)
		inet_ntop(address->family, address->bytes, host, sizeof(host));
	snprintf(buf, SOCKET_ADDRESS_SIZE, "%s%s%s%s%s:%s", bracketed ? "[" : "", host,
		 bracketed ? "]" : "", *scope ? "%" : "", scope, port);
	return buf;
}

const char *socket_address_print(const struct socket_address *address,
				 char buf[SOCKET_ADDRESS_SIZE])
{
	char scope[16] = "";

	if (address->ifindex)
		snprintf(scope, sizeof(scope), "%u", address->ifindex);
	return print_address(address, false, scope, buf);
}

const char *socket_local_print(const struct socket_record *record, char buf[SOCKET_ADDRESS_SIZE])
{
	static const unsigned char any[sizeof(record->local.bytes)];
	bool dual = record->local.family == AF_INET6 && record->has_v6only && !record->v6only &&
		    memcmp(record->local.bytes, any, sizeof(any)) == 0;

	if (record->interface)
		return print_address(&record->local, dual, record->interface, buf);
	return dual ? print_address(&record->local, dual, "", buf)
		    : socket_address_print(&record->local, buf);
}

struct socket_address socket_address_plain(const struct socket_address *address)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct socket_address plain = {.family = AF_INET, .port = address->port};

	if (address->family != AF_INET6 || memcmp(address->bytes, mapped, sizeof(mapped)) != 0)
		return *address;
	memcpy(plain.bytes, address->bytes + sizeof(mapped), 4);
	return plain;
}

bool socket_address_is_loopback(const struct socket_address *address)
{
	static const unsigned char loopback[16] = {[15] = 1};
	struct socket_address plain = socket_address_plain(address);

	return plain.family == AF_INET ? plain.bytes[0] == 127
				       : plain.family == AF_INET6 && memcmp(plain.bytes, loopback,
									    sizeof(loopback)) == 0;
}

const char *shortfall_kind_name(enum shortfall_kind kind)
{
	static const char *const names[] = {
		[SHORTFALL_SOCKETS] = "sockets",
		[SHORTFALL_OWNERS] = "owners",
		[SHORTFALL_OPTIONS] = "options",
		[SHORTFALL_NOTE] = "nothing",
	};

	return names[kind];
}

struct socket_ends socket_ends_of(const struct socket_address *from,
				  const struct socket_address *to)
{
	struct socket_ends ends;

	memset(&ends, 0, sizeof(ends));
	memcpy(ends.from, from->bytes, sizeof(ends.from));
	memcpy(ends.to, to->bytes, sizeof(ends.to));
	ends.from_port = from->port;
	ends.to_port = to->port;
	ends.family = (uint16_t)from->family;
	return ends;
}

void socket_coverage_add(struct socket_coverage *coverage, enum shortfall_kind kind,
			 const char *what, const char *why, size_t count)
{
	struct socket_shortfall *row = coverage->shortfalls;
	size_t i = 0;

	while (i < coverage->n_shortfalls &&
	       (row[i].kind != kind || !str_equal(row[i].what, what) ||
		!str_equal(row[i].why, why)))
		i++;
	if (i == coverage->n_shortfalls) {
		row = MEM_APPEND(coverage->shortfalls, coverage->n_shortfalls);
		row->kind = kind;
		row->what = mem_strdup(what);
		row->why = mem_strdup(why);
		row->count = count;
		return;
	}
	row[i].count += count;
}

const struct socket_shortfall *socket_coverage_find(const struct socket_coverage *coverage,
						    enum shortfall_kind kind)
{
	for (size_t i = 0; i < coverage->n_shortfalls; i++)
		if (coverage->shortfalls[i].kind == kind)
			return &coverage->shortfalls[i];
	return NULL;
}

void socket_coverage_fini(struct socket_coverage *coverage)
{
	for (size_t i = 0; i < coverage->n_shortfalls; i++) {
		free(coverage->shortfalls[i].what);
		free(coverage->shortfalls[i].why);
	}
	free(coverage->shortfalls);
	*coverage = (struct socket_coverage){0};
}
