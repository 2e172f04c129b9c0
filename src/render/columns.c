/* render/columns.c - see columns.h.
 *
 * The widths are decided here, because libsmartcols breaks a cell at any character and "131072"
 * must not become "131" above "072"; it aligns what was wrapped between words beforehand. */
#include "render/columns.h"

#include <libsmartcols.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* Narrower than this, for the last two columns together, is no table any more. */
static const size_t least_room = 28;
/* A cell in the middle wider than this (a long list of words or ports) is wrapped in any case, so
 * that one does not push everything else out of sight. */
static const size_t most_middle = 40, most_middle_unlimited = 100;
static const size_t least_middle = 12;
static const char gap[] = "  ";

void columns_fini(struct columns *columns)
{
	for (size_t i = 0; i < columns->count; i++) {
		for (int c = 0; c < COLUMNS; c++)
			free(columns->rows[i].cells[c]);
	}
	free(columns->rows);
	*columns = (struct columns){0};
}

struct columns_row *columns_add(struct columns *columns, enum term_style style, const char *first,
				const char *second, const char *third)
{
	const char *const texts[COLUMNS] = {first, second, third};
	struct columns_row *row = MEM_APPEND(columns->rows, columns->count);

	for (int c = 0; c < COLUMNS; c++) {
		row->cells[c] = term_text(texts[c] ? texts[c] : "");
		row->styles[c] = style;
	}
	return row;
}

static size_t widest(const struct columns *columns, int column)
{
	size_t width = 0;

	for (size_t i = 0; i < columns->count; i++) {
		size_t w = term_width(columns->rows[i].cells[column]);

		if (w > width)
			width = w;
	}
	return width;
}

static void wrap_column(struct columns *columns, int column, size_t width)
{
	for (size_t i = 0; i < columns->count; i++) {
		char **cell = &columns->rows[i].cells[column];
		/* a long path in the middle would push the last column out of sight */
		char *wrapped = column == 1 ? term_wrap_all(*cell, width) : term_wrap(*cell, width);

		free(*cell);
		*cell = wrapped;
	}
}

static size_t widest_path(const struct columns *columns)
{
	size_t width = 0;

	for (size_t i = 0; i < columns->count; i++) {
		size_t w = term_widest_path(columns->rows[i].cells[COLUMNS - 1]);

		if (w > width)
			width = w;
	}
	return width;
}

/* Files' names are not broken: where there is no room for them beside the middle column they go
 * under it. */
static void stack_last(struct columns *columns, size_t room)
{
	for (size_t i = 0; i < columns->count; i++) {
		char **cells = columns->rows[i].cells;
		_cleanup_free_ char *middle = cells[1], *last = cells[2];
		_cleanup_free_ char *above = term_wrap_all(middle, room);
		_cleanup_free_ char *below = term_wrap(last, room);

		cells[1] = mem_printf("%s%s%s", above, *above && *below ? "\n" : "", below);
		cells[2] = mem_strdup("");
	}
}

bool columns_fit(struct columns *columns, size_t width)
{
	size_t middle = widest(columns, 1), last = widest(columns, 2);
	size_t taken = widest(columns, 0) + (middle ? 2 : 1) * strlen(gap), room;

	if (width && !last && middle > most_middle)
		middle = width > taken + most_middle ? width - taken : most_middle;
	else if (middle > (width ? most_middle : most_middle_unlimited))
		middle = width ? most_middle : most_middle_unlimited;
	if (!width) {
		wrap_column(columns, 1, middle);
		return true;
	}
	if (taken + middle + last > width) {
		size_t path = widest_path(columns);

		if (width < taken + least_room)
			return false;
		room = width - taken;
		if (path && middle + path > room) {
			stack_last(columns, room + strlen(gap));
			return true;
		}
		if (middle > room / 2 && middle + last > room)
			middle = last < room / 2 ? room - last : room / 2;
		if (middle && middle < least_middle)
			middle = least_middle;
		last = room - middle;
	}
	wrap_column(columns, 1, middle);
	wrap_column(columns, 2, last);
	return true;
}

size_t columns_row_lines(const struct columns_row *row)
{
	size_t lines = 1;

	for (int c = 0; c < COLUMNS; c++) {
		size_t n = term_lines(row->cells[c]);

		if (n > lines)
			lines = n;
	}
	return lines;
}

/* What libsmartcols could not do for want of memory must not look like a shorter table. */
static void must(int result)
{
	if (result < 0)
		abort();
}

/* A column with nothing in it takes no room at all. */
static struct libscols_table *new_table(const struct columns *columns, bool color)
{
	struct libscols_table *table = scols_new_table();

	must(table ? 0 : -1);
	must(scols_table_enable_noheadings(table, 1));
	must(scols_table_enable_colors(table, color));
	/* the cells are safe already; it would make "\\x5cx1b" of "\\x1b" */
	must(scols_table_enable_noencoding(table, 1));
	must(scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER));
	must(scols_table_set_column_separator(table, gap));
	for (int c = 0; c < COLUMNS; c++) {
		int flags = SCOLS_FL_WRAP | (widest(columns, c) ? 0 : SCOLS_FL_HIDDEN);
		struct libscols_column *column = scols_table_new_column(table, "", 0, flags);

		must(column ? 0 : -1);
		must(scols_column_set_wrapfunc(column, scols_wrapnl_chunksize,
					       scols_wrapnl_nextchunk, NULL));
	}
	return table;
}

static void add_line(struct libscols_table *table, const struct columns_row *row)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	must(line ? 0 : -1);
	for (int c = 0; c < COLUMNS; c++) {
		must(scols_line_set_data(line, (size_t)c, row->cells[c]));
		if (row->styles[c] != STYLE_PLAIN && row->cells[c][0])
			must(scols_cell_set_color(scols_line_get_cell(line, (size_t)c),
						  term_style_begin(row->styles[c])));
	}
}

static void add_trimmed(struct strbuf *out, const char *line, size_t len)
{
	while (len && line[len - 1] == ' ')
		len--;
	strbuf_add(out, line, len);
	strbuf_puts(out, "\n");
}

char *columns_to_text(const struct columns *columns, bool color)
{
	struct libscols_table *table = new_table(columns, color);
	_cleanup_free_ char *text = NULL;
	struct strbuf out = {0};

	for (size_t i = 0; i < columns->count; i++)
		add_line(table, &columns->rows[i]);
	if (columns->count)
		must(scols_print_table_to_string(table, &text));
	scols_unref_table(table);
	for (const char *line = text ? text : ""; *line;) {
		size_t len = strcspn(line, "\n");

		add_trimmed(&out, line, len);
		line += len + (line[len] == '\n');
	}
	return strbuf_take(&out);
}
