/* Counters by name, as kernels of several ages print them, and from the running one. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "proc/counters.h"
#include "tests/unit/namespace.h"
#include "tests/unit/tree.h"

static const char snmp[] = "Ip: Forwarding DefaultTTL InReceives\n"
			   "Ip: 2 64 12345\n"
			   "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens RetransSegs\n"
			   "Tcp: 1 200 120000 -1 17 18446744073709551615\n"
			   "Udp: InDatagrams NoPorts RcvbufErrors\n"
			   "Udp: 8 0 3\n";
static const char netstat[] = "TcpExt: SyncookiesSent ListenOverflows ListenDrops\n"
			      "TcpExt: 1 2 4\n"
			      "IpExt: InOctets OutOctets\n"
			      "IpExt: 99 100\n";
static const char snmp6[] = "Ip6InReceives                   \t7\n"
			    "Udp6InErrors                    \t0\n"
			    "Icmp6OutType135                 \t5\n"
			    "UdpLite6InErrors                \t6\n";
static const char sockstat[] = "sockets: used 290\n"
			       "TCP: inuse 27 orphan 0 tw 3 alloc 31 mem 5\n"
			       "UDP: inuse 9 mem 4\n"
			       "UDPLITE: inuse 0\n"
			       "FRAG: inuse 0 memory 4096\n";
static const char sockstat6[] = "TCP6: inuse 5\nFRAG6: inuse 1 memory 512\n";
/* 2.6.32 had nine columns, 6.18 has fifteen */
static const char softnet[] = "0000ffff 00000001 0000000a 00000000 00000000 00000000 00000000 "
			      "00000000 00000000\n"
			      "00000001 00000000 00000002 00000000 00000000 00000000 00000000 "
			      "00000000 00000000\n";
static const char arp[] = "entries  allocs   destroys table_fulls\n"
			  "0000000a 00000001 00000000 00000002\n"
			  "0000000a 00000003 00000000 00000010\n";
/* before 3.19 */
static const char ndisc[] = "entries  allocs destroys\n00000003 00000001 00000000\n";

static const struct {
	const char *name;
	uint64_t value;
} known[] = {
	{"Ip.InReceives", 12345},
	{"Tcp.RtoMax", 120000},
	{"Tcp.ActiveOpens", 17},
	{"Tcp.RetransSegs", UINT64_MAX},
	{"Udp.NoPorts", 0},
	{"Udp.RcvbufErrors", 3},
	{"TcpExt.ListenOverflows", 2},
	{"TcpExt.ListenDrops", 4},
	{"IpExt.OutOctets", 100},
	{"Ip6.InReceives", 7},
	{"Udp6.InErrors", 0},
	{"Icmp6.OutType135", 5},
	{"UdpLite6.InErrors", 6},
	{"sockstat.sockets.used", 290},
	{"sockstat.TCP.inuse", 27},
	{"sockstat.TCP.tw", 3},
	{"sockstat.TCP.mem", 5},
	{"sockstat.UDP.mem", 4},
	{"sockstat.FRAG.memory", 4096},
	{"sockstat6.FRAG6.memory", 512},
	{"softnet.processed", 0x10000},
	{"softnet.dropped", 1},
	{"softnet.time_squeeze", 12},
	{"arp_cache.entries", 10},
	{"arp_cache.allocs", 4},
	{"arp_cache.table_fulls", 18},
	{"ndisc_cache.entries", 3},
};

static const struct {
	const char *file, *text;
} files[] = {
	{"snmp", snmp},          {"netstat", netstat},        {"snmp6", snmp6},
	{"sockstat", sockstat},  {"sockstat6", sockstat6},    {"softnet_stat", softnet},
	{"stat/arp_cache", arp}, {"stat/ndisc_cache", ndisc},
};

static void every_name_has_its_number(void **state)
{
	static const char *const unknown[] = {
		"Tcp.MaxConn", "ndisc_cache.table_fulls", "Tcp",          "",
		"Tcp.",        "TcpExt.Nothing",          "sockstat.TCP",
	};
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	_cleanup_(counters_freep) struct counters *counters = NULL;
	uint64_t value;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		tree_put(tree, files[i].file, files[i].text);
	assert_int_equal(counters_read(tree->path, &counters, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		print_message("%s\n", known[i].name);
		assert_true(counters_get(counters, known[i].name, &value));
		assert_true(value == known[i].value);
	}
	value = 77;
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_false(counters_get(counters, unknown[i], &value));
	assert_int_equal(value, 77);
}

static void what_is_not_there_is_not_known(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	_cleanup_(counters_freep) struct counters *counters = NULL;
	struct err err = {0};
	uint64_t value;

	(void)state;
	assert_int_equal(counters_read(tree->path, &counters, &err), -ENOENT);
	assert_non_null(strstr(err.text, "no counters: cannot open snmp"));
	assert_null(counters);
	assert_int_equal(counters_read("/nowhere/at/all", &counters, &err), -ENOENT);
	tree_put(tree, "sockstat", sockstat);
	assert_int_equal(counters_read(tree->path, &counters, &err), 0);
	assert_true(counters_get(counters, "sockstat.TCP.tw", &value));
	assert_false(counters_get(counters, "Tcp.RetransSegs", &value));
	assert_false(counters_get(counters, "softnet.dropped", &value));
}

static void damaged_text_is_not_guessed_at(void **state)
{
	static const struct {
		const char *file, *text, *name;
		bool is_known;
		uint64_t value;
	} rows[] = {
		{"snmp", "Tcp: A B\nTcp: 1\n", "Tcp.A", true, 1},
		{"snmp", "Tcp: A B\nTcp: 1\n", "Tcp.B", false, 0},
		{"snmp", "Tcp: A\nTcp: 1 2\n", "Tcp.A", true, 1},
		{"snmp", "Tcp: A\nUdp: 1\n", "Tcp.A", false, 0},
		{"snmp", "Tcp: A\nUdp: B\nUdp: 2\n", "Udp.B", true, 2},
		{"snmp", "Tcp: A", "Tcp.A", false, 0},
		{"snmp", "Tcp: A\nTcp: 18446744073709551616\n", "Tcp.A", false, 0},
		{"snmp", "Tcp: A\nTcp: 12x\n", "Tcp.A", false, 0},
		{"snmp", "Tcp: A\nTcp: +1\n", "Tcp.A", false, 0},
		{"snmp", ": A\n: 1\n", ".A", false, 0},
		{"snmp6", "Udp6InErrors\n", "Udp6.InErrors", false, 0},
		{"snmp6", "UdpInErrors 1\n", "UdpInErrors", false, 0},
		{"snmp6", "Udp6 1\n", "Udp6.", false, 0},
		{"sockstat", "TCP: inuse 1 tw\n", "sockstat.TCP.tw", false, 0},
		{"sockstat", "TCP inuse 1\n", "sockstat.TCP.inuse", false, 0},
		{"sockstat", "TCP: inuse -1 tw 2\n", "sockstat.TCP.tw", true, 2},
		{"softnet_stat", "", "softnet.dropped", false, 0},
		{"softnet_stat", "\n", "softnet.processed", false, 0},
		{"softnet_stat", "0000000b\n", "softnet.processed", true, 11},
		{"softnet_stat", "0000000b\n", "softnet.dropped", false, 0},
		{"softnet_stat", "1 2 3\n1 g 3\n", "softnet.dropped", false, 0},
		{"softnet_stat", "1 2 3\n1 g 3\n", "softnet.time_squeeze", true, 6},
		{"stat/arp_cache", "entries\n", "arp_cache.entries", false, 0},
		{"stat/arp_cache", "", "arp_cache.entries", false, 0},
		{"stat/arp_cache", "entries\n00000001\n\n", "arp_cache.entries", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(counters_freep) struct counters *counters = counters_new();
		uint64_t value = 0;

		print_message("%s: %s", rows[i].file, rows[i].text);
		assert_true(counters_add(counters, rows[i].file, rows[i].text));
		assert_int_equal(counters_get(counters, rows[i].name, &value), rows[i].is_known);
		assert_true(value == rows[i].value);
		assert_false(counters_add(counters, "dev", rows[i].text));
	}
	counters_free(NULL);
}

static void noise_does_no_harm(void **state)
{
	static const char filler[] = ": \n\t-9fz6";
	unsigned seed = 20240612;

	(void)state;
	print_message("seed %u\n", seed);
	for (unsigned round = 0; round < 3000; round++) {
		_cleanup_(counters_freep) struct counters *counters = counters_new();
		size_t which = (size_t)rand_r(&seed) % ARRAY_SIZE(files);
		const char *text = files[which].text;
		_cleanup_free_ char *copy =
			mem_strndup(text, (size_t)rand_r(&seed) % (strlen(text) + 1));
		uint64_t value;

		for (size_t i = 0, len = strlen(copy); i < 4 && len; i++)
			copy[(size_t)rand_r(&seed) % len] =
				filler[(size_t)rand_r(&seed) % (sizeof(filler) - 1)];
		/* also as what it is not */
		which = (which + (size_t)(round % 2)) % ARRAY_SIZE(files);
		counters_add(counters, files[which].file, copy);
		for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
			value = 77;
			if (!counters_get(counters, known[i].name, &value))
				assert_int_equal(value, 77);
		}
	}
}

static int in_a_new_namespace(void)
{
	_cleanup_(counters_freep) struct counters *counters = NULL;
	uint64_t value;
	struct err err;

	for (int i = 0; i < 3; i++)
		CHECK(listen(socket(AF_INET, SOCK_STREAM, 0), 1) == 0);
	CHECK(counters_read(NULL, &counters, &err) == 0);
	CHECK(counters_get(counters, "sockstat.TCP.inuse", &value) && value == 3);
	CHECK(counters_get(counters, "Tcp.ActiveOpens", &value) && value == 0);
	CHECK(counters_get(counters, "TcpExt.ListenOverflows", &value) && value == 0);
	CHECK(counters_get(counters, "Udp6.InErrors", &value) && value == 0);
	CHECK(counters_get(counters, "softnet.processed", &value) && value > 0);
	CHECK(!counters_get(counters, "arp_cache.entries", &value));
	return 0;
}

static void a_namespace_has_its_own(void **state)
{
	(void)state;
	run_in_namespace(in_a_new_namespace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_has_its_number),
		cmocka_unit_test(what_is_not_there_is_not_known),
		cmocka_unit_test(damaged_text_is_not_guessed_at),
		cmocka_unit_test(noise_does_no_harm),
		cmocka_unit_test(a_namespace_has_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
