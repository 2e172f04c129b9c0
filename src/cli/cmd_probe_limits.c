/* cli/cmd_probe_limits.c - `fettle probe limits`: what sockets get, against what sysctls say. */
#include "cli/cli.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/output.h"
#include "cli/probe.h"
#include "cli/rows.h"

enum {
	VALUE_MOST = 60 /* characters shown of a sysctl: a list of ports may have 100000 */
};

enum verdict {
	AS_EXPECTED,
	CUT,
	CONTRADICTION,
	UNKNOWN,
	VERDICTS
};

static const struct {
	const char *name, *counted;
	enum term_style style;
} verdicts[VERDICTS] = {
	[AS_EXPECTED] = {"as-expected", "as expected", STYLE_GOOD},
	[CUT] = {"cut", "cut", STYLE_INFO},
	[CONTRADICTION] = {"contradiction", "in contradiction", STYLE_CRITICAL},
	[UNKNOWN] = {"unknown", "unknown", STYLE_WARNING},
};

static enum verdict verdict_of(const json_t *row)
{
	for (size_t i = 0; i < VERDICTS; i++) {
		if (str_equal(verdicts[i].name, rows_text(row, "verdict")))
			return (enum verdict)i;
	}
	return UNKNOWN;
}

/* A number, a name, or how many ports from which to which; NULL for null. */
static char *value_of(const json_t *value)
{
	const json_t *port;
	json_int_t least = 65535, most = 0;
	size_t i;

	if (json_is_integer(value))
		return mem_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	json_array_foreach(value, i, port)
	{
		json_int_t number = json_integer_value(port);

		least = number < least ? number : least;
		most = number > most ? number : most;
	}
	if (json_array_size(value))
		return mem_printf("%zu from %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT,
				  json_array_size(value), least, most);
	return mem_strdup(json_string_value(value));
}

/* `id`: of the finding, for a contradiction. */
static void add_row(struct columns *rows, const json_t *limit, const char *id)
{
	const json_t *sysctl = json_object_get(limit, "sysctl");
	_cleanup_free_ char *asked = value_of(json_object_get(limit, "asked"));
	_cleanup_free_ char *got = value_of(json_object_get(limit, "got"));
	const char *value = rows_text(sysctl, "value");
	_cleanup_free_ char *what = mem_printf(
		"%s: %s%s%sgot %s", rows_or_none(rows_text(limit, "what")), asked ? "asked " : "",
		asked ? asked : "", asked ? ", " : "", got ? got : "(not known)");
	_cleanup_free_ char *claim = mem_printf(
		"%s = %.*s%s", rows_or_none(rows_text(sysctl, "key")), VALUE_MOST,
		value ? value : "(not known)", value && strlen(value) > VALUE_MOST ? "..." : "");
	_cleanup_free_ char *text = NULL;
	enum verdict verdict = verdict_of(limit);
	struct columns_row *row;

	rows_add(rows, verdicts[verdict].style, verdicts[verdict].name, what, claim);
	row = &rows->rows[rows->count - 1];
	if (verdict == CONTRADICTION)
		row->styles[1] = row->styles[2] = STYLE_CRITICAL;
	if (verdict == AS_EXPECTED)
		return;
	text = mem_printf("%s%s%s", id ? id : "", id ? ": " : "",
			  rows_or_none(rows_text(limit, "text")));
	rows_detail(rows, text);
	if (verdict == CONTRADICTION)
		rows->rows[rows->count - 1].styles[1] = STYLE_CRITICAL;
}

static void print_table(const struct cli *cli, const json_t *result, const size_t *counts)
{
	struct columns rows = {0};
	_cleanup_strbuf_ struct strbuf summary = {0};
	const json_t *findings = json_object_get(result, "findings"), *limit;
	size_t i, found = 0;

	/* the findings are the contradictions, in their order */
	json_array_foreach(json_object_get(result, "limits"), i, limit)
	{
		const json_t *finding = verdict_of(limit) == CONTRADICTION
						? json_array_get(findings, found++)
						: NULL;

		add_row(&rows, limit, rows_text(finding, "id"));
	}
	rows_print(cli, &rows);
	for (i = 0; i < VERDICTS; i++)
		strbuf_printf(&summary, "%s%zu %s", i ? ", " : "", counts[i], verdicts[i].counted);
	strbuf_printf(&summary, "; Linux %s", rows_or_none(rows_text(result, "kernel")));
	putchar('\n');
	columns_add(&rows, STYLE_PLAIN, "", "", summary.text);
	rows_print(cli, &rows);
}

enum cli_exit cmd_probe_limits(const struct cli *cli)
{
	struct measure measure = {.probe = "limits"};
	size_t counts[VERDICTS] = {0}, i;
	json_t *result = NULL;
	const json_t *limit;
	enum cli_exit code;

	if (!probe_asked(cli, &measure, &result, &code))
		code = probe_run(&measure, &result);
	if (code != CLI_FINE)
		return code;
	json_array_foreach(json_object_get(result, "limits"), i, limit) counts[verdict_of(limit)]++;
	if (str_equal(cli->format, "json")) {
		output_json(result);
	} else {
		print_table(cli, result, counts);
		json_decref(result);
	}
	if (counts[CONTRADICTION])
		return CLI_FINDINGS;
	return counts[UNKNOWN] ? CLI_INCOMPLETE : CLI_FINE;
}
