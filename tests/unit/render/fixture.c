/* tests/unit/render/fixture.c - see fixture.h. */
#include "tests/unit/render/fixture.h"

#include <string.h>

#include "base/str.h"

static const struct {
	enum finding_status status;
	enum severity severity;
	const char *id, *expected, *actual, *why, *source, *reason, *remedy;
	unsigned line;
	const char *evidence[2];
} rows[] = {
	{STATUS_FAIL,
	 SEVERITY_CRITICAL,
	 "sysctl.net.ipv4.conf.eth0.rp_filter",
	 "one of 1, 2",
	 "0",
	 "Without it a host answers packets whose source address could never be reached through "
	 "the "
	 "interface they came in by: spoofed ones.",
	 "RFC 3704, 2.2; kernel Documentation/networking/ip-sysctl.rst",
	 NULL,
	 "sysctl -w 'net.ipv4.conf.eth0.rp_filter=2'",
	 31,
	 {NULL, NULL}},
	{STATUS_FAIL,
	 SEVERITY_WARNING,
	 "sysctl.net.core.somaxconn",
	 ">= 4096",
	 "128",
	 "The backlog of every listening socket is silently cut to this.",
	 "listen(2)",
	 NULL,
	 "sysctl -w 'net.core.somaxconn=4096'",
	 14,
	 {NULL, NULL}},
	{STATUS_FAIL,
	 SEVERITY_WARNING,
	 "sysctl.net.ipv4.tcp_rmem",
	 "- / <= 1MiB / >= 2 x bdp(10Gbit, 80ms)",
	 "4096 131072 6291456",
	 "The maximum bounds the receive window, and so what one connection can carry.",
	 "tcp(7)",
	 NULL,
	 "sysctl -w 'net.ipv4.tcp_rmem=4096 131072 200000000'",
	 20,
	 {"expected-here", "- / <= 1048576 / >= 200000000"}},
	{STATUS_FAIL,
	 SEVERITY_INFO,
	 "sysctl.net.ipv4.tcp_congestion_control",
	 "first available of bbr, cubic",
	 "reno\x1b[31m\xff \xe2\x80\xa8",
	 "Two\nlines & <tags> \"'\x01.",
	 NULL,
	 NULL,
	 NULL,
	 0,
	 {"available", "reno cubic"}},
	{STATUS_FAIL,
	 SEVERITY_WARNING,
	 "socket.accept-queue-full",
	 "fewer than 128 connections that wait",
	 "129 of 128",
	 "A connection that finds the queue full is dropped, and the client tries again a second "
	 "later.",
	 "listen(2)",
	 NULL,
	 "make the application accept faster, or ask for a larger backlog in listen(2); "
	 "net.core.somaxconn must allow it",
	 0,
	 {"listener", "*:80"}},
	{STATUS_UNREADABLE,
	 SEVERITY_WARNING,
	 "sysctl.net.core.bpf_jit_harden",
	 "2",
	 NULL,
	 "Spectre.",
	 NULL,
	 "cannot read net.core.bpf_jit_harden: Permission denied",
	 NULL,
	 40,
	 {NULL, NULL}},
	{STATUS_UNKNOWN,
	 SEVERITY_INFO,
	 "sysctl.net.ipv4.tcp_wmem",
	 "fields",
	 "4096",
	 NULL,
	 NULL,
	 "1 field, expected at least 3",
	 NULL,
	 44,
	 {NULL, NULL}},
	{STATUS_ABSENT,
	 SEVERITY_WARNING,
	 "sysctl.net.netfilter.nf_conntrack_max",
	 ">= 262144",
	 NULL,
	 NULL,
	 NULL,
	 "comes with the module nf_conntrack, which is not loaded",
	 NULL,
	 50,
	 {NULL, NULL}},
	{STATUS_UNSUPPORTED,
	 SEVERITY_WARNING,
	 "sockets.http-listeners",
	 "backlog >= 4096",
	 NULL,
	 NULL,
	 NULL,
	 "this version of fettle does not check sockets",
	 NULL,
	 60,
	 {NULL, NULL}},
	{STATUS_WAIVED,
	 SEVERITY_CRITICAL,
	 "sysctl.net.ipv4.tcp_sack",
	 "1",
	 "0",
	 "Loss recovery without it takes a round trip a segment.",
	 "RFC 2018",
	 "CVE mitigation on this fleet, netops, until 2027-01-31 (fail)",
	 "sysctl -w 'net.ipv4.tcp_sack=1'",
	 70,
	 {NULL, NULL}},
	{STATUS_NOT_APPLICABLE,
	 SEVERITY_WARNING,
	 "sysctl.net.ipv4.tcp_plb_enabled",
	 "1",
	 NULL,
	 NULL,
	 NULL,
	 "needs kernel >=6.2, this is 6.1.0",
	 NULL,
	 80,
	 {NULL, NULL}},
	{STATUS_PASS,
	 SEVERITY_WARNING,
	 "sysctl.net.core.rmem_max",
	 ">= 64MiB",
	 "67108864",
	 "SO_RCVBUF is silently cut to this.",
	 "socket(7)",
	 NULL,
	 NULL,
	 90,
	 {NULL, NULL}},
	{STATUS_PASS,
	 SEVERITY_INFO,
	 "sysctl.net.ipv4.tcp_timestamps",
	 "1",
	 "1",
	 NULL,
	 NULL,
	 NULL,
	 NULL,
	 0,
	 {NULL, NULL}},
};

static struct report *new_report(void)
{
	struct report *report = report_new();

	report->generator = mem_strdup("fettle 0.1.0");
	report->host = mem_strdup("db1");
	report->kernel = mem_strdup("6.1.0-18-amd64");
	report->profile.name = mem_strdup("server");
	report->profile.file = mem_strdup("/usr/share/fettle/profiles/server.yaml");
	report->profile.summary = mem_strdup("What any server on a network wants");
	report->profile.digest = mem_strdup("d1f0");
	return report;
}

/* What a boot would make of the two that are looked at first. */
static void add_reboot(struct finding *finding)
{
	if (strcmp(finding->subject, "net.core.somaxconn") == 0) {
		finding->reboot.verdict = mem_strdup("overridden");
		finding->reboot.value = mem_strdup("1024");
		finding->reboot.reason = mem_strdup("the kernel sets it along with another");
		finding->reboot.origin.file = mem_strdup("/etc/sysctl.d/90-local.conf");
		finding->reboot.origin.line = 7;
	} else if (strcmp(finding->subject, "net.ipv4.conf.eth0.rp_filter") == 0) {
		finding->reboot.verdict = mem_strdup("default");
		finding->reboot.reason = mem_strdup("no file sets it");
	}
}

static void add_owner(struct finding *finding)
{
	if (!str_starts(finding->id, "socket."))
		return;
	finding->owner.pid = 1234;
	finding->owner.comm = mem_strdup("ngi\x1bnx");
	finding->owner.unit = mem_strdup("nginx.service");
	finding->owner.container = mem_strdup("docker:0123456789ab");
	finding->netns = mem_strdup("blue");
}

struct report *fixture_rich(void)
{
	struct report *report = new_report();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct finding *finding = report_add(report);
		const char *dot = rows[i].id;

		while (*dot++ != '.')
			;
		finding->id = mem_strdup(rows[i].id);
		finding->subject = mem_strdup(dot);
		finding->status = rows[i].status;
		finding->severity = rows[i].severity;
		finding->expected = mem_strdup(rows[i].expected);
		finding->actual = mem_strdup(rows[i].actual);
		finding->why = mem_strdup(rows[i].why);
		finding->source = mem_strdup(rows[i].source);
		finding->reason = mem_strdup(rows[i].reason);
		finding->remedy = mem_strdup(rows[i].remedy);
		if (rows[i].line) {
			finding->origin.file = mem_strdup("profiles/server.yaml");
			finding->origin.line = rows[i].line;
		}
		if (rows[i].evidence[0])
			finding_add_evidence(finding, rows[i].evidence[0], rows[i].evidence[1]);
		add_reboot(finding);
		add_owner(finding);
	}
	report_sort(report);
	return report;
}

struct report *fixture_of(const enum finding_status *statuses, size_t count)
{
	struct report *report = new_report();

	for (size_t i = 0; i < 2 * count; i++) {
		struct finding *finding = report_add(report);

		finding->id = mem_printf("sysctl.key%zu", i);
		finding->subject = mem_printf("key%zu", i);
		finding->status = statuses[i / 2];
		finding->severity = SEVERITY_WARNING;
		finding->reason = mem_strdup("a reason");
	}
	return report;
}
