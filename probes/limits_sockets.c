/* probes/limits_sockets.c - limits that a socket tells of by itself: what an option reads back as,
 * and what NETLINK_SOCK_DIAG has of it. See limits.h. */
#include "probes/limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/mem.h"

int limits_socket(int type)
{
	return socket(AF_INET, type | SOCK_CLOEXEC, 0);
}

int limits_get(int fd, int level, int option, uint64_t *out)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, level, option, &value, &len) < 0)
		return -1;
	*out = (unsigned)value;
	return 0;
}

int limits_bind(int fd, uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(*port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) < 0)
		return -1;
	*port = ntohs(at.sin_port);
	return 0;
}

/* Sizes to ask for around a limit and far above it, rising; the most that fits an int is the last.
 * Without a limit only two that are surely below and above any. Returns how many. */
static size_t choose_sizes(const struct claim *claim, uint64_t sizes[4])
{
	uint64_t limit, wanted[4] = {65536, INT_MAX, INT_MAX, INT_MAX};
	size_t count = 0;

	if (claim_number(claim, 0, &limit)) {
		wanted[0] = limit / 2;
		wanted[1] = limit;
		wanted[2] = limit * 2;
	}
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		uint64_t size = wanted[i] < INT_MAX ? wanted[i] : INT_MAX;

		if (!count || size > sizes[count - 1])
			sizes[count++] = size;
	}
	return count;
}

static char *tell_buffer(enum limits_verdict verdict, uint64_t most, uint64_t got)
{
	switch (verdict) {
	case LIMITS_AS_EXPECTED:
		return mem_strdup("granted whole; it reads back doubled, see socket(7)");
	case LIMITS_CUT:
		return mem_printf("cut to %" PRIu64 ", which reads back doubled, see socket(7)",
				  got / 2);
	default:
		return mem_printf("%" PRIu64 " was read back, twice %" PRIu64
				  ", although the sysctl permits %" PRIu64,
				  got, got / 2, most);
	}
}

static void ask_buffer(const struct claim *claim, json_t *rows, int option, uint64_t asked)
{
	_cleanup_fd_ int fd = limits_socket(SOCK_STREAM);
	struct limits_row row = {.what = option == SO_RCVBUF ? "SO_RCVBUF" : "SO_SNDBUF",
				 .claim = claim,
				 .asked = json_integer((json_int_t)asked)};
	int value = (int)asked;
	uint64_t got, most;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value)) < 0 ||
	    limits_get(fd, SOL_SOCKET, option, &got) < 0) {
		limits_add_unknown(rows, row, strerror(errno));
		return;
	}
	row.got = json_integer((json_int_t)got);
	if (!claim_number(claim, 0, &most)) {
		limits_add_unknown(rows, row, NULL);
		return;
	}
	row.verdict = limits_judge_buffer(asked, most, got);
	row.text = tell_buffer(row.verdict, most, got);
	limits_add(rows, row);
}

void limits_measure_buffers(const struct limits *limits, json_t *rows)
{
	static const struct {
		int option;
		enum limits_key key;
	} options[] = {{SO_RCVBUF, LIMITS_RMEM_MAX}, {SO_SNDBUF, LIMITS_WMEM_MAX}};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct claim *claim = &limits->claims[options[i].key];
		uint64_t sizes[4];
		size_t count = choose_sizes(claim, sizes);

		for (size_t j = 0; j < count; j++)
			ask_buffer(claim, rows, options[i].option, sizes[j]);
	}
}

/* What new sockets begin with. Buffers are not doubled here; TCP_KEEPIDLE and its like, TCP_SYNCNT
 * and TCP_LINGER2 read as the sysctl while nobody set them (net/ipv4/tcp.c, do_tcp_getsockopt()).
 * TCP_NOTSENT_LOWAT does not: it reads 0, see limits_measure_unsent(). Tried on 6.18. */
static const struct {
	const char *what;
	int type, level, option;
	enum limits_key key;
	size_t field; /* of the sysctl's value */
} defaults[] = {
	{"receive buffer of a new TCP socket", SOCK_STREAM, SOL_SOCKET, SO_RCVBUF, LIMITS_TCP_RMEM,
	 1},
	{"send buffer of a new TCP socket", SOCK_STREAM, SOL_SOCKET, SO_SNDBUF, LIMITS_TCP_WMEM, 1},
	{"receive buffer of a new UDP socket", SOCK_DGRAM, SOL_SOCKET, SO_RCVBUF,
	 LIMITS_RMEM_DEFAULT, 0},
	{"send buffer of a new UDP socket", SOCK_DGRAM, SOL_SOCKET, SO_SNDBUF, LIMITS_WMEM_DEFAULT,
	 0},
	{"TCP_KEEPIDLE of a new socket", SOCK_STREAM, IPPROTO_TCP, TCP_KEEPIDLE,
	 LIMITS_KEEPALIVE_TIME, 0},
	{"TCP_KEEPINTVL of a new socket", SOCK_STREAM, IPPROTO_TCP, TCP_KEEPINTVL,
	 LIMITS_KEEPALIVE_INTVL, 0},
	{"TCP_KEEPCNT of a new socket", SOCK_STREAM, IPPROTO_TCP, TCP_KEEPCNT,
	 LIMITS_KEEPALIVE_PROBES, 0},
	{"TCP_SYNCNT of a new socket", SOCK_STREAM, IPPROTO_TCP, TCP_SYNCNT, LIMITS_SYN_RETRIES, 0},
	{"TCP_LINGER2 of a new socket", SOCK_STREAM, IPPROTO_TCP, TCP_LINGER2, LIMITS_FIN_TIMEOUT,
	 0},
	{"IP_TTL of a new socket", SOCK_STREAM, IPPROTO_IP, IP_TTL, LIMITS_DEFAULT_TTL, 0},
};

void limits_measure_defaults(const struct limits *limits, json_t *rows)
{
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		_cleanup_fd_ int fd = limits_socket(defaults[i].type);
		const struct claim *claim = &limits->claims[defaults[i].key];
		struct limits_row row = {.what = defaults[i].what, .claim = claim};
		uint64_t got, promised;

		if (fd < 0 || limits_get(fd, defaults[i].level, defaults[i].option, &got) < 0) {
			limits_add_unknown(rows, row, strerror(errno));
			continue;
		}
		row.got = json_integer((json_int_t)got);
		if (!claim_number(claim, defaults[i].field, &promised)) {
			limits_add_unknown(rows, row, NULL);
			continue;
		}
		row.verdict = limits_judge_clamp(promised, promised, got);
		row.text = got == promised ? mem_strdup("as the sysctl says")
					   : mem_printf("a new socket has %" PRIu64
							", although the sysctl says %" PRIu64,
							got, promised);
		limits_add(rows, row);
	}
}

/* Send-Q of a listener is its backlog: sock_diag(7), idiag_wqueue. */
struct listener {
	uint64_t inode;
	bool is_found;
	uint32_t backlog;
};

static int see_listener(void *context, struct socket_record *record)
{
	struct listener *listener = context;

	if (record->inode == listener->inode && record->has_queues) {
		listener->is_found = true;
		listener->backlog = record->send_queue;
	}
	return 0;
}

static int find_backlog(const struct limits *limits, int fd, uint16_t port, uint64_t *out,
			struct err *err)
{
	struct sock_filter filter = {.kinds = 1 << SOCKET_TCP,
				     .states = 1 << SOCKET_LISTEN,
				     .local_ports = {port},
				     .n_local = 1,
				     .brief = true};
	_cleanup_(socket_coverage_fini) struct socket_coverage coverage = {0};
	struct listener listener = {0};
	struct stat st;
	int r;

	if (!limits->diag)
		return err_set(err, limits->diag_err.code, "%s", limits->diag_err.text);
	if (fstat(fd, &st) < 0)
		return err_set(err, errno, "cannot examine a socket: %s", strerror(errno));
	listener.inode = st.st_ino;
	r = sock_diag_dump(limits->diag, &filter, see_listener, &listener, &coverage, err);
	if (r < 0)
		return r;
	if (!listener.is_found)
		return err_set(err, ENOENT, "the kernel's list of sockets lacks this listener%s%s",
			       coverage.n_shortfalls ? ": " : "",
			       coverage.n_shortfalls ? coverage.shortfalls[0].why : "");
	*out = listener.backlog;
	return 0;
}

static char *tell_backlog(enum limits_verdict verdict, uint64_t most, uint64_t got)
{
	switch (verdict) {
	case LIMITS_AS_EXPECTED:
		return mem_strdup("granted whole");
	case LIMITS_CUT:
		return mem_printf("cut to %" PRIu64 ", without an error", got);
	default:
		return mem_printf("a listener has %" PRIu64
				  ", although the sysctl permits %" PRIu64,
				  got, most);
	}
}

static void ask_backlog(const struct limits *limits, json_t *rows, uint64_t asked)
{
	_cleanup_fd_ int fd = limits_socket(SOCK_STREAM);
	const struct claim *claim = &limits->claims[LIMITS_SOMAXCONN];
	struct limits_row row = {
		.what = "listen backlog", .claim = claim, .asked = json_integer((json_int_t)asked)};
	uint64_t most, got = 0;
	uint16_t port = 0;
	struct err err;

	if (fd < 0 || limits_bind(fd, &port) < 0 || listen(fd, (int)asked) < 0) {
		_cleanup_free_ char *why =
			mem_printf("cannot listen on 127.0.0.1: %s", strerror(errno));

		limits_add_unknown(rows, row, why);
		return;
	}
	if (find_backlog(limits, fd, port, &got, &err) < 0) {
		limits_add_unknown(rows, row, err.text);
		return;
	}
	row.got = json_integer((json_int_t)got);
	if (!claim_number(claim, 0, &most)) {
		limits_add_unknown(rows, row, NULL);
		return;
	}
	row.verdict = limits_judge_clamp(asked, most, got);
	row.text = tell_backlog(row.verdict, most, got);
	limits_add(rows, row);
}

void limits_measure_backlog(const struct limits *limits, json_t *rows)
{
	uint64_t sizes[4];
	size_t count = choose_sizes(&limits->claims[LIMITS_SOMAXCONN], sizes);

	for (size_t i = 0; i < count; i++)
		ask_backlog(limits, rows, sizes[i]);
}
