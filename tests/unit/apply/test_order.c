/* tests/unit/apply/test_order.c - which key first, and that the kernel agrees. */
#include "tests/unit/unit.h"

#include <string.h>

#include "apply/order.h"
#include "base/str.h"
#include "sysctl/write.h"
#include "tests/unit/namespace.h"

/* The keys' last two components, in the order they come out. */
static char *sorted(struct order_item *items, size_t count)
{
	struct strbuf out = {0};

	order_sort(items, count);
	for (size_t i = 0; i < count; i++)
		strbuf_printf(&out, "%s%s", i ? " " : "", items[i].key);
	return strbuf_take(&out);
}

static void test_ranks(void **state)
{
	struct order_item items[] = {
		{"kernel.modules_disabled", "0", "1", 0},
		{"net.ipv4.conf.eth0.rp_filter", "0", "1", 1},
		{"net.ipv4.conf.default.rp_filter", "0", "1", 2},
		{"net.ipv4.tcp_congestion_control", "cubic", "bbr", 3},
		{"net.ipv4.conf.all.rp_filter", "0", "1", 4},
		{"net.ipv4.tcp_allowed_congestion_control", "reno", "reno bbr", 5},
		{"net.ipv4.ip_forward", "0", "1", 6},
		{"net.core.somaxconn", "1", "2", 7},
	};
	_cleanup_free_ char *text = sorted(items, ARRAY_SIZE(items));

	(void)state;
	assert_string_equal(text, "net.ipv4.ip_forward net.ipv4.conf.all.rp_filter "
				  "net.ipv4.tcp_allowed_congestion_control net.core.somaxconn "
				  "net.ipv4.conf.default.rp_filter net.ipv4.tcp_congestion_control "
				  "net.ipv4.conf.eth0.rp_filter kernel.modules_disabled");
	assert_int_equal(items[0].index, 6);
}

static void test_pairs(void **state)
{
	static const struct {
		const char *low_from, *low_to, *high_from, *high_to;
		bool high_first;
	} rows[] = {
		{"10", "30", "20", "40", true},  /* up: room first */
		{"30", "10", "40", "20", false}, /* down */
		{"10", "12", "20", "22", false}, /* either: as it was */
		{"1024", "32768", "32768 60999", "40000 50000", false},
		{"1024", "35000", "32768 60999", "40000 50000", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (unsigned swap = 0; swap < 2; swap++) {
			struct order_item items[2];

			items[swap] = (struct order_item){"net.ipv4.ipfrag_low_thresh",
							  rows[i].low_from, rows[i].low_to, 0};
			items[!swap] = (struct order_item){"net.ipv4.ipfrag_high_thresh",
							   rows[i].high_from, rows[i].high_to, 1};
			order_sort(items, 2);
			if (i != 2 && i != 3)
				assert_int_equal(items[0].index, rows[i].high_first);
			else
				assert_int_equal(items[0].index, swap);
		}
	}
}

static char *spread(const char *key)
{
	char **patterns = order_spread(key);
	struct strbuf out = {0};

	strbuf_puts(&out, "");
	for (size_t i = 0; patterns && patterns[i]; i++)
		strbuf_printf(&out, "%s%s", i ? " " : "", patterns[i]);
	order_spread_free(patterns);
	return strbuf_take(&out);
}

static void test_spread(void **state)
{
	static const struct {
		const char *key, *also;
	} rows[] = {
		{"net.core.somaxconn", ""},
		{"net.ipv4.ip_forward",
		 "net.ipv4.conf.*.forwarding net.ipv4.conf.all.accept_redirects"},
		{"net.ipv4.conf.default.rp_filter", "net.ipv4.conf.*.rp_filter"},
		{"net.ipv4.conf.eth0.rp_filter", ""},
		{"net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.*.disable_ipv6"},
		{"net.ipv6.conf.all.forwarding",
		 "net.ipv6.conf.*.forwarding net.ipv6.conf.*.force_forwarding"},
		{"net.ipv6.neigh.eth0/1.unres_qlen", "net.ipv6.neigh.eth0/1.unres_qlen_bytes"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *also = spread(rows[i].key);

		assert_string_equal(also, rows[i].also);
	}
}

static void test_lasting(void **state)
{
	(void)state;
	assert_non_null(order_lasting("net.ipv6.conf.eth0.disable_ipv6", "1"));
	assert_null(order_lasting("net.ipv6.conf.eth0.disable_ipv6", "0"));
	assert_null(order_lasting("net.core.somaxconn", "1"));
}

static bool put(struct sysctl_root *root, const char *key, const char *text)
{
	_cleanup_free_ char *got = NULL;
	enum sysctl_outcome outcome;
	struct err err;

	return sysctl_write(root, key, VALUE_STRING, text, &got, &outcome, &err) == 0;
}

static bool is(struct sysctl_root *root, const char *key, const char *text)
{
	_cleanup_free_ char *now = NULL;
	struct err err;

	return sysctl_read(root, key, &now, &err) == 0 && strcmp(now, text) == 0;
}

/* What the tables say, on this kernel. */
static int kernel_part(void)
{
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = NULL;
	struct err err;

	CHECK(sysctl_root_open("/proc/sys", &root, &err) == 0);
	CHECK(put(root, "net.ipv4.ipfrag_low_thresh", "1000"));
	CHECK(put(root, "net.ipv4.ipfrag_high_thresh", "2000"));
	CHECK(!put(root, "net.ipv4.ipfrag_low_thresh", "2001"));
	CHECK(!put(root, "net.ipv4.ipfrag_high_thresh", "999"));
	CHECK(put(root, "net.ipv6.ip6frag_low_thresh", "1000"));
	CHECK(!put(root, "net.ipv6.ip6frag_high_thresh", "999"));
	CHECK(put(root, "net.ipv4.ip_local_port_range", "32768 60999"));
	CHECK(!put(root, "net.ipv4.ip_unprivileged_port_start", "32769"));
	CHECK(put(root, "net.ipv4.ip_unprivileged_port_start", "30000"));
	CHECK(!put(root, "net.ipv4.ip_local_port_range", "29999 60999"));
	CHECK(put(root, "net.ipv4.conf.all.accept_redirects", "1"));
	CHECK(put(root, "net.ipv4.ip_forward", "1"));
	CHECK(is(root, "net.ipv4.conf.lo.forwarding", "1"));
	CHECK(is(root, "net.ipv4.conf.all.accept_redirects", "0"));
	CHECK(put(root, "net.ipv4.ip_forward", "0"));
	CHECK(is(root, "net.ipv4.conf.all.accept_redirects", "1"));
	CHECK(put(root, "net.ipv6.conf.all.forwarding", "1"));
	CHECK(is(root, "net.ipv6.conf.lo.forwarding", "1"));
	return 0;
}

static void test_kernel(void **state)
{
	(void)state;
	run_in_namespace(kernel_part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranks),  cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_spread), cmocka_unit_test(test_lasting),
		cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
