/* render/table.c - a report for people: what is wrong first, each with why and how to mend it.
 *
 * Keys, values and expectations stand in columns; what explains them stands under its row, wrapped
 * to the width. Where that is too narrow for columns, the row's cells go under the key as well. */
#include "render/render.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "render/columns.h"

enum {
	INDENT = 4
};

#define HAS(status) (1u << (status))
#define UNCHECKED                                                                                  \
	(HAS(STATUS_UNREADABLE) | HAS(STATUS_UNKNOWN) | HAS(STATUS_ABSENT) |                       \
	 HAS(STATUS_UNSUPPORTED))

/* The parts of the table, in the order they are read. */
struct group {
	const char *title;
	enum term_style style;
	unsigned statuses;
	enum severity severity; /* SEVERITY_COUNT: any */
	bool by_status;         /* shows that instead of actual and expected */
	bool explained;         /* also when not verbose */
	bool verbose_only;
};

static const struct group groups[] = {
	{"CRITICAL", STYLE_CRITICAL, HAS(STATUS_FAIL), SEVERITY_CRITICAL, false, true, false},
	{"WARNING", STYLE_WARNING, HAS(STATUS_FAIL), SEVERITY_WARNING, false, true, false},
	{"INFO", STYLE_INFO, HAS(STATUS_FAIL), SEVERITY_INFO, false, true, false},
	{"COULD NOT BE CHECKED", STYLE_STRONG, UNCHECKED, SEVERITY_COUNT, true, false, false},
	{"WAIVED", STYLE_STRONG, HAS(STATUS_WAIVED), SEVERITY_COUNT, false, false, false},
	{"NOT APPLICABLE", STYLE_STRONG, HAS(STATUS_NOT_APPLICABLE), SEVERITY_COUNT, true, false,
	 true},
	{"PASS", STYLE_GOOD, HAS(STATUS_PASS), SEVERITY_COUNT, false, false, true},
};

struct table {
	const struct render_options *options;
	FILE *out;
	struct columns columns;
	struct table_row {
		const struct group *group;
		const struct finding *finding; /* NULL: the group's heading */
	} * rows;
	size_t n_rows;
};

static void print_styled(const struct table *table, enum term_style style, const char *text)
{
	if (table->options->color && style != STYLE_PLAIN)
		fprintf(table->out, "%s%s%s", term_style_begin(style), text, term_style_end);
	else
		fputs(text, table->out);
}

/* Wrapped to the width, every line indented. */
static void print_wrapped(const struct table *table, unsigned indent, enum term_style style,
			  const char *text)
{
	unsigned width = table->options->width;
	unsigned room = width > indent ? width - indent : width > 0;
	_cleanup_free_ char *shown = term_text(text), *wrapped = term_wrap(shown, room);
	char *rest = wrapped;

	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		fprintf(table->out, "%*s", (int)indent, "");
		print_styled(table, style, line);
		fputc('\n', table->out);
	}
}

static void print_labelled(const struct table *table, const char *label, const char *text)
{
	_cleanup_free_ char *line = mem_printf("%s: %s", label, text);

	print_wrapped(table, INDENT, STYLE_DIM, line);
}

static void print_evidence(const struct table *table, const struct evidence *evidence)
{
	_cleanup_free_ char *label = mem_strdup(evidence->name);

	for (char *p = label; *p; p++) {
		if (*p == '-')
			*p = ' ';
	}
	print_labelled(table, label, evidence->text);
}

static void print_origin(const struct table *table, const struct finding *finding)
{
	_cleanup_strbuf_ struct strbuf line = {0};

	if (finding->origin.file)
		strbuf_puts(&line, finding->origin.file);
	if (finding->origin.file && finding->origin.line)
		strbuf_printf(&line, ":%u", finding->origin.line);
	if (finding->source)
		strbuf_printf(&line, "%ssource: %s", line.len ? "; " : "", finding->source);
	if (line.len)
		print_wrapped(table, INDENT, STYLE_DIM, line.text);
}

/* A command is never broken: it is there to be copied. */
static void print_remedy(const struct table *table, const struct finding *finding)
{
	static const char label[] = "fix:";
	unsigned width = finding_remedy_is_command(finding) ? 0 : table->options->width;
	_cleanup_free_ char *shown = term_text(finding->remedy);
	_cleanup_free_ char *line = mem_printf("%s %s", label, shown), *wrapped = NULL;

	if (width && width <= INDENT + strlen(label)) {
		print_wrapped(table, INDENT, STYLE_PLAIN, line);
		return;
	}
	wrapped = term_wrap(line, width ? width - INDENT : 0);
	fprintf(table->out, "%*s", INDENT, "");
	print_styled(table, STYLE_GOOD, label);
	for (const char *p = wrapped + strlen(label); *p; p++) {
		fputc(*p, table->out);
		if (*p == '\n')
			fprintf(table->out, "%*s", INDENT, "");
	}
	fputc('\n', table->out);
}

/* What stands under a finding's row. */
static void print_details(const struct table *table, const struct table_row *row)
{
	const struct finding *finding = row->finding;
	bool all = row->group->explained || table->options->verbose;
	_cleanup_free_ char *owner = all ? finding_owner_text(finding) : NULL;
	_cleanup_free_ char *reboot = all ? finding_reboot_text(finding) : NULL;

	if (finding_has_own_id(finding))
		print_labelled(table, "id", finding->id);
	if (all && finding->why)
		print_wrapped(table, INDENT, STYLE_PLAIN, finding->why);
	if (finding->reason)
		print_wrapped(table, INDENT, STYLE_PLAIN, finding->reason);
	if (!all)
		return;
	if (finding->actual && row->group->by_status)
		print_labelled(table, "actual", finding->actual);
	if (finding->expected && row->group->by_status)
		print_labelled(table, "expected", finding->expected);
	if (owner)
		print_labelled(table, "owner", owner);
	for (size_t i = 0; i < finding->n_evidence; i++)
		print_evidence(table, &finding->evidence[i]);
	if (reboot)
		print_labelled(table, "after a boot", reboot);
	print_origin(table, finding);
	if (finding->remedy && finding->status == STATUS_FAIL)
		print_remedy(table, finding);
}

static const char *second_cell(const struct table_row *row)
{
	if (row->group->by_status)
		return finding_status_name(row->finding->status);
	return row->finding->actual ? row->finding->actual : "-";
}

static const char *third_cell(const struct table_row *row)
{
	if (row->group->by_status)
		return "";
	return row->finding->expected ? row->finding->expected : "-";
}

static void add_heading(struct table *table, const struct group *group)
{
	struct columns_row *cells = columns_add(&table->columns, group->style, group->title,
						group->by_status ? "STATUS" : "ACTUAL",
						group->by_status ? "" : "EXPECTED");

	MEM_APPEND(table->rows, table->n_rows)->group = group;
	cells->styles[1] = cells->styles[2] = STYLE_DIM;
}

static void add_finding(struct table *table, const struct group *group,
			const struct finding *finding)
{
	struct table_row *row = MEM_APPEND(table->rows, table->n_rows);
	_cleanup_free_ char *subject = finding_subject_text(finding);
	_cleanup_free_ char *key = mem_printf("  %s", subject);
	struct columns_row *cells;

	*row = (struct table_row){.group = group, .finding = finding};
	cells = columns_add(&table->columns, STYLE_PLAIN, key, second_cell(row), third_cell(row));
	cells->styles[0] = STYLE_STRONG;
	cells->styles[1] = group->explained ? group->style : STYLE_PLAIN;
}

static bool belongs(const struct group *group, const struct finding *finding)
{
	return (group->statuses & HAS(finding->status)) &&
	       (group->severity == SEVERITY_COUNT || group->severity == finding->severity);
}

static void add_group(struct table *table, const struct group *group, const struct report *report)
{
	bool any = false;

	for (size_t i = 0; i < report->n_findings; i++) {
		if (!belongs(group, &report->findings[i]))
			continue;
		if (!any)
			add_heading(table, group);
		any = true;
		add_finding(table, group, &report->findings[i]);
	}
}

/* A row where there is no room for columns. */
static void print_stacked(const struct table *table, const struct table_row *row)
{
	_cleanup_free_ char *line = NULL, *subject = NULL;

	if (!row->finding) {
		print_wrapped(table, 0, row->group->style, row->group->title);
		return;
	}
	line = mem_printf("%s%s%s", second_cell(row), row->group->by_status ? "" : ", expected ",
			  third_cell(row));
	subject = finding_subject_text(row->finding);
	print_wrapped(table, INDENT / 2, STYLE_STRONG, subject);
	print_wrapped(table, INDENT, row->group->explained ? row->group->style : STYLE_PLAIN, line);
}

/* Prints `count` lines and returns what follows them. */
static const char *print_lines(const struct table *table, const char *text, size_t count)
{
	while (count--) {
		size_t len = strcspn(text, "\n") + 1;

		fwrite(text, 1, len, table->out);
		text += len;
	}
	return text;
}

static void print_rows(struct table *table)
{
	_cleanup_free_ char *text = NULL;
	const char *rest;

	if (columns_fit(&table->columns, table->options->width))
		text = columns_to_text(&table->columns, table->options->color);
	rest = text;
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct table_row *row = &table->rows[i];
		bool last = i + 1 == table->n_rows || !table->rows[i + 1].finding;

		if (rest)
			rest = print_lines(table, rest, columns_row_lines(&table->columns.rows[i]));
		else
			print_stacked(table, row);
		if (!row->finding)
			continue;
		print_details(table, row);
		if (last || row->group->explained || table->options->verbose)
			fputc('\n', table->out);
	}
}

static void print_heading(const struct table *table, const struct report *report)
{
	_cleanup_free_ char *host = mem_printf("%s, kernel %s", report->host ? report->host : "-",
					       report->kernel ? report->kernel : "-");
	const char *name = report->profile.name, *summary = report->profile.summary;
	_cleanup_free_ char *profile =
		mem_printf("%s%s%s%s", name || !summary ? "profile " : "",
			   name      ? name
			   : summary ? ""
				     : "-",
			   name && summary ? ": " : "", summary ? summary : "");

	print_wrapped(table, 0, STYLE_STRONG, host);
	print_wrapped(table, 0, STYLE_PLAIN, profile);
	fputc('\n', table->out);
}

static size_t count_unchecked(const struct coverage *coverage)
{
	size_t count = 0;

	for (int i = 0; i < STATUS_COUNT; i++)
		count += UNCHECKED & HAS(i) ? coverage->by_status[i] : 0;
	return count;
}

/* "6 fail (1 critical, 5 warning)" */
static void count_fails(const struct report *report, size_t fails, struct strbuf *out)
{
	size_t counts[SEVERITY_COUNT] = {0};
	const char *between = "";

	for (size_t i = 0; i < report->n_findings; i++)
		counts[report->findings[i].severity] += report->findings[i].status == STATUS_FAIL;
	strbuf_printf(out, ", %zu fail (", fails);
	for (int i = SEVERITY_COUNT - 1; i >= 0; i--) {
		if (!counts[i])
			continue;
		strbuf_printf(out, "%s%zu %s", between, counts[i], severity_name((enum severity)i));
		between = ", ";
	}
	strbuf_puts(out, ")");
}

static void print_summary(const struct table *table, const struct report *report)
{
	struct coverage coverage = report_coverage(report);
	size_t unchecked = count_unchecked(&coverage), fails = coverage.by_status[STATUS_FAIL];
	size_t waived = coverage.by_status[STATUS_WAIVED];
	size_t skipped = coverage.by_status[STATUS_NOT_APPLICABLE];
	_cleanup_strbuf_ struct strbuf line = {0};

	if (!fails && !unchecked && coverage.total > skipped)
		print_wrapped(table, 0, STYLE_GOOD,
			      report->left_out ? "What is shown is well."
			      : waived         ? "All is well, but for what is waived."
					       : "All is well.");
	else if (!fails && unchecked)
		print_wrapped(table, 0, STYLE_WARNING,
			      "Nothing that could be checked fails, but not all could be.");
	else if (!fails)
		print_wrapped(table, 0, STYLE_WARNING,
			      coverage.total
				      ? "Nothing was checked: nothing in this profile applies "
					"to this host."
			      : report->left_out ? "Nothing was checked: nothing matches --only."
						 : "Nothing was checked: nothing was asked for.");
	strbuf_printf(&line, "%zu check%s: %zu pass", coverage.total,
		      coverage.total == 1 ? "" : "s", coverage.by_status[STATUS_PASS]);
	if (fails)
		count_fails(report, fails, &line);
	if (unchecked)
		strbuf_printf(&line, ", %zu could not be checked", unchecked);
	if (waived)
		strbuf_printf(&line, ", %zu waived", waived);
	if (skipped)
		strbuf_printf(&line, ", %zu not applicable", skipped);
	if (report->left_out)
		strbuf_printf(&line, "; %zu left out by --only", report->left_out);
	print_wrapped(table, 0, STYLE_STRONG, line.text);
}

void render_table(const struct report *report, const struct render_options *options, FILE *out)
{
	struct table table = {.options = options, .out = out};
	struct coverage coverage = report_coverage(report);
	bool nothing_applies = coverage.by_status[STATUS_NOT_APPLICABLE] == coverage.total;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if (!groups[i].verbose_only || options->verbose ||
		    (nothing_applies && (groups[i].statuses & HAS(STATUS_NOT_APPLICABLE))))
			add_group(&table, &groups[i], report);
	}
	print_heading(&table, report);
	print_rows(&table);
	print_summary(&table, report);
	columns_fini(&table.columns);
	free(table.rows);
}
