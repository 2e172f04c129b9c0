/* tests/unit/check/test_range.c - what the catalogue says a kernel takes. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "check/range.h"

static void test_range(void **state)
{
	static const struct {
		const char *key;
		enum value_kind kind;
		const char *from, *to, *said; /* NULL: in range */
	} rows[] = {
		{"net.ipv4.tcp_syn_retries", VALUE_INTEGER, "6", "1", NULL},
		{"net.ipv4.tcp_syn_retries", VALUE_INTEGER, "6", "127", NULL},
		{"net.ipv4.tcp_syn_retries", VALUE_INTEGER, NULL, "128",
		 "the kernel takes 1 to 127, not 128 (kernel "
		 "Documentation/networking/ip-sysctl.rst; tcp(7))"},
		{"net.ipv4.tcp_syn_retries", VALUE_INTEGER, "6", "-1",
		 "the kernel takes 1 to 127, not -1 (kernel "
		 "Documentation/networking/ip-sysctl.rst; tcp(7))"},
		/* what this kernel holds it takes */
		{"net.ipv4.tcp_syn_retries", VALUE_INTEGER, "128", "128", NULL},
		{"net.ipv4.tcp_syn_retries", VALUE_INTEGER, "128", "129",
		 "the kernel takes 1 to 127, not 129 (kernel "
		 "Documentation/networking/ip-sysctl.rst; tcp(7))"},
		/* each number of a vector in its own place */
		{"net.ipv4.tcp_syn_retries", VALUE_VECTOR, "5 200 5", "6 200 6", NULL},
		{"net.ipv4.tcp_syn_retries", VALUE_VECTOR, "5 200", "5 6 200",
		 "the kernel takes 1 to 127, not 200 (kernel "
		 "Documentation/networking/ip-sysctl.rst; tcp(7))"},
		{"net.ipv4.tcp_syn_retries", VALUE_STRING, "a", "b", NULL},
		{"net.ipv4.tcp_syn_retries", VALUE_INTEGER, "6", "many", NULL},
		{"net.ipv4.tcp_ecn", VALUE_INTEGER, "2", "99", NULL}, /* no range known */
		{"net.ipv4.no_such_key", VALUE_INTEGER, "2", "99", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = {0};
		int r = check_range(catalog_find(rows[i].key), rows[i].kind, rows[i].from,
				    rows[i].to, &err);

		assert_int_equal(r, rows[i].said ? -ERANGE : 0);
		assert_string_equal(err.text, rows[i].said ? rows[i].said : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
