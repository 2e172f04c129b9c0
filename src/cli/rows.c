/* cli/rows.c - see rows.h. */
#include "cli/rows.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"

const char *rows_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

const char *rows_or_none(const char *text)
{
	return text ? text : "(none)";
}

void rows_print(const struct cli *cli, struct columns *rows)
{
	_cleanup_free_ char *text = NULL;

	columns_fit(rows, cli->render.width);
	text = columns_to_text(rows, cli->render.color);
	fputs(text, stdout);
	columns_fini(rows);
}

void rows_line(const char *text)
{
	_cleanup_free_ char *shown = str_printable(text);

	puts(shown);
}

void rows_add(struct columns *rows, enum term_style style, const char *label, const char *what,
	      const char *where)
{
	struct columns_row *row = columns_add(rows, STYLE_PLAIN, label, what, where);

	row->styles[0] = style;
	row->styles[2] = STYLE_DIM;
}

void rows_detail(struct columns *rows, const char *text)
{
	if (text)
		columns_add(rows, STYLE_DIM, NULL, text, NULL);
}

const struct rows_outcome rows_outcomes[] = {
	{"applied", STYLE_GOOD},    {"restored", STYLE_GOOD}, {"clamped", STYLE_WARNING},
	{"ignored", STYLE_WARNING}, {"left", STYLE_CRITICAL}, {"rejected", STYLE_CRITICAL},
	{"unchanged", STYLE_DIM},   {"not-tried", STYLE_DIM}, {"gone", STYLE_DIM},
	{"written", STYLE_GOOD},    {"removed", STYLE_GOOD},  {NULL, STYLE_PLAIN},
};

enum term_style rows_style(const char *outcome)
{
	for (size_t i = 0; rows_outcomes[i].outcome; i++) {
		if (str_equal(rows_outcomes[i].outcome, outcome))
			return rows_outcomes[i].style;
	}
	return STYLE_PLAIN;
}

/* "KEY: from -> got, not the 9 that was asked for" */
char *rows_step(const json_t *step)
{
	const char *from = rows_text(step, "from"), *got = rows_text(step, "got");
	const char *wanted = rows_text(step, "wanted"), *outcome = rows_text(step, "outcome");
	const char *then = got ? got : wanted;
	struct strbuf out = {0};

	strbuf_puts(&out, rows_or_none(rows_text(step, "key")));
	if (then && from && !str_equal(from, then) && !str_equal(outcome, "left"))
		strbuf_printf(&out, ": %s -> %s", from, then);
	else if (then)
		strbuf_printf(&out, ": %s", then);
	if (wanted && got && !str_equal(wanted, got))
		strbuf_printf(&out, ", not %s", wanted);
	return strbuf_take(&out);
}
