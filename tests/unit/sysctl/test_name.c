/* The names of keys in both notations, what is refused, and patterns over them. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sysctl/name.h"

static void both_notations_give_one_name(void **state)
{
	static const struct {
		const char *text, *canonical, *path;
	} rows[] = {
		{"net.core.somaxconn", "net.core.somaxconn", "net/core/somaxconn"},
		{"net/core/somaxconn", "net.core.somaxconn", "net/core/somaxconn"},
		{"/proc/sys/net/core/somaxconn", "net.core.somaxconn", "net/core/somaxconn"},
		/* sysctl.d(5): an interface whose name holds a dot */
		{"net.ipv4.conf.eth0/100.rp_filter", "net.ipv4.conf.eth0/100.rp_filter",
		 "net/ipv4/conf/eth0.100/rp_filter"},
		{"net/ipv4/conf/eth0.100/rp_filter", "net.ipv4.conf.eth0/100.rp_filter",
		 "net/ipv4/conf/eth0.100/rp_filter"},
		{"/proc/sys/net/ipv4/conf/eth0.100/rp_filter", "net.ipv4.conf.eth0/100.rp_filter",
		 "net/ipv4/conf/eth0.100/rp_filter"},
		/* a path is a path: its dots are literal even when one comes first */
		{"/proc/sys/a.b/c", "a/b.c", "a.b/c"},
		{"vm", "vm", "vm"},
		{"net.ipv4.conf.*.rp_filter", "net.ipv4.conf.*.rp_filter",
		 "net/ipv4/conf/*/rp_filter"},
		{"net/ipv4/conf/*/rp_filter", "net.ipv4.conf.*.rp_filter",
		 "net/ipv4/conf/*/rp_filter"},
		/* three dots are a name like any other; two or one are not */
		{"net/ipv4/conf/.../rp_filter", "net.ipv4.conf.///.rp_filter",
		 "net/ipv4/conf/.../rp_filter"},
		{"net.ipv4.conf.br\xc3\xa9.rp_filter", "net.ipv4.conf.br\xc3\xa9.rp_filter",
		 "net/ipv4/conf/br\xc3\xa9/rp_filter"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *name = NULL, *path = NULL;
		struct err err = {0};

		assert_int_equal(sysctl_name_parse(rows[i].text, &name, &err), 0);
		assert_string_equal(name, rows[i].canonical);
		path = sysctl_name_path(name);
		assert_string_equal(path, rows[i].path);
	}
}

static void what_could_leave_the_tree_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		".",
		"..",
		"/",
		"net..core",
		"net.core.",
		".net.core",
		"net//core",
		"net/core/",
		"/etc/passwd",
		"/proc/sys/",
		"/proc/sys//net/core",
		"net/../kernel/hostname",
		"../etc/passwd",
		"net/./core",
		"net.//.core",
		"net./.core",
		"/proc/sys/../../etc/passwd",
		"net.core.some maxconn",
		"net.core.x\n",
		"net.core.\tx",
		"net.core.\x1b[31m",
		"net.core.\x7f",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *name = NULL;
		struct err err = {0};

		assert_int_equal(sysctl_name_parse(bad[i], &name, &err), -EINVAL);
		assert_null(name);
		assert_int_equal(err.code, EINVAL);
		assert_null(strpbrk(err.text, "\x1b\n\t\x7f"));
	}
}

static void errors_name_the_fault(void **state)
{
	struct err err = {0};
	char *name = NULL;

	(void)state;
	assert_int_equal(sysctl_name_parse("net/../x", &name, &err), -EINVAL);
	assert_string_equal(err.text,
			    "'net/../x' is no name of a key: it has a component \".\" or \"..\"; "
			    "expected one such as net.core.somaxconn or "
			    "net/ipv4/conf/eth0.100/rp_filter");
}

static void length_is_bounded(void **state)
{
	char text[1026] = "";
	char *name = NULL;
	struct err err = {0};

	(void)state;
	memset(text, 'a', 1024);
	assert_int_equal(sysctl_name_parse(text, &name, &err), 0);
	assert_string_equal(name, text);
	free(TAKE_PTR(name));
	text[1024] = 'a';
	assert_int_equal(sysctl_name_parse(text, &name, &err), -EINVAL);
	assert_null(name);
}

static void patterns_match_a_component_at_a_time(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} rows[] = {
		{"net.core.somaxconn", "net.core.somaxconn", true},
		{"net.core.somaxconn", "net.core.somaxcon", false},
		{"net.ipv4.conf.*.rp_filter", "net.ipv4.conf.eth0.rp_filter", true},
		{"net.ipv4.conf.*.rp_filter", "net.ipv4.conf.eth0/100.rp_filter", true},
		{"net.ipv4.conf.eth0*.rp_filter", "net.ipv4.conf.eth0/100.rp_filter", true},
		{"net.ipv4.conf.eth0/*.rp_filter", "net.ipv4.conf.eth0.rp_filter", false},
		{"net.ipv4.conf.*.rp_filter", "net.ipv6.conf.eth0.rp_filter", false},
		{"net.*.rp_filter", "net.ipv4.conf.eth0.rp_filter", false},
		{"net.*", "net.ipv4", true},
		{"net.*", "net", false},
		{"net", "net.ipv4", false},
		{"*", "net.ipv4", false},
		{"net.ipv4.tcp_[rw]mem", "net.ipv4.tcp_wmem", true},
		{"net.ipv4.tcp_[rw]mem", "net.ipv4.tcp_mem", false},
		{"net.ipv?.x", "net.ipv6.x", true},
		{"*.*_max", "core.rmem_max", true},
		{"*.*_max", "core.rmem_min", false},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"[a]b", "ab", true},
		{"a]", "a]", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(sysctl_name_matches(rows[i].pattern, rows[i].name),
				 rows[i].matches);
	assert_true(sysctl_name_is_glob("net.ipv4.conf.*.rp_filter"));
	assert_true(sysctl_name_is_glob("a.?"));
	assert_true(sysctl_name_is_glob("a.[bc]"));
	assert_false(sysctl_name_is_glob("net.ipv4.conf.eth0/100.rp_filter"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_notations_give_one_name),
		cmocka_unit_test(what_could_leave_the_tree_is_refused),
		cmocka_unit_test(errors_name_the_fault),
		cmocka_unit_test(length_is_bounded),
		cmocka_unit_test(patterns_match_a_component_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
