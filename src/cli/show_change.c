/* cli/show_change.c - see show_change.h. */
#include "cli/show_change.h"

#include <string.h>

#include "base/str.h"
#include "cli/output.h"
#include "model/finding.h"
#include "render/columns.h"

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static const char *or_none(const char *text)
{
	return text ? text : "(none)";
}

static void print_columns(const struct cli *cli, struct columns *rows)
{
	_cleanup_free_ char *text = NULL;

	columns_fit(rows, cli->render.width);
	text = columns_to_text(rows, cli->render.color);
	fputs(text, stdout);
	columns_fini(rows);
}

static void print_line(const char *text)
{
	_cleanup_free_ char *shown = str_printable(text);

	puts(shown);
}

static void add_row(struct columns *rows, enum term_style style, const char *label,
		    const char *what, const char *where)
{
	struct columns_row *row = columns_add(rows, STYLE_PLAIN, label, what, where);

	row->styles[0] = style;
	row->styles[2] = STYLE_DIM;
}

static void add_detail(struct columns *rows, const char *text)
{
	if (text)
		columns_add(rows, STYLE_DIM, NULL, text, NULL);
}

void show_json(json_t *json)
{
	/* a failed write is found by output_finish() */
	if (json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0)
		putchar('\n');
	json_decref(json);
}

/* Plans */

static bool is_serious(const json_t *blocked)
{
	const char *severity = text_of(blocked, "severity");

	return !str_equal(text_of(blocked, "obstacle"), "waived") &&
	       (!severity || severity_by_name(severity) >= SEVERITY_WARNING);
}

bool plan_is_blocked(const json_t *plan)
{
	const json_t *blocked;
	size_t i;

	json_array_foreach(json_object_get(plan, "blocked"), i, blocked)
	{
		if (is_serious(blocked))
			return true;
	}
	return false;
}

static void add_changes(struct columns *rows, const json_t *plan)
{
	const json_t *change;
	size_t i;

	json_array_foreach(json_object_get(plan, "modules"), i, change)
	{
		_cleanup_free_ char *what =
			mem_printf("module %s", or_none(json_string_value(change)));

		add_row(rows, STYLE_INFO, "load", what, NULL);
	}
	json_array_foreach(json_object_get(plan, "changes"), i, change)
	{
		const char *to = text_of(change, "to");
		_cleanup_free_ char *what =
			mem_printf("%s: %s -> %s", or_none(text_of(change, "key")),
				   or_none(text_of(change, "from")),
				   to ? to : "known once its module is loaded");

		add_row(rows, STYLE_STRONG, "change", what, text_of(change, "origin"));
	}
}

static void add_obstacles(struct columns *rows, const json_t *plan)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(plan, "blocked"), i, item)
	{
		add_row(rows, is_serious(item) ? STYLE_CRITICAL : STYLE_DIM,
			text_of(item, "obstacle"), text_of(item, "key"), text_of(item, "origin"));
		add_detail(rows, text_of(item, "why"));
	}
	json_array_foreach(json_object_get(plan, "warnings"), i, item)
	{
		add_row(rows, STYLE_WARNING, "warning", text_of(item, "subject"), NULL);
		add_detail(rows, text_of(item, "text"));
	}
}

void show_plan(const struct cli *cli, const json_t *plan)
{
	const char *not_applicable = text_of(plan, "not_applicable");
	size_t changes = json_array_size(json_object_get(plan, "changes"));
	size_t blocked = json_array_size(json_object_get(plan, "blocked"));
	_cleanup_free_ char *title = mem_printf("profile %s", or_none(text_of(plan, "profile")));
	struct columns rows = {0};

	print_line(title);
	add_changes(&rows, plan);
	add_obstacles(&rows, plan);
	if (rows.count)
		putchar('\n');
	print_columns(cli, &rows);
	putchar('\n');
	if (not_applicable)
		print_line(not_applicable);
	if (changes)
		printf("%zu key%s to change", changes, changes == 1 ? "" : "s");
	else
		fputs("Nothing to change", stdout);
	printf(blocked ? ", %zu blocked\n" : "\n", blocked);
}

/* Results */

static const struct {
	const char *outcome;
	enum term_style style;
} outcome_styles[] = {
	{"applied", STYLE_GOOD},    {"restored", STYLE_GOOD}, {"clamped", STYLE_WARNING},
	{"ignored", STYLE_WARNING}, {"left", STYLE_CRITICAL}, {"rejected", STYLE_CRITICAL},
	{"unchanged", STYLE_DIM},   {"not-tried", STYLE_DIM}, {"gone", STYLE_DIM},
	{"written", STYLE_GOOD},    {"removed", STYLE_GOOD},
};

static enum term_style style_of(const char *outcome)
{
	for (size_t i = 0; i < ARRAY_SIZE(outcome_styles); i++) {
		if (str_equal(outcome_styles[i].outcome, outcome))
			return outcome_styles[i].style;
	}
	return STYLE_PLAIN;
}

/* "KEY: from -> got, not the 9 that was asked for" */
static char *describe_step(const json_t *step)
{
	const char *from = text_of(step, "from"), *got = text_of(step, "got");
	const char *wanted = text_of(step, "wanted"), *outcome = text_of(step, "outcome");
	const char *then = got ? got : wanted;
	struct strbuf out = {0};

	strbuf_puts(&out, or_none(text_of(step, "key")));
	if (then && from && !str_equal(from, then) && !str_equal(outcome, "left"))
		strbuf_printf(&out, ": %s -> %s", from, then);
	else if (then)
		strbuf_printf(&out, ": %s", then);
	if (wanted && got && !str_equal(wanted, got))
		strbuf_printf(&out, ", not %s", wanted);
	return strbuf_take(&out);
}

static void add_steps(struct columns *rows, const json_t *result)
{
	bool planned = str_equal(text_of(result, "outcome"), "planned");
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(result, "steps"), i, step)
	{
		const char *outcome = text_of(step, "outcome");
		_cleanup_free_ char *what = describe_step(step);

		if (planned && str_equal(outcome, "not-tried"))
			add_row(rows, STYLE_STRONG, "change", what, NULL);
		else
			add_row(rows, style_of(outcome), outcome, what, NULL);
		add_detail(rows, text_of(step, "reason"));
	}
}

static bool is_kept(const json_t *line)
{
	return str_equal(text_of(line, "verdict"), "kept");
}

bool boot_is_lost(const json_t *boot)
{
	const json_t *line;
	size_t i;

	json_array_foreach(boot, i, line)
	{
		if (!is_kept(line))
			return true;
	}
	return false;
}

/* Nothing sets any of them, our own file included: nothing here reads it. */
static bool is_all_lost(const json_t *boot)
{
	const json_t *line;
	size_t i;

	json_array_foreach(boot, i, line)
	{
		if (!str_equal(text_of(line, "verdict"), "lost"))
			return false;
	}
	return json_array_size(boot) > 0;
}

/* "at boot: KEY = 9, not 7", or only how many when all is well. */
static void add_boot(struct columns *rows, const json_t *boot)
{
	_cleanup_free_ char *all = NULL;
	const json_t *line;
	size_t i, kept = 0;

	if (is_all_lost(boot)) {
		add_row(rows, STYLE_CRITICAL, "lost",
			"at boot all of it: nothing here reads sysctl.d, see fettle boot", NULL);
		return;
	}
	json_array_foreach(boot, i, line)
	{
		const char *file = text_of(line, "file"), *value = text_of(line, "value");
		_cleanup_free_ char *what = mem_printf(
			"at boot %s holds %s, not %s", or_none(text_of(line, "key")),
			value ? value : "the kernel's default", or_none(text_of(line, "wanted")));
		_cleanup_free_ char *where =
			file ? mem_printf("%s:%d", file,
					  (int)json_integer_value(json_object_get(line, "line")))
			     : NULL;

		kept += is_kept(line);
		if (is_kept(line))
			continue;
		add_row(rows, STYLE_CRITICAL, text_of(line, "verdict"), what, where);
		add_detail(rows, text_of(line, "reason"));
	}
	all = mem_printf("%zu key%s at the next boot", kept, kept == 1 ? "" : "s");
	if (kept)
		add_row(rows, STYLE_GOOD, "kept", all, NULL);
}

/* ", 4 keys applied, 1 clamped" of the steps that are about keys, or about files. */
static void count_steps(const json_t *result, bool files, struct strbuf *out)
{
	const char *before = files ? "file" : "key";

	for (size_t i = 0; i < ARRAY_SIZE(outcome_styles); i++) {
		const json_t *step;
		size_t j, count = 0;

		json_array_foreach(json_object_get(result, "steps"), j, step) count +=
			(or_none(text_of(step, "key"))[0] == '/') == files &&
			str_equal(text_of(step, "outcome"), outcome_styles[i].outcome);
		if (!count)
			continue;
		strbuf_printf(out, "%s%zu ", out->len ? ", " : "", count);
		if (before)
			strbuf_printf(out, "%s%s ", before, count == 1 ? "" : "s");
		strbuf_puts(out, outcome_styles[i].outcome);
		before = NULL;
	}
}

static char *count_all(const json_t *result)
{
	struct strbuf out = {0};

	count_steps(result, false, &out);
	count_steps(result, true, &out);
	return strbuf_take(&out);
}

static void print_summary(const json_t *result)
{
	const char *outcome = text_of(result, "outcome");
	long long number = json_integer_value(json_object_get(result, "transaction"));
	long long left = json_integer_value(json_object_get(result, "confirm_left_s"));
	_cleanup_free_ char *counts = count_all(result);

	if (str_equal(outcome, "planned") || str_equal(outcome, "unchanged"))
		puts(outcome[0] == 'p' ? "Nothing was written." : "Nothing to change.");
	else if (str_equal(outcome, "applied"))
		printf("transaction %lld: %s; undo with: fettle rollback %lld\n", number,
		       *counts ? counts : outcome, number);
	else if (str_equal(outcome, "pending"))
		printf("transaction %lld: %s\nconfirm within %lld s, or it is undone: fettle "
		       "confirm %lld\n",
		       number, *counts ? counts : outcome, left, number);
	else
		printf("transaction %lld: %s%s%s\n", number, or_none(outcome), *counts ? ": " : "",
		       counts);
}

void show_result(const struct cli *cli, const json_t *reply)
{
	const json_t *result = json_object_get(reply, "result"), *number;
	const char *not_applicable = text_of(json_object_get(reply, "plan"), "not_applicable");
	struct columns rows = {0};
	size_t i;

	json_array_foreach(json_object_get(result, "recovered"), i, number) printf(
		"transaction %lld was left half done, or not confirmed in time: it is undone\n",
		(long long)json_integer_value(number));
	add_steps(&rows, result);
	add_obstacles(&rows, json_object_get(reply, "plan"));
	add_boot(&rows, json_object_get(reply, "boot"));
	if (rows.count) {
		print_columns(cli, &rows);
		putchar('\n');
	}
	if (not_applicable)
		print_line(not_applicable);
	print_summary(result);
}

/* Transactions */

static size_t size_of(const json_t *object, const char *name)
{
	return json_array_size(json_object_get(object, name));
}

static char *describe_transaction(const json_t *transaction)
{
	size_t keys = size_of(transaction, "steps"), files = size_of(transaction, "files");
	const char *why = text_of(transaction, "undone_why");
	struct strbuf out = {0};

	strbuf_printf(&out, "%s: %zu key%s", or_none(text_of(transaction, "profile")), keys,
		      keys == 1 ? "" : "s");
	if (files)
		strbuf_printf(&out, ", %zu file%s", files, files == 1 ? "" : "s");
	strbuf_printf(&out, "; %s", or_none(text_of(transaction, "state")));
	if (why)
		strbuf_printf(&out, " (%s)", why);
	return strbuf_take(&out);
}

void show_transactions(const struct cli *cli, const json_t *reply)
{
	const json_t *transaction, *list = json_object_get(reply, "transactions");
	struct columns rows = {0};
	size_t i;

	json_array_foreach(list, i, transaction)
	{
		_cleanup_free_ char *what = describe_transaction(transaction);
		_cleanup_free_ char *number = mem_printf(
			"%lld",
			(long long)json_integer_value(json_object_get(transaction, "transaction")));

		add_row(&rows, STYLE_STRONG, number, what, text_of(transaction, "time"));
	}
	if (!rows.count)
		output_note("there are no transactions");
	print_columns(cli, &rows);
}
