/* tests/unit/profile/test_endpoint.c - where a path leads: what is taken, refused and held. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "profile/endpoint.h"

static struct socket_address address_of(const char *text, uint16_t port)
{
	struct socket_address address = {.port = port};

	address.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(address.family, text, address.bytes), 1);
	return address;
}

static void what_each_holds(void **state)
{
	static const struct {
		const char *endpoint, *address;
		uint16_t port;
		bool held;
	} cases[] = {
		{"192.0.2.10", "192.0.2.10", 1, true},
		{"192.0.2.10", "192.0.2.11", 1, false},
		{"192.0.2.10", "::ffff:192.0.2.10", 1, true},
		{"192.0.2.10", "::192.0.2.10", 1, false},
		{"192.0.2.10:443", "192.0.2.10", 443, true},
		{"192.0.2.10:443", "192.0.2.10", 444, false},
		{"192.0.2.0/24", "192.0.2.255", 9, true},
		{"192.0.2.0/24", "192.0.3.0", 9, false},
		{"192.0.2.128/25", "192.0.2.127", 9, false},
		{"192.0.2.128/25", "::ffff:192.0.2.129", 9, true},
		{"0.0.0.0/0", "203.0.113.1", 9, true},
		{"0.0.0.0/0", "2001:db8::1", 9, false},
		{"2001:db8::1", "2001:db8::1", 9, true},
		{"[2001:db8::1]:443", "2001:db8::1", 443, true},
		{"[2001:db8::1]:443", "2001:db8::1", 80, false},
		{"2001:db8::/33", "2001:db8:7fff::1", 9, true},
		{"2001:db8::/33", "2001:db8:8000::1", 9, false},
		{"::/0", "2001:db8::1", 9, true},
		{"::/0", "192.0.2.1", 9, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct socket_address address = address_of(cases[i].address, cases[i].port);
		struct endpoint endpoint;
		struct err err;

		if (endpoint_parse(cases[i].endpoint, &endpoint, &err) < 0)
			fail_msg("%s: %s", cases[i].endpoint, err.text);
		if (endpoint_holds(&endpoint, &address) != cases[i].held)
			fail_msg("%s and %s", cases[i].endpoint, cases[i].address);
	}
}

static void what_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"example.org",
		"example.org:443",
		"192.0.2",
		"192.0.2.1:",
		"192.0.2.1:0",
		"192.0.2.1:65536",
		"192.0.2.1:http",
		"192.0.2.1/33",
		"192.0.2.1/",
		"192.0.2.0/-1",
		"192.0.2.0/24:443",
		"[192.0.2.1]:443",
		"[2001:db8::1]",
		"[2001:db8::1]443",
		"[2001:db8::1:443",
		"2001:db8::1/129",
		"[2001:db8::]/32",
		"fe80::1%eth0",
		"192.0.2.1 ",
		":443",
		"[",
		"[:",
		"]:1",
		"/",
	};
	struct endpoint endpoint = {.family = -1};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (endpoint_parse(texts[i], &endpoint, &err) != -EBADMSG)
			fail_msg("'%s' is taken", texts[i]);
	assert_int_equal(endpoint.family, -1);
	assert_true(endpoint_parse("10.1.2.3/8", &endpoint, &err) < 0);
	assert_string_equal(err.text,
			    "10.1.2.3/8 has bits beyond its length: did you mean 10.0.0.0/8?");
	assert_true(endpoint_parse("2001:db8::1/32", &endpoint, &err) < 0);
	assert_string_equal(err.text, "2001:db8::1/32 has bits beyond its length: did you mean "
				      "2001:db8::/32?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_each_holds),
		cmocka_unit_test(what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
