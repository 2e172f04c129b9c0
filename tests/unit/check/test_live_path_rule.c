/* tests/unit/check/test_live_path_rule.c - `paths:` of a profile against connections that a test
 * spells out. */
#include "tests/unit/unit.h"

#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "tests/unit/check/path_fixture.h"

static void slower(struct sample *sample)
{
	sample->tcp.info.tcpi_min_rtt = 81234;
	sample->tcp.info.tcpi_delivery_rate = 1000000;
}

static void idle(struct sample *sample)
{
	sample->tcp.info.tcpi_delivery_rate_app_limited = 1;
}

static void receiver(struct sample *sample)
{
	sample->tcp.info.tcpi_delivery_rate = 0;
	sample->tcp.info.tcpi_busy_time = 0;
}

static void as_it_is(struct sample *sample)
{
	(void)sample;
}

/* "STATUS: ACTUAL; REASON" of a rule, for a connection as it is and one that is changed, or for the
 * latter alone. */
static char *judge_rule(const char *to, const char *expect, void (*change)(struct sample *sample),
			bool alone)
{
	_cleanup_free_ char *yaml =
		mem_printf("paths: [{name: p, to: %s, expect: {%s}}]\n", to, expect);
	_cleanup_free_ char *fails = NULL;
	const struct finding *finding;
	struct sample sample;
	struct world world;
	char *text;

	world_init(&world, 1, yaml);
	world_look(&world, 0);
	sample_path(&sample);
	if (!alone)
		live_socket(&world.live, &sample.record);
	change(&sample);
	live_socket(&world.live, &sample.record);
	fails = world_fails(&world);
	finding = world_finding(&world, "paths.p");
	text = mem_printf("%s%s%s%s%s", finding_status_name(finding->status),
			  finding->actual ? ": " : "", finding->actual ? finding->actual : "",
			  finding->reason ? "; " : "", finding->reason ? finding->reason : "");
	world_fini(&world);
	return text;
}

#define BUFFERS "buffers: {at-least: bdp}"
#define NOBODY  "not-applicable; no connection to it has measured anything"

static void rules_of_a_profile(void **state)
{
	static const struct {
		const char *to, *expect;
		void (*change)(struct sample *sample);
		bool alone;
		const char *verdict;
	} cases[] = {
		{"198.51.100.7:443", BUFFERS, as_it_is, false, "pass: no buffer bounds it"},
		{"198.51.100.7", "rtt: {at-most: 40ms}", as_it_is, false, "pass: rtt 40 ms"},
		{"198.51.100.0/24", "rtt: {at-most: 39ms}", as_it_is, false, "fail: rtt 40 ms"},
		{"198.51.100.0/24", "rtt: {between: [1ms, 81234us]}", slower, false,
		 "pass: rtt 40 ms to 81.2 ms"},
		{"198.51.100.0/24", "rtt: {at-most: 81233us}", slower, false,
		 "fail: rtt 40 ms to 81.2 ms"},
		{"198.51.100.0/24", "rtt: {at-least: 41ms}", slower, false,
		 "fail: rtt 40 ms to 81.2 ms"},
		{"198.51.100.7", "rate: {at-least: 20Mbit}", slower, false, "pass: rate 20 Mbit/s"},
		{"198.51.100.7", "rate: {at-least: 20001kbit}", slower, false,
		 "fail: rate 20 Mbit/s"},
		{"198.51.100.7", "rate: {at-most: 19Mbit}", as_it_is, false,
		 "fail: rate 20 Mbit/s"},
		{"198.51.100.7", "rtt: {at-most: 1s}, rate: {between: [1Mbit, 1Gbit]}", as_it_is,
		 false, "pass: rtt 40 ms, rate 20 Mbit/s"},
		{"198.51.100.7:80", "rtt: {at-most: 1s}", as_it_is, false, NOBODY},
		{"[\"2001:db8::/32\", 203.0.113.0/24]", "rtt: {at-most: 1s}", as_it_is, false,
		 NOBODY},
		{"[\"2001:db8::/32\", 198.51.100.7]", "rtt: {at-most: 1s}", as_it_is, false,
		 "pass: rtt 40 ms"},
		{"198.51.100.7", "rtt: {at-most: 1s}", loopback, true, NOBODY},
		{"127.0.0.0/8", "rtt: {at-most: 1s}", loopback, true, "pass: rtt 40 ms"},
		{"198.51.100.7", BUFFERS, window, true,
		 "fail: the far end's receive window of 100000 bytes bounds it for 20 % of the "
		 "1000 ms in which data was in flight: 20 Mbit/s"},
		{"198.51.100.7", BUFFERS, idle, true,
		 "unknown; buffers: the application bounds what is sent to it, so what the path "
		 "could carry is not known"},
		{"198.51.100.7", BUFFERS, idle, false, "pass: no buffer bounds it"},
		{"198.51.100.7", BUFFERS, receiver, true,
		 "unknown; buffers: no connection to it has sent enough to measure a rate: the "
		 "end that sends knows"},
		{"198.51.100.7", BUFFERS, kernel_before_5_4, true,
		 "unknown; buffers: the kernel does not tell the far end's window"},
		{"198.51.100.7", BUFFERS, window_of_a_slow_reader, true,
		 "unknown; buffers: what bounds it may still grow, or its reader is slow"},
		{"198.51.100.7", "rate: {at-least: 20Mbit}", idle, true,
		 "pass: rate of at least 20 Mbit/s"},
		{"198.51.100.7", "rate: {at-least: 21Mbit}", idle, true,
		 "unknown; rate of at least 20 Mbit/s: the application bounds what is sent to it"},
		{"198.51.100.7", "rate: {at-least: 21Mbit}", receiver, true,
		 "unknown; rate: no connection to it has sent enough to measure one"},
		{"198.51.100.7", "rate: {at-least: 21Mbit}, rtt: {at-most: 1ms}", idle, true,
		 "fail: rtt 40 ms; rate of at least 20 Mbit/s: the application bounds what is "
		 "sent to it"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text =
			judge_rule(cases[i].to, cases[i].expect, cases[i].change, cases[i].alone);

		if (strcmp(text, cases[i].verdict) != 0)
			fail_msg("case %zu, %s, %s: %s\nwanted %s", i, cases[i].to, cases[i].expect,
				 text, cases[i].verdict);
	}
}

static void a_rule_has_numbers_and_a_remedy(void **state)
{
	_cleanup_free_ char *text = NULL;
	const struct finding *finding;
	struct sample sample;
	struct world world;

	(void)state;
	world_init(&world, 1,
		   "paths: [{name: eu, to: 198.51.100.7, expect: {buffers: {at-least: bdp}}}]\n");
	world_look(&world, 0);
	sample_path(&sample);
	buffer_set(&sample);
	live_socket(&world.live, &sample.record);
	text = verdict_of(&world, "paths.eu");
	finding = world_finding(&world, "paths.eu");
	assert_string_equal(finding->subject, "eu, to 198.51.100.7");
	assert_string_equal(finding->expected, "buffers >= bdp");
	assert_string_equal(finding->remedy,
			    "on this host, in server: leave SO_SNDBUF alone and let "
			    "net.ipv4.tcp_wmem bound the tuning, or set it to 131072 or more, "
			    "which the kernel doubles"
			    "; then make the connections anew and look again, for the "
			    "path may carry more");
	assert_int_equal(finding->origin.line, 4);
	assert_string_equal(evidence(finding, "connections"), "1");
	assert_string_equal(evidence(finding, "min_rtt_us"), "40000");
	assert_string_equal(evidence(finding, "delivery_rate_Bps"), "2500000");
	assert_string_equal(evidence(finding, "bdp_bytes"), "100000");
	assert_string_equal(evidence(finding, "bound-on"), "this host");
	world_fini(&world);
}

/* A longer way is not mended by a larger buffer. */
static void only_what_a_buffer_explains_has_its_remedy(void **state)
{
	static const struct {
		const char *expect;
		bool has_remedy;
	} cases[] = {
		{"rtt: {at-most: 1ms}", false},
		{"rate: {at-least: 1Gbit}", true},
		{"rtt: {at-most: 1ms}, rate: {at-least: 1Gbit}", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *yaml = mem_printf(
			"paths: [{name: p, to: 198.51.100.7, expect: {%s}}]\n", cases[i].expect);
		struct sample sample;
		struct world world;

		world_init(&world, 1, yaml);
		world_look(&world, 0);
		sample_path(&sample);
		window(&sample);
		live_socket(&world.live, &sample.record);
		free(world_fails(&world));
		assert_int_equal(world_finding(&world, "paths.p")->status, STATUS_FAIL);
		assert_int_equal(world_finding(&world, "paths.p")->remedy != NULL,
				 cases[i].has_remedy);
		world_fini(&world);
	}
}

/* A connection that was not seen may be the one that the rule means. */
static void not_every_socket_was_seen(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct world world;

	(void)state;
	world_init(&world, 1,
		   "paths: [{name: p, to: 198.51.100.7, expect: {rtt: {at-most: 1s}}}]\n");
	world_look(&world, 0);
	world.live.sockets_why = mem_strdup("TCP over IPv4: the list ended early");
	text = verdict_of(&world, "paths.p");
	assert_string_equal(text,
			    "unknown: no connection to it was seen, and not every socket was: "
			    "TCP over IPv4: the list ended early");
	world_fini(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_of_a_profile),
		cmocka_unit_test(a_rule_has_numbers_and_a_remedy),
		cmocka_unit_test(only_what_a_buffer_explains_has_its_remedy),
		cmocka_unit_test(not_every_socket_was_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
