/* tests/unit/check/test_live.c - every built-in rule: what breaks it, and its healthy twin. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "tests/unit/check/live_fixture.h"

/* One rule: looks of a world that break it when `broken`, and nothing when not. */
struct planted {
	const char *id;
	unsigned looks;
	void (*play)(struct world *world, bool broken);
	const char *actual; /* of the finding */
	long pid;
};

static void listeners(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_LISTEN, 80, 0, false);
	sample.record.send_queue = 5;
	sample.record.recv_queue = broken ? 6 : 5;
	live_socket(&world->live, &sample.record);
	/* a backlog of 0 holds one connection, and none waits */
	sample_tcp(&sample, SOCKET_LISTEN, 81, 0, false);
	live_socket(&world->live, &sample.record);
}

static void backlog_cut(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_LISTEN, 80, 0, false);
	sample.record.send_queue = broken ? 4096 : 4095;
	live_socket(&world->live, &sample.record);
}

static void no_reuseaddr(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_LISTEN, 80, 0, false);
	sample.record.send_queue = 128;
	sample.record.options[SOCKOPT_REUSEADDR] = !broken;
	live_socket(&world->live, &sample.record);
	sample_tcp(&sample, SOCKET_TIME_WAIT, 80, 5000, false);
	sample.record.inode = 0;
	sample.record.n_owners = 0;
	live_socket(&world->live, &sample.record);
}

static void close_wait_aged(struct world *world, bool broken)
{
	struct sample sample;

	/* it leaks slowly: one is young yet, whatever the others are */
	for (unsigned i = 0; i < 6; i++) {
		sample_tcp(&sample, SOCKET_CLOSE_WAIT, 80, (uint16_t)(5000 + i), false);
		sample.tcp.info.tcpi_last_ack_recv = i == 0              ? 500
						     : i == 3 && !broken ? 60000
									 : 61000 + i;
		live_socket(&world->live, &sample.record);
	}
}

static void close_wait_growing(struct world *world, bool broken)
{
	static const unsigned counts[2][3] = {{19, 21, 20}, {18, 19, 20}};
	struct sample sample;

	for (unsigned look = 0; look < 3; look++) {
		world_look(world, look);
		for (unsigned i = 0; i < counts[broken][look]; i++) {
			sample_tcp(&sample, SOCKET_CLOSE_WAIT, 80, (uint16_t)(5000 + i), false);
			live_socket(&world->live, &sample.record);
		}
	}
}

static void map(struct socket_address *address)
{
	address->family = AF_INET6;
	memmove(address->bytes + 12, address->bytes, 4);
	memset(address->bytes, 0, 10);
	memset(address->bytes + 10, 0xff, 2);
}

static void use_ports(struct world *world, enum socket_state state, unsigned count, bool far)
{
	struct sample sample;

	for (unsigned i = 0; i < count; i++) {
		sample_tcp(&sample, state, (uint16_t)(40000 + i), 5432, far);
		if (i % 3 == 2) { /* an IPv6 socket, to the same destination */
			map(&sample.record.local);
			map(&sample.record.remote);
		}
		if (state == SOCKET_TIME_WAIT) {
			sample.record.inode = 0;
			sample.record.n_owners = 0;
		}
		live_socket(&world->live, &sample.record);
	}
}

static void ephemeral_ports(struct world *world, bool broken)
{
	/* 100 ports, 10 of them reserved */
	live_key_set(world->ns, KEY_RESERVED_PORTS, "30000-40009");
	use_ports(world, SOCKET_ESTABLISHED, broken ? 72 : 71, true);
}

static void time_wait_ports(struct world *world, bool broken)
{
	use_ports(world, SOCKET_TIME_WAIT, broken ? 75 : 74, true);
}

static void congestion(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_ESTABLISHED, 80, 5000, true);
	sample.record.congestion = broken ? "bbr" : "cubic";
	live_socket(&world->live, &sample.record);
}

static void no_keepalive(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_ESTABLISHED, 80, 5000, true);
	sample.tcp.info.tcpi_last_data_sent = 7200000;
	sample.tcp.info.tcpi_last_data_recv = 8000000;
	sample.record.options[SOCKOPT_KEEPALIVE] = !broken;
	live_socket(&world->live, &sample.record);
	/* these are none of it: loopback, a time-out of its own, data lately */
	sample.record.options[SOCKOPT_KEEPALIVE] = 0;
	sample.record.options[SOCKOPT_USER_TIMEOUT] = 30000;
	live_socket(&world->live, &sample.record);
	sample.record.options[SOCKOPT_USER_TIMEOUT] = 0;
	sample.tcp.info.tcpi_last_data_recv = 7199999;
	live_socket(&world->live, &sample.record);
	sample_tcp(&sample, SOCKET_ESTABLISHED, 80, 5000, false);
	sample.tcp.info.tcpi_last_data_sent = sample.tcp.info.tcpi_last_data_recv = 9000000;
	live_socket(&world->live, &sample.record);
}

static void linger(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_ESTABLISHED, 80, 5000, true);
	sample.record.options[SOCKOPT_LINGER] = broken ? 30 : 0;
	live_socket(&world->live, &sample.record);
}

/* Figures as seen on kernel 6.18: two writes and a read, and one write to a slow server. */
static void nagle(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_ESTABLISHED, 40000, 80, false);
	sample.tcp.info.tcpi_rtt = 20333;
	sample.tcp.info.tcpi_min_rtt = 8;
	sample.tcp.info.tcpi_unacked = 1;
	sample.tcp.info.tcpi_notsent_bytes = broken ? 100 : 0;
	for (unsigned look = 0; look < 3; look++) {
		world_look(world, look);
		sample.tcp.info.tcpi_data_segs_out += 23;
		sample.tcp.info.tcpi_bytes_sent += 2300;
		sample.tcp.info.tcpi_busy_time += 500000;
		live_socket(&world->live, &sample.record);
	}
}

static void retransmits(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_ESTABLISHED, 80, 5000, true);
	sample.tcp.info.tcpi_segs_out = 640;
	sample.tcp.info.tcpi_total_retrans = broken ? 11 : 10;
	live_socket(&world->live, &sample.record);
	sample.tcp.info.tcpi_segs_out = 639;
	sample.tcp.info.tcpi_total_retrans = 639;
	live_socket(&world->live, &sample.record);
}

/* 1.5 MB/s over 40 ms: 60,000 bytes a round trip. */
static void receive(struct world *world, struct sample *sample)
{
	sample->tcp.info.tcpi_min_rtt = 40000;
	for (unsigned look = 0; look < 3; look++) {
		world_look(world, look);
		sample->tcp.info.tcpi_bytes_received += 1500000;
		live_socket(&world->live, &sample->record);
	}
}

static void rcvbuf_bdp(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_ESTABLISHED, 40000, 80, true);
	sample.record.options[SOCKOPT_RCVBUF_LOCKED] = 1;
	sample.tcp.rcv_wnd = broken ? 65536 : 131072;
	receive(world, &sample);
}

static void recv_buffer(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_ESTABLISHED, 40000, 80, true);
	live_key_set(world->ns, KEY_TCP_RMEM, "4096 131072 131072");
	sample.tcp.rcv_wnd = broken ? 65536 : 131072;
	receive(world, &sample);
}

/* Both ends on this host: the sender says that the window stopped it. */
static void recv_buffer_of_sender(struct world *world, bool broken)
{
	struct sample sender, receiver;

	live_key_set(world->ns, KEY_TCP_RMEM, "4096 131072 131072");
	sample_tcp(&sender, SOCKET_ESTABLISHED, 40000, 80, false);
	sample_tcp(&receiver, SOCKET_ESTABLISHED, 80, 40000, false);
	receiver.tcp.rcv_wnd = 65536;
	for (unsigned look = 0; look < 3; look++) {
		world_look(world, look);
		receiver.tcp.info.tcpi_bytes_received += 1500000;
		sender.tcp.info.tcpi_rwnd_limited = broken ? 1000 + look * 500000ULL : 1000;
		live_socket(&world->live, &receiver.record);
		live_socket(&world->live, &sender.record);
	}
}

static void send_buffer(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_ESTABLISHED, 40000, 80, true);
	sample.record.memory[SOCKMEM_SNDBUF] = 3145728; /* 75 % */
	for (unsigned look = 0; look < 3; look++) {
		world_look(world, look);
		sample.tcp.info.tcpi_busy_time += 1000000;
		sample.tcp.info.tcpi_sndbuf_limited += broken ? 50000 : 49999;
		live_socket(&world->live, &sample.record);
	}
}

/* The far end's window is full; the twin's round trip is too short for that to matter. */
static void path_window(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_ESTABLISHED, 40000, 443, true);
	sample.tcp.info.tcpi_min_rtt = broken ? 1001 : 1000;
	sample.tcp.info.tcpi_delivery_rate = 49200000;
	for (unsigned look = 0; look < 3; look++) {
		world_look(world, look);
		sample.tcp.info.tcpi_busy_time += 1000000;
		sample.tcp.info.tcpi_rwnd_limited += 200000;
		live_socket(&world->live, &sample.record);
	}
}

static void udp(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_CLOSE, 53, 0, false);
	sample.record.kind = SOCKET_UDP;
	sample.record.tcp_info = NULL;
	world_counters(world, 2, broken ? "Udp.RcvbufErrors=7" : "");
	sample.record.memory[SOCKMEM_DROPS] = 3;
	for (unsigned look = 0; look < 3; look++) {
		world_look(world, look);
		live_socket(&world->live, &sample.record);
		sample.record.memory[SOCKMEM_DROPS] = broken ? 10 : 3;
	}
}

static void unix_writable(struct world *world, bool broken)
{
	struct sample sample;

	sample_tcp(&sample, SOCKET_LISTEN, 0, 0, false);
	sample.record.kind = SOCKET_UNIX_STREAM;
	sample.record.local.family = AF_UNSPEC;
	sample.record.path = "/run/thing.sock";
	sample.record.send_queue = 10;
	live_socket(&world->live, &sample.record);
	assert_true(live_unix_matters(&sample.record));
	live_unix(&world->live, world->ns, &sample.record, broken);
}

static void descriptors(struct world *world, bool broken)
{
	struct finding_owner owner = {.pid = 100, .comm = (char[]){"server"}};
	const struct fds_use use = {.used = broken ? 80 : 79, .soft = 100, .hard = 4096},
			     endless = {.used = 5000, .soft = UINT64_MAX, .hard = UINT64_MAX},
			     shut = {.used = 5, .soft = 0, .hard = 100}; /* on purpose */

	live_descriptors(&world->live, world->ns, &owner, &use);
	live_descriptors(&world->live, world->ns, &owner, &shut);
	live_descriptors(&world->live, world->ns, &owner, &endless);
}

static void file_table(struct world *world, bool broken)
{
	live_key_set(world->ns, KEY_FILE_NR, broken ? "75000 0 100000" : "74999 0 100000");
}

static void syn_backlog(struct world *world, bool broken)
{
	struct sample sample;

	for (unsigned i = 0; i < (broken ? 75 : 74); i++) {
		sample_tcp(&sample, SOCKET_NEW_SYN_RECV, 80, (uint16_t)(5000 + i), true);
		sample.record.n_owners = 0;
		sample.record.inode = 0;
		live_socket(&world->live, &sample.record);
	}
}

/* Rows of counters: what the last look counts, and the most that is still healthy. */
#define COUNTED(name, bad, good)                                                                   \
	static void name(struct world *world, bool broken)                                         \
	{                                                                                          \
		unsigned looks = world->live.n_looks;                                              \
		for (unsigned look = 0; look < looks; look++)                                      \
			world_look(world, look);                                                   \
		world_counters(world, looks - 1, broken ? (bad) : (good));                         \
	}

COUNTED(overflows, "TcpExt.ListenOverflows=3 TcpExt.ListenDrops=4", "")
COUNTED(buckets, "sockstat.TCP.tw=750", "sockstat.TCP.tw=749")
COUNTED(tw_overflow, "TcpExt.TCPTimeWaitOverflow=1", "")
COUNTED(tcp_memory, "sockstat.TCP.mem=1500", "sockstat.TCP.mem=1499")
COUNTED(pressure, "TcpExt.TCPMemoryPressures=2", "")
COUNTED(syn_queue, "TcpExt.TCPReqQFullDoCookies=1 TcpExt.TCPReqQFullDrop=2", "")
COUNTED(cookies, "TcpExt.SyncookiesFailed=1024",
	"TcpExt.SyncookiesFailed=1024 TcpExt.SyncookiesRecv=1")
COUNTED(softnet_drops, "softnet.dropped=2", "softnet.dropped=1") /* in 2 s, of 31 a minute */
COUNTED(neighbours, "arp_cache.entries=768", "arp_cache.entries=767 ndisc_cache.entries=5")
COUNTED(neighbour_overflow, "ndisc_cache.table_fulls=1", "")
COUNTED(fragment_memory, "sockstat6.FRAG6.memory=3145728", "sockstat6.FRAG6.memory=3145727")
COUNTED(fragment_failures, "Ip.ReasmFails=10 Ip.ReasmReqds=100",
	"Ip.ReasmFails=10 Ip.ReasmReqds=101 Ip6.ReasmFails=9 Ip6.ReasmReqds=9")

static void squeezed(struct world *world, bool broken)
{
	world_counters(world, 1, "softnet.time_squeeze=1");
	world_counters(world, 2, broken ? "softnet.time_squeeze=2" : "softnet.time_squeeze=1");
}

static const struct planted scenes[] = {
	{"socket.accept-queue-full", 1, listeners, "6 connections wait, the backlog is 5", 100},
	{"socket.backlog-cut", 1, backlog_cut,
	 "its backlog is 4096, as net.core.somaxconn: it asked for that or for more", 100},
	{"socket.no-reuseaddr", 1, no_reuseaddr,
	 "SO_REUSEADDR off, 1 connections in TIME-WAIT on its port", 100},
	{"process.close-wait-aged", 1, close_wait_aged,
	 "5 of 6 connections in CLOSE-WAIT for over 60 s, the oldest for 61 s", 100},
	{"process.close-wait-growing", 3, close_wait_growing,
	 "connections in CLOSE-WAIT: 18, 19, 20", 100},
	{"socket.ephemeral-ports", 1, ephemeral_ports, "72 of 90 ports in use (80 %)", 100},
	{"socket.time-wait-ports", 1, time_wait_ports, "75 of 100 ports in TIME-WAIT", 0},
	{"socket.congestion-differs", 1, congestion, "bbr", 100},
	{"socket.no-keepalive", 1, no_keepalive, "idle for 120 min, SO_KEEPALIVE off", 100},
	{"socket.linger-wait", 1, linger, "close(2) may wait 30 s", 100},
	{"socket.nagle-delay", 3, nagle,
	 "100 bytes a segment, 21.7 ms of waiting for each; the path takes 8 us", 100},
	{"socket.retransmits", 1, retransmits, "11 of 640 segments sent again (1.7 %)", 100},
	{"socket.rcvbuf-below-bdp", 3, rcvbuf_bdp,
	 "buffer of 131072 bytes, and what comes in a round trip fills the window", 100},
	{"socket.recv-buffer-limited", 3, recv_buffer,
	 "buffer of 131072 bytes, and what comes in a round trip fills the window", 100},
	{"socket.recv-buffer-limited", 3, recv_buffer_of_sender,
	 "buffer of 131072 bytes, and the sender on this host is stopped by it", 100},
	{"socket.send-buffer-limited", 3, send_buffer,
	 "buffer of 3145728 bytes, the limit for 100 of 2000 ms in which data was in flight", 100},
	{"path.buffers-below-bdp", 3, path_window,
	 "the far end's receive window of 65535 bytes bounds it for 20 % of the 2000 ms in which "
	 "data was in flight: 394 Mbit/s",
	 0},
	{"socket.udp-drops", 3, udp, "7 datagrams dropped between the looks", 100},
	{"socket.unix-writable", 1, unix_writable, "any local user may connect to it", 100},
	{"process.descriptors", 1, descriptors, "80 of 100 descriptors in use (80 %)", 100},
	{"process.file-table", 1, file_table, "75000 of 100000 in use", 0},
	{"net.listen-overflows", 3, overflows,
	 "TcpExt.ListenOverflows +3, TcpExt.ListenDrops +4 in 2000 ms", 0},
	{"net.time-wait-buckets", 1, buckets, "750 of 1000 (75 %)", 0},
	{"net.time-wait-overflow", 3, tw_overflow, "TcpExt.TCPTimeWaitOverflow +1 in 2000 ms", 0},
	{"net.tcp-memory", 1, tcp_memory, "1500 of 2000 (75 %)", 0},
	{"net.tcp-memory-pressure", 3, pressure, "TcpExt.TCPMemoryPressures +2 in 2000 ms", 0},
	{"net.syn-backlog", 1, syn_backlog, "75 of 100 (75 %)", 0},
	{"net.syn-queue-full", 3, syn_queue,
	 "TcpExt.TCPReqQFullDoCookies +1, TcpExt.TCPReqQFullDrop +2 in 2000 ms", 0},
	{"net.syncookies-ineffective", 1, cookies, "1024 wrong cookies came back and none right",
	 0},
	{"net.softnet-drops", 3, softnet_drops, "2 packets dropped in 2000 ms", 0},
	{"net.softnet-squeezed", 3, squeezed, "+2 between the looks", 0},
	{"net.neighbours-full", 1, neighbours, "768 of 1024 (75 %)", 0},
	{"net.neighbour-overflow", 3, neighbour_overflow, "ndisc_cache.table_fulls +1 in 2000 ms",
	 0},
	{"net.fragment-memory", 1, fragment_memory, "3145728 of 4194304 (75 %)", 0},
	{"net.fragment-failures", 3, fragment_failures,
	 "10 reassemblies failed, 100 fragments came", 0},
};

/* Exactly the planted rule fails, with the right process; without it, and of all others, every one
 * that the looks allow is a pass. */
static void planted_faults_are_named_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scenes) * 2; i++) {
		const struct planted *scene = &scenes[i / 2];
		bool broken = i % 2;
		struct world world;
		_cleanup_free_ char *fails = NULL;

		world_init(&world, scene->looks, NULL);
		world_look(&world, 0);
		scene->play(&world, broken);
		fails = world_fails(&world);
		if (strcmp(fails, broken ? scene->id : "") != 0)
			fail_msg("%s%s: failing: %s", broken ? "" : "the twin of ", scene->id,
				 fails);
		if (broken) {
			assert_string_equal(world.report->findings[0].actual, scene->actual);
			assert_int_equal(world.report->findings[0].owner.pid, scene->pid);
			assert_non_null(world.report->findings[0].remedy);
			assert_non_null(world.report->findings[0].expected);
			assert_true(world.report->findings[0].n_evidence > 0);
		}
		for (size_t j = 0; j < world.report->n_findings; j++) {
			const struct finding *finding = &world.report->findings[j];
			const struct check_rule *rule = check_rule_find(finding->id);
			bool allowed = scene->looks > 1 || !(rule->needs & RULE_NEEDS_LOOKS);

			if (finding->status != STATUS_FAIL &&
			    finding->status != (allowed ? STATUS_PASS : STATUS_NOT_APPLICABLE))
				fail_msg("%s with %s: %s, %s", finding->id, scene->id,
					 finding_status_name(finding->status), finding->reason);
		}
		assert_int_equal(world.report->n_findings, RULE_COUNT);
		world_fini(&world);
	}
}

static void every_rule_is_planted_and_told_in_full(void **state)
{
	(void)state;
	for (size_t i = 0; check_rule_at(i); i++) {
		const struct check_rule *rule = check_rule_at(i);
		bool planted = false;

		assert_non_null(rule->id);
		for (size_t j = 0; j < ARRAY_SIZE(scenes); j++)
			planted = planted || strcmp(scenes[j].id, rule->id) == 0;
		if (!planted)
			fail_msg("%s is not tested", rule->id);
		assert_ptr_equal(check_rule_find(rule->id), rule); /* each id once */
		assert_true(rule->title && rule->why && rule->threshold && rule->evidence &&
			    rule->remedy && rule->source);
	}
	assert_null(check_rule_find("socket.nonesuch"));
	assert_null(check_rule_at(RULE_COUNT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planted_faults_are_named_and_nothing_else),
		cmocka_unit_test(every_rule_is_planted_and_told_in_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
