/* render/sockets_table.c - a list of sockets for people.
 *
 * libsmartcols holds all rows to align them; a list may be of a million. So the first rows are held
 * and say how wide the columns are, and what comes after is written as it comes. A row that does
 * not fit the terminal has its process, and then its addresses, on lines of their own; a path is
 * cut in the middle before that. */
#include "render/sockets.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "render/sockets_detail.h"
#include "render/term.h"

enum cell {
	PROTO,
	STATE,
	RECV,
	SEND,
	CHOSEN,
	LOCAL,
	REMOTE,
	PROCESS,
	CELLS
};

static const char *const titles[CELLS] = {"PROTO", "STATE", "RECV-Q", "SEND-Q",
					  "OPT",   "LOCAL", "REMOTE", "PROCESS"};
static const size_t gap = 2, indent = 4;
/* A cell longer than this does not push the columns of all rows apart. */
static const size_t most_width = 46;
/* Processes of up to this width have their room before paths have theirs. */
static const size_t most_process = 24;
static const size_t least_path = 20;

struct row {
	char *netns; /* a heading of its own above the row; NULL: none */
	char *cells[CELLS];
	bool has_path; /* in its cell LOCAL */
	char *detail;
};

enum {
	MOST_HELD = 1000
};

struct sockets_table {
	struct render_options options;
	FILE *out;
	size_t shown;
	char *netns; /* of the last row; "": our own */
	struct row held[MOST_HELD];
	size_t n_held;
	bool streams; /* the widths are decided */
	size_t widths[CELLS];
};

struct sockets_table *sockets_table_begin(const struct render_options *options, FILE *out)
{
	struct sockets_table *table = mem_alloc(sizeof(*table));

	table->options = *options;
	table->out = out;
	table->netns = mem_strdup("");
	return table;
}

static void row_fini(struct row *row)
{
	free(row->netns);
	for (int c = 0; c < CELLS; c++)
		free(row->cells[c]);
	free(row->detail);
	*row = (struct row){0};
}

static char *queue_text(const struct socket_record *record, uint32_t bytes)
{
	if (!record->has_queues)
		return mem_strdup(sockets_is_small(record) ? "-" : "?");
	return mem_printf("%" PRIu32, bytes);
}

static void row_init(struct row *row, struct sockets_table *table,
		     const struct socket_record *record)
{
	const char *netns = record->netns ? record->netns : "";

	*row = (struct row){0};
	if (!str_equal(netns, table->netns)) {
		mem_replace(&table->netns, netns);
		row->netns = mem_printf("network namespace %s", *netns ? netns : "self");
	}
	row->cells[PROTO] = mem_strdup(socket_kind_name(record->kind));
	row->cells[STATE] = mem_strdup(socket_state_name(record->state));
	row->cells[RECV] = queue_text(record, record->recv_queue);
	row->cells[SEND] = queue_text(record, record->send_queue);
	row->cells[LOCAL] = sockets_local_text(record);
	row->has_path = record->path != NULL;
	row->cells[REMOTE] = sockets_remote_text(record);
	row->cells[CHOSEN] = sockets_chosen_text(record);
	row->cells[PROCESS] = sockets_process_text(record);
	row->detail = sockets_detail_text(record, table->options.verbose);
}

static void put_styled(const struct sockets_table *table, enum term_style style, const char *text)
{
	if (table->options.color && style != STYLE_PLAIN && *text)
		fprintf(table->out, "%s%s%s", term_style_begin(style), text, term_style_end);
	else
		fputs(text, table->out);
}

static void put_blanks(const struct sockets_table *table, size_t count)
{
	fprintf(table->out, "%*s", (int)count, "");
}

/* Lines of their own, wrapped to the width. */
static void put_wrapped(const struct sockets_table *table, size_t margin, enum term_style style,
			const char *text)
{
	size_t width = table->options.width, room = width > margin ? width - margin : width > 0;
	_cleanup_free_ char *shown = term_text(text), *wrapped = term_wrap(shown, room);
	char *rest = wrapped;

	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		put_blanks(table, margin);
		put_styled(table, style, line);
		fputc('\n', table->out);
	}
}

static bool is_number(int cell)
{
	return cell == RECV || cell == SEND || cell == CHOSEN;
}

/* The cells before `end` in their columns; the last one is not filled up. */
static void put_cells(const struct sockets_table *table, char *const *cells, int end,
		      enum term_style style)
{
	for (int c = 0; c < end; c++) {
		size_t width = term_width(cells[c]);
		size_t fill = table->widths[c] > width ? table->widths[c] - width : 0;

		if (is_number(c))
			put_blanks(table, fill);
		put_styled(table, style, cells[c]);
		if (c + 1 < end)
			put_blanks(table, (is_number(c) ? 0 : fill) + gap);
	}
	fputc('\n', table->out);
}

/* Columns that the cells before `end` take, together. */
static size_t taken(const struct sockets_table *table, char *const *cells, int end)
{
	size_t sum = 0;

	for (int c = 0; c < end; c++) {
		size_t width = term_width(cells[c]);

		if ((c + 1 < end || is_number(c)) && width < table->widths[c])
			width = table->widths[c];
		sum += width + (c ? gap : 0);
	}
	return sum;
}

static void put_row(const struct sockets_table *table, char *const *cells, enum term_style style)
{
	size_t width = table->options.width;
	_cleanup_free_ char *ends = NULL;

	if (!width || taken(table, cells, CELLS) <= width) {
		put_cells(table, cells, CELLS, style);
		return;
	}
	if (taken(table, cells, PROCESS) <= width) {
		put_cells(table, cells, PROCESS, style);
		put_wrapped(table, indent, style, cells[PROCESS]);
		return;
	}
	ends = mem_printf("%s %s", cells[LOCAL], cells[REMOTE]);
	if (taken(table, cells, LOCAL) <= width)
		put_cells(table, cells, LOCAL, style);
	else
		put_wrapped(table, 0, style, cells[PROTO]);
	put_wrapped(table, indent, style, ends);
	put_wrapped(table, indent, style, cells[PROCESS]);
}

static void put_detail(const struct sockets_table *table, const char *detail)
{
	_cleanup_free_ char *copy = mem_strdup(detail);
	char *rest = copy;

	for (char *line = strsep(&rest, "\n"); line && *line; line = strsep(&rest, "\n"))
		put_wrapped(table, indent, STYLE_DIM, line);
}

/* Where there is a width, and not where everything is asked for: what is cut cannot be copied. */
static bool cuts_paths(const struct sockets_table *table)
{
	return table->options.width && !table->options.verbose;
}

static void put_whole(const struct sockets_table *table, struct row *row)
{
	if (row->netns)
		put_wrapped(table, 0, STYLE_STRONG, row->netns);
	if (row->has_path && cuts_paths(table)) {
		_cleanup_free_ char *path = row->cells[LOCAL];

		row->cells[LOCAL] = term_shorten(path, table->widths[LOCAL]);
	}
	put_row(table, row->cells, STYLE_PLAIN);
	put_detail(table, row->detail);
}

static void widen(struct sockets_table *table, char *const *cells, bool has_path)
{
	for (int c = 0; c < CELLS; c++) {
		size_t width = term_width(cells[c]);

		if (width > most_width)
			width = most_width;
		if (width > table->widths[c] && !(has_path && c == LOCAL))
			table->widths[c] = width;
	}
}

/* Paths have what the other columns leave, and what other addresses take. */
static void fit_paths(struct sockets_table *table)
{
	size_t widest = 0, others = (CELLS - 1) * gap, room;

	for (size_t i = 0; i < table->n_held; i++) {
		size_t width = term_width(table->held[i].cells[LOCAL]);

		if (table->held[i].has_path && width > widest)
			widest = width;
	}
	for (int c = 0; c < CELLS; c++) {
		if (c == PROCESS && table->widths[c] > most_process)
			others += most_process;
		else if (c != LOCAL)
			others += table->widths[c];
	}
	if (!table->options.width)
		room = most_width;
	else
		room = table->options.width > others ? table->options.width - others : 0;
	if (room < least_path)
		room = least_path;
	if (widest > room)
		widest = room;
	if (widest > table->widths[LOCAL])
		table->widths[LOCAL] = widest;
}

static void start_to_stream(struct sockets_table *table)
{
	char *heading[CELLS];

	for (int c = 0; c < CELLS; c++)
		heading[c] = mem_strdup(titles[c]);
	widen(table, heading, false);
	for (size_t i = 0; i < table->n_held; i++)
		widen(table, table->held[i].cells, table->held[i].has_path);
	fit_paths(table);
	put_row(table, heading, STYLE_STRONG);
	for (size_t i = 0; i < table->n_held; i++) {
		put_whole(table, &table->held[i]);
		row_fini(&table->held[i]);
	}
	for (int c = 0; c < CELLS; c++)
		free(heading[c]);
	table->n_held = 0;
	table->streams = true;
}

void sockets_table_add(struct sockets_table *table, const struct socket_record *record)
{
	struct row row;

	table->shown++;
	if (!table->streams && table->n_held == MOST_HELD)
		start_to_stream(table);
	if (!table->streams) {
		row_init(&table->held[table->n_held++], table, record);
		return;
	}
	row_init(&row, table, record);
	put_whole(table, &row);
	row_fini(&row);
}

static void put_shortfall(const struct sockets_table *table, const struct socket_shortfall *row)
{
	bool is_note = row->kind == SHORTFALL_NOTE;
	_cleanup_free_ char *text =
		row->count ? mem_printf("%s: %s (%zu socket%s)", row->what, row->why, row->count,
					row->count == 1 ? "" : "s")
			   : mem_printf("%s: %s", row->what, row->why);

	put_wrapped(table, is_note ? 0 : 2, is_note ? STYLE_DIM : STYLE_WARNING, text);
}

/* Those that leave something out, or the notes. */
static void put_shortfalls(const struct sockets_table *table,
			   const struct socket_coverage *coverage, bool notes)
{
	for (size_t i = 0; i < coverage->n_shortfalls; i++)
		if ((coverage->shortfalls[i].kind == SHORTFALL_NOTE) == notes)
			put_shortfall(table, &coverage->shortfalls[i]);
}

static void put_summary(const struct sockets_table *table, const struct socket_coverage *coverage)
{
	_cleanup_strbuf_ struct strbuf line = {0};
	size_t n = table->shown, n_missing = 0;

	for (size_t i = 0; i < coverage->n_shortfalls; i++)
		n_missing += coverage->shortfalls[i].kind != SHORTFALL_NOTE;

	strbuf_printf(&line, "%zu socket%s", n, n == 1 ? "" : "s");
	if (n != coverage->seen)
		strbuf_printf(&line, " of %zu seen", coverage->seen);
	strbuf_printf(&line, "; %zu of %zu read fully", coverage->fully_read, coverage->seen);
	if (coverage->without_owner)
		strbuf_printf(&line, ", %zu without a known owner", coverage->without_owner);
	if (coverage->options_source)
		strbuf_printf(&line, "; options by %s", coverage->options_source);
	if (n_missing)
		strbuf_puts(&line, "; not known:");
	fputc('\n', table->out);
	put_wrapped(table, 0, STYLE_STRONG, line.text);
	put_shortfalls(table, coverage, false);
	put_shortfalls(table, coverage, true);
}

void sockets_table_end(struct sockets_table *table, const struct socket_coverage *coverage)
{
	if (!table->streams && table->n_held)
		start_to_stream(table);
	put_summary(table, coverage);
	free(table->netns);
	free(table);
}
