/* cli/show_change.c - see show_change.h. */
#include "cli/show_change.h"

#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/change.h"
#include "cli/rows.h"
#include "model/finding.h"

/* Plans */

static bool is_serious(const json_t *blocked)
{
	const char *severity = rows_text(blocked, "severity");

	return !str_equal(rows_text(blocked, "obstacle"), "waived") &&
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

/* No undo takes one out again: something else may use it by then. */
static void add_modules(struct columns *rows, const json_t *plan, const char *verb)
{
	const json_t *module;
	size_t i;

	json_array_foreach(json_object_get(plan, "modules"), i, module)
	{
		_cleanup_free_ char *what = mem_printf("module %s, which stays after an undo",
						       rows_or_none(json_string_value(module)));

		rows_add(rows, STYLE_INFO, verb, what, NULL);
	}
}

static void add_changes(struct columns *rows, const json_t *plan)
{
	const json_t *change;
	size_t i;

	add_modules(rows, plan, "load");
	json_array_foreach(json_object_get(plan, "changes"), i, change)
	{
		const char *to = rows_text(change, "to"), *from = rows_text(change, "from");
		const char *key = rows_or_none(rows_text(change, "key"));
		const char *reset_by = rows_text(change, "reset_by");
		_cleanup_free_ char *what =
			reset_by && to
				? mem_printf("%s: %s, which %s would change", key, to, reset_by)
				: mem_printf("%s: %s -> %s", key, rows_or_none(from),
					     to ? to : "known once its module is loaded");

		rows_add(rows, STYLE_STRONG, reset_by ? "keep" : "change", what,
			 rows_text(change, "origin"));
	}
}

static void add_obstacles(struct columns *rows, const json_t *plan)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(plan, "blocked"), i, item)
	{
		rows_add(rows, is_serious(item) ? STYLE_CRITICAL : STYLE_DIM,
			 rows_text(item, "obstacle"), rows_text(item, "key"),
			 rows_text(item, "origin"));
		rows_detail(rows, rows_text(item, "why"));
	}
	json_array_foreach(json_object_get(plan, "warnings"), i, item)
	{
		rows_add(rows, STYLE_WARNING, "warning", rows_text(item, "subject"), NULL);
		rows_detail(rows, rows_text(item, "text"));
	}
}

static bool is_kept(const json_t *line)
{
	return str_equal(rows_text(line, "verdict"), "kept");
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
		if (!str_equal(rows_text(line, "verdict"), "default"))
			return false;
	}
	return json_array_size(boot) > 0;
}

/* "at boot: KEY = 9, not 7", or only how many when all is well. */
static void add_boot(const struct cli *cli, struct columns *rows, const json_t *boot)
{
	_cleanup_free_ char *root = cli->root ? str_shell_word(cli->root) : NULL;
	_cleanup_free_ char *all = NULL;
	const json_t *line;
	size_t i, kept = 0;

	if (is_all_lost(boot)) {
		all = mem_printf(
			"at boot all of it: nothing here reads sysctl.d, see fettle boot%s%s",
			root ? " --root " : "", root ? root : "");
		rows_add(rows, STYLE_CRITICAL, "lost", all, NULL);
		return;
	}
	json_array_foreach(boot, i, line)
	{
		const char *file = rows_text(line, "file"), *value = rows_text(line, "value");
		_cleanup_free_ char *what = mem_printf("at boot %s holds %s, not %s",
						       rows_or_none(rows_text(line, "key")),
						       value ? value : "the kernel's default",
						       rows_or_none(rows_text(line, "wanted")));
		_cleanup_free_ char *where =
			file ? mem_printf("%s:%d", file,
					  (int)json_integer_value(json_object_get(line, "line")))
			     : NULL;

		kept += is_kept(line);
		if (is_kept(line))
			continue;
		rows_add(rows, STYLE_CRITICAL, rows_text(line, "verdict"), what, where);
		rows_detail(rows, rows_text(line, "reason"));
	}
	all = mem_printf("%zu key%s at the next boot", kept, kept == 1 ? "" : "s");
	if (kept)
		rows_add(rows, STYLE_GOOD, "kept", all, NULL);
}

/* What --persist would write: how many lines, or each of them. */
static void add_files(struct columns *rows, const json_t *files, bool whole)
{
	const json_t *file, *line;
	size_t i, j;

	json_array_foreach(files, i, file)
	{
		const json_t *lines = json_object_get(file, "lines");
		size_t count = json_array_size(lines);
		const char *path = rows_or_none(rows_text(file, "path"));
		_cleanup_free_ char *what =
			count ? mem_printf("%s: %zu line%s", path, count, count == 1 ? "" : "s")
			      : mem_strdup(path);

		rows_add(rows, STYLE_STRONG, rows_text(file, "action"), what, NULL);
		if (!whole)
			continue;
		json_array_foreach(lines, j, line) rows_detail(rows, json_string_value(line));
	}
}

/* Before anything is written: what, and would it win? */
static void show_preview(const struct cli *cli, const json_t *plan)
{
	const char *problem = rows_text(plan, "persist_problem");
	struct columns rows = {0};

	add_files(&rows, json_object_get(plan, "files"), false);
	add_boot(cli, &rows, json_object_get(plan, "boot"));
	if (problem)
		rows_add(&rows, STYLE_CRITICAL, "blocked", problem, NULL);
	if (!rows.count)
		return;
	puts("With --persist:");
	rows_print(cli, &rows);
	putchar('\n');
}

static void print_not_applicable(const json_t *plan)
{
	const char *why = rows_text(plan, "not_applicable");
	_cleanup_free_ char *line =
		why ? mem_printf("the profile does not apply here: %s", why) : NULL;

	if (line)
		rows_line(line);
}

void show_plan(const struct cli *cli, const json_t *plan)
{
	size_t changes = json_array_size(json_object_get(plan, "changes"));
	size_t blocked = json_array_size(json_object_get(plan, "blocked"));
	_cleanup_free_ char *title =
		mem_printf("profile %s", rows_or_none(rows_text(plan, "profile")));
	struct columns rows = {0};

	rows_line(title);
	add_changes(&rows, plan);
	add_obstacles(&rows, plan);
	if (rows.count)
		putchar('\n');
	rows_print(cli, &rows);
	putchar('\n');
	show_preview(cli, plan);
	print_not_applicable(plan);
	if (changes)
		printf("%zu key%s to change", changes, changes == 1 ? "" : "s");
	else
		fputs("Nothing to change", stdout);
	printf(blocked ? ", %zu blocked\n" : "\n", blocked);
	if (changes && geteuid() != 0 && !cli->sysctl_root)
		puts("Only root can apply it.");
}

/* Results */

static void add_steps(struct columns *rows, const json_t *result)
{
	bool planned = str_equal(rows_text(result, "outcome"), "planned");
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(result, "steps"), i, step)
	{
		const char *outcome = rows_text(step, "outcome");
		_cleanup_free_ char *what = rows_step(step);

		if (planned && str_equal(outcome, "not-tried"))
			rows_add(rows, STYLE_STRONG, "change", what, NULL);
		else
			rows_add(rows, rows_style(outcome), outcome, what, NULL);
		rows_detail(rows, rows_text(step, "reason"));
		if (rows_text(step, "undone")) {
			_cleanup_free_ char *again =
				mem_printf("%s: it holds %s again", rows_text(step, "undone"),
					   rows_or_none(rows_text(step, "from")));

			rows_detail(rows, again);
		}
	}
}

/* What became of it in the end. */
static const char *end_of(const json_t *step)
{
	const char *undone = rows_text(step, "undone");

	return undone ? undone : rows_text(step, "outcome");
}

/* ", 4 keys applied, 1 clamped" of the steps that are about keys, or about files. */
static void count_steps(const json_t *result, bool files, struct strbuf *out)
{
	const char *before = files ? "file" : "key";

	for (size_t i = 0; rows_outcomes[i].outcome; i++) {
		const json_t *step;
		size_t j, count = 0;

		json_array_foreach(json_object_get(result, "steps"), j, step) count +=
			(rows_or_none(rows_text(step, "key"))[0] == '/') == files &&
			str_equal(end_of(step), rows_outcomes[i].outcome);
		if (!count)
			continue;
		strbuf_printf(out, "%s%zu ", out->len ? ", " : "", count);
		if (before)
			strbuf_printf(out, "%s%s ", before, count == 1 ? "" : "s");
		strbuf_puts(out, rows_outcomes[i].outcome);
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

static void print_summary(const struct cli *cli, const json_t *reply)
{
	const json_t *result = json_object_get(reply, "result");
	bool has_files = json_array_size(json_object_get(reply, "files")) > 0;
	const char *outcome = rows_text(result, "outcome");
	long long number = json_integer_value(json_object_get(result, "transaction"));
	long long left = json_integer_value(json_object_get(result, "confirm_left_s"));
	_cleanup_free_ char *counts = count_all(result), *again = change_again(cli);

	if (str_equal(outcome, "planned") || str_equal(outcome, "unchanged"))
		puts(outcome[0] == 'p' ? "Nothing was written." : "Nothing to change.");
	else if (str_equal(outcome, "applied"))
		printf("transaction %lld: %s; undo with: fettle rollback %lld%s\n", number,
		       *counts ? counts : outcome, number, again);
	else if (str_equal(outcome, "pending"))
		printf("transaction %lld: %s%s\nconfirm within %lld s, or it is undone: fettle "
		       "confirm %lld%s\n",
		       number, *counts ? counts : outcome,
		       has_files ? "; its files are written when it is confirmed" : "", left,
		       number, again);
	else
		printf("transaction %lld: %s%s%s\n", number, rows_or_none(outcome),
		       *counts ? ": " : "", counts);
}

void show_result(const struct cli *cli, const json_t *reply)
{
	const json_t *result = json_object_get(reply, "result"), *number;
	struct columns rows = {0};
	size_t i;

	json_array_foreach(json_object_get(result, "recovered"), i, number) printf(
		"transaction %lld was left half done, or not confirmed in time: it is undone\n",
		(long long)json_integer_value(number));
	add_modules(&rows, json_object_get(reply, "plan"),
		    str_equal(rows_text(result, "outcome"), "planned") ? "load" : "loaded");
	add_steps(&rows, result);
	add_obstacles(&rows, json_object_get(reply, "plan"));
	add_files(&rows, json_object_get(reply, "files"),
		  str_equal(rows_text(result, "outcome"), "planned"));
	add_boot(cli, &rows, json_object_get(reply, "boot"));
	if (rows.count) {
		rows_print(cli, &rows);
		putchar('\n');
	}
	print_not_applicable(json_object_get(reply, "plan"));
	print_summary(cli, reply);
}
