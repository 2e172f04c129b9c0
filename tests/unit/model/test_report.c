/* tests/unit/model/test_report.c - order, coverage, verdict, and the names of statuses. */
#include "tests/unit/unit.h"

#include <string.h>

#include "model/report.h"

static void add(struct report *report, const char *id, enum finding_status status,
		enum severity severity)
{
	struct finding *finding = report_add(report);

	finding->id = mem_strdup(id);
	finding->status = status;
	finding->severity = severity;
}

static void what_a_reader_must_see_comes_first(void **state)
{
	static const char *const order[] = {"f-crit",     "f-warn-a", "f-warn-b", "f-info",
					    "unreadable", "unknown",  "absent",   "unsup",
					    "waived",     "n-a",      "pass"};
	_cleanup_(report_freep) struct report *report = report_new();

	(void)state;
	report_sort(report); /* empty: nothing to do, nothing to trip over */
	add(report, "pass", STATUS_PASS, SEVERITY_CRITICAL);
	add(report, "f-info", STATUS_FAIL, SEVERITY_INFO);
	add(report, "n-a", STATUS_NOT_APPLICABLE, SEVERITY_INFO);
	add(report, "f-warn-b", STATUS_FAIL, SEVERITY_WARNING);
	add(report, "absent", STATUS_ABSENT, SEVERITY_CRITICAL);
	add(report, "f-warn-a", STATUS_FAIL, SEVERITY_WARNING);
	add(report, "waived", STATUS_WAIVED, SEVERITY_CRITICAL);
	add(report, "unknown", STATUS_UNKNOWN, SEVERITY_INFO);
	add(report, "unsup", STATUS_UNSUPPORTED, SEVERITY_INFO);
	add(report, "unreadable", STATUS_UNREADABLE, SEVERITY_INFO);
	add(report, "f-crit", STATUS_FAIL, SEVERITY_CRITICAL);
	report_sort(report);
	assert_int_equal(report->n_findings, ARRAY_SIZE(order));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		assert_string_equal(report->findings[i].id, order[i]);
}

/* As of two processes of one name: nothing that is sorted by tells them apart. */
static void those_alike_stay_in_their_order(void **state)
{
	enum {
		COUNT = 1000
	};
	_cleanup_(report_freep) struct report *report = report_new();

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		add(report, i % 2 ? "a" : "b", STATUS_FAIL, SEVERITY_WARNING);
		report->findings[i].subject = mem_strdup("open files");
		report->findings[i].origin.line = i;
	}
	report_sort(report);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(report->findings[i].origin.line,
				 i < COUNT / 2 ? 2 * i + 1 : 2 * i - COUNT);
}

static void coverage_counts_every_status(void **state)
{
	_cleanup_(report_freep) struct report *report = report_new();
	struct coverage coverage;

	(void)state;
	for (int status = 0; status < STATUS_COUNT; status++) {
		for (int i = 0; i <= status; i++)
			add(report, "x", (enum finding_status)status, SEVERITY_INFO);
	}
	coverage = report_coverage(report);
	assert_int_equal(coverage.total, STATUS_COUNT * (STATUS_COUNT + 1) / 2);
	for (int status = 0; status < STATUS_COUNT; status++)
		assert_int_equal(coverage.by_status[status], status + 1);
}

static void verdict_of_one_finding(void **state)
{
	static const enum report_verdict verdicts[STATUS_COUNT] = {
		[STATUS_PASS] = REPORT_FINE,
		[STATUS_FAIL] = REPORT_FINDINGS,
		[STATUS_ABSENT] = REPORT_INCOMPLETE,
		[STATUS_UNREADABLE] = REPORT_INCOMPLETE,
		[STATUS_UNSUPPORTED] = REPORT_INCOMPLETE,
		[STATUS_NOT_APPLICABLE] = REPORT_FINE,
		[STATUS_UNKNOWN] = REPORT_INCOMPLETE,
		[STATUS_WAIVED] = REPORT_FINE,
	};

	(void)state;
	for (int status = 0; status < STATUS_COUNT; status++) {
		for (int severity = 0; severity < SEVERITY_COUNT; severity++) {
			for (int fail_on = 0; fail_on < SEVERITY_COUNT; fail_on++) {
				_cleanup_(report_freep) struct report *report = report_new();

				add(report, "x", (enum finding_status)status,
				    (enum severity)severity);
				assert_int_equal(report_verdict(report, (enum severity)fail_on),
						 severity < fail_on ? REPORT_FINE
								    : verdicts[status]);
			}
		}
	}
}

static void a_failure_outweighs_what_is_missing(void **state)
{
	_cleanup_(report_freep) struct report *report = report_new();

	(void)state;
	assert_int_equal(report_verdict(report, SEVERITY_INFO), REPORT_INCOMPLETE);
	add(report, "x", STATUS_UNREADABLE, SEVERITY_WARNING);
	assert_int_equal(report_verdict(report, SEVERITY_WARNING), REPORT_INCOMPLETE);
	add(report, "y", STATUS_FAIL, SEVERITY_INFO);
	assert_int_equal(report_verdict(report, SEVERITY_WARNING), REPORT_INCOMPLETE);
	add(report, "z", STATUS_FAIL, SEVERITY_WARNING);
	assert_int_equal(report_verdict(report, SEVERITY_WARNING), REPORT_FINDINGS);
}

static void names_go_both_ways(void **state)
{
	(void)state;
	for (int i = 0; i < STATUS_COUNT; i++)
		assert_int_equal(
			finding_status_by_name(finding_status_name((enum finding_status)i)), i);
	for (int i = 0; i < SEVERITY_COUNT; i++)
		assert_int_equal(severity_by_name(severity_name((enum severity)i)), i);
	assert_int_equal(finding_status_by_name("Pass"), STATUS_COUNT);
	assert_int_equal(finding_status_by_name(""), STATUS_COUNT);
	assert_int_equal(severity_by_name("fatal"), SEVERITY_COUNT);
	assert_string_equal(finding_status_name(STATUS_NOT_APPLICABLE), "not-applicable");
}

/* Each verdict is a phrase about what the key will hold, with and without a line that says so. */
static void a_boot_is_told_in_words(void **state)
{
	static char file[] = "/etc/sysctl.d/x.conf", value[] = "300", why[] = "why";
	static const struct {
		const char *verdict;
		char *value, *reason;
		const char *text;
	} cases[] = {
		{"kept", value, NULL, "300 (/etc/sysctl.d/x.conf:7), which meets the profile"},
		{"kept", NULL, why, "a value that meets the profile: why"},
		{"overridden", value, why,
		 "300 (/etc/sysctl.d/x.conf:7), which does not meet the profile: why"},
		{"set", value, NULL, "300 (/etc/sysctl.d/x.conf:7)"},
		{"default", NULL, why, "the kernel's default (why)"},
		{"too-early", value, why,
		 "the default, as 300 (/etc/sysctl.d/x.conf:7) comes too early: why"},
		{"tuner", value, why,
		 "not 300 (/etc/sysctl.d/x.conf:7), but what another program sets: why"},
		{"tuner", NULL, why, "what another program sets: why"},
		{"unknown", value, why, "not known; a line says 300 (/etc/sysctl.d/x.conf:7): why"},
		{"unknown", NULL, why, "not known: why"},
		{"of a later version", NULL, why, "not known: why"},
	};
	struct finding finding = {0};

	(void)state;
	assert_null(finding_reboot_text(&finding));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *verdict = mem_strdup(cases[i].verdict), *text = NULL;

		finding.reboot.verdict = verdict;
		finding.reboot.value = cases[i].value;
		finding.reboot.reason = cases[i].reason;
		finding.reboot.origin.file = cases[i].value ? file : NULL;
		finding.reboot.origin.line = 7;
		text = finding_reboot_text(&finding);
		assert_string_equal(text, cases[i].text);
	}
}

static void ids_that_are_no_keys_must_be_told(void **state)
{
	static char key[] = "net.core.somaxconn", id[] = "sysctl.net.core.somaxconn",
		    rule[] = "socket.accept-queue-full", subject[] = "accept queue full";
	const struct finding of_key = {.id = id, .subject = key},
			     of_rule = {.id = rule, .subject = subject};

	(void)state;
	assert_false(finding_has_own_id(&of_key));
	assert_true(finding_remedy_is_command(&of_key));
	assert_true(finding_has_own_id(&of_rule));
	assert_false(finding_remedy_is_command(&of_rule));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_reader_must_see_comes_first),
		cmocka_unit_test(those_alike_stay_in_their_order),
		cmocka_unit_test(coverage_counts_every_status),
		cmocka_unit_test(verdict_of_one_finding),
		cmocka_unit_test(a_failure_outweighs_what_is_missing),
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(a_boot_is_told_in_words),
		cmocka_unit_test(ids_that_are_no_keys_must_be_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
