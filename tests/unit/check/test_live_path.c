/* tests/unit/check/test_live_path.c - destinations that a buffer bounds, by connections that a test
 * spells out. */
#include "tests/unit/unit.h"

#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "tests/unit/check/path_fixture.h"

static char *judge(void (*change)(struct sample *sample))
{
	struct sample sample;
	struct world world;
	char *text;

	world_init(&world, 1, NULL);
	world_look(&world, 0);
	sample_path(&sample);
	change(&sample);
	live_socket(&world.live, &sample.record);
	text = verdict_of(&world, "path.buffers-below-bdp");
	world_fini(&world);
	return text;
}

static void window_for_less(struct sample *sample)
{
	sample->tcp.info.tcpi_rwnd_limited = 199999;
}

static void window_of_a_short_path(struct sample *sample)
{
	window(sample);
	sample->tcp.info.tcpi_min_rtt = 1000;
}

static void window_of_a_short_life(struct sample *sample)
{
	sample->tcp.info.tcpi_busy_time = 399999;
	sample->tcp.info.tcpi_rwnd_limited = 399999;
}

static void window_not_full(struct sample *sample)
{
	window(sample);
	sample->tcp.info.tcpi_snd_wnd = 133334;
}

/* The rate is that of a larger window: now the reader is behind, and no buffer helps. */
static void window_closed(struct sample *sample)
{
	window(sample);
	sample->tcp.info.tcpi_snd_wnd = 0;
}

/* The last round trip carried little; the mean of the busy time is what the window lets through. */
static void window_by_its_mean(struct sample *sample)
{
	window(sample);
	sample->tcp.info.tcpi_delivery_rate = 300000;
	sample->tcp.info.tcpi_bytes_acked = 2500000;
}

static void window_by_too_short_a_mean(struct sample *sample)
{
	window_by_its_mean(sample);
	sample->tcp.info.tcpi_min_rtt = 9000;
	sample->tcp.info.tcpi_busy_time = 99999;
	sample->tcp.info.tcpi_rwnd_limited = 99999;
}

static void window_without_scaling(struct sample *sample)
{
	window(sample);
	sample->tcp.info.tcpi_options = 0;
	sample->tcp.info.tcpi_snd_wnd = 65535;
	sample->tcp.info.tcpi_delivery_rate = 1600000;
}

static void own_address(struct sample *sample)
{
	window(sample);
	sample->record.remote = sample->record.local;
	sample->record.remote.port = 443;
}

static void buffer_set_large(struct sample *sample)
{
	buffer_set(sample);
	sample->record.memory[SOCKMEM_SNDBUF] = 200000; /* twice the product */
}

static void buffer_at_its_maximum(struct sample *sample)
{
	sample->tcp.info.tcpi_sndbuf_limited = 400000;
	sample->tcp.info.tcpi_rwnd_limited = 300000;
	sample->tcp.info.tcpi_delivery_rate = 100000000; /* 4 MB in a round trip */
	sample->record.memory[SOCKMEM_SNDBUF] = 3145728; /* 75 % of 4 MiB */
}

static void buffer_that_may_grow(struct sample *sample)
{
	buffer_at_its_maximum(sample);
	sample->record.memory[SOCKMEM_SNDBUF] = 3145727;
}

static void buffer_nobody_knows(struct sample *sample)
{
	buffer_that_may_grow(sample);
	sample->record.known = 0;
	sample->record.n_gaps = 1;
	sample->record.gaps[0] = (struct socket_gap){UINT32_MAX, "nobody read them"};
}

static void kernel_before_4_10(struct sample *sample)
{
	window(sample);
	sample->record.tcp_info_len = offsetof(struct tcp_info, tcpi_busy_time);
}

static void nothing_measured(struct sample *sample)
{
	window(sample);
	sample->tcp.info.tcpi_min_rtt = UINT32_MAX;
}

#define WINDOW(bytes, rate)                                                                        \
	"fail: the far end's receive window of " bytes " bytes bounds it for 20 % of the 1000 ms " \
	"in which data was in flight: " rate " Mbit/s | "
#define OF_LIFE " bounds it for 40 % of the 1000 ms in which data was in flight: "
#define AGAIN   "; then make the connections anew and look again, for the path may carry more"

static void what_binds_and_where(void **state)
{
	static const struct {
		void (*change)(struct sample *sample);
		const char *verdict;
	} cases[] = {
		{window,
		 WINDOW("100000", "20") "on the far end, 198.51.100.7: raise the third "
					"field of net.ipv4.tcp_rmem to 600000 or more, and "
					"leave SO_RCVBUF alone in what receives there" AGAIN},
		{window_for_less, "pass"},
		{window_of_a_short_path, "pass"},
		{window_of_a_short_life, "pass"},
		{window_not_full, "pass"},
		{window_of_a_slow_reader, "pass"},
		{window_closed, "pass"},
		{window_by_its_mean,
		 WINDOW("100000", "20") "on the far end, 198.51.100.7: raise the "
					"third field of net.ipv4.tcp_rmem to "
					"600000 or more, and leave SO_RCVBUF "
					"alone in what receives there" AGAIN},
		{window_by_too_short_a_mean, "pass"},
		{window_without_scaling,
		 WINDOW("65535", "12.8") "window scaling is off, and without it 65535 bytes are "
					 "the most: set net.ipv4.tcp_window_scaling=1 here and on "
					 "198.51.100.7, and look for a firewall between that "
					 "strips the option"},
		{own_address, "pass"},
		{loopback, "pass"},
		{buffer_set, "fail: SO_SNDBUF of 131072 bytes, set by the application," OF_LIFE
			     "20 Mbit/s | on this host, in server: leave SO_SNDBUF alone and let "
			     "net.ipv4.tcp_wmem bound the tuning, or set it to 131072 or more, "
			     "which the kernel doubles" AGAIN},
		{buffer_set_large, "pass"},
		{buffer_at_its_maximum,
		 "fail: the maximum of net.ipv4.tcp_wmem, 4194304 bytes," OF_LIFE
		 "800 Mbit/s | on this host: sysctl -w net.ipv4.tcp_wmem=\"4096 16384 8388608\""
		 "" AGAIN},
		{buffer_that_may_grow, "pass"},
		{buffer_nobody_knows, "unknown: 1 of 1 could not be judged: nobody read them"},
		{kernel_before_4_10, "unknown: 1 of 1 could not be judged: the kernel does not "
				     "tell what bounds a connection"},
		{kernel_before_5_4, "unknown: 1 of 1 could not be judged: the kernel does not tell "
				    "the far end's window"},
		{nothing_measured, "pass"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = judge(cases[i].change);

		if (strcmp(text, cases[i].verdict) != 0)
			fail_msg("case %zu: %s\nwanted  %s", i, text, cases[i].verdict);
	}
}

static void between_the_looks(void **state)
{
	struct sample sample;
	struct world world;
	char *text;

	(void)state;
	world_init(&world, 3, NULL);
	sample_path(&sample);
	sample.tcp.info.tcpi_busy_time = 100000000;
	sample.tcp.info.tcpi_rwnd_limited = 100000000; /* before the looks */
	for (unsigned look = 0; look < 3; look++) {
		world_look(&world, look);
		sample.tcp.info.tcpi_busy_time += 1000000;
		sample.tcp.info.tcpi_rwnd_limited += 199999;
		live_socket(&world.live, &sample.record);
	}
	text = verdict_of(&world, "path.buffers-below-bdp");
	assert_string_equal(text, "pass");
	free(text);
	world_fini(&world);
	world_init(&world, 3, NULL);
	for (unsigned look = 0; look < 3; look++) {
		world_look(&world, look);
		sample.tcp.info.tcpi_busy_time += 1000000;
		sample.tcp.info.tcpi_rwnd_limited += 200000;
		live_socket(&world.live, &sample.record);
	}
	text = verdict_of(&world, "path.buffers-below-bdp");
	assert_true(str_starts(text, "fail: the far end's receive window of 100000 bytes bounds it "
				     "for 20 % of the 2000 ms"));
	free(text);
	world_fini(&world);
}

/* Three to one /24 and port are one finding, whose product is that of the fastest of them; the
 * fourth, of another port, is bounded by what it needs only because that one shows more. */
static void one_finding_for_each_destination(void **state)
{
	_cleanup_free_ char *fails = NULL;
	const struct finding *finding;
	struct sample sample;
	struct world world;

	(void)state;
	world_init(&world, 1, NULL);
	world_look(&world, 0);
	for (unsigned char i = 1; i <= 3; i++) {
		sample_path(&sample);
		sample.record.remote.bytes[3] = i;
		sample.tcp.info.tcpi_rwnd_limited = 500000 + i;
		live_socket(&world.live, &sample.record);
	}
	sample_path(&sample); /* no buffer bounds this one */
	sample.tcp.info.tcpi_delivery_rate = 25000000;
	live_socket(&world.live, &sample.record);
	sample_path(&sample);
	sample.record.remote.port = 80;
	buffer_set_large(&sample);
	live_socket(&world.live, &sample.record);
	sample_path(&sample);
	sample.record.remote.port = 80;
	sample.tcp.info.tcpi_delivery_rate = 25000000;
	live_socket(&world.live, &sample.record);
	fails = world_fails(&world);
	assert_string_equal(fails, "path.buffers-below-bdp path.buffers-below-bdp");
	finding = &world.report->findings[0];
	assert_string_equal(finding->subject,
			    "path bounded by a buffer: to 198.51.100.0/24 port 443");
	assert_int_equal(finding->owner.pid, 0);
	assert_string_equal(finding->expected,
			    "room for the bandwidth-delay product, 1000000 bytes or more");
	assert_string_equal(evidence(finding, "count"), "3");
	assert_string_equal(evidence(finding, "connections"), "4");
	assert_string_equal(evidence(finding, "process"), "server (pid 100)");
	assert_string_equal(evidence(finding, "socket"), "192.0.2.1:40000 -> 198.51.100.3:443");
	assert_string_equal(evidence(finding, "bound-on"), "the far end");
	assert_string_equal(evidence(finding, "snd_wnd_bytes"), "100000");
	assert_string_equal(evidence(finding, "busy_us"), "1000000, over its life");
	finding = &world.report->findings[1];
	assert_string_equal(finding->subject,
			    "path bounded by a buffer: to 198.51.100.0/24 port 80");
	assert_string_equal(evidence(finding, "bound-on"), "this host");
	assert_string_equal(evidence(finding, "SO_SNDBUF"), "200000");
	world_fini(&world);
}

static void play_both_ends(struct world *world, struct sample *sender, struct sample *receiver,
			   bool receiver_first)
{
	for (unsigned look = 0; look < 3; look++) {
		world_look(world, look);
		sender->tcp.info.tcpi_busy_time += 1000000;
		sender->tcp.info.tcpi_rwnd_limited += 900000;
		receiver->tcp.info.tcpi_bytes_received += 2500000;
		live_socket(&world->live, receiver_first ? &receiver->record : &sender->record);
		live_socket(&world->live, receiver_first ? &sender->record : &receiver->record);
	}
}

/* Where both ends are on this host the end that receives says it, and that is enough. */
static void the_other_end_is_not_told_again(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		_cleanup_free_ char *fails = NULL;
		struct sample sender, receiver;
		struct world world;

		world_init(&world, 3, NULL);
		live_key_set(world.ns, KEY_TCP_RMEM, "4096 131072 131072");
		sample_path(&sender);
		sample_tcp(&receiver, SOCKET_ESTABLISHED, 443, 40000, true);
		receiver.record.local = sender.record.remote;
		receiver.record.remote = sender.record.local;
		receiver.tcp.info.tcpi_min_rtt = 40000;
		receiver.tcp.rcv_wnd = 100000;
		play_both_ends(&world, &sender, &receiver, i);
		fails = world_fails(&world);
		assert_string_equal(fails, "socket.recv-buffer-limited");
		world_fini(&world);
	}
}

/* A send buffer at its maximum is told of the destination, when the path is long enough for that,
 * else of the process. */
static void a_send_buffer_is_told_once(void **state)
{
	static const struct {
		uint32_t min_rtt_us;
		uint64_t limited_us;
		const char *fails;
	} cases[] = {
		{40000, 200000, "path.buffers-below-bdp"},
		{40000, 199999, "socket.send-buffer-limited"},
		{1000, 900000, "socket.send-buffer-limited"},
		{40000, 49999, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *fails = NULL;
		struct sample sample;
		struct world world;

		world_init(&world, 3, NULL);
		sample_path(&sample);
		buffer_at_its_maximum(&sample);
		sample.tcp.info.tcpi_rwnd_limited = 0;
		sample.tcp.info.tcpi_min_rtt = cases[i].min_rtt_us;
		for (unsigned look = 0; look < 3; look++) {
			world_look(&world, look);
			sample.tcp.info.tcpi_busy_time += 1000000;
			sample.tcp.info.tcpi_sndbuf_limited += cases[i].limited_us;
			live_socket(&world.live, &sample.record);
		}
		fails = world_fails(&world);
		assert_string_equal(fails, cases[i].fails);
		world_fini(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_binds_and_where),
		cmocka_unit_test(between_the_looks),
		cmocka_unit_test(one_finding_for_each_destination),
		cmocka_unit_test(the_other_end_is_not_told_again),
		cmocka_unit_test(a_send_buffer_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
