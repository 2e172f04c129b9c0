/* tests/unit/check/test_sysctl.c - one finding for every way a setting can meet a host. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "tests/unit/check/fixture.h"

/* Everything a finding says, one member a line. */
static char *tell(const struct finding *finding)
{
	struct strbuf out = {0};

	strbuf_printf(&out, "%s %s", finding_status_name(finding->status),
		      severity_name(finding->severity));
	strbuf_printf(&out, " | %s", finding->actual ? finding->actual : "-");
	strbuf_printf(&out, " | %s", finding->expected ? finding->expected : "-");
	if (finding->reason)
		strbuf_printf(&out, " | because %s", finding->reason);
	if (finding->remedy)
		strbuf_printf(&out, " | fix %s", finding->remedy);
	for (size_t i = 0; i < finding->n_evidence; i++)
		strbuf_printf(&out, " | %s=%s", finding->evidence[i].name,
			      finding->evidence[i].text);
	return strbuf_take(&out);
}

struct expectation {
	const char *key, *text; /* NULL: the key does not exist */
	const char *setting;
	const char *told;
};

static void expect_told(struct fixture *f, const struct expectation *e)
{
	_cleanup_free_ char *yaml = mem_printf("settings:\n  %s: %s\n", e->key, e->setting);
	_cleanup_free_ char *path = mem_strdup(e->key);
	_cleanup_(report_freep) struct report *report = NULL;
	_cleanup_free_ char *told = NULL;

	for (char *p = path; *p; p++)
		*p = *p == '.' ? '/' : *p;
	if (e->text)
		fixture_key(f, path, e->text);
	report = fixture_audit(f, yaml);
	assert_int_equal(report->n_findings, 1);
	assert_int_equal(report->findings[0].origin.line, 5);
	told = tell(&report->findings[0]);
	if (strcmp(told, e->told) != 0)
		fail_msg("%s: %s\n  told:   %s\n  wanted: %s", e->key, e->setting, told, e->told);
}

static const struct expectation status_cases[] = {
	{"net.core.somaxconn", "4096\n", "4096", "pass warning | 4096 | 4096"},
	{"net.core.somaxconn", "128\n", "{at-least: 4096, severity: critical}",
	 "fail critical | 128 | >= 4096 | fix sysctl -w 'net.core.somaxconn=4096'"},
	{"net.core.somaxconn", "8192\n", "{at-least: 4096}", "pass warning | 8192 | >= 4096"},
	{"net.ipv4.tcp_rmem", "4096\t131072\t6291456\n", "\"4096 131072 6291456\"",
	 "pass warning | 4096 131072 6291456 | 4096 131072 6291456"},
	{"net.ipv4.tcp_rmem", "4096\t131072\t6291456\n",
	 "{fields: [~, ~, {at-least: {bdp: {rate: 1Gbit, rtt: 80ms}, times: 2}}]}",
	 "fail warning | 4096 131072 6291456 | - / - / >= 2 x bdp(1Gbit, 80ms) | "
	 "fix sysctl -w 'net.ipv4.tcp_rmem=4096 131072 20000000' | "
	 "expected-here=- / - / >= 20000000"},
	/* a vector with too few fields is unknown: never 0, never pass */
	{"net.ipv4.tcp_wmem", "4096\t16384\n", "{fields: [~, ~, {at-most: 99MiB}]}",
	 "unknown warning | 4096 16384 | - / - / <= 99MiB | because "
	 "holds 2 values, the profile asks about field 3"},
	{"net.ipv4.tcp_tw_recycle", NULL, "absent", "pass warning | absent | absent"},
	{"net.ipv4.tcp_tw_recycle", "0\n", "absent", "fail warning | 0 | absent"},
	{"net.core.somaxcon", NULL, "1",
	 "absent warning | - | 1 | because this kernel has no such key, did you mean "
	 "'net.core.somaxconn'?"},
	{"net.netfilter.nf_conntrack_max", NULL, "{at-least: 1, severity: info}",
	 "absent info | - | >= 1 | because comes with the module nf_conntrack, which is "
	 "not "
	 "loaded"},
	{"net.ipv4.tcp_congestion_control", "reno\n", "{first-available: [bbr, cubic]}",
	 "fail warning | reno | first available of bbr, cubic | "
	 "fix sysctl -w 'net.ipv4.tcp_congestion_control=cubic' | expected-here=cubic"},
	{"net.ipv4.tcp_congestion_control", "reno\n", "{first-available: [bbr, htcp]}",
	 "unsupported warning | reno | first available of bbr, htcp | because none of bbr, "
	 "htcp is available: net.ipv4.tcp_available_congestion_control lists reno cubic"},
	{"net.ipv4.tcp_allowed_congestion_control", "reno cubic\n", "\"cubic reno\"",
	 "pass warning | reno cubic | cubic reno"},
	{"net.ipv4.tcp_max_syn_backlog", "512\n", "{at-least: {sysctl: net.core.somaxconn}}",
	 "fail warning | 512 | >= net.core.somaxconn | "
	 "fix sysctl -w 'net.ipv4.tcp_max_syn_backlog=8192' | expected-here=>= 8192"},
	{"net.ipv4.udp_mem", "1 2 3\n", "{at-least: 5}",
	 "unknown warning | 1 2 3 | >= 5 | because at-least has no meaning for a value of "
	 "kind "
	 "vector: use 'fields' to say which of its values is meant"},
	{"vm.swappiness", "ten\n", "{at-most: 10}",
	 "unknown warning | ten | <= 10 | because 'ten' is not a whole number"},
	{"net.ipv4.ip_forward", "0\n", "{equals: 1, when: {kernel: \">=99.0\"}}",
	 "not-applicable warning | - | 1 | because needs kernel >=99.0, this is "
	 "6.1.5-test"},
	{"net.ipv6.conf.*.accept_ra", NULL, "1",
	 "not-applicable warning | - | 1 | because nothing on this host matches"},
	{"net.ipv4.conf.*.rpfilter", NULL, "1",
	 "absent warning | - | 1 | because no key on this host matches, did you mean "
	 "'net.ipv4.conf.*.rp_filter'?"},
	{"net.core.rmem_max", "212992\n", "{at-least: 60s}",
	 "unknown warning | 212992 | >= 60s | because 60s is a time, but net.core.rmem_max "
	 "counts bytes: write a plain number"},
	{"net.ipv4.conf.*.no_such_key", NULL, "absent", "pass warning | absent | absent"},
	{"net.ipv4.conf.eth9.rp_filter", NULL, "1",
	 "absent warning | - | 1 | because there is no interface 'eth9' here"},
	/* no remedy names a value that the kernel would refuse */
	{"net.ipv4.tcp_syn_retries", "6\n", "300",
	 "fail warning | 6 | 300 | no-fix=the kernel takes 1 to 127, not 300 (kernel "
	 "Documentation/networking/ip-sysctl.rst; tcp(7))"},
	{"net.ipv4.tcp_syn_retries", "6\n", "{between: [5, 200], set: 200}",
	 "pass warning | 6 | 5 to 200"},
	{"net.ipv4.tcp_syn_retries", "200\n", "{at-least: 200}", "pass warning | 200 | >= 200"},
	/* an interface may be called anything: the remedy is still one word of a shell */
	{"net.ipv4.conf.a';id;'b.rp_filter", "0\n", "1",
	 "fail warning | 0 | 1 | "
	 "fix sysctl -w 'net.ipv4.conf.a'\\'';id;'\\''b.rp_filter=1'"},
};

static void statuses(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/conf/default/rp_filter", "0\n");
	fixture_key(&f, "net/ipv4/tcp_available_congestion_control", "reno cubic\n");
	for (size_t i = 0; i < ARRAY_SIZE(status_cases); i++)
		expect_told(&f, &status_cases[i]);
	fixture_fini(&f);
}

/* bbr that is a module which nothing asked for yet is what choosing it would load. */
static void a_module_that_can_be_loaded_is_available(void **state)
{
	static const char yaml[] = "settings:\n  net.ipv4.tcp_congestion_control: "
				   "{first-available: [bbr, cubic]}\n";
	struct fixture f;
	_cleanup_(report_freep) struct report *before = NULL;
	_cleanup_(report_freep) struct report *after = NULL;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/tcp_available_congestion_control", "reno cubic\n");
	fixture_key(&f, "net/ipv4/tcp_congestion_control", "cubic\n");
	mem_replace(&f.host->modules_path, f.tree->path);
	tree_put(f.tree, "modules.dep", "kernel/net/ipv4/tcp_bbrx.ko:\n");
	before = fixture_audit(&f, yaml);
	assert_int_equal(before->findings[0].status, STATUS_PASS);
	tree_put(f.tree, "modules.dep", "kernel/net/ipv4/tcp_bbr.ko.xz:\n");
	after = fixture_audit(&f, yaml);
	assert_int_equal(after->findings[0].status, STATUS_FAIL);
	assert_string_equal(after->findings[0].remedy,
			    "sysctl -w 'net.ipv4.tcp_congestion_control=bbr'");
	fixture_fini(&f);
}

/* In a network namespace of its own many a key of the first one can be read, and no more. */
static void what_nobody_may_write_has_no_fix(void **state)
{
	static const struct {
		const char *path, *key, *evidence;
	} cases[] = {
		{"net/core/rmem_max", "net.core.rmem_max",
		 "can be changed only in the first network namespace, and by its root"},
		{"net/ipv4/tcp_syn_retries", "net.ipv4.tcp_syn_retries",
		 "the kernel lets nobody write to it"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f;
		_cleanup_free_ char *file = NULL;
		_cleanup_free_ char *yaml = mem_printf("settings:\n  %s: 7\n", cases[i].key);
		_cleanup_(report_freep) struct report *report = NULL;

		fixture_init(&f);
		fixture_key(&f, cases[i].path, "6\n");
		file = tree_path(f.tree, cases[i].path);
		assert_int_equal(chmod(file, 0444), 0);
		report = fixture_audit(&f, yaml);
		assert_int_equal(report->findings[0].status, STATUS_FAIL);
		assert_null(report->findings[0].remedy);
		assert_string_equal(report->findings[0].evidence[0].name, "no-fix");
		assert_string_equal(report->findings[0].evidence[0].text, cases[i].evidence);
		fixture_fini(&f);
	}
}

/* Root reads everything, so the audit runs as nobody in a child. */
static void unreadable_is_its_own_status(void **state)
{
	struct fixture f;
	_cleanup_free_ char *key = NULL;
	_cleanup_(report_freep) struct report *report = NULL;
	_cleanup_(profile_freep) struct profile *profile = NULL;
	uid_t self = geteuid();

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/core/somaxconn", "4096\n");
	key = tree_path(f.tree, "net/core/somaxconn");
	assert_int_equal(chmod(key, 0), 0);
	assert_int_equal(chmod(f.tree->path, 0755), 0);
	profile = fixture_profile(&f, "settings:\n  net.core.somaxconn: 4096\n");
	if (self == 0)
		assert_int_equal(seteuid(65534), 0);
	report = audit_run(f.host, profile, 0);
	assert_int_equal(seteuid(self), 0);
	assert_int_equal(report->findings[0].status, STATUS_UNREADABLE);
	assert_null(report->findings[0].actual);
	assert_non_null(strstr(report->findings[0].reason, "Permission denied"));
	fixture_fini(&f);
}

static void a_folder_that_cannot_be_listed_is_no_empty_one(void **state)
{
	struct fixture f;
	_cleanup_free_ char *folder = NULL;
	_cleanup_(report_freep) struct report *report = NULL;
	_cleanup_(profile_freep) struct profile *profile = NULL;
	uid_t self = geteuid();

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/conf/lo/rp_filter", "0\n");
	folder = tree_path(f.tree, "net/ipv4/conf");
	assert_int_equal(chmod(folder, 0), 0);
	assert_int_equal(chmod(f.tree->path, 0755), 0);
	profile = fixture_profile(&f, "settings:\n  net.ipv4.conf.*.rp_filter: 1\n");
	if (self == 0)
		assert_int_equal(seteuid(65534), 0);
	report = audit_run(f.host, profile, 0);
	assert_int_equal(seteuid(self), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(report->n_findings, 1);
	assert_int_equal(report->findings[0].status, STATUS_UNREADABLE);
	assert_non_null(strstr(report->findings[0].reason, "Permission denied"));
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),
		cmocka_unit_test(a_module_that_can_be_loaded_is_available),
		cmocka_unit_test(what_nobody_may_write_has_no_fix),
		cmocka_unit_test(unreadable_is_its_own_status),
		cmocka_unit_test(a_folder_that_cannot_be_listed_is_no_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
