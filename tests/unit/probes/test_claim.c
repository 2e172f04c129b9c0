/* tests/unit/probes/test_claim.c - what a sysctl says: words, numbers, ports, or nothing. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "probes/claim.h"

#define _cleanup_claim_ __attribute__((cleanup(claim_fini)))

static void blanks_are_one(void **state)
{
	_cleanup_claim_ struct claim claim;

	(void)state;
	claim_set(&claim, "net.ipv4.tcp_rmem", " 4096\t131072 \t33554432\n");
	assert_string_equal(claim.key, "net.ipv4.tcp_rmem");
	assert_string_equal(claim.text, "4096 131072 33554432");
	assert_null(claim.reason);
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		size_t field;
		bool is_one;
		uint64_t value;
	} cases[] = {
		{"4096", 0, true, 4096},
		{"4096 131072 33554432", 1, true, 131072},
		{"4096 131072 33554432", 2, true, 33554432},
		{"4096 131072 33554432", 3, false, 0},
		{"18446744073709551615", 0, true, UINT64_MAX},
		{"18446744073709551616", 0, false, 0},
		{"-1", 0, false, 0},
		{"bbr", 0, false, 0},
		{"12x", 0, false, 0},
		{"", 0, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_claim_ struct claim claim;
		uint64_t value = 42;

		claim_set(&claim, "some.key", cases[i].text);
		assert_int_equal(claim_number(&claim, cases[i].field, &value), cases[i].is_one);
		assert_int_equal(value, cases[i].is_one ? cases[i].value : 42);
	}
}

static void words(void **state)
{
	_cleanup_claim_ struct claim claim, none;

	(void)state;
	claim_set(&claim, "some.key", "reno bbr cubic");
	claim_set(&none, "some.key", "\n");
	assert_true(claim_has_word(&claim, "reno"));
	assert_true(claim_has_word(&claim, "cubic"));
	assert_false(claim_has_word(&claim, "bb"));
	assert_false(claim_has_word(&claim, "bbr2"));
	assert_false(claim_has_word(&claim, "reno bbr"));
	assert_false(claim_has_word(&none, "reno"));
	assert_string_equal(none.text, "");
}

static void ports(void **state)
{
	static const struct {
		const char *text;
		uint16_t port;
		bool is_in;
	} cases[] = {
		{"", 80, false},
		{"80", 80, true},
		{"80", 8, false},
		{"80,8080-8090", 8080, true},
		{"80,8080-8090", 8090, true},
		{"80,8080-8090", 8091, false},
		{"80,8080-8090", 0, false},
		{"1-65535", 65535, true},
		{"rubbish", 80, false},
		{"80,,90", 90, false},
		{"80-", 80, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_claim_ struct claim claim;

		claim_set(&claim, "some.key", cases[i].text);
		assert_int_equal(claim_has_port(&claim, cases[i].port), cases[i].is_in);
	}
}

/* Never 0, never an empty list. */
static void what_cannot_be_read(void **state)
{
	_cleanup_claim_ struct claim claim;
	uint64_t value = 42;

	(void)state;
	claim_read("net.ipv4.no_such_key", &claim);
	assert_null(claim.text);
	assert_non_null(strstr(claim.reason, "/proc/sys/net/ipv4/no_such_key"));
	assert_non_null(strstr(claim.reason, "No such file"));
	assert_false(claim_number(&claim, 0, &value));
	assert_int_equal(value, 42);
	assert_false(claim_has_word(&claim, "reno"));
	assert_false(claim_has_port(&claim, 80));
}

static void what_can(void **state)
{
	_cleanup_claim_ struct claim claim;
	uint64_t number;

	(void)state;
	claim_read("kernel.pid_max", &claim);
	assert_non_null(claim.text);
	assert_null(claim.reason);
	assert_true(claim_number(&claim, 0, &number));
	assert_true(number > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_are_one), cmocka_unit_test(numbers),
		cmocka_unit_test(words),          cmocka_unit_test(ports),
		cmocka_unit_test(what_can),       cmocka_unit_test(what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
