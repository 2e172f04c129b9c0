/* tests/unit/check/test_live_unknown.c - what the live checks could not see is never a pass; and
 * many sockets are one finding. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "check/live.h"
#include "tests/unit/check/live_fixture.h"

static void no_source_of_options(struct sample *sample)
{
	sample->record.known = 0;
	sample->record.n_gaps = 1;
	sample->record.gaps[0] = (struct socket_gap){UINT32_MAX, "nobody read them"};
}

static void unread_options_are_unknown(void **state)
{
	struct world world;
	struct sample sample;
	_cleanup_free_ char *fails = NULL;

	(void)state;
	world_init(&world, 1, NULL);
	world_look(&world, 0);
	sample_tcp(&sample, SOCKET_ESTABLISHED, 80, 5000, true);
	no_source_of_options(&sample);
	sample.tcp.info.tcpi_last_data_sent = sample.tcp.info.tcpi_last_data_recv = 7200000;
	live_socket(&world.live, &sample.record);
	sample_tcp(&sample, SOCKET_LISTEN, 80, 0, true);
	no_source_of_options(&sample);
	sample.record.send_queue = 9;
	live_socket(&world.live, &sample.record);
	sample_tcp(&sample, SOCKET_TIME_WAIT, 80, 5001, true);
	live_socket(&world.live, &sample.record);
	fails = world_fails(&world);
	assert_string_equal(fails, "");
	for (size_t i = 0; i < 3; i++) {
		static const char *const ids[] = {"socket.no-keepalive", "socket.linger-wait",
						  "socket.no-reuseaddr"};
		const struct finding *finding = world_finding(&world, ids[i]);

		assert_int_equal(finding->status, STATUS_UNKNOWN);
		assert_string_equal(finding->reason,
				    "1 of 1 could not be judged: nobody read them");
		assert_int_equal(finding->severity, check_rule_find(ids[i])->severity);
	}
	world_fini(&world);
}

/* As a kernel gives it that is older than a field: what is not there is not 0. */
static void a_short_tcp_info_is_unknown(void **state)
{
	struct world world;
	struct sample sample;
	_cleanup_free_ char *fails = NULL;

	(void)state;
	world_init(&world, 1, NULL);
	world_look(&world, 0);
	sample_tcp(&sample, SOCKET_ESTABLISHED, 80, 5000, true);
	sample.record.tcp_info_len = 104; /* up to tcpi_total_retrans */
	live_socket(&world.live, &sample.record);
	sample.record.tcp_info_len = 20;
	live_socket(&world.live, &sample.record);
	for (unsigned i = 0; i < 5; i++) {
		sample_tcp(&sample, SOCKET_CLOSE_WAIT, 80, (uint16_t)(6000 + i), true);
		sample.record.tcp_info = NULL;
		live_socket(&world.live, &sample.record);
	}
	fails = world_fails(&world);
	assert_string_equal(fails, "");
	assert_int_equal(world_finding(&world, "socket.retransmits")->status, STATUS_UNKNOWN);
	assert_string_equal(world_finding(&world, "socket.retransmits")->reason,
			    "2 of 2 could not be judged: the kernel did not tell its segments");
	assert_int_equal(world_finding(&world, "socket.no-keepalive")->status, STATUS_UNKNOWN);
	assert_int_equal(world_finding(&world, "process.close-wait-aged")->status, STATUS_UNKNOWN);
	world_fini(&world);
}

/* Some of them are told to be old: the others decide only where they could make it enough. */
static void connections_whose_age_is_not_told(void **state)
{
	static const struct {
		unsigned aged, young, untold;
		enum finding_status status;
	} cases[] = {
		{4, 3, 0, STATUS_PASS},    {4, 3, 1, STATUS_UNKNOWN}, {0, 3, 4, STATUS_PASS},
		{0, 0, 5, STATUS_UNKNOWN}, {5, 1, 9, STATUS_FAIL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *fails = NULL;
		unsigned total = cases[i].aged + cases[i].young + cases[i].untold;
		struct sample sample;
		struct world world;

		world_init(&world, 1, NULL);
		for (unsigned j = 0; j < total; j++) {
			sample_tcp(&sample, SOCKET_CLOSE_WAIT, 80, (uint16_t)(6000 + j), true);
			sample.tcp.info.tcpi_last_ack_recv = j < cases[i].aged ? 60001 : 60000;
			if (j >= cases[i].aged + cases[i].young)
				sample.record.tcp_info = NULL;
			live_socket(&world.live, &sample.record);
		}
		fails = world_fails(&world);
		if (world_finding(&world, "process.close-wait-aged")->status != cases[i].status)
			fail_msg("case %zu: %s", i, fails);
		world_fini(&world);
	}
}

/* Before 6.2 the receive window is not told, and only a buffer that the kernel tunes can be judged
 * by whether its sender was stopped. */
static void a_window_that_is_not_told(void **state)
{
	enum {
		FAR = 1,
		SET = 2,      /* the application set the buffer */
		UNREAD = 4,   /* whether it did is not known */
		LARGEST = 8,  /* the buffer is at tcp_rmem's maximum */
		STOPPED = 16, /* the sender is on this host, and was stopped by it */
		QUIET = 32,   /* nothing came */
		UNTOLD = 64,  /* nor is it told what came */
	};
	static const struct {
		const char *rule;
		unsigned as;
		enum finding_status status;
	} cases[] = {
		{"socket.rcvbuf-below-bdp", FAR | SET, STATUS_UNKNOWN},
		{"socket.rcvbuf-below-bdp", FAR | SET | STOPPED, STATUS_UNKNOWN},
		{"socket.rcvbuf-below-bdp", FAR | SET | STOPPED | UNTOLD, STATUS_UNKNOWN},
		{"socket.rcvbuf-below-bdp", FAR | SET | STOPPED | QUIET, STATUS_PASS},
		{"socket.rcvbuf-below-bdp", SET | STOPPED, STATUS_PASS},
		{"socket.rcvbuf-below-bdp", FAR | UNREAD, STATUS_UNKNOWN},
		{"socket.rcvbuf-below-bdp", FAR | UNREAD | QUIET, STATUS_PASS},
		{"socket.rcvbuf-below-bdp", UNREAD, STATUS_PASS},
		{"socket.recv-buffer-limited", FAR | LARGEST, STATUS_UNKNOWN},
		{"socket.recv-buffer-limited", FAR | LARGEST | UNTOLD, STATUS_UNKNOWN},
		{"socket.recv-buffer-limited", FAR | LARGEST | QUIET, STATUS_PASS},
		{"socket.recv-buffer-limited", FAR | LARGEST | STOPPED, STATUS_FAIL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *fails = NULL;
		struct sample sender, receiver;
		unsigned as = cases[i].as;
		struct world world;

		world_init(&world, 3, NULL);
		if (as & LARGEST)
			live_key_set(world.ns, KEY_TCP_RMEM, "4096 131072 131072");
		sample_tcp(&sender, SOCKET_ESTABLISHED, 40000, 80, as & FAR);
		sample_tcp(&receiver, SOCKET_ESTABLISHED, 80, 40000, as & FAR);
		sender.record.remote = receiver.record.local;
		sender.record.local = receiver.record.remote;
		receiver.record.tcp_info_len = as & UNTOLD ? 104 : TCP_INFO_LEN_5_4;
		receiver.record.options[SOCKOPT_RCVBUF_LOCKED] = (as & SET) != 0;
		if (as & UNREAD)
			no_source_of_options(&receiver);
		for (unsigned look = 0; look < 3; look++) {
			world_look(&world, look);
			receiver.tcp.info.tcpi_bytes_received += as & QUIET ? 0 : 9;
			sender.tcp.info.tcpi_rwnd_limited += as & STOPPED ? 500000 : 0;
			live_socket(&world.live, &sender.record);
			live_socket(&world.live, &receiver.record);
		}
		fails = world_fails(&world);
		if (world_finding(&world, cases[i].rule)->status != cases[i].status)
			fail_msg("case %zu: %s", i, fails);
		for (size_t j = 0; j < world_finding(&world, cases[i].rule)->n_evidence; j++)
			assert_string_not_equal(
				world_finding(&world, cases[i].rule)->evidence[j].name,
				"rcv_wnd_bytes");
		world_fini(&world);
	}
}

static void keys_and_counters_that_are_not_there(void **state)
{
	struct world world;
	struct sample sample;
	_cleanup_free_ char *fails = NULL;

	(void)state;
	world_init(&world, 1, NULL);
	world_look(&world, 0);
	for (unsigned key = 0; key < LIVE_KEYS; key++) {
		mem_replace(&world.ns->keys[key].text, NULL);
		world.ns->keys[key].n_nums = 0;
	}
	world.ns->keys[KEY_TCP_MEM].absent = true; /* another namespace than the first */
	counters_free(world.ns->counters[0]);
	world.ns->counters[0] = NULL;
	sample_tcp(&sample, SOCKET_LISTEN, 80, 0, false);
	live_socket(&world.live, &sample.record);
	sample_tcp(&sample, SOCKET_ESTABLISHED, 80, 5000, true);
	live_socket(&world.live, &sample.record);
	fails = world_fails(&world);
	assert_string_equal(fails, "");
	for (size_t i = 0; i < 8; i++) {
		static const char *const ids[] = {
			"socket.backlog-cut",         "socket.congestion-differs",
			"socket.ephemeral-ports",     "net.time-wait-buckets",
			"net.syncookies-ineffective", "process.file-table",
			"net.fragment-memory",        "net.syn-backlog"};

		if (world_finding(&world, ids[i])->status != STATUS_UNKNOWN)
			fail_msg("%s", ids[i]);
	}
	assert_int_equal(world_finding(&world, "net.tcp-memory")->status, STATUS_NOT_APPLICABLE);
	world_fini(&world);
}

static void sockets_that_were_not_seen(void **state)
{
	struct world world;
	_cleanup_free_ char *fails = NULL;

	(void)state;
	world_init(&world, 1, NULL);
	world_look(&world, 0);
	world.live.sockets_why = mem_strdup("tcp: the dump was interrupted");
	fails = world_fails(&world);
	assert_int_equal(world_finding(&world, "socket.accept-queue-full")->status, STATUS_UNKNOWN);
	assert_string_equal(world_finding(&world, "socket.accept-queue-full")->reason,
			    "not every socket was seen: tcp: the dump was interrupted");
	assert_int_equal(world_finding(&world, "socket.accept-queue-full")->severity,
			 SEVERITY_CRITICAL);
	assert_int_equal(world_finding(&world, "process.file-table")->status, STATUS_PASS);
	world_fini(&world);
}

static void many_sockets_are_one_finding(void **state)
{
	struct world world;
	struct sample sample;
	_cleanup_free_ char *fails = NULL;
	const struct finding *finding;

	(void)state;
	world_init(&world, 1, NULL);
	world_look(&world, 0);
	for (unsigned i = 0; i < 10000; i++) {
		sample_tcp(&sample, SOCKET_ESTABLISHED, (uint16_t)(1024 + i), 80, true);
		sample.record.options[SOCKOPT_LINGER] = i == 7000 ? 99 : 5;
		live_socket(&world.live, &sample.record);
	}
	sample.owner.pid = 101;
	live_socket(&world.live, &sample.record);
	fails = world_fails(&world);
	assert_string_equal(fails, "socket.linger-wait socket.linger-wait");
	finding = world_finding(&world, "socket.linger-wait");
	assert_string_equal(finding->subject, "close may block: outgoing connections");
	assert_string_equal(finding->actual, "close(2) may wait 99 s");
	assert_string_equal(finding->evidence[finding->n_evidence - 1].name, "count");
	assert_string_equal(finding->evidence[finding->n_evidence - 1].text, "10000");
	world_fini(&world);
}

/* One thing in a hundred that went away between two reads is no reason to fail an audit. */
static void a_few_unknown_are_only_mentioned(void **state)
{
	struct world world;
	struct sample sample;
	_cleanup_free_ char *fails = NULL;

	(void)state;
	world_init(&world, 1, NULL);
	world_look(&world, 0);
	for (unsigned i = 0; i < 101; i++) {
		sample_tcp(&sample, SOCKET_ESTABLISHED, (uint16_t)(1024 + i), 80, true);
		sample.tcp.info.tcpi_last_data_sent = sample.tcp.info.tcpi_last_data_recv = 9000000;
		sample.record.options[SOCKOPT_KEEPALIVE] = 1;
		if (i == 0)
			no_source_of_options(&sample);
		live_socket(&world.live, &sample.record);
	}
	fails = world_fails(&world);
	assert_int_equal(world_finding(&world, "socket.no-keepalive")->status, STATUS_UNKNOWN);
	assert_int_equal(world_finding(&world, "socket.no-keepalive")->severity, SEVERITY_INFO);
	world_fini(&world);
}

static void pressure_makes_a_cut_backlog_a_warning(void **state)
{
	static const struct {
		uint32_t queue;
		const char *counters;
		enum severity severity;
	} cases[] = {
		{0, "TcpExt.ListenOverflows=1", SEVERITY_INFO},
		{1, "TcpExt.ListenOverflows=1", SEVERITY_WARNING},
		{2048, "", SEVERITY_INFO},
		{2049, "", SEVERITY_WARNING},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *fails = NULL;
		struct world world;
		struct sample sample;

		world_init(&world, 3, NULL);
		world_counters(&world, 2, cases[i].counters);
		sample_tcp(&sample, SOCKET_LISTEN, 80, 0, false);
		sample.record.send_queue = 4096;
		sample.record.recv_queue = cases[i].queue;
		world_look(&world, 1); /* the fullest of all looks counts */
		live_socket(&world.live, &sample.record);
		sample.record.recv_queue = 0;
		world_look(&world, 2);
		live_socket(&world.live, &sample.record);
		fails = world_fails(&world);
		assert_int_equal(world_finding(&world, "socket.backlog-cut")->severity,
				 cases[i].severity);
		world_fini(&world);
	}
}

static void time_wait_that_may_be_taken_is_only_told(void **state)
{
	struct world world;
	struct sample sample;
	_cleanup_free_ char *fails = NULL;

	(void)state;
	world_init(&world, 1, NULL);
	world_look(&world, 0);
	for (unsigned i = 0; i < 90; i++) { /* on loopback tcp_tw_reuse is 2 by default */
		sample_tcp(&sample, SOCKET_TIME_WAIT, (uint16_t)(40000 + i), 80, false);
		live_socket(&world.live, &sample.record);
	}
	fails = world_fails(&world);
	assert_string_equal(fails, "socket.time-wait-ports");
	assert_int_equal(world_finding(&world, "socket.time-wait-ports")->severity, SEVERITY_INFO);
	world_fini(&world);
}

/* Counters name nobody: the process is the one whose listener it must have been. */
static void counters_with_a_process(void **state)
{
	struct world world;
	struct sample sample;
	_cleanup_free_ char *fails = NULL;

	(void)state;
	world_init(&world, 3, NULL);
	world_counters(&world, 2, "TcpExt.ListenOverflows=1 sockstat.TCP.tw=800");
	world_look(&world, 2);
	sample_tcp(&sample, SOCKET_LISTEN, 80, 0, false);
	sample.record.recv_queue = 1;
	live_socket(&world.live, &sample.record);
	sample_tcp(&sample, SOCKET_LISTEN, 81, 0, false);
	sample.owner.pid = 101;
	live_socket(&world.live, &sample.record);
	for (unsigned i = 0; i < 401; i++) {
		sample_tcp(&sample, SOCKET_TIME_WAIT, i ? 81 : 80, (uint16_t)(5000 + i), true);
		live_socket(&world.live, &sample.record);
	}
	fails = world_fails(&world);
	assert_string_equal(fails, "net.listen-overflows socket.accept-queue-full "
				   "net.time-wait-buckets");
	assert_int_equal(world_finding(&world, "net.listen-overflows")->owner.pid, 100);
	assert_int_equal(world_finding(&world, "net.time-wait-buckets")->owner.pid, 101);
	world_fini(&world);
}

static void who_asked_for_a_larger_udp_buffer(void **state)
{
	enum {
		NO_MOST = 1,
		NO_START = 2, /* not read, as in other namespaces than the first */
		UNREAD = 4,
	};
	static const struct {
		bool locked;
		uint32_t size;
		unsigned as;
		const char *asked;
	} cases[] = {
		{false, 212992, 0, "never: the buffer is net.core.rmem_default"},
		{true, 2000000, 0, "for at least net.core.rmem_max, and was cut to it"},
		{true, 1999999, 0, "for less than net.core.rmem_max allows"},
		{true, 1999999, NO_MOST, "for a size that net.core.rmem_max may have cut"},
		{false, 212992, UNREAD, "never: the buffer is net.core.rmem_default"},
		{false, 212992, UNREAD | NO_START, "not known"},
		{false, 2000000, UNREAD, "for at least net.core.rmem_max, and was cut to it"},
		{false, 2000000, UNREAD | NO_START | NO_MOST, "not known"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *fails = NULL;
		struct world world;
		struct sample sample;

		world_init(&world, 3, NULL);
		world_counters(&world, 2, "Udp6.RcvbufErrors=5");
		sample_tcp(&sample, SOCKET_CLOSE, 53, 0, false);
		sample.record.kind = SOCKET_UDP;
		sample.record.remote.family = AF_UNSPEC;
		sample.record.options[SOCKOPT_RCVBUF_LOCKED] = cases[i].locked;
		sample.record.memory[SOCKMEM_RCVBUF] = cases[i].size;
		sample.record.memory[SOCKMEM_DROPS] = 5;
		if (cases[i].as & UNREAD)
			no_source_of_options(&sample);
		if (cases[i].as & NO_MOST)
			world.ns->keys[KEY_RMEM_MAX].n_nums = 0;
		if (cases[i].as & NO_START)
			world.ns->keys[KEY_RMEM_DEFAULT].n_nums = 0;
		world_look(&world, 2); /* opened after the first look */
		live_socket(&world.live, &sample.record);
		fails = world_fails(&world);
		assert_string_equal(fails, "socket.udp-drops");
		assert_string_equal(world.report->findings[0].evidence[3].name, "asked");
		assert_string_equal(world.report->findings[0].evidence[3].text, cases[i].asked);
		assert_string_equal(world.report->findings[0].evidence[4].name,
				    "net.core.rmem_max");
		assert_string_equal(world.report->findings[0].evidence[4].text,
				    cases[i].as & NO_MOST ? "not known" : "1000000");
		world_fini(&world);
	}
}

/* On whatever host this runs, as whoever runs it: each rule is told, and so is the coverage. */
static void this_host_is_told_in_full(void **state)
{
	const struct live_options options = {.sample_ms = 2, .source = SOCK_SOURCE_PROC};
	_cleanup_(report_freep) struct report *report = report_new();
	_cleanup_(host_freep) struct host *host = NULL;
	struct err err;

	(void)state;
	assert_int_equal(host_open("/proc/sys", &host, &err), 0);
	check_live(host, NULL, &options, report);
	for (size_t i = 0; check_rule_at(i); i++)
		fixture_finding(report, check_rule_at(i)->id);
	assert_string_equal(report->findings[report->n_findings - 1].id, "socket.coverage");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unread_options_are_unknown),
		cmocka_unit_test(a_short_tcp_info_is_unknown),
		cmocka_unit_test(connections_whose_age_is_not_told),
		cmocka_unit_test(a_window_that_is_not_told),
		cmocka_unit_test(keys_and_counters_that_are_not_there),
		cmocka_unit_test(sockets_that_were_not_seen),
		cmocka_unit_test(many_sockets_are_one_finding),
		cmocka_unit_test(a_few_unknown_are_only_mentioned),
		cmocka_unit_test(pressure_makes_a_cut_backlog_a_warning),
		cmocka_unit_test(time_wait_that_may_be_taken_is_only_told),
		cmocka_unit_test(counters_with_a_process),
		cmocka_unit_test(who_asked_for_a_larger_udp_buffer),
		cmocka_unit_test(this_host_is_told_in_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
