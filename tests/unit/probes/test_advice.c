/* tests/unit/probes/test_advice.c - what is advised of what was measured, and rates of trains. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "probes/advice.h"

static struct way window_limited(uint64_t burst_Bps)
{
	return (struct way){.name = "up",
			    .sender = "here",
			    .receiver = "there",
			    .sent = {.rate_Bps = 2000000,
				     .min_rtt_us = 40000,
				     .window_bytes = 80000,
				     .limited_by = LIMITED_RECEIVE_WINDOW,
				     .congestion = "cubic"},
			    .received = {.burst_Bps = burst_Bps, .rcvbuf_bytes = 131072},
			    .receiver_most = 131072};
}

static json_int_t advised(const struct way *way, const char *host, const char *key)
{
	json_t *advice = advice_make(way), *one = json_array_get(advice, 0);
	json_int_t at_least = json_integer_value(json_object_get(one, "at_least"));

	assert_int_equal(json_array_size(advice), 1);
	assert_string_equal(json_string_value(json_object_get(one, "host")), host);
	assert_string_equal(json_string_value(json_object_get(one, "key")), key);
	json_decref(advice);
	return at_least;
}

static void a_window_by_its_measured_share(void **state)
{
	struct way way = window_limited(12500000);

	(void)state;
	/* 2 x 500 kB, of which 80000 of 131072 is window, in steps of 64 KiB */
	assert_int_equal(advised(&way, "there", "net.ipv4.tcp_rmem"), 1703936);
	assert_int_equal(advice_bdp_bytes(&way), 500000);
	/* trains that show no more than what got through: a step */
	way = window_limited(2100000);
	assert_int_equal(advised(&way, "there", "net.ipv4.tcp_rmem"), 1114112);
}

static void a_send_buffer(void **state)
{
	struct way way = window_limited(12500000);

	(void)state;
	way.sent.limited_by = LIMITED_SEND_BUFFER;
	way.sent.sndbuf_bytes = 65536;
	way.sent.flight_bytes = 65536;
	assert_int_equal(advised(&way, "here", "net.ipv4.tcp_wmem"), 1048576);
}

static void expect_why(uint64_t burst_Bps, const char *words)
{
	struct way way = window_limited(burst_Bps);
	json_t *advice = advice_make(&way);
	const char *why = json_string_value(json_object_get(json_array_get(advice, 0), "why"));

	assert_non_null(why);
	assert_non_null(strstr(why, words));
	json_decref(advice);
}

/* 2000000 bytes a second and 40 ms are measured: only that is called the measured product. */
static void the_two_products_by_name(void **state)
{
	(void)state;
	expect_why(12500000, "it held 80000. The path holds 500000 bytes, by how fast trains of "
			     "packets came in: twice that is asked for.");
	expect_why(2000000,
		   "it held 80000. Eight times the measured bandwidth-delay product of "
		   "80000 bytes is what is asked for: how much more the path takes was not "
		   "to be seen, so measure again then.");
}

static void no_advice(void **state)
{
	struct way ways[] = {window_limited(12500000), window_limited(12500000),
			     window_limited(12500000), window_limited(12500000)};

	(void)state;
	ways[0].sent.limited_by = LIMITED_PATH;
	ways[1].receiver_most = 64 << 20;  /* the maximum is no limit: an application set its own */
	ways[2].received.rcvbuf_bytes = 0; /* not told */
	ways[3].sent.window_bytes = 100;   /* measured on nothing */
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		json_t *advice = advice_make(&ways[i]), *profiles = advice_profiles(advice);

		assert_int_equal(json_array_size(advice), 0);
		assert_int_equal(json_object_size(profiles), 0);
		json_decref(profiles);
		json_decref(advice);
	}
}

static void a_profile_of_it(void **state)
{
	struct way way = window_limited(12500000);
	json_t *advice = advice_make(&way), *profiles = advice_profiles(advice);
	const char *text = json_string_value(json_object_get(profiles, "there"));

	(void)state;
	assert_null(json_object_get(profiles, "here"));
	assert_non_null(strstr(text, "name: path-there\n"));
	assert_non_null(strstr(text, "  net.ipv4.tcp_rmem:\n"
				     "    fields: [~, ~, {at-least: 1703936}]\n"));
	json_decref(profiles);
	json_decref(advice);
}

/* Packets of 1500 bytes, 120 us each at 100 Mbit/s, in trains every 40 ms. */
static void trains(void **state)
{
	static const unsigned sizes[] = {6, 20, 54, 100000};
	static struct flow_arrival arrivals[2000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (size_t n = 0; n < ARRAY_SIZE(arrivals); n++)
			arrivals[n] = (struct flow_arrival){(n / sizes[i]) * 40000000 +
								    (n % sizes[i]) * 120000 + 1,
							    (n + 1) * 1500};
		assert_in_range(flow_burst_Bps(arrivals, ARRAY_SIZE(arrivals)), 12000000, 13000000);
	}
	assert_int_equal(flow_burst_Bps(arrivals, 0), 0);
	assert_int_equal(flow_burst_Bps(arrivals, 1), 0);
	for (size_t n = 0; n < ARRAY_SIZE(arrivals); n++)
		arrivals[n].at_ns = 5; /* a clock that stands still */
	assert_int_equal(flow_burst_Bps(arrivals, ARRAY_SIZE(arrivals)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_by_its_measured_share),
		cmocka_unit_test(a_send_buffer),
		cmocka_unit_test(the_two_products_by_name),
		cmocka_unit_test(no_advice),
		cmocka_unit_test(a_profile_of_it),
		cmocka_unit_test(trains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
