/* tests/unit/model/test_report_json.c - whole texts out, whole reports back, bad input refused. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "model/report_json.h"

static struct report *rich_report(void)
{
	struct report *report = report_new();
	struct finding *finding;

	report->generator = mem_strdup("fettle 0.1.0");
	report->host = mem_strdup("db1");
	report->kernel = mem_strdup("6.1.0");
	report->profile.name = mem_strdup("server");
	report->profile.file = mem_strdup("/etc/fettle/profiles/server.yaml");
	report->profile.digest = mem_strdup("00ff");
	finding = report_add(report);
	finding->id = mem_strdup("sysctl.net.core.somaxconn");
	finding->subject = mem_strdup("net.core.somaxconn");
	finding->status = STATUS_FAIL;
	finding->severity = SEVERITY_CRITICAL;
	finding->expected = mem_strdup(">= 4096");
	finding->actual = mem_strdup("128\xff");
	finding->why = mem_strdup("first\nsecond \xc3\xa9");
	finding->source = mem_strdup("listen(2)");
	finding->remedy = mem_strdup("sysctl -w net.core.somaxconn=4096");
	finding->origin = (struct origin){mem_strdup("server.yaml"), 14};
	finding->netns = mem_strdup("blue");
	finding->owner.pid = 1234;
	finding->owner.comm = mem_strdup("nginx");
	finding->owner.unit = mem_strdup("nginx.service");
	finding->reboot.verdict = mem_strdup("overridden");
	finding->reboot.value = mem_strdup("128");
	finding->reboot.reason = mem_strdup("that is all");
	finding->reboot.origin = (struct origin){mem_strdup("/etc/sysctl.d/9.conf"), 3};
	finding_add_evidence(finding, "zeta", "1");
	finding_add_evidence(finding, "alpha", "2");
	finding = report_add(report);
	finding->id = mem_strdup("sysctl.a");
	finding->subject = mem_strdup("a");
	finding->status = STATUS_UNREADABLE;
	finding->severity = SEVERITY_INFO;
	finding->reason = mem_strdup("Permission denied");
	return report;
}

static char *dump(const struct report *report)
{
	json_t *json = report_to_json(report);
	char *text = json_dumps(json, JSON_INDENT(1));

	json_decref(json);
	assert_non_null(text);
	return text;
}

static const char rich_text[] = "{\n"
				" \"schema\": \"fettle-report/1\",\n"
				" \"generator\": \"fettle 0.1.0\",\n"
				" \"host\": \"db1\",\n"
				" \"kernel\": \"6.1.0\",\n"
				" \"profile\": {\n"
				"  \"name\": \"server\",\n"
				"  \"file\": \"/etc/fettle/profiles/server.yaml\",\n"
				"  \"digest\": \"00ff\"\n"
				" },\n"
				" \"findings\": [\n"
				"  {\n"
				"   \"id\": \"sysctl.net.core.somaxconn\",\n"
				"   \"subject\": \"net.core.somaxconn\",\n"
				"   \"status\": \"fail\",\n"
				"   \"severity\": \"critical\",\n"
				"   \"expected\": \">= 4096\",\n"
				"   \"actual\": \"128\\\\xff\",\n"
				"   \"why\": \"first\\nsecond \xc3\xa9\",\n"
				"   \"source\": \"listen(2)\",\n"
				"   \"remedy\": \"sysctl -w net.core.somaxconn=4096\",\n"
				"   \"netns\": \"blue\",\n"
				"   \"origin\": {\n"
				"    \"file\": \"server.yaml\",\n"
				"    \"line\": 14\n"
				"   },\n"
				"   \"owner\": {\n"
				"    \"pid\": 1234,\n"
				"    \"comm\": \"nginx\",\n"
				"    \"unit\": \"nginx.service\"\n"
				"   },\n"
				"   \"reboot\": {\n"
				"    \"verdict\": \"overridden\",\n"
				"    \"value\": \"128\",\n"
				"    \"reason\": \"that is all\",\n"
				"    \"origin\": {\n"
				"     \"file\": \"/etc/sysctl.d/9.conf\",\n"
				"     \"line\": 3\n"
				"    }\n"
				"   },\n"
				"   \"evidence\": {\n"
				"    \"zeta\": \"1\",\n"
				"    \"alpha\": \"2\"\n"
				"   }\n"
				"  },\n"
				"  {\n"
				"   \"id\": \"sysctl.a\",\n"
				"   \"subject\": \"a\",\n"
				"   \"status\": \"unreadable\",\n"
				"   \"severity\": \"info\",\n"
				"   \"reason\": \"Permission denied\"\n"
				"  }\n"
				" ],\n"
				" \"coverage\": {\n"
				"  \"total\": 2,\n"
				"  \"pass\": 0,\n"
				"  \"fail\": 1,\n"
				"  \"absent\": 0,\n"
				"  \"unreadable\": 1,\n"
				"  \"unsupported\": 0,\n"
				"  \"not-applicable\": 0,\n"
				"  \"unknown\": 0,\n"
				"  \"waived\": 0\n"
				" }\n"
				"}";

static void a_report_as_text(void **state)
{
	_cleanup_(report_freep) struct report *report = rich_report();
	_cleanup_free_ char *text = dump(report);

	(void)state;
	assert_string_equal(text, rich_text);
}

static void and_back(void **state)
{
	_cleanup_(report_freep) struct report *back = NULL;
	_cleanup_free_ char *text = NULL;
	struct err err = {0};
	json_t *json = json_loads(rich_text, 0, NULL);

	(void)state;
	assert_int_equal(report_from_json(json, &back, &err), 0);
	json_decref(json);
	text = dump(back);
	assert_string_equal(text, rich_text);
}

static void an_empty_report_goes_round(void **state)
{
	_cleanup_(report_freep) struct report *empty = report_new(), *back = NULL;
	_cleanup_free_ char *text = dump(empty), *again = NULL;
	struct err err = {0};
	json_t *json = json_loads(text, 0, NULL);

	(void)state;
	assert_int_equal(report_from_json(json, &back, &err), 0);
	json_decref(json);
	again = dump(back);
	assert_string_equal(again, text);
}

/* Every byte a kernel value may hold, alone: none may lose the report. */
static void any_byte_survives(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		_cleanup_(report_freep) struct report *report = report_new(), *back = NULL;
		struct finding *finding = report_add(report);
		char text[2] = {(char)byte, '\0'};
		_cleanup_free_ char *shown = str_printable(text);
		struct err err = {0};
		json_t *json;

		finding->id = mem_strdup("x");
		finding->subject = mem_strdup("x");
		finding->actual = mem_strdup(text);
		json = report_to_json(report);
		assert_int_equal(report_from_json(json, &back, &err), 0);
		json_decref(json);
		assert_string_equal(back->findings[0].actual, byte < 0x80 ? text : shown);
	}
}

#define HEAD "{\"schema\":\"fettle-report/1\",\"profile\":{},\"findings\":["
#define GOOD "\"id\":\"x\",\"subject\":\"x\",\"status\":\"fail\",\"severity\":\"info\""

static void bad_reports_are_refused(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
		{"[]", "report: not an object"},
		{"{}", "report: schema is missing or not a string"},
		{"{\"schema\":1}", "report: schema is missing or not a string"},
		{"{\"schema\":\"fettle-report/2\"}",
		 "report: schema is 'fettle-report/2', expected 'fettle-report/1'"},
		{"{\"schema\":\"fettle-report/1\"}", "report: profile is missing or not an object"},
		{"{\"schema\":\"fettle-report/1\",\"profile\":{},\"findings\":{}}",
		 "report: findings is missing or not an array"},
		{"{\"schema\":\"fettle-report/1\",\"profile\":{\"name\":1},\"findings\":[]}",
		 "report: profile.name is not a string"},
		{"{\"schema\":\"fettle-report/1\",\"host\":null,\"profile\":{},\"findings\":[]}",
		 "report: host is not a string"},
		{HEAD "7]}", "report: findings[0] is not an object"},
		{HEAD "{\"status\":\"fail\",\"severity\":\"info\"}]}",
		 "report: findings[0].id is missing"},
		{HEAD "{\"id\":\"x\",\"status\":\"fail\",\"severity\":\"info\"}]}",
		 "report: findings[0].subject is missing"},
		{HEAD "{\"id\":\"x\",\"subject\":\"x\",\"severity\":\"info\"}]}",
		 "report: findings[0].status is missing"},
		{HEAD
		 "{\"id\":\"x\",\"subject\":\"x\",\"status\":\"fine\",\"severity\":\"info\"}]}",
		 "report: findings[0].status is 'fine', which is not known here"},
		{HEAD "{\"id\":\"x\",\"subject\":\"x\",\"status\":\"fail\",\"severity\":\"bad\"}]}",
		 "report: findings[0].severity is 'bad', which is not known here"},
		{HEAD "{" GOOD "},{" GOOD ",\"why\":[]}]}",
		 "report: findings[1].why is not a string"},
		{HEAD "{" GOOD ",\"why\":\"a\\u0000b\"}]}",
		 "report: findings[0].why holds a NUL character"},
		{HEAD "{" GOOD ",\"origin\":3}]}", "report: findings[0].origin is not an object"},
		{HEAD "{" GOOD ",\"origin\":{\"line\":-1}}]}",
		 "report: findings[0].origin.line is not a line number"},
		{HEAD "{" GOOD ",\"origin\":{\"line\":4294967296}}]}",
		 "report: findings[0].origin.line is not a line number"},
		{HEAD "{" GOOD ",\"owner\":7}]}", "report: findings[0].owner is not an object"},
		{HEAD "{" GOOD ",\"owner\":{}}]}", "report: findings[0].owner.pid is missing"},
		{HEAD "{" GOOD ",\"owner\":{\"pid\":0}}]}",
		 "report: findings[0].owner.pid is not a process number"},
		{HEAD "{" GOOD ",\"reboot\":[]}]}", "report: findings[0].reboot is not an object"},
		{HEAD "{" GOOD ",\"reboot\":{}}]}",
		 "report: findings[0].reboot.verdict is missing"},
		{HEAD "{" GOOD ",\"reboot\":{\"verdict\":\"kept\",\"origin\":{\"line\":-1}}}]}",
		 "report: findings[0].reboot.origin.line is not a line number"},
		{HEAD "{" GOOD ",\"evidence\":[]}]}",
		 "report: findings[0].evidence is not an object"},
		{HEAD "{" GOOD ",\"evidence\":{\"a\":1}}]}",
		 "report: findings[0].evidence is not a string"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct report *report = NULL;
		struct err err = {0};
		json_t *json = json_loads(cases[i].json, JSON_ALLOW_NUL, NULL);

		assert_non_null(json);
		assert_int_equal(report_from_json(json, &report, &err), -EPROTO);
		json_decref(json);
		assert_null(report);
		assert_string_equal(err.text, cases[i].text);
	}
}

static void unknown_members_are_ignored(void **state)
{
	_cleanup_(report_freep) struct report *report = NULL;
	struct err err = {0};
	json_t *json = json_loads(HEAD "{" GOOD ",\"new\":1}],\"newer\":{}}", 0, NULL);

	(void)state;
	assert_int_equal(report_from_json(json, &report, &err), 0);
	json_decref(json);
	assert_int_equal(report->n_findings, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_as_text),
		cmocka_unit_test(and_back),
		cmocka_unit_test(an_empty_report_goes_round),
		cmocka_unit_test(any_byte_survives),
		cmocka_unit_test(bad_reports_are_refused),
		cmocka_unit_test(unknown_members_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
