/* cli/show_transactions.c - the list of transactions, and one of them with all its steps. */
#include "cli/show_change.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/output.h"
#include "cli/rows.h"

static size_t size_of(const json_t *object, const char *name)
{
	return json_array_size(json_object_get(object, name));
}

static long long number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* "undone (rollback), 2 left" */
static void describe_state(const json_t *transaction, struct strbuf *out)
{
	const char *why = rows_text(transaction, "undone_why");
	const char *state = rows_or_none(rows_text(transaction, "state"));

	strbuf_puts(out, state);
	if (why)
		strbuf_printf(out, " (%s)", why);
	if (number_of(transaction, "left"))
		strbuf_printf(out, ", %lld left", number_of(transaction, "left"));
	if (str_equal(state, "pending"))
		strbuf_printf(out, ", %lld s left to confirm",
			      number_of(transaction, "confirm_left_s"));
}

/* "web: 3 keys, 1 file; done" */
static char *describe_transaction(const json_t *transaction)
{
	size_t keys = size_of(transaction, "steps"), files = size_of(transaction, "files");
	const char *profile = rows_text(transaction, "profile");
	struct strbuf out = {0};

	strbuf_printf(&out,
		      "%s: ", profile ? profile : rows_or_none(rows_text(transaction, "command")));
	if (keys || !files)
		strbuf_printf(&out, "%zu key%s", keys, plural(keys));
	if (files)
		strbuf_printf(&out, "%s%zu file%s", keys ? ", " : "", files, plural(files));
	strbuf_puts(&out, "; ");
	describe_state(transaction, &out);
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
		_cleanup_free_ char *number =
			mem_printf("%lld", number_of(transaction, "transaction"));

		rows_add(&rows, STYLE_STRONG, number, what, rows_text(transaction, "time"));
	}
	if (!rows.count)
		output_note("there are no transactions");
	rows_print(cli, &rows);
}

static void add_undo(struct columns *rows, const json_t *transaction)
{
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(transaction, "undone_steps"), i, step)
	{
		const char *outcome = rows_text(step, "outcome");
		_cleanup_free_ char *what = rows_step(step);

		rows_add(rows, rows_style(outcome), outcome, what, NULL);
		rows_detail(rows, rows_text(step, "reason"));
	}
}

void show_transaction(const struct cli *cli, const json_t *transaction)
{
	const char *undone = rows_text(transaction, "undone_time");
	const char *told = rows_text(transaction, "undone_reason");
	_cleanup_free_ char *reason = told ? str_printable(told) : NULL;
	_cleanup_free_ char *what = describe_transaction(transaction);
	_cleanup_free_ char *title =
		mem_printf("transaction %lld: %s", number_of(transaction, "transaction"), what);
	_cleanup_free_ char *by = mem_printf(
		"%s at %s, by uid %lld, fettle %s", rows_or_none(rows_text(transaction, "command")),
		rows_or_none(rows_text(transaction, "time")), number_of(transaction, "uid"),
		rows_or_none(rows_text(transaction, "version")));
	/* how far one came that is under way, or was killed, its undo will find out */
	const char *unset =
		str_equal(rows_text(transaction, "state"), "open") ? "unknown" : "not set";
	struct columns rows = {0}, undo = {0};
	const json_t *item;
	size_t i;

	rows_line(title);
	rows_line(by);
	json_array_foreach(json_object_get(transaction, "steps"), i, item)
	{
		_cleanup_free_ char *step = rows_step(item);

		rows_add(&rows, STYLE_STRONG, rows_text(item, "got") ? "set" : unset, step, NULL);
	}
	json_array_foreach(json_object_get(transaction, "modules"), i, item)
		rows_add(&rows, STYLE_INFO, "module", json_string_value(item), NULL);
	json_array_foreach(json_object_get(transaction, "files"), i, item)
		rows_add(&rows, STYLE_STRONG, "file", json_string_value(item), NULL);
	rows_print(cli, &rows);
	add_undo(&undo, transaction);
	if (undo.count)
		printf("\nundone at %s%s%s\n", rows_or_none(undone), reason ? ": " : "",
		       reason ? reason : "");
	rows_print(cli, &undo);
}
