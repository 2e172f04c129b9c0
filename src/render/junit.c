/* render/junit.c - a report as JUnit XML, which continuous integration shows as test results.
 *
 * A finding is a test case: a fail is its failure, what could not be checked its error, what is
 * waived or does not apply is skipped. So is what is below the severity that counts: the document
 * fails when the exit status does, and still tells it. */
#include "render/render.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* The element inside the test case; NULL where it passed. */
static const char *const outcomes[STATUS_COUNT] = {
	[STATUS_PASS] = NULL,        [STATUS_FAIL] = "failure",
	[STATUS_ABSENT] = "error",   [STATUS_UNREADABLE] = "error",
	[STATUS_UNKNOWN] = "error",  [STATUS_UNSUPPORTED] = "error",
	[STATUS_WAIVED] = "skipped", [STATUS_NOT_APPLICABLE] = "skipped",
};

/* XML 1.0, 2.2: no control character but tab, newline and return, and no U+FFFE or U+FFFF, may
 * stand in a document in any form. The three that may are written as references, because a parser
 * turns them into spaces in an attribute (3.3.3). */
static const struct {
	const char *text, *xml;
} escapes[] = {
	{"&", "&amp;"},
	{"<", "&lt;"},
	{">", "&gt;"},
	{"\"", "&quot;"},
	{"'", "&apos;"},
	{"\t", "&#9;"},
	{"\n", "&#10;"},
	{"\r", "&#13;"},
	{"\xef\xbf\xbe", "\xef\xbf\xbd"},
	{"\xef\xbf\xbf", "\xef\xbf\xbd"},
};

static void add_escaped(struct strbuf *out, const char *text)
{
	while (*text) {
		size_t i = 0, len = 1;

		while (i < ARRAY_SIZE(escapes) && !str_starts(text, escapes[i].text))
			i++;
		if (i < ARRAY_SIZE(escapes)) {
			strbuf_puts(out, escapes[i].xml);
			len = strlen(escapes[i].text);
		} else {
			strbuf_add(out, text, 1);
		}
		text += len;
	}
}

/* Any bytes as text of an element or attribute. */
static char *xml_text(const char *text)
{
	static const char kept[] = "\t\n\r"; /* str_printable() would write them as \xNN */
	_cleanup_free_ char *copy = mem_strdup(text);
	struct strbuf out = {0};

	for (char *p = copy; *p;) {
		size_t len = strcspn(p, kept);
		char separator[2] = {p[len], '\0'};
		_cleanup_free_ char *printable = NULL;

		p[len] = '\0';
		printable = str_printable(p);
		add_escaped(&out, printable);
		add_escaped(&out, separator);
		p += len + (separator[0] != '\0');
	}
	return strbuf_take(&out);
}

static const char *outcome_of(const struct finding *finding, enum severity fail_on)
{
	const char *outcome = outcomes[finding->status];

	return outcome && finding->severity < fail_on ? "skipped" : outcome;
}

static void print_attribute(FILE *out, const char *name, const char *text)
{
	_cleanup_free_ char *xml = xml_text(text ? text : "");

	fprintf(out, " %s=\"%s\"", name, xml);
}

static void print_property(FILE *out, const char *name, const char *text)
{
	if (!text)
		return;
	fputs("      <property", out);
	print_attribute(out, "name", name);
	print_attribute(out, "value", text);
	fputs("/>\n", out);
}

static void print_counts(FILE *out, const struct report *report, enum severity fail_on)
{
	static const struct {
		const char *attribute, *element;
	} counted[] = {{"failures", "failure"}, {"errors", "error"}, {"skipped", "skipped"}};

	fprintf(out, " tests=\"%zu\"", report->n_findings);
	for (size_t i = 0; i < ARRAY_SIZE(counted); i++) {
		size_t count = 0;

		for (size_t j = 0; j < report->n_findings; j++)
			count += str_equal(outcome_of(&report->findings[j], fail_on),
					   counted[i].element);
		fprintf(out, " %s=\"%zu\"", counted[i].attribute, count);
	}
}

/* What a person reads when the case is opened. */
static char *describe(const struct finding *finding)
{
	_cleanup_free_ char *owner = finding_owner_text(finding);
	_cleanup_free_ char *reboot = finding_reboot_text(finding);
	struct strbuf text = {0};

	if (finding->why)
		strbuf_printf(&text, "%s\n", finding->why);
	if (owner)
		strbuf_printf(&text, "owner: %s\n", owner);
	for (size_t i = 0; i < finding->n_evidence; i++)
		strbuf_printf(&text, "%s: %s\n", finding->evidence[i].name,
			      finding->evidence[i].text);
	if (reboot)
		strbuf_printf(&text, "after a boot: %s\n", reboot);
	if (finding->source)
		strbuf_printf(&text, "source: %s\n", finding->source);
	if (finding->origin.file)
		strbuf_printf(&text, "origin: %s:%u\n", finding->origin.file, finding->origin.line);
	if (finding->remedy)
		strbuf_printf(&text, "fix: %s\n", finding->remedy);
	return strbuf_take(&text);
}

/* "expected 1, actual 0: the reason" */
static char *message_of(const struct finding *finding)
{
	const char *reason = finding->reason;

	if (finding->status != STATUS_FAIL)
		return mem_printf("%s%s%s", finding_status_name(finding->status),
				  reason ? ": " : "", reason ? reason : "");
	return mem_printf("expected %s, actual %s%s%s", finding->expected ? finding->expected : "-",
			  finding->actual ? finding->actual : "-", reason ? ": " : "",
			  reason ? reason : "");
}

/* The schema that most readers follow gives `skipped` a message and no more. */
static void print_skipped(FILE *out, const struct finding *finding, const char *xml)
{
	bool below = strcmp(outcomes[finding->status], "skipped") != 0;
	_cleanup_free_ char *message = message_of(finding), *whole = NULL;

	if (below)
		whole = mem_printf("%s, below --fail-on: %s", severity_name(finding->severity),
				   message);
	fputs("      <skipped", out);
	print_attribute(out, "message", below ? whole : message);
	fputs("/>\n", out);
	if (below && *xml)
		fprintf(out, "      <system-out>%s</system-out>\n", xml);
}

static void print_outcome(FILE *out, const struct finding *finding, const char *element)
{
	_cleanup_free_ char *message = message_of(finding), *text = describe(finding),
			    *xml = xml_text(text);

	if (strcmp(element, "skipped") == 0) {
		print_skipped(out, finding, xml);
		return;
	}
	fprintf(out, "      <%s", element);
	print_attribute(out, "type",
			finding->status == STATUS_FAIL ? severity_name(finding->severity)
						       : finding_status_name(finding->status));
	print_attribute(out, "message", message);
	fprintf(out, ">%s</%s>\n", xml, element);
}

/* What a test is grouped by: the key's family, or the whole id, as `fettle explain` takes it. */
static char *class_of(const struct finding *finding)
{
	if (finding_has_own_id(finding))
		return mem_printf("fettle.%s", finding->id);
	return mem_printf("fettle.%.*s", (int)strcspn(finding->id, "."), finding->id);
}

static void print_case(FILE *out, const struct finding *finding, enum severity fail_on)
{
	_cleanup_free_ char *class = class_of(finding);
	_cleanup_free_ char *subject = finding_subject_text(finding);
	const char *outcome = outcome_of(finding, fail_on);

	fputs("    <testcase", out);
	print_attribute(out, "classname", class);
	print_attribute(out, "name", subject);
	if (!outcome) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	print_outcome(out, finding, outcome);
	fputs("    </testcase>\n", out);
}

void render_junit(const struct report *report, const struct render_options *options, FILE *out)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"fettle\"", out);
	print_counts(out, report, options->fail_on);
	fputs(">\n  <testsuite", out);
	print_attribute(out, "name", report->profile.name ? report->profile.name : "built-in");
	print_attribute(out, "hostname", report->host);
	print_counts(out, report, options->fail_on);
	fputs(">\n    <properties>\n", out);
	print_property(out, "generator", report->generator);
	print_property(out, "kernel", report->kernel);
	print_property(out, "profile.file", report->profile.file);
	print_property(out, "profile.summary", report->profile.summary);
	print_property(out, "profile.digest", report->profile.digest);
	fputs("    </properties>\n", out);
	for (size_t i = 0; i < report->n_findings; i++)
		print_case(out, &report->findings[i], options->fail_on);
	fputs("  </testsuite>\n</testsuites>\n", out);
}
