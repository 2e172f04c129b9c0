/* tests/unit/render/test_render.c - reports: whole outputs against tests/unit/render/golden/. */
#include "tests/unit/unit.h"

#include <locale.h>
#include <string.h>

#include "base/str.h"
#include "render/render.h"
#include "render/term.h"
#include "tests/unit/render/fixture.h"
#include "tests/unit/render/golden.h"

static const struct golden {
	const char *file, *format, *locale;
	struct render_options options;
} goldens[] = {
	{"table-40.txt", "table", "C.UTF-8", {.width = 40}},
	{"table-80.txt", "table", "C.UTF-8", {.width = 80}},
	{"table-120.txt", "table", "C.UTF-8", {.width = 120}},
	{"table-120-verbose.txt", "table", "C.UTF-8", {.width = 120, .verbose = true}},
	{"table-80-color.txt", "table", "C.UTF-8", {.width = 80, .color = true}},
	{"table-40-color.txt", "table", "C.UTF-8", {.width = 40, .color = true}},
	{"table-unlimited.txt", "table", "C.UTF-8", {.width = 0}},
	{"table-80-ascii.txt", "table", "C", {.width = 80}},
	{"report.json", "json", "C.UTF-8", {.width = 80, .color = true}},
	{"report.xml", "junit", "C.UTF-8", {.width = 80, .color = true}},
	{"report-critical.xml", "junit", "C.UTF-8", {.fail_on = SEVERITY_CRITICAL}},
};

static const struct {
	const char *file;
	enum finding_status statuses[2];
	size_t count;
} small[] = {
	{"small-well.txt", {STATUS_PASS, STATUS_NOT_APPLICABLE}, 2},
	{"small-waived.txt", {STATUS_PASS, STATUS_WAIVED}, 2},
	{"small-unchecked.txt", {STATUS_PASS, STATUS_ABSENT}, 2},
	{"small-not-applicable.txt", {STATUS_NOT_APPLICABLE}, 1},
	{"small-empty.txt", {STATUS_PASS}, 0},
};

static char *rendered(const struct report *report, const char *format,
		      const struct render_options *options)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	render_find(format)->render(report, options, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void everything_in_every_format(void **state)
{
	_cleanup_(report_freep) struct report *report = fixture_rich();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
		_cleanup_free_ char *text = NULL;

		assert_non_null(setlocale(LC_CTYPE, goldens[i].locale));
		text = rendered(report, goldens[i].format, &goldens[i].options);
		assert_golden(goldens[i].file, text);
	}
}

static void small_reports_say_what_they_come_to(void **state)
{
	const struct render_options options = {.width = 80};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(small); i++) {
		_cleanup_(report_freep) struct report *report =
			fixture_of(small[i].statuses, small[i].count);
		_cleanup_free_ char *text = rendered(report, "table", &options);

		assert_golden(small[i].file, text);
	}
}

/* A file's name alone, or with what is next to it without a blank. */
static bool is_path(const char *line)
{
	return !strchr(line, ' ') && strchr(line, '/');
}

/* Whatever the width: no line is wider, but for a command or a file's name to copy. */
static void every_width_is_kept(void **state)
{
	_cleanup_(report_freep) struct report *report = fixture_rich();

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (unsigned width = 1; width < 200; width++) {
		const struct render_options options = {.width = width, .verbose = true};
		_cleanup_free_ char *text = rendered(report, "table", &options);
		char *rest = text;

		for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
			size_t indent = strspn(line, " ");

			/* an indented line has one column of text at least */
			if (!str_starts(line + indent, "fix: sysctl -w ") &&
			    !is_path(line + indent) && term_width(line) > width &&
			    term_width(line) > indent + 1)
				fail_msg("at width %u: %s", width, line);
		}
	}
}

static void no_byte_reaches_the_terminal_raw(void **state)
{
	const struct render_options options = {.width = 80, .verbose = true};

	(void)state;
	for (size_t i = 0; renderers[i].name; i++) {
		_cleanup_(report_freep) struct report *report = fixture_rich();
		_cleanup_free_ char *all = mem_alloc(256), *text = NULL;

		for (int byte = 1; byte < 256; byte++)
			all[byte - 1] = (char)byte;
		mem_replace(&report->findings[0].subject, all);
		mem_replace(&report->findings[0].why, all);
		mem_replace(&report->findings[0].remedy, all);
		mem_replace(&report->host, all);
		text = rendered(report, renderers[i].name, &options);
		assert_true(str_is_utf8(text, strlen(text)));
		for (const char *p = text; *p; p++)
			assert_true((*p >= ' ' || *p == '\n' || *p < 0) && *p != 0x7f);
	}
}

/* Feeds XML to a parser that is not ours, and compares what it made of it. */
static void a_real_parser_reads_the_xml(void **state)
{
	static const char script[] =
		"import sys, xml.etree.ElementTree as E\n"
		"root = E.fromstring(sys.stdin.buffer.read())\n"
		"suite = root.find('testsuite')\n"
		"print(root.tag, root.get('tests'), root.get('failures'), root.get('errors'),"
		" root.get('skipped'))\n"
		"cases = suite.findall('testcase')\n"
		"print(len(cases), len(suite.findall('testcase/failure')),"
		" len(suite.findall('testcase/error')), len(suite.findall('testcase/skipped')))\n"
		"print(ascii(cases[0].get('name')), ascii(cases[0].find('failure').text))\n";
	static const char want[] =
		"testsuites 13 5 4 2\n13 5 4 2\n"
		"'\\t\\n\\r\\\\x01<&>\"\\'\\\\xff\\ufffd]]>' \"after a boot: the kernel's default "
		"(no file sets it)\\nsource: RFC 3704, 2.2; kernel "
		"Documentation/networking/ip-sysctl.rst\\norigin: profiles/server.yaml:31\\n"
		"fix: sysctl -w 'net.ipv4.conf.eth0.rp_filter=2'\\n\"\n";
	_cleanup_(report_freep) struct report *report = fixture_rich();
	_cleanup_free_ char *text = NULL, *got = NULL;

	(void)state;
	mem_replace(&report->findings[0].subject, "\t\n\r\x01<&>\"'\xff\xef\xbf\xbf]]>");
	mem_replace(&report->findings[0].why, NULL);
	text = rendered(report, "junit", &(struct render_options){0});
	got = python_says(script, text, strlen(text));
	assert_string_equal(got, want);
}

static void found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(render_find("table"), &renderers[0]);
	assert_null(render_find("html5"));
	assert_null(render_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_in_every_format),
		cmocka_unit_test(small_reports_say_what_they_come_to),
		cmocka_unit_test(every_width_is_kept),
		cmocka_unit_test(no_byte_reaches_the_terminal_raw),
		cmocka_unit_test(a_real_parser_reads_the_xml),
		cmocka_unit_test(found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
