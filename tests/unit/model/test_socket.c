/* tests/unit/model/test_socket.c - names, addresses and coverage of sockets. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "model/socket.h"

static void every_name_leads_back(void **state)
{
	(void)state;
	for (unsigned i = SOCKET_ESTABLISHED; i < SOCKET_STATE_COUNT; i++)
		assert_int_equal(socket_state_by_name(socket_state_name(i)), i);
	assert_int_equal(socket_state_by_name("ESTABLISHED"), SOCKET_STATE_COUNT);
	assert_int_equal(socket_state_by_name(""), SOCKET_STATE_COUNT);
	assert_string_equal(socket_state_name((enum socket_state)0), "unknown");
	assert_string_equal(socket_state_name(SOCKET_STATE_COUNT), "unknown");
	for (unsigned i = 0; i < SOCKOPT_COUNT; i++)
		assert_int_equal(socket_option_by_name(socket_options[i].name), i);
	assert_int_equal(socket_option_by_name("SO_NOTHING"), SOCKOPT_COUNT);
	for (unsigned i = 0; i < SOCKMEM_COUNT; i++)
		assert_non_null(socket_memory_names[i]);
	for (unsigned i = 0; i < SOCKET_KIND_COUNT; i++)
		assert_non_null(socket_kind_name(i));
}

static void a_kind_has_its_options(void **state)
{
	(void)state;
	assert_int_equal(socket_options_of(SOCKET_TCP), SOCKOPT_BIT(SOCKOPT_COUNT) - 1);
	assert_int_equal(socket_options_of(SOCKET_UDP),
			 SOCKOPT_BIT(SOCKOPT_RCVBUF) | SOCKOPT_BIT(SOCKOPT_RCVBUF_LOCKED) |
				 SOCKOPT_BIT(SOCKOPT_SNDBUF) | SOCKOPT_BIT(SOCKOPT_SNDBUF_LOCKED) |
				 SOCKOPT_BIT(SOCKOPT_REUSEADDR) | SOCKOPT_BIT(SOCKOPT_REUSEPORT) |
				 SOCKOPT_BIT(SOCKOPT_RCVTIMEO_US) |
				 SOCKOPT_BIT(SOCKOPT_SNDTIMEO_US) | SOCKOPT_BIT(SOCKOPT_MARK) |
				 SOCKOPT_BIT(SOCKOPT_PRIORITY) | SOCKOPT_BIT(SOCKOPT_BUSY_POLL));
	for (unsigned kind = SOCKET_UNIX_STREAM; kind < SOCKET_KIND_COUNT; kind++)
		assert_int_equal(socket_options_of(kind),
				 SOCKOPT_BIT(SOCKOPT_RCVBUF) | SOCKOPT_BIT(SOCKOPT_RCVBUF_LOCKED) |
					 SOCKOPT_BIT(SOCKOPT_SNDBUF) |
					 SOCKOPT_BIT(SOCKOPT_SNDBUF_LOCKED) |
					 SOCKOPT_BIT(SOCKOPT_RCVTIMEO_US) |
					 SOCKOPT_BIT(SOCKOPT_SNDTIMEO_US));
}

static void addresses_are_printed(void **state)
{
	static const struct {
		int family;
		const char *host;
		uint16_t port;
		uint32_t ifindex;
		const char *text;
	} cases[] = {
		{AF_INET, "192.0.2.1", 80, 0, "192.0.2.1:80"},
		{AF_INET, "0.0.0.0", 80, 0, "0.0.0.0:80"},
		{AF_INET, "192.0.2.1", 0, 0, "192.0.2.1:*"},
		{AF_INET6, "2001:db8::1", 65535, 0, "[2001:db8::1]:65535"},
		{AF_INET6, "fe80::1", 80, 3, "[fe80::1]%3:80"},
		{AF_INET6, "::", 80, 0, "[::]:80"},
		{AF_INET6, "::ffff:192.0.2.1", 80, 0, "[::ffff:192.0.2.1]:80"},
		{AF_INET6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535, UINT32_MAX,
		 "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]%4294967295:65535"},
	};
	const struct socket_address none = {.family = AF_UNSPEC};
	char buf[SOCKET_ADDRESS_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct socket_address address = {
			.family = cases[i].family,
			.port = cases[i].port,
			.ifindex = cases[i].ifindex,
		};

		assert_int_equal(inet_pton(cases[i].family, cases[i].host, address.bytes), 1);
		assert_string_equal(socket_address_print(&address, buf), cases[i].text);
	}
	assert_string_equal(socket_address_print(&none, buf), "*:*");
}

static void mapped_addresses_are_plain(void **state)
{
	static const struct {
		const char *host, *text;
		uint32_t ifindex;
		bool loopback;
	} cases[] = {
		{"::ffff:192.0.2.1", "192.0.2.1:80", 0, false},
		{"::ffff:127.9.0.1", "127.9.0.1:80", 0, true},
		{"::ffff:0.0.0.0", "0.0.0.0:80", 0, false},
		{"::fffe:127.0.0.1", "[::fffe:7f00:1]:80", 0, false},
		{"::1", "[::1]:80", 0, true},
		{"::", "[::]:80", 0, false},
		{"fe80::1", "[fe80::1]%3:80", 3, false},
	};
	const struct socket_address none = {0},
				    ipv4 = {.family = AF_INET, .bytes = {127, 1}, .port = 7};
	struct socket_address plain = socket_address_plain(&none);
	char buf[SOCKET_ADDRESS_SIZE];

	(void)state;
	assert_int_equal(plain.family, AF_UNSPEC);
	plain = socket_address_plain(&ipv4);
	assert_string_equal(socket_address_print(&plain, buf), "127.1.0.0:7");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct socket_address address = {
			.family = AF_INET6, .port = 80, .ifindex = cases[i].ifindex};

		assert_int_equal(inet_pton(AF_INET6, cases[i].host, address.bytes), 1);
		assert_int_equal(socket_address_is_loopback(&address), cases[i].loopback);
		plain = socket_address_plain(&address);
		assert_string_equal(socket_address_print(&plain, buf), cases[i].text);
		assert_int_equal(socket_address_is_loopback(&plain), cases[i].loopback);
	}
}

static void local_addresses_say_what_they_take(void **state)
{
	static const struct {
		int family;
		const char *host, *interface;
		bool has_v6only, v6only;
		const char *text;
	} cases[] = {
		{AF_INET, "0.0.0.0", NULL, false, false, "0.0.0.0:80"},
		{AF_INET, "0.0.0.0", "lo", false, false, "0.0.0.0%lo:80"},
		{AF_INET6, "::", NULL, true, false, "*:80"},
		{AF_INET6, "::", "lo", true, false, "*%lo:80"},
		{AF_INET6, "::", NULL, true, true, "[::]:80"},
		{AF_INET6, "::", "lo", true, true, "[::]%lo:80"},
		{AF_INET6, "::", NULL, false, false, "[::]:80"},
		{AF_INET6, "::1", NULL, true, false, "[::1]:80"},
		{AF_INET6, "fe80::1", "eth0", true, false, "[fe80::1]%eth0:80"},
	};
	char buf[SOCKET_ADDRESS_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct socket_record record = {
			.local = {.family = cases[i].family, .port = 80},
			.interface = cases[i].interface,
			.has_v6only = cases[i].has_v6only,
			.v6only = cases[i].v6only,
		};

		assert_int_equal(inet_pton(cases[i].family, cases[i].host, record.local.bytes), 1);
		assert_string_equal(socket_local_print(&record, buf), cases[i].text);
	}
}

static void coverage_counts_up(void **state)
{
	struct socket_coverage coverage = {0};

	(void)state;
	socket_coverage_add(&coverage, SHORTFALL_OPTIONS, "options", "not allowed", 2);
	socket_coverage_add(&coverage, SHORTFALL_OPTIONS, "options", "not told", 1);
	socket_coverage_add(&coverage, SHORTFALL_OWNERS, "owners", "not allowed", 0);
	socket_coverage_add(&coverage, SHORTFALL_OPTIONS, "options", "not allowed", 3);
	socket_coverage_add(&coverage, SHORTFALL_NOTE, "options", "not allowed", 1);
	assert_int_equal(coverage.n_shortfalls, 4);
	assert_ptr_equal(socket_coverage_find(&coverage, SHORTFALL_OWNERS),
			 &coverage.shortfalls[2]);
	assert_ptr_equal(socket_coverage_find(&coverage, SHORTFALL_OPTIONS),
			 &coverage.shortfalls[0]);
	assert_null(socket_coverage_find(&coverage, SHORTFALL_SOCKETS));
	assert_string_equal(coverage.shortfalls[0].what, "options");
	assert_string_equal(coverage.shortfalls[0].why, "not allowed");
	assert_int_equal(coverage.shortfalls[0].count, 5);
	assert_int_equal(coverage.shortfalls[1].count, 1);
	assert_int_equal(coverage.shortfalls[2].count, 0);
	socket_coverage_fini(&coverage);
	assert_null(coverage.shortfalls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_leads_back),
		cmocka_unit_test(a_kind_has_its_options),
		cmocka_unit_test(addresses_are_printed),
		cmocka_unit_test(mapped_addresses_are_plain),
		cmocka_unit_test(local_addresses_say_what_they_take),
		cmocka_unit_test(coverage_counts_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
