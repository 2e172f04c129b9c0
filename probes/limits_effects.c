/* probes/limits_effects.c - limits that only show when something is done: an algorithm chosen, a
 * port taken, a buffer filled. See limits.h. */
#include "probes/limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/errno_name.h"
#include "base/mem.h"
#include "base/str.h"
#include "probes/net.h"

enum {
	ALGORITHM_SIZE = 16, /* TCP_CA_NAME_MAX */
	PORTS_ASKED = 32,
	STAYS_FULL_US = 50 * 1000,
	FILL_MOST_US = 2 * 1000 * 1000,
	FILL_MOST_BYTES = 8 << 20,
	FILL_CHUNK = 4096,
	FILL_RECEIVE_BUFFER = 65536, /* what is received is not unsent */
};

/* Congestion control */

static int get_algorithm(int fd, char out[ALGORITHM_SIZE + 1])
{
	socklen_t len = ALGORITHM_SIZE;

	memset(out, 0, ALGORITHM_SIZE + 1);
	return getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, out, &len);
}

static void see_default(const struct claim *claim, json_t *rows)
{
	_cleanup_fd_ int fd = limits_socket(SOCK_STREAM);
	struct limits_row row = {.what = "congestion control of a new socket", .claim = claim};
	char got[ALGORITHM_SIZE + 1];

	if (fd < 0 || get_algorithm(fd, got) < 0) {
		limits_add_unknown(rows, row, strerror(errno));
		return;
	}
	row.got = json_string(got);
	if (!claim->text) {
		limits_add_unknown(rows, row, NULL);
		return;
	}
	row.verdict = limits_judge_choice(true, str_equal(got, claim->text));
	row.text = row.verdict == LIMITS_AS_EXPECTED
			   ? mem_strdup("as the sysctl says")
			   : mem_printf("a new socket has %s, although the sysctl says %s", got,
					claim->text);
	limits_add(rows, row);
}

static char *tell_choice(enum limits_verdict verdict, bool made, int code)
{
	switch (verdict) {
	case LIMITS_AS_EXPECTED:
		return mem_strdup("chosen without any right");
	case LIMITS_CUT:
		return mem_printf("%s: it is not among the allowed ones, so it takes CAP_NET_ADMIN",
				  errno_name(code));
	default:
		return made ? mem_strdup("chosen without any right, although the sysctl does not "
					 "allow it")
			    : mem_printf("refused (%s), although the sysctl allows it",
					 strerror(code));
	}
}

/* A socket may always ask for what it has: nothing changes then (net/ipv4/tcp_cong.c,
 * tcp_set_congestion_control()). */
static void ask_algorithm(const struct limits *limits, json_t *rows, const char *asked)
{
	_cleanup_fd_ int fd = limits_socket(SOCK_STREAM);
	const struct claim *allowed = &limits->claims[LIMITS_CONGESTION_ALLOWED];
	struct limits_row row = {
		.what = "TCP_CONGESTION", .claim = allowed, .asked = json_string(asked)};
	char before[ALGORITHM_SIZE + 1], got[ALGORITHM_SIZE + 1];
	bool made;
	int code;

	if (fd < 0 || get_algorithm(fd, before) < 0) {
		limits_add_unknown(rows, row, strerror(errno));
		return;
	}
	code = setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, asked, (socklen_t)strlen(asked)) < 0
		       ? errno
		       : 0;
	if (get_algorithm(fd, got) < 0) {
		limits_add_unknown(rows, row, strerror(errno));
		return;
	}
	made = !code && str_equal(got, asked);
	row.got = json_string(got);
	if (code == ENOENT) {
		row.claim = &limits->claims[LIMITS_CONGESTION_AVAILABLE];
		row.verdict = LIMITS_CONTRADICTION;
		row.text = mem_strdup("the kernel has no such algorithm, although the sysctl lists "
				      "it");
	} else if (!allowed->text) {
		limits_add_unknown(rows, row, NULL);
		return;
	} else {
		row.verdict = limits_judge_choice(
			claim_has_word(allowed, asked) || str_equal(before, asked), made);
		row.text = tell_choice(row.verdict, made, code);
	}
	limits_add(rows, row);
}

void limits_measure_congestion(const struct limits *limits, json_t *rows)
{
	const struct claim *available = &limits->claims[LIMITS_CONGESTION_AVAILABLE];
	_cleanup_free_ char *list = mem_strdup(available->text);
	char *rest = NULL;

	see_default(&limits->claims[LIMITS_CONGESTION], rows);
	if (!list)
		limits_add_unknown(
			rows, (struct limits_row){.what = "TCP_CONGESTION", .claim = available},
			NULL);
	for (char *word = list ? strtok_r(list, " ", &rest) : NULL; word;
	     word = strtok_r(NULL, " ", &rest))
		ask_algorithm(limits, rows, word);
}

/* Ports */

struct ports {
	uint16_t list[PORTS_ASKED];
	size_t count;
	int code; /* of the first bind(2) that failed; 0: none */
};

/* One after the other: the range may have fewer ports than are asked for. */
static struct ports take_ports(int type)
{
	struct ports ports = {0};

	while (ports.count < PORTS_ASKED) {
		_cleanup_fd_ int fd = limits_socket(type);
		uint16_t port = 0;

		if (fd < 0 || limits_bind(fd, &port) < 0) {
			ports.code = errno;
			break;
		}
		ports.list[ports.count++] = port;
	}
	return ports;
}

static json_t *list_ports(const struct ports *ports)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ports->count; i++)
		json_array_append_new(list, json_integer(ports->list[i]));
	return list;
}

static bool is_outside(const struct claim *range, uint16_t port)
{
	uint64_t least, most;

	return claim_number(range, 0, &least) && claim_number(range, 1, &most) &&
	       (port < least || port > most);
}

/* `is_wrong`: the claim does not permit this port. */
static void judge_ports(const struct ports *ports, const struct claim *claim, const char *what,
			bool (*is_wrong)(const struct claim *claim, uint16_t port),
			const char *although, json_t *rows)
{
	struct limits_row row = {.what = what, .claim = claim};
	size_t wrong = 0, first = 0;
	uint64_t number;

	if (ports->code) {
		limits_add_unknown(rows, row, strerror(ports->code));
		return;
	}
	row.got = list_ports(ports);
	/* no text at all is a list of no ports, but no range */
	if (!claim->text || (is_wrong == is_outside && !claim_number(claim, 1, &number))) {
		limits_add_unknown(rows, row, NULL);
		return;
	}
	for (size_t i = ports->count; i-- > 0;) {
		if (is_wrong(claim, ports->list[i])) {
			wrong++;
			first = i;
		}
	}
	row.verdict = limits_judge_choice(true, !wrong);
	row.text = wrong ? mem_printf("%zu of %zu ports are wrong: %u was given, %s", wrong,
				      ports->count, ports->list[first], although)
			 : mem_printf("%zu ports that the kernel chose, all as the sysctl says",
				      ports->count);
	limits_add(rows, row);
}

/* inet_bind() refuses before it looks whether the port is free: EADDRINUSE is no refusal. */
static void ask_port(const struct claim *start, json_t *rows, uint16_t asked)
{
	_cleanup_fd_ int fd = limits_socket(SOCK_STREAM);
	struct limits_row row = {
		.what = "bind to a port", .claim = start, .asked = json_integer(asked)};
	uint16_t port = asked;
	uint64_t least;
	int code = fd < 0 || limits_bind(fd, &port) < 0 ? errno : 0;

	if (code && code != EACCES && code != EADDRINUSE) {
		limits_add_unknown(rows, row, strerror(code));
		return;
	}
	row.got = json_string(code == EACCES ? "refused" : "granted");
	if (!claim_number(start, 0, &least)) {
		limits_add_unknown(rows, row, NULL);
		return;
	}
	row.verdict = limits_judge_choice(asked >= least, code != EACCES);
	switch (row.verdict) {
	case LIMITS_AS_EXPECTED:
		row.text = mem_strdup("granted without any right");
		break;
	case LIMITS_CUT:
		row.text = mem_strdup("EACCES: below this it takes CAP_NET_BIND_SERVICE");
		break;
	default:
		row.text = mem_printf("%s without any right, although the sysctl says from %" PRIu64
				      " on",
				      code == EACCES ? "refused" : "granted", least);
	}
	limits_add(rows, row);
}

void limits_measure_ports(const struct limits *limits, json_t *rows)
{
	const struct claim *range = &limits->claims[LIMITS_PORT_RANGE];
	const struct claim *reserved = &limits->claims[LIMITS_PORTS_RESERVED];
	const struct claim *start = &limits->claims[LIMITS_PORT_START];
	struct ports tcp = take_ports(SOCK_STREAM), udp = take_ports(SOCK_DGRAM);
	uint64_t least = 1024;

	judge_ports(&tcp, range, "ephemeral ports of TCP", is_outside, "outside of the range",
		    rows);
	judge_ports(&tcp, reserved, "ephemeral ports of TCP", claim_has_port,
		    "although it is reserved", rows);
	judge_ports(&udp, range, "ephemeral ports of UDP", is_outside, "outside of the range",
		    rows);
	judge_ports(&udp, reserved, "ephemeral ports of UDP", claim_has_port,
		    "although it is reserved", rows);
	claim_number(start, 0, &least);
	if (least > 1 && least <= UINT16_MAX + 1)
		ask_port(start, rows, (uint16_t)(least - 1));
	if (least <= UINT16_MAX)
		ask_port(start, rows, (uint16_t)(least ? least : 1));
}

/* Unsent bytes */

/* A connection to ourselves whose other end reads nothing. Where lo is down nothing answers. */
static int connect_pair(int *from, int *to)
{
	_cleanup_fd_ int listener = limits_socket(SOCK_STREAM);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct timeval patience = {.tv_sec = FILL_MOST_US / 1000000};
	const int small = FILL_RECEIVE_BUFFER;
	uint16_t port = 0;

	if (listener < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) < 0 ||
	    limits_bind(listener, &port) < 0 || listen(listener, 1) < 0)
		return -1;
	at.sin_port = htons(port);
	*from = limits_socket(SOCK_STREAM);
	if (*from < 0 ||
	    setsockopt(*from, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return -1;
	if (connect(*from, (const struct sockaddr *)&at, sizeof(at)) < 0) {
		errno = errno == EINPROGRESS ? ETIMEDOUT : errno;
		return -1;
	}
	if (net_wait(listener, POLLIN, net_now_us() + FILL_MOST_US) <= 0) {
		errno = ETIMEDOUT;
		return -1;
	}
	*to = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return *to < 0 ? -1 : 0;
}

/* Writes until it stays full, or has taken enough to be asked why. */
static int fill_up(int fd, bool *is_full)
{
	static const char chunk[FILL_CHUNK];
	uint64_t end = net_now_us() + FILL_MOST_US;
	size_t sent = 0;

	*is_full = false;
	while (sent < FILL_MOST_BYTES && net_now_us() < end) {
		ssize_t n = send(fd, chunk, sizeof(chunk), MSG_DONTWAIT | MSG_NOSIGNAL);
		int r;

		if (n > 0)
			sent += (size_t)n;
		if (n >= 0 || errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -1;
		r = net_wait(fd, POLLOUT, net_now_us() + STAYS_FULL_US);
		if (r < 0) {
			errno = -r;
			return -1;
		}
		if (r == 0) {
			*is_full = true;
			return 0;
		}
	}
	return 0;
}

static int examine(int fd, struct limits_fill *out)
{
	uint32_t memory[SK_MEMINFO_VARS] = {0};
	struct tcp_info info = {0};
	socklen_t info_len = sizeof(info), memory_len = sizeof(memory);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &info_len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &memory_len) < 0)
		return -1;
	out->unsent = info.tcpi_notsent_bytes;
	out->queued = memory[SK_MEMINFO_WMEM_QUEUED];
	out->buffer = memory[SK_MEMINFO_SNDBUF];
	return 0;
}

static char *tell_unsent(enum limits_verdict verdict, uint64_t lowat,
			 const struct limits_fill *fill)
{
	if (verdict == LIMITS_CONTRADICTION)
		return mem_printf("a socket took %" PRIu64 " bytes that it could not send%s, with "
				  "%" PRIu64 " of its buffer of %" PRIu64
				  " in use, although the sysctl says %" PRIu64,
				  fill->unsent, fill->is_full ? "" : " and more", fill->queued,
				  fill->buffer, lowat);
	if (fill->unsent >= lowat / 2)
		return mem_strdup("full at about what the sysctl says: a last part of up to 64 KiB "
				  "is taken whole");
	if (!fill->is_full)
		return mem_strdup("took all that was written; the sysctl permits more");
	return mem_printf("the send buffer of %" PRIu64
			  " bytes was full before the sysctl's bound was reached",
			  fill->buffer);
}

/* TCP_NOTSENT_LOWAT reads 0 where it was not set, and the sysctl counts then: only its effect
 * shows. */
void limits_measure_unsent(const struct limits *limits, json_t *rows)
{
	_cleanup_fd_ int from = -1, to = -1;
	const struct claim *claim = &limits->claims[LIMITS_NOTSENT_LOWAT];
	struct limits_row row = {.what = "unsent bytes until a new TCP socket is full",
				 .claim = claim};
	struct limits_fill fill;
	uint64_t lowat;

	if (connect_pair(&from, &to) < 0 || fill_up(from, &fill.is_full) < 0 ||
	    examine(from, &fill) < 0) {
		_cleanup_free_ char *why =
			mem_printf("cannot fill a connection over 127.0.0.1: %s", strerror(errno));

		limits_add_unknown(rows, row, why);
		return;
	}
	row.got = json_integer((json_int_t)fill.unsent);
	if (!claim_number(claim, 0, &lowat)) {
		limits_add_unknown(rows, row, NULL);
		return;
	}
	row.verdict = limits_judge_unsent(lowat, &fill);
	row.text = tell_unsent(row.verdict, lowat, &fill);
	limits_add(rows, row);
}
