/* tests/unit/probes/test_protocol.c - lines there and back, and lines that cannot be true. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "probes/net.h"
#include "probes/protocol.h"

static void both_lines_come_back(void **state)
{
	const struct flow_sent sent = {.bytes = 1,
				       .elapsed_us = 2,
				       .rate_Bps = 3,
				       .min_rtt_us = 4,
				       .rtt_us = 5,
				       .mss_bytes = 6,
				       .packet_bytes = 7,
				       .window_bytes = 8,
				       .sndbuf_bytes = 9,
				       .flight_bytes = 10,
				       .retransmits = 11,
				       .segments = 12,
				       .limited_by = LIMITED_LOSS,
				       .confidence = CONFIDENCE_HIGH,
				       .converged = 1,
				       .congestion = "cubic"};
	const struct flow_received received = {
		.bytes = 1, .elapsed_us = 2, .burst_Bps = 3, .rcvbuf_bytes = 4, .window_bytes = 5};
	struct flow_received got_received;
	struct flow_sent got_sent;
	char line[LINES_MOST + 1];
	uint64_t most = 0;
	struct err err;

	(void)state;
	protocol_print_sent(&sent, 77, line);
	assert_int_equal(protocol_read_sent(line, &got_sent, &most, &err), 0);
	assert_memory_equal(&got_sent, &sent, sizeof(sent));
	assert_int_equal(most, 77);
	protocol_print_received(&received, 78, line);
	assert_int_equal(protocol_read_received(line, &got_received, &most, &err), 0);
	assert_memory_equal(&got_received, &received, sizeof(received));
	assert_int_equal(most, 78);
}

static void what_cannot_be_true(void **state)
{
	static const struct {
		const char *line, *text;
	} cases[] = {
		{"", "did not say"},
		{"received", "did not say"},
		{"received most_bytes=x", "did not say"},
		{"received most_bytes=1", "cannot be true: bytes"},
		{"received most_bytes=1 bytes=-1", "cannot be true: bytes"},
		{"received most_bytes=1 bytes=99999999999999999999", "cannot be true: bytes"},
		{"received most_bytes=1 bytes=1 elapsed_us=18446744073709551615",
		 "cannot be true: elapsed_us"},
		{"sent most_bytes=1 bytes=1", "did not say"},
		{"failed the path broke", "the far end says: the path broke"},
	};
	struct flow_received received;
	uint64_t most;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(protocol_read_received(cases[i].line, &received, &most, &err) < 0);
		assert_non_null(strstr(err.text, cases[i].text));
	}
}

static void the_smaller_limit_holds(void **state)
{
	struct flow_limits limits = {.time_us = 1000, .bytes = 1000, .own_Bps = 50};
	char line[128];

	(void)state;
	protocol_bound("granted id=0 time_us=2000 bytes=10 rate_Bps=7", &limits);
	assert_int_equal(limits.time_us, 1000);
	assert_int_equal(limits.bytes, 10);
	assert_int_equal(limits.far_Bps, 7);
	assert_int_equal(limits.own_Bps, 50);
	protocol_bound("granted id=0 rate_Bps=0 bytes=much", &limits);
	assert_int_equal(limits.bytes, 10);
	assert_int_equal(limits.far_Bps, 7);
	protocol_print_limits(&limits, line, sizeof(line));
	assert_string_equal(line, "time_us=1000 bytes=10 rate_Bps=50");
}

/* In whatever pieces they come. */
static void lines_of_pieces(void **state)
{
	static const char sent[] = "one\ntwo a=1 b=22 c=x\n\nfour";
	char line[LINES_MOST + 1], text[4];
	struct lines lines = {0};
	uint64_t number;
	struct err err;
	int fds[2], found = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	lines.fd = fds[0];
	for (size_t i = 0; i < sizeof(sent) - 1; i++) {
		assert_int_equal(write(fds[1], sent + i, 1), 1);
		if (lines_poll(&lines, line, &err) != 1)
			continue;
		if (found++ != 1)
			continue;
		assert_true(lines_begins(line, "two") && !lines_begins(line, "tw"));
		assert_true(lines_number(line, "b", &number) && number == 22);
		assert_false(lines_number(line, "c", &number) || lines_number(line, "d", &number));
		assert_true(lines_text(line, "c", text, sizeof(text)));
		assert_string_equal(text, "x");
	}
	assert_int_equal(found, 3);
	assert_int_equal(lines_wait(&lines, net_now_us() + 1000, line, &err), -ETIMEDOUT);
	close(fds[1]);
	assert_int_equal(lines_poll(&lines, line, &err), -ECONNRESET);
	close(fds[0]);
}

static void what_is_no_line(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {{"a\0b\n", 4}, {"a\x1b[0m\n", 6}, {"\xff\n", 2}, {"a\r\n", 3}};
	char line[LINES_MOST + 1], long_line[LINES_MOST];
	struct err err;
	int fds[2];

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(cases); i++) {
		struct lines lines = {0};

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
		lines.fd = fds[0];
		memset(long_line, 'x', sizeof(long_line));
		if (i < ARRAY_SIZE(cases))
			assert_int_equal(write(fds[1], cases[i].text, cases[i].len),
					 (ssize_t)cases[i].len);
		else
			assert_int_equal(write(fds[1], long_line, sizeof(long_line)),
					 sizeof(long_line));
		assert_int_equal(lines_poll(&lines, line, &err), -EPROTO);
		close(fds[0]);
		close(fds[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_lines_come_back),    cmocka_unit_test(what_cannot_be_true),
		cmocka_unit_test(the_smaller_limit_holds), cmocka_unit_test(lines_of_pieces),
		cmocka_unit_test(what_is_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
