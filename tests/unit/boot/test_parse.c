/* tests/unit/boot/test_parse.c - one file as each loader reads it. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "boot/parse.h"

/* Definitions as "LINE KEY=VALUE" lines ("LINE -KEY" keeps patterns away, a "?" behind the line is
 * "ignores errors"), then problems as "! LINE TEXT". */
static char *read_as(enum boot_loader loader, const char *text, size_t len)
{
	struct boot_problems problems = {0};
	struct boot_defs defs = {0};
	struct strbuf out = {0};

	boot_parse(loader, "f", text, len, &defs, &problems);
	for (size_t i = 0; i < defs.count; i++) {
		const struct boot_def *def = &defs.items[i];
		_cleanup_free_ char *value = def->value ? str_printable(def->value) : NULL;

		strbuf_printf(&out, "%u%s %s%s%s%s%s\n", def->line, def->ignores_errors ? "?" : "",
			      def->value ? "" : "-", def->key, def->is_glob ? " (glob)" : "",
			      def->value ? "=" : "", value ? value : "");
	}
	for (size_t i = 0; i < problems.count; i++)
		strbuf_printf(&out, "! %u %s\n", problems.items[i].line, problems.items[i].text);
	boot_defs_fini(&defs);
	boot_problems_fini(&problems);
	return strbuf_take(&out);
}

static void expect(enum boot_loader loader, const char *text, const char *wanted)
{
	_cleanup_free_ char *got = read_as(loader, text, strlen(text));

	assert_string_equal(got, wanted);
}

static void expect_both(const char *text, const char *wanted)
{
	expect(BOOT_LOADER_SYSTEMD, text, wanted);
	expect(BOOT_LOADER_PROCPS, text, wanted);
}

static void test_assignments(void **state)
{
	(void)state;
	expect_both("net.core.somaxconn = 4096\n"
		    "\n"
		    "  # comment = 1\n"
		    ";comment = 2\n"
		    "\tkernel/domainname\t=\ttwo words \n"
		    "-net.ipv4.tcp_sack=0\n"
		    "net.ipv4.tcp_rmem = 4096 131072\t6291456\n"
		    "vm.swappiness = x=y # kept\n"
		    "vm.empty =\n"
		    "vm.quoted = \"1\"",
		    "1 net.core.somaxconn=4096\n"
		    "5 kernel.domainname=two words\n"
		    "6? net.ipv4.tcp_sack=0\n"
		    "7 net.ipv4.tcp_rmem=4096 131072\\x096291456\n"
		    "8 vm.swappiness=x=y # kept\n"
		    "9 vm.empty=\n"
		    "10 vm.quoted=\"1\"\n");
}

static void test_names(void **state)
{
	(void)state;
	expect_both("net.ipv4.conf.eth0/100.rp_filter=1\n"
		    "net/ipv4/conf/eth0.100/rp_filter=2\n"
		    "/net/ipv4/conf/eth0.100/rp_filter=3\n"
		    ".net.ipv4.tcp_sack=4\n"
		    "net..ipv4.tcp_sack=5\n"
		    "net/./ipv4//tcp_sack=6\n"
		    "single=7\n",
		    "1 net.ipv4.conf.eth0/100.rp_filter=1\n"
		    "2 net.ipv4.conf.eth0/100.rp_filter=2\n"
		    "3 net.ipv4.conf.eth0/100.rp_filter=3\n"
		    "4 net.ipv4.tcp_sack=4\n"
		    "5 net.ipv4.tcp_sack=5\n"
		    "6 net.ipv4.tcp_sack=6\n"
		    "7 single=7\n");
}

static void test_patterns(void **state)
{
	(void)state;
	expect_both("net.ipv4.conf.*.rp_filter = 2\n"
		    "-net.ipv4.conf.all.rp_filter\n"
		    "-net.ipv4.conf.e*.rp_filter\n"
		    "net/ipv4/conf/eth[0-9].1?/tag = 1\n",
		    "1 net.ipv4.conf.*.rp_filter (glob)=2\n"
		    "2 -net.ipv4.conf.all.rp_filter\n"
		    "3 -net.ipv4.conf.e*.rp_filter (glob)\n"
		    "4 net.ipv4.conf.eth[0-9]/1?.tag (glob)=1\n");
}

static void test_problems(void **state)
{
	(void)state;
	expect_both(
		"no assignment\n"
		"net.core.a b = 1\n"
		"= 5\n"
		"net.core.x = 1\n",
		"4 net.core.x=1\n"
		"! 1 'no assignment' is no assignment; expected 'key = value', or '-key' to keep "
		"patterns away from it\n"
		"! 2 'net.core.a b' is no name a key can have; the line has no effect\n"
		"! 3 '' is no name a key can have; the line has no effect\n");
}

static void test_line_ends(void **state)
{
	(void)state;
	expect_both("net.a=1\r\nnet.b=2\r\n", "1 net.a=1\n2 net.b=2\n");
	expect(BOOT_LOADER_SYSTEMD, "net.a=1\rnet.b=2\nnet.c=3",
	       "1 net.a=1\n1 net.b=2\n2 net.c=3\n");
	expect(BOOT_LOADER_PROCPS, "net.a=1\rnet.b=2\nnet.c=3",
	       "1 net.a=1\\x0dnet.b=2\n2 net.c=3\n");
	expect(BOOT_LOADER_SYSTEMD, "net.a=1\v\n", "1 net.a=1\\x0b\n");
	expect(BOOT_LOADER_PROCPS, "net.a=1\v\n", "1 net.a=1\n");
	expect_both(
		"net.a = 1\\\n2\n",
		"1 net.a=1\\\n! 2 '2' is no assignment; expected 'key = value', or '-key' to keep "
		"patterns away from it\n");
}

static void test_nul(void **state)
{
	static const char text[] = "net.a=1\0net.b=2\nnet.c=3\n";
	_cleanup_free_ char *systemd = read_as(BOOT_LOADER_SYSTEMD, text, sizeof(text) - 1);
	_cleanup_free_ char *procps = read_as(BOOT_LOADER_PROCPS, text, sizeof(text) - 1);

	(void)state;
	assert_string_equal(systemd,
			    "1 net.a=1\n1 net.b=2\n2 net.c=3\n! 0 the file holds NUL bytes\n");
	assert_string_equal(procps, "1 net.a=1\n2 net.c=3\n! 0 the file holds NUL bytes\n");
}

static void test_where_they_differ(void **state)
{
	(void)state;
	expect(BOOT_LOADER_SYSTEMD, "- net.a = 1\n", "1? net.a=1\n");
	expect(BOOT_LOADER_PROCPS, "- net.a = 1\n",
	       "! 1 ' net.a' is no name a key can have; the line has no effect\n");
	expect(BOOT_LOADER_SYSTEMD, "--net.a = 1\n", "1? -net.a=1\n");
	expect(BOOT_LOADER_PROCPS, "--net.a = 1\n", "1? net.a=1\n");
	expect(BOOT_LOADER_SYSTEMD, "net.a/ = 1\nnet/*/b/ = 2\n",
	       "1 net.a/=1\n2 net.*.b (glob)=2\n");
	expect(BOOT_LOADER_SYSTEMD, "net/a/ = 1\n", "1 net.a=1\n");
	expect(BOOT_LOADER_PROCPS, "net/a/ = 1\nnet/*/b/ = 2\nnet/a/b*/ = 3\n",
	       "2 net.*.b (glob)=2\n"
	       "! 1 'net/a/' is no name a key can have; the line has no effect\n"
	       "! 3 'net/a/b*/' is no name a key can have; the line has no effect\n");
	expect(BOOT_LOADER_SYSTEMD, "net/a/../b = 1\n",
	       "! 1 'net/a/../b' is no name a key can have; the line has no effect\n");
	expect(BOOT_LOADER_PROCPS, "net/a/../b = 1\nnet/../../b = 2\n",
	       "1 net.b=1\n! 2 'net/../../b' is no name a key can have; the line has no effect\n");
}

static void test_unseen_bytes(void **state)
{
	(void)state;
	expect_both("\xef\xbb\xbfnet.a=1\nnet.b=\xff\n",
		    "1 \xef\xbb\xbfnet.a=1\n"
		    "2 net.b=\\xff\n"
		    "! 1 the file starts with a byte order mark, which becomes part of the first "
		    "key or "
		    "comment\n"
		    "! 0 the file is not UTF-8\n");
}

static void test_long_line(void **state)
{
	_cleanup_free_ char *systemd = NULL, *procps = NULL;
	struct strbuf text = {0};

	(void)state;
	strbuf_puts(&text, "net.a=1\n#");
	for (int i = 0; i < 1 << 16; i++)
		strbuf_puts(&text, "xxxxxxxxxxxxxxxx");
	strbuf_puts(&text, "\nnet.b=2\n");
	systemd = read_as(BOOT_LOADER_SYSTEMD, text.text, text.len);
	procps = read_as(BOOT_LOADER_PROCPS, text.text, text.len);
	assert_string_equal(systemd,
			    "1 net.a=1\n! 2 a line of over 1048576 bytes: systemd-sysctl reads no "
			    "further\n");
	assert_string_equal(procps, "1 net.a=1\n3 net.b=2\n");
	strbuf_fini(&text);
}

static void test_bounds(void **state)
{
	struct boot_problems problems = {0};
	struct boot_defs defs = {0};
	struct strbuf text = {0};

	(void)state;
	for (int i = 0; i < 2000; i++)
		strbuf_puts(&text, "nonsense\n");
	for (int i = 0; i < BOOT_DEFS_MOST + 5; i++)
		strbuf_puts(&text, "a.b=1\n");
	boot_parse(BOOT_LOADER_SYSTEMD, "f", text.text, text.len, &defs, &problems);
	assert_int_equal(defs.count, BOOT_DEFS_MOST);
	assert_int_equal(problems.count, 1000);
	assert_string_equal(problems.items[999].text, "more problems follow that are not listed");
	boot_defs_fini(&defs);
	boot_problems_fini(&problems);
	strbuf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_assignments),       cmocka_unit_test(test_names),
		cmocka_unit_test(test_patterns),          cmocka_unit_test(test_problems),
		cmocka_unit_test(test_line_ends),         cmocka_unit_test(test_nul),
		cmocka_unit_test(test_where_they_differ), cmocka_unit_test(test_unseen_bytes),
		cmocka_unit_test(test_long_line),         cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
