/* tests/unit/check/test_audit.c - waivers, order, and profiles that do not apply. */
#include "tests/unit/unit.h"

#include <string.h>

#include "tests/unit/check/fixture.h"

static void waivers_hold_until_their_last_day(void **state)
{
	static const struct {
		const char *until;
		enum finding_status status;
	} cases[] = {
		{"until: 2026-06-15", STATUS_WAIVED}, /* the day of the audit itself */
		{"until: 2026-06-14", STATUS_FAIL},
		{"until: 2027-01-31", STATUS_WAIVED},
		{"owner: netops", STATUS_WAIVED}, /* no end */
	};
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/tcp_sack", "0\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *yaml =
			mem_printf("settings:\n  net.ipv4.tcp_sack: 1\n"
				   "waivers:\n  - {finding: sysctl.net.ipv4.tcp_*, "
				   "reason: CVE mitigation, %s}\n",
				   cases[i].until);
		_cleanup_(report_freep) struct report *report = fixture_audit(&f, yaml);
		const struct finding *finding = fixture_finding(report, "sysctl.net.ipv4.tcp_sack");

		assert_int_equal(finding->status, cases[i].status);
		assert_string_equal(finding->actual, "0");
		if (i == 1)
			assert_string_equal(finding->evidence[0].name, "waiver-expired");
		if (i == 2)
			assert_string_equal(finding->reason,
					    "CVE mitigation, until 2027-01-31 (fail)");
		if (i == 3)
			assert_string_equal(finding->reason, "CVE mitigation, netops (fail)");
	}
	fixture_fini(&f);
}

static void expired_waivers_are_named_together(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/tcp_sack", "0\n");
	{
		_cleanup_(report_freep) struct report *report = fixture_audit(
			&f, "settings:\n  net.ipv4.tcp_sack: 1\nwaivers:\n"
			    "  - {finding: \"sysctl.*\", reason: a, until: 2020-01-01}\n"
			    "  - {finding: \"*sack\", reason: b, until: 2021-01-01}\n");
		const struct finding *finding = &report->findings[0];

		assert_int_equal(finding->n_evidence, 1);
		assert_string_equal(finding->evidence[0].text, "2020-01-01, 2021-01-01");
	}
	fixture_fini(&f);
}

static void a_profile_that_asks_for_nothing_is_not_fine(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	{
		_cleanup_(report_freep) struct report *report = fixture_audit(&f, "");

		assert_int_equal(report_verdict(report, SEVERITY_WARNING), REPORT_INCOMPLETE);
	}
	fixture_fini(&f);
}

static void what_passes_needs_no_waiver(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/tcp_sack", "1\n");
	{
		_cleanup_(report_freep) struct report *report =
			fixture_audit(&f, "settings:\n  net.ipv4.tcp_sack: 1\n"
					  "waivers:\n  - {finding: \"*\", reason: everything}\n");

		assert_int_equal(report->findings[0].status, STATUS_PASS);
	}
	fixture_fini(&f);
}

static void a_profile_that_does_not_apply_checks_nothing(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/tcp_sack", "0\n");
	{
		_cleanup_(report_freep) struct report *report = fixture_audit(
			&f, "when: {memory: \">=1TiB\"}\nsettings:\n  net.ipv4.tcp_sack: 1\n");
		const struct finding *finding = fixture_finding(report, "profile.test");

		assert_int_equal(report->n_findings, 1);
		assert_int_equal(finding->status, STATUS_NOT_APPLICABLE);
		assert_string_equal(finding->reason, "needs memory >=1TiB, this host has 8192 MiB");
		assert_int_equal(report_verdict(report, SEVERITY_INFO), REPORT_FINE);
	}
	fixture_fini(&f);
}

/* Of processes whose namespace may not be read: the report is not whole, and says why. */
static void namespaces_that_were_not_seen(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/tcp_sack", "1\n");
	for (size_t hidden = 0; hidden < 3; hidden++) {
		char own[] = "", path[] = "/proc/self/ns/net";
		struct netns item = {.name = own, .path = path, .fd = -1};
		const struct netns_list list = {.items = &item, .count = 1, .hidden = hidden};
		const struct audit_scope scope = {.namespaces = &list};
		_cleanup_(profile_freep) struct profile *profile =
			fixture_profile(&f, "settings:\n  net.ipv4.tcp_sack: 1\n");
		_cleanup_(report_freep) struct report *report =
			audit_host(f.host, profile, &scope, 0);

		assert_int_equal(report->n_findings, hidden ? 2 : 1);
		assert_int_equal(report_verdict(report, SEVERITY_WARNING),
				 hidden ? REPORT_INCOMPLETE : REPORT_FINE);
		if (!hidden)
			continue;
		assert_int_equal(fixture_finding(report, "netns.enter")->status, STATUS_UNREADABLE);
		assert_true(strstr(fixture_finding(report, "netns.enter")->reason,
				   hidden == 1 ? "1 process may" : "2 processes may"));
	}
	fixture_fini(&f);
}

static void urgent_first_then_by_name(void **state)
{
	static const char *const order[] = {
		"sysctl.net.ipv4.d",       "sysctl.net.ipv4.b", "sysctl.net.ipv4.c",
		"sysctl.net.ipv4.missing", "sysctl.net.ipv4.a",
	};
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/ipv4/a", "1\n");
	fixture_key(&f, "net/ipv4/b", "0\n");
	fixture_key(&f, "net/ipv4/c", "0\n");
	fixture_key(&f, "net/ipv4/d", "0\n");
	{
		_cleanup_(report_freep) struct report *report =
			fixture_audit(&f, "settings:\n  net.ipv4.missing: 1\n  net.ipv4.c: 1\n"
					  "  net.ipv4.b: 1\n  net.ipv4.a: 1\n"
					  "  net.ipv4.d: {equals: 1, severity: critical}\n");

		assert_int_equal(report->n_findings, ARRAY_SIZE(order));
		for (size_t i = 0; i < ARRAY_SIZE(order); i++)
			assert_string_equal(report->findings[i].id, order[i]);
		assert_int_equal(report_verdict(report, SEVERITY_WARNING), REPORT_FINDINGS);
		assert_null(audit_find_unmatched(report, "net.ipv4.b,sysctl.*"));
		{
			_cleanup_free_ char *unmatched =
				audit_find_unmatched(report, "net.ipv4.b,net.ipv4.bb,net.ipv4.cc");

			assert_string_equal(unmatched, "net.ipv4.bb");
		}
		audit_keep_only(report, "net.ipv4.a,sysctl.net.ipv4.m*");
		assert_int_equal(report->n_findings, 2);
		assert_int_equal(report->left_out, 3);
		assert_int_equal(report_verdict(report, SEVERITY_WARNING), REPORT_INCOMPLETE);
		assert_int_equal(report_verdict(report, SEVERITY_CRITICAL), REPORT_FINE);
	}
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waivers_hold_until_their_last_day),
		cmocka_unit_test(expired_waivers_are_named_together),
		cmocka_unit_test(a_profile_that_asks_for_nothing_is_not_fine),
		cmocka_unit_test(what_passes_needs_no_waiver),
		cmocka_unit_test(a_profile_that_does_not_apply_checks_nothing),
		cmocka_unit_test(namespaces_that_were_not_seen),
		cmocka_unit_test(urgent_first_then_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
