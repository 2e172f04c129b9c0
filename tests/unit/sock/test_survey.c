/* tests/unit/sock/test_survey.c - connections gathered into destinations: what is the same one,
 * what is the best of it, and what is not known. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "sock/survey.h"

struct sample {
	struct socket_record record;
	struct tcp_info info;
};

static struct socket_address address_of(const char *text, uint16_t port)
{
	struct socket_address address = {.port = port};

	address.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(address.family, text, address.bytes), 1);
	return address;
}

/* Established, 20 ms away, 1 MB/s that no application bounds, half a second busy. */
static void sample(struct sample *out, const char *remote, uint16_t port)
{
	static uint64_t cookie;

	memset(out, 0, sizeof(*out));
	out->info.tcpi_state = SOCKET_ESTABLISHED;
	out->info.tcpi_min_rtt = 20000;
	out->info.tcpi_delivery_rate = 1000000;
	out->info.tcpi_busy_time = 500000;
	out->info.tcpi_segs_out = 1000;
	out->record = (struct socket_record){
		.kind = SOCKET_TCP,
		.state = SOCKET_ESTABLISHED,
		.local = address_of(strchr(remote, ':') ? "2001:db8:9::9" : "203.0.113.1", 40000),
		.remote = address_of(remote, port),
		.cookie = ++cookie,
		.tcp_info = &out->info,
		.tcp_info_len = sizeof(out->info),
		.n_memory = SOCKMEM_COUNT,
		.memory = {[SOCKMEM_RCVBUF] = 131072, [SOCKMEM_SNDBUF] = 87040},
		.congestion = "cubic",
	};
}

static void add(struct survey *survey, const char *remote, uint16_t port)
{
	struct sample one;

	sample(&one, remote, port);
	survey_add(survey, &one.record, false);
}

static uint64_t value(const struct survey_destination *destination, enum survey_value which)
{
	uint64_t out;

	if (!survey_get(destination, which, &out))
		fail_msg("%s is not known", survey_value_names[which]);
	return out;
}

static void assert_unknown(const struct survey_destination *destination, enum survey_value which)
{
	uint64_t out;

	assert_false(survey_get(destination, which, &out));
}

static void assert_destination(const struct survey *survey, size_t i, const char *where,
			       uint16_t port, bool served, uint32_t connections)
{
	const struct survey_destination *destination = survey_at(survey, i);
	char text[SOCKET_ADDRESS_SIZE];

	assert_non_null(destination);
	assert_string_equal(survey_destination_print(&destination->key, text), where);
	assert_int_equal(destination->key.port, port);
	assert_int_equal(destination->key.served, served);
	assert_int_equal(destination->connections, connections);
}

static void by_prefix_and_port(void **state)
{
	_cleanup_(survey_freep) struct survey *survey = survey_new();
	struct sample link;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		add(survey, "198.51.100.1", 443);
	for (unsigned i = 0; i < 3; i++)
		add(survey, "198.51.100.255", 80);
	add(survey, "198.51.101.1", 443);
	add(survey, "198.51.100.200", 443);
	add(survey, "::ffff:198.51.100.7", 443); /* an IPv6 socket to an IPv4 address */
	add(survey, "2001:db8:1:2::3", 443);
	add(survey, "2001:db8:1:ffff::4", 443);
	for (unsigned i = 0; i < 9; i++)
		add(survey, "127.0.0.1", 443);
	add(survey, "::1", 443);
	add(survey, "203.0.113.1", 443); /* our own address */
	sample(&link, "fe80::1", 443);
	link.record.remote.ifindex = 3;
	survey_add(survey, &link.record, false);
	survey_finish(survey);
	assert_destination(survey, 0, "198.51.100.0/24", 443, false, 6);
	assert_destination(survey, 1, "198.51.100.0/24", 80, false, 3);
	assert_destination(survey, 2, "2001:db8:1::/48", 443, false, 2);
	assert_destination(survey, 3, "198.51.101.0/24", 443, false, 1);
	assert_destination(survey, 4, "fe80::/48%3", 443, false, 1);
	assert_destination(survey, 5, "loopback", 443, false, 11);
	assert_null(survey_at(survey, 6));
}

static void a_listener_says_whose_port_it_is(void **state)
{
	_cleanup_(survey_freep) struct survey *survey = survey_new();
	struct sample listener, client;

	(void)state;
	sample(&listener, "198.51.100.1", 0);
	listener.record.state = SOCKET_LISTEN;
	listener.record.local.port = 443;
	listener.record.remote.family = AF_UNSPEC;
	survey_add(survey, &listener.record, false);
	for (uint16_t i = 0; i < 3; i++) {
		sample(&client, "198.51.100.1", (uint16_t)(50000 + i));
		client.record.local.port = 443;
		survey_add(survey, &client.record, i == 2);
	}
	/* the same port in another namespace is served by nobody */
	client.record.netns = "blue";
	survey_add(survey, &client.record, false);
	survey_finish(survey);
	assert_destination(survey, 0, "198.51.100.0/24", 443, true, 3);
	assert_int_equal(survey_at(survey, 0)->closed, 1);
	assert_null(survey_netns(survey, survey_at(survey, 0)->key.netns));
	assert_destination(survey, 1, "198.51.100.0/24", 50002, false, 1);
	assert_string_equal(survey_netns(survey, survey_at(survey, 1)->key.netns), "blue");
}

static void one_that_is_seen_again_counts_once(void **state)
{
	_cleanup_(survey_freep) struct survey *survey = survey_new();
	struct histogram rtt, bdp;
	struct survey_counts counts;
	struct sample one;

	(void)state;
	sample(&one, "198.51.100.1", 443);
	survey_add(survey, &one.record, false);
	one.info.tcpi_min_rtt = 10000;
	one.info.tcpi_delivery_rate = 500000; /* the last one is not the best one */
	one.info.tcpi_busy_time = 900000;
	survey_add(survey, &one.record, false);
	/* the kernel's last word: neither buffers nor congestion control */
	one.info.tcpi_busy_time = 950000;
	one.info.tcpi_min_rtt = 15000;
	one.record.state = SOCKET_CLOSE;
	one.record.n_memory = 0;
	one.record.congestion = NULL;
	survey_add(survey, &one.record, true);
	survey_add(survey, &one.record, true);
	survey_finish(survey);
	assert_destination(survey, 0, "198.51.100.0/24", 443, false, 1);
	assert_int_equal(survey_at(survey, 0)->closed, 1);
	assert_int_equal(value(survey_at(survey, 0), SURVEY_MIN_RTT_US), 10000);
	assert_int_equal(value(survey_at(survey, 0), SURVEY_MEDIAN_RTT_US), 10000);
	assert_int_equal(value(survey_at(survey, 0), SURVEY_RATE_BPS), 1000000);
	assert_int_equal(value(survey_at(survey, 0), SURVEY_BDP_BYTES), 10000);
	assert_int_equal(value(survey_at(survey, 0), SURVEY_BUSY_US), 950000);
	assert_int_equal(value(survey_at(survey, 0), SURVEY_SNDBUF_BYTES), 87040);
	assert_string_equal(survey_at(survey, 0)->best.congestion, "cubic");
	counts = survey_count(survey);
	assert_int_equal(counts.connections, 1);
	assert_int_equal(counts.closed, 1);
	survey_histograms(survey, &rtt, &bdp);
	assert_int_equal(rtt.end - rtt.first, 1);
	assert_int_equal(histogram_from(&rtt, rtt.first), 10000);
	assert_int_equal(histogram_from(&bdp, bdp.first), 4096);
	assert_int_equal(bdp.counts[bdp.first], 1);
}

static void the_median_is_of_connections(void **state)
{
	static const uint32_t rtts[] = {70000, 20000, 90000, 30000, 10000};
	_cleanup_(survey_freep) struct survey *survey = survey_new();
	struct sample one;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rtts); i++) {
		sample(&one, "198.51.100.1", 443);
		one.info.tcpi_min_rtt = rtts[i];
		survey_add(survey, &one.record, false);
		survey_add(survey, &one.record, false);
	}
	sample(&one, "198.51.100.1", 80);
	one.info.tcpi_min_rtt = 5;
	survey_add(survey, &one.record, false);
	survey_finish(survey);
	assert_int_equal(value(survey_at(survey, 0), SURVEY_MIN_RTT_US), 10000);
	assert_int_equal(value(survey_at(survey, 0), SURVEY_MEDIAN_RTT_US), 30000);
	assert_int_equal(value(survey_at(survey, 1), SURVEY_MEDIAN_RTT_US), 5);
}

/* A rate that the application bounds is a lower bound, and kept apart. */
static void rates_that_the_application_bounds(void **state)
{
	_cleanup_(survey_freep) struct survey *survey = survey_new();
	const struct survey_destination *destination;
	struct sample one;
	uint64_t rate;

	(void)state;
	sample(&one, "198.51.100.1", 443);
	one.info.tcpi_delivery_rate = 4000000;
	one.info.tcpi_delivery_rate_app_limited = 1;
	one.info.tcpi_total_retrans = 77;
	survey_add(survey, &one.record, false);
	survey_finish(survey);
	destination = survey_at(survey, 0);
	assert_unknown(destination, SURVEY_RATE_BPS);
	assert_int_equal(value(destination, SURVEY_APP_RATE_BPS), 4000000);
	assert_int_equal(value(destination, SURVEY_BDP_BYTES), 80000);
	assert_true(survey_is_lower_bound(destination));
	assert_string_equal(survey_limited_by(destination), "sender");
	assert_int_equal(value(destination, SURVEY_RETRANS), 77);
	/* a slower one that the path bounded tells more of it */
	add(survey, "198.51.100.2", 443);
	survey_finish(survey);
	destination = survey_at(survey, 0);
	assert_int_equal(value(destination, SURVEY_RATE_BPS), 1000000);
	assert_int_equal(value(destination, SURVEY_APP_RATE_BPS), 4000000);
	assert_true(survey_best_rate(destination, &rate));
	assert_int_equal(rate, 4000000);
	assert_int_equal(value(destination, SURVEY_BDP_BYTES), 80000);
	assert_true(survey_is_lower_bound(destination));
	assert_string_equal(survey_limited_by(destination), "path");
	assert_int_equal(value(destination, SURVEY_RETRANS), 0);
	/* and a faster one says it all */
	sample(&one, "198.51.100.3", 443);
	one.info.tcpi_delivery_rate = 5000000;
	survey_add(survey, &one.record, false);
	survey_finish(survey);
	assert_false(survey_is_lower_bound(survey_at(survey, 0)));
	assert_int_equal(value(survey_at(survey, 0), SURVEY_BDP_BYTES), 100000);
}

static void what_bounds_the_best_one(void **state)
{
	static const struct {
		uint64_t window_us, buffer_us;
		uint32_t again;
		bool app_limited;
		const char *limit;
		bool lower_bound;
	} cases[] = {
		{99999, 99999, 0, false, "path", false},
		{100000, 99999, 0, false, "receive-window", true},
		{99999, 100000, 0, false, "send-buffer", true},
		{300000, 200000, 99, true, "receive-window", true},
		{200000, 300000, 99, true, "send-buffer", true},
		{0, 0, 15, false, "path", false},
		{0, 0, 16, false, "loss", false},
		{0, 0, 16, true, "sender", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(survey_freep) struct survey *survey = survey_new();
		struct sample one;

		sample(&one, "198.51.100.1", 443);
		one.info.tcpi_rwnd_limited = cases[i].window_us;
		one.info.tcpi_sndbuf_limited = cases[i].buffer_us;
		one.info.tcpi_total_retrans = cases[i].again;
		one.info.tcpi_delivery_rate_app_limited = cases[i].app_limited;
		survey_add(survey, &one.record, false);
		survey_finish(survey);
		assert_string_equal(survey_limited_by(survey_at(survey, 0)), cases[i].limit);
		assert_int_equal(survey_is_lower_bound(survey_at(survey, 0)), cases[i].lower_bound);
	}
}

/* A kernel before 4.9 tells neither rates nor times. */
static void what_a_kernel_lacks_is_not_known(void **state)
{
	_cleanup_(survey_freep) struct survey *survey = survey_new();
	const struct survey_destination *destination;
	struct sample one;
	uint64_t rate;

	(void)state;
	sample(&one, "198.51.100.1", 443);
	one.record.tcp_info_len = offsetof(struct tcp_info, tcpi_data_segs_in);
	one.record.n_memory = 0;
	one.record.congestion = NULL;
	survey_add(survey, &one.record, false);
	survey_finish(survey);
	destination = survey_at(survey, 0);
	assert_int_equal(value(destination, SURVEY_MIN_RTT_US), 20000);
	assert_false(survey_best_rate(destination, &rate));
	for (unsigned i = SURVEY_RATE_BPS; i < SURVEY_VALUES; i++)
		if (i != SURVEY_RETRANS && i != SURVEY_SEGS_OUT)
			assert_unknown(destination, (enum survey_value)i);
	assert_null(survey_limited_by(destination));
	assert_false(survey_is_lower_bound(destination));
	assert_string_equal(destination->best.congestion, "");
}

static void what_has_measured_nothing_is_left_out(void **state)
{
	_cleanup_(survey_freep) struct survey *survey = survey_new();
	struct sample one, other;

	(void)state;
	sample(&one, "198.51.100.1", 443);
	one.info.tcpi_min_rtt = UINT32_MAX;
	one.info.tcpi_delivery_rate = 0;
	survey_add(survey, &one.record, false);
	sample(&other, "198.51.100.1", 443);
	other.record.tcp_info = NULL; /* what is left of one in TIME-WAIT */
	survey_add(survey, &other.record, false);
	sample(&other, "198.51.100.1", 443);
	other.record.kind = SOCKET_UDP;
	survey_add(survey, &other.record, false);
	survey_finish(survey);
	assert_null(survey_at(survey, 0));
	assert_int_equal(survey_count(survey).unmeasured, 1);
	assert_int_equal(survey_count(survey).connections, 0);
	one.info.tcpi_min_rtt = 7;
	survey_add(survey, &one.record, true);
	survey_finish(survey);
	assert_destination(survey, 0, "198.51.100.0/24", 443, false, 1);
	assert_int_equal(survey_count(survey).unmeasured, 0);
	assert_int_equal(survey_count(survey).connections, 1);
	assert_int_equal(survey_count(survey).closed, 1);
}

static void beyond_the_bounds_is_counted(void **state)
{
	_cleanup_(survey_freep) struct survey *survey = survey_new();
	struct survey_counts counts;
	struct sample one;

	(void)state;
	sample(&one, "10.0.0.1", 443);
	for (uint32_t i = 0; i < SURVEY_MOST_DESTINATIONS + 5; i++) {
		one.record.cookie = 1000000 + i;
		one.record.remote.bytes[1] = (unsigned char)(i >> 16);
		one.record.remote.bytes[2] = (unsigned char)(i >> 8);
		one.record.remote.port = (uint16_t)(1 + (i & 0xff));
		survey_add(survey, &one.record, false);
		survey_add(survey, &one.record, false);
	}
	survey_finish(survey);
	counts = survey_count(survey);
	assert_int_equal(counts.connections, SURVEY_MOST_DESTINATIONS);
	assert_int_equal(counts.left_out, 5);
	assert_non_null(survey_at(survey, SURVEY_MOST_DESTINATIONS - 1));
	assert_null(survey_at(survey, SURVEY_MOST_DESTINATIONS));
	for (uint32_t i = 0; i < SURVEY_MOST_CONNECTIONS; i++) {
		one.record.cookie = 2000000 + i;
		one.record.remote.bytes[1] = one.record.remote.bytes[2] = 0;
		one.record.remote.port = 1;
		survey_add(survey, &one.record, false);
	}
	counts = survey_count(survey);
	assert_int_equal(counts.left_out, 5 + SURVEY_MOST_DESTINATIONS + 5);
	assert_int_equal(counts.connections, SURVEY_MOST_CONNECTIONS - 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_prefix_and_port),
		cmocka_unit_test(a_listener_says_whose_port_it_is),
		cmocka_unit_test(one_that_is_seen_again_counts_once),
		cmocka_unit_test(the_median_is_of_connections),
		cmocka_unit_test(rates_that_the_application_bounds),
		cmocka_unit_test(what_bounds_the_best_one),
		cmocka_unit_test(what_a_kernel_lacks_is_not_known),
		cmocka_unit_test(what_has_measured_nothing_is_left_out),
		cmocka_unit_test(beyond_the_bounds_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
