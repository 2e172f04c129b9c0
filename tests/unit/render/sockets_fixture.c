/* tests/unit/render/sockets_fixture.c - see sockets_fixture.h. */
#include "tests/unit/render/sockets_fixture.h"

#include <linux/tcp.h>
#include <string.h>
#include <sys/socket.h>

enum {
	TCP_INFO_LEN = 248,     /* as 6.18 gives it */
	OLD_TCP_INFO_LEN = 104, /* the end of tcpi_total_retrans: 2.6 to 3.14 */
};

static union {
	struct tcp_info info;
	unsigned char bytes[TCP_INFO_LEN];
} tcp;

static struct socket_address ip4(unsigned a, unsigned b, unsigned c, unsigned d, uint16_t port)
{
	return (struct socket_address){
		.family = AF_INET,
		.bytes = {(unsigned char)a, (unsigned char)b, (unsigned char)c, (unsigned char)d},
		.port = port};
}

static void set(struct socket_record *record, enum socket_option option, int64_t value)
{
	record->known |= SOCKOPT_BIT(option);
	record->options[option] = value;
}

/* As a new socket reads them. */
static void set_defaults(struct socket_record *record)
{
	static const struct {
		enum socket_option option;
		int64_t value;
	} values[] = {
		{SOCKOPT_KEEPIDLE, 7200}, {SOCKOPT_KEEPINTVL, 75},   {SOCKOPT_KEEPCNT, 9},
		{SOCKOPT_RCVBUF, 131072}, {SOCKOPT_SNDBUF, 2626560}, {SOCKOPT_LINGER, -1},
		{SOCKOPT_MAXSEG, 32768},  {SOCKOPT_QUICKACK, 1},
	};

	for (int i = 0; i < SOCKOPT_COUNT; i++)
		set(record, (enum socket_option)i, 0);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		set(record, values[i].option, values[i].value);
	record->known &= socket_options_of(record->kind);
}

static void make_full(struct socket_record *record)
{
	static const struct socket_owner owners[] = {
		{812, 6, "nginx", "nginx.service", "docker:0123456789ab"},
		{813, 6, "nginx", "nginx.service", "docker:0123456789ab"},
	};
	static const uint32_t memory[SOCKMEM_COUNT] = {0,    425984, 2304, 2626560, 1792,
						       2304, 0,      0,    7};

	*record = (struct socket_record){
		.kind = SOCKET_TCP,
		.state = SOCKET_ESTABLISHED,
		.local = ip4(192, 0, 2, 1, 80),
		.remote = ip4(198, 51, 100, 7, 51022),
		.inode = 4711,
		.cookie = 0xffffffffffffffff,
		.has_uid = true,
		.uid = 33,
		.cgroup_id = 1234,
		.interface = "eth0",
		.has_queues = true,
		.recv_queue = 12,
		.send_queue = 2304,
		.n_memory = SOCKMEM_COUNT,
		.congestion = "bbr",
		.tcp_info = &tcp,
		.tcp_info_len = sizeof(tcp),
		.has_timer = true,
		.timer = 1,
		.timer_ms = 204,
		.retransmits = 2,
		.owners = owners,
		.n_owners = 2,
	};
	memcpy(record->memory, memory, sizeof(memory));
	set_defaults(record);
	set(record, SOCKOPT_NODELAY, 1);
	set(record, SOCKOPT_KEEPALIVE, 1);
	set(record, SOCKOPT_KEEPIDLE, 120);
	set(record, SOCKOPT_RCVBUF, 425984);
	set(record, SOCKOPT_RCVBUF_LOCKED, 1);
	set(record, SOCKOPT_LINGER, 0);
	set(record, SOCKOPT_USER_TIMEOUT, 30000);
	set(record, SOCKOPT_RCVTIMEO_US, 1500000);
	tcp.info = (struct tcp_info){.tcpi_state = 1,
				     .tcpi_ca_state = 3,
				     .tcpi_options = 7,
				     .tcpi_snd_wscale = 7,
				     .tcpi_rcv_wscale = 9,
				     .tcpi_rto = 204000,
				     .tcpi_snd_mss = 1448,
				     .tcpi_rtt = 412,
				     .tcpi_rttvar = 33,
				     .tcpi_snd_ssthresh = 0x7fffffff,
				     .tcpi_snd_cwnd = 10,
				     .tcpi_total_retrans = 3,
				     .tcpi_min_rtt = 301,
				     .tcpi_pacing_rate = UINT64_MAX,
				     .tcpi_max_pacing_rate = UINT64_MAX,
				     .tcpi_delivery_rate = 12500000000,
				     .tcpi_delivery_rate_app_limited = 1};
}

static void make_listener(struct socket_record *record)
{
	static const struct socket_owner owners[] = {{1, 41, "systemd", "init.scope", NULL}};

	*record = (struct socket_record){
		.kind = SOCKET_TCP,
		.state = SOCKET_LISTEN,
		.local = {.family = AF_INET6,
			  .bytes = {0xfe, 0x80, [15] = 1},
			  .port = 22,
			  .ifindex = 3},
		.remote = {.family = AF_INET6},
		.inode = 4712,
		.cookie = 2,
		.has_uid = true,
		.has_queues = true,
		.send_queue = 4096,
		.n_memory = SOCKMEM_COUNT,
		.congestion = "cubic",
		.tcp_info = "\012",
		.tcp_info_len = 1,
		.owners = owners,
		.n_owners = 1,
	};
	set_defaults(record);
}

static void make_time_wait(struct socket_record *record)
{
	*record = (struct socket_record){
		.kind = SOCKET_TCP,
		.state = SOCKET_TIME_WAIT,
		.local = ip4(127, 0, 0, 1, 8080),
		.remote = ip4(127, 0, 0, 1, 40001),
		.cookie = 3,
		.has_timer = true,
		.timer = 3,
		.timer_ms = 59123,
	};
}

static void make_udp(struct socket_record *record)
{
	static const struct socket_owner owners[] = {{77, 5, NULL, NULL, NULL}};

	*record = (struct socket_record){
		.kind = SOCKET_UDP,
		.state = SOCKET_CLOSE,
		.local = ip4(0, 0, 0, 0, 53),
		.inode = 4713,
		.cookie = 4,
		.has_uid = true,
		.has_queues = true,
		.n_memory = SOCKMEM_COUNT,
		.owners = owners,
		.n_owners = 1,
		.owners_unknown = "processes of other users",
	};
	set(record, SOCKOPT_RCVBUF, 212992);
	set(record, SOCKOPT_SNDBUF, 212992);
	set(record, SOCKOPT_REUSEADDR, 1);
}

static void make_path(struct socket_record *record)
{
	static const struct socket_owner owners[] = {{1, 35, "systemd", "init.scope", NULL},
						     {300, 9, "dbus-daemon", "dbus.service", NULL}};

	*record = (struct socket_record){
		.kind = SOCKET_UNIX_STREAM,
		.state = SOCKET_ESTABLISHED,
		.path = "/run/dbus/system_bus_socket",
		.path_len = 27,
		.inode = 4714,
		.peer_inode = 4799,
		.cookie = 5,
		.has_uid = true,
		.has_queues = true,
		.n_memory = SOCKMEM_COUNT,
		.owners = owners,
		.n_owners = 2,
	};
	set_defaults(record);
}

static void make_nasty(struct socket_record *record)
{
	static const struct socket_owner owners[] = {
		{13, 3, "a\"b\\c\n\x1b[2Jd", "\xc3\xa9\xf0\x9f\x90\x9f\xff\xc2\x9b.service", NULL}};

	*record = (struct socket_record){
		.kind = SOCKET_UNIX_DGRAM,
		.state = SOCKET_CLOSE,
		.path = "@a\\x00b\x80\x7f\xed\xa0\x80",
		.path_len = 12,
		.inode = 4715,
		.cookie = 6,
		.has_uid = true,
		.has_queues = true,
		.n_memory = SOCKMEM_COUNT,
		.owners = owners,
		.n_owners = 1,
	};
	set_defaults(record);
}

static void make_unknown(struct socket_record *record)
{
	*record = (struct socket_record){
		.kind = SOCKET_TCP,
		.state = SOCKET_CLOSE_WAIT,
		.local = ip4(10, 0, 0, 1, 443),
		.remote = ip4(10, 0, 0, 2, 2),
		.inode = 4716,
		.cookie = 7,
		.owners_unknown = "processes of other users",
		.gaps = {{socket_options_of(SOCKET_TCP) & ~SOCKOPT_BIT(SOCKOPT_CONGESTION),
			  "its owner is not known"},
			 {SOCKOPT_BIT(SOCKOPT_CONGESTION), "the kernel\tdid not say"}},
		.n_gaps = 2,
	};
}

static void make_short(struct socket_record *record)
{
	make_full(record);
	record->netns = "blue";
	record->tcp_info_len = OLD_TCP_INFO_LEN;
	record->inode = 4717;
	record->cookie = 8;
	record->interface = NULL;
	record->cgroup_id = 0;
}

const struct socket_record *sockets_fixture(enum sockets_fixture which)
{
	static void (*const make[SOCKETS_FIXTURES])(struct socket_record *) = {
		make_full, make_listener, make_time_wait, make_udp,
		make_path, make_nasty,    make_unknown,   make_short,
	};
	static struct socket_record records[SOCKETS_FIXTURES];

	make[which](&records[which]);
	return &records[which];
}

struct socket_coverage sockets_fixture_coverage(void)
{
	struct socket_coverage coverage = {
		.seen = 9, .fully_read = 5, .without_owner = 1, .options_source = "bpf"};

	socket_coverage_add(&coverage, SHORTFALL_OPTIONS, "options of sockets of other users",
			    "may not look at their processes", 1);
	socket_coverage_add(&coverage, SHORTFALL_NOTE, "disturbance", "held for 9 us", 1);
	socket_coverage_add(&coverage, SHORTFALL_OPTIONS, "options of sockets of other users",
			    "may not look at their processes", 1);
	socket_coverage_add(&coverage, SHORTFALL_SOCKETS, "namespace 4026531840", "it is\ngone", 0);
	return coverage;
}
