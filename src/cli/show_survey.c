/* cli/show_survey.c - see show_survey.h. */
#include "cli/show_survey.h"

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "render/term.h"

enum cell {
	DESTINATION,
	PORT,
	CONNECTIONS,
	MIN_RTT,
	RATE,
	BDP,
	LIMITED_BY,
	CELLS
};

static const char *const titles[CELLS] = {
	"DESTINATION", "PORT", "CONNS", "MIN RTT", "RATE", "BDP", "LIMITED BY",
};
enum {
	GAP = 2,
	MARGIN = 4,
	WIDTH = 80, /* of bars, where there is no terminal */
	BAR_MOST = 40,
	RANGE_WIDTH = 20, /* "256 KiB .. 1.00 MiB" */
};

struct table {
	const struct cli *cli;
	char *(*rows)[CELLS];
	size_t count;
	size_t widths[CELLS];
};

struct unit {
	const char *name;
	double size;
};

/* Three digits in the largest unit that makes one or more of it; the first unit is whole. */
static char *with_unit(double value, const struct unit *units, size_t count)
{
	size_t i = count - 1;

	while (i && value < units[i].size)
		i--;
	value /= units[i].size;
	return mem_printf("%.*f %s",
			  !i || value >= 99.95 ? 0
			  : value >= 9.995     ? 1
					       : 2,
			  value, units[i].name);
}

static char *time_text(uint64_t us)
{
	static const struct unit units[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}};

	return with_unit((double)us, units, ARRAY_SIZE(units));
}

static char *bytes_text(uint64_t bytes)
{
	static const struct unit units[] = {
		{"B", 1}, {"KiB", 1024}, {"MiB", 0x1p20}, {"GiB", 0x1p30}};

	return with_unit((double)bytes, units, ARRAY_SIZE(units));
}

static char *rate_text(uint64_t bytes_a_second)
{
	static const struct unit units[] = {
		{"bit", 1}, {"kbit", 1e3}, {"Mbit", 1e6}, {"Gbit", 1e9}};

	return with_unit((double)bytes_a_second * 8, units, ARRAY_SIZE(units));
}

/* "?" where it is not known, and ">" in front of what may be more. */
static char *value_text(bool known, uint64_t value, bool or_more, char *(*text)(uint64_t value))
{
	_cleanup_free_ char *bare = known ? text(value) : mem_strdup("?");

	return mem_printf("%s%s", known && or_more ? ">" : "", bare);
}

/* As people call what survey_limited_by() names. */
static const char *limit_text(const struct survey_destination *destination)
{
	const char *limit = survey_limited_by(destination);

	if (!limit)
		return "?";
	return str_equal(limit, "receive-window") ? "far window"
	       : str_equal(limit, "send-buffer")  ? "send buffer"
						  : limit;
}

static void add_row(struct table *table, const struct survey_destination *destination)
{
	char **cells = *MEM_APPEND(table->rows, table->count), where[SOCKET_ADDRESS_SIZE];
	bool or_more = survey_is_lower_bound(destination), known;
	uint64_t value = 0;

	cells[DESTINATION] = mem_printf("%s %s", destination->key.served ? "from" : "to",
					survey_destination_print(&destination->key, where));
	cells[PORT] = mem_printf("%u", destination->key.port);
	cells[CONNECTIONS] = mem_printf("%" PRIu32, destination->connections);
	known = survey_get(destination, SURVEY_MIN_RTT_US, &value);
	cells[MIN_RTT] = value_text(known, value, false, time_text);
	known = survey_best_rate(destination, &value);
	cells[RATE] = value_text(known, value, or_more, rate_text);
	known = survey_get(destination, SURVEY_BDP_BYTES, &value);
	cells[BDP] = value_text(known, value, or_more, bytes_text);
	cells[LIMITED_BY] = mem_strdup(limit_text(destination));
}

static void put(const struct cli *cli, enum term_style style, const char *text)
{
	if (cli->render.color && style != STYLE_PLAIN)
		printf("%s%s%s", term_style_begin(style), text, term_style_end);
	else
		fputs(text, stdout);
}

/* Lines of their own, wrapped to the terminal. */
static void put_wrapped(const struct cli *cli, int margin, enum term_style style, const char *text)
{
	size_t width = cli->render.width, taken = (size_t)margin;
	_cleanup_free_ char *shown = term_text(text);
	_cleanup_free_ char *wrapped = term_wrap(shown, width > taken ? width - taken : width > 0);
	char *rest = wrapped;

	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		printf("%*s", margin, "");
		put(cli, style, line);
		putchar('\n');
	}
}

/* What says the limit goes below the row when it does not fit beside it. */
static void put_row(const struct table *table, char *const *cells, enum term_style style)
{
	_cleanup_strbuf_ struct strbuf line = {0};
	size_t width = table->cli->render.width;
	bool fits;

	for (int c = 0; c < LIMITED_BY; c++) {
		int fill = (int)(table->widths[c] - term_width(cells[c]));

		if (c == DESTINATION)
			strbuf_printf(&line, "%s%*s", cells[c], fill, "");
		else
			strbuf_printf(&line, "%*s%s", GAP + fill, "", cells[c]);
	}
	fits = !width || line.len + GAP + term_width(cells[LIMITED_BY]) <= width;
	if (fits)
		strbuf_printf(&line, "%*s%s", GAP, "", cells[LIMITED_BY]);
	put(table->cli, style, line.text);
	putchar('\n');
	if (!fits && style != STYLE_STRONG) {
		_cleanup_free_ char *limit = mem_printf("limited by %s", cells[LIMITED_BY]);

		put_wrapped(table->cli, MARGIN, STYLE_PLAIN, limit);
	}
}

static void put_rows(const struct cli *cli, const struct survey *survey)
{
	const struct survey_destination *destination;
	struct table table = {.cli = cli};
	char *heading[CELLS];
	uint32_t netns = 0;

	for (size_t i = 0; (destination = survey_at(survey, i)); i++)
		add_row(&table, destination);
	for (int c = 0; c < CELLS; c++) {
		heading[c] = mem_strdup(titles[c]);
		table.widths[c] = strlen(titles[c]);
		for (size_t i = 0; i < table.count; i++)
			if (term_width(table.rows[i][c]) > table.widths[c])
				table.widths[c] = term_width(table.rows[i][c]);
	}
	put_row(&table, heading, STYLE_STRONG);
	for (size_t i = 0; (destination = survey_at(survey, i)); i++) {
		const char *name = survey_netns(survey, destination->key.netns);

		if (destination->key.netns != netns || (i == 0 && name)) {
			_cleanup_free_ char *text =
				mem_printf("network namespace %s", name ? name : "self");

			put_wrapped(cli, 0, STYLE_STRONG, text);
		}
		netns = destination->key.netns;
		put_row(&table, table.rows[i], STYLE_PLAIN);
	}
	for (int c = 0; c < CELLS; c++)
		free(heading[c]);
	for (size_t i = 0; i < table.count; i++)
		for (int c = 0; c < CELLS; c++)
			free(table.rows[i][c]);
	free(table.rows);
}

/* Blocks by eighths of a column where the locale has them, else # by whole columns. */
static void put_bar(size_t count, size_t most, size_t width)
{
	static const char *const parts[] = {"",       "\u258f", "\u258e", "\u258d",
					    "\u258c", "\u258b", "\u258a", "\u2589"};
	bool blocks = term_can_show("\u2588\u258f\u258e\u258d\u258c\u258b\u258a\u2589");
	size_t eighths = count ? (count * width * 8 + most - 1) / most : 0;
	size_t whole = blocks ? eighths / 8 : (eighths + 7) / 8;

	for (size_t i = 0; i < whole; i++)
		fputs(blocks ? "\u2588" : "#", stdout);
	if (blocks)
		fputs(parts[eighths % 8], stdout);
}

static void put_histogram(const struct cli *cli, const char *title,
			  const struct histogram *histogram, char *(*text)(uint64_t value))
{
	size_t width = cli->render.width ? cli->render.width : WIDTH, most = 0, bar = 0;

	if (histogram->first == histogram->end)
		return;
	for (size_t i = histogram->first; i < histogram->end; i++)
		if (histogram->counts[i] > most)
			most = histogram->counts[i];
	if (width > RANGE_WIDTH + 12)
		bar = width - RANGE_WIDTH - 12 < BAR_MOST ? width - RANGE_WIDTH - 12 : BAR_MOST;
	putchar('\n');
	put_wrapped(cli, 0, STYLE_STRONG, title);
	for (size_t i = histogram->first; i < histogram->end; i++) {
		_cleanup_free_ char *from = text(histogram_from(histogram, i));
		_cleanup_free_ char *to = text(histogram_from(histogram, i + 1));

		printf("%8s .. %-8s ", from, to);
		put_bar(histogram->counts[i], most, bar);
		printf("%s%zu\n", histogram->counts[i] && bar ? " " : "", histogram->counts[i]);
	}
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void put_summary(const struct cli *cli, const struct survey *survey,
			const struct survey_made *made)
{
	struct survey_counts counts = survey_count(survey);
	_cleanup_strbuf_ struct strbuf line = {0};
	size_t destinations = 0;

	while (survey_at(survey, destinations))
		destinations++;
	strbuf_printf(&line, "%zu connection%s, %zu destination%s", counts.connections,
		      plural(counts.connections), destinations, plural(destinations));
	if (made->listened)
		strbuf_printf(&line, "; %zu closed in %" PRIu64 ".%" PRIu64 " s", counts.closed,
			      made->listened_ms / 1000, made->listened_ms % 1000 / 100);
	if (counts.unmeasured)
		strbuf_printf(&line, "; %zu that measured nothing left out", counts.unmeasured);
	if (made->coverage->n_shortfalls)
		strbuf_puts(&line, "; not seen:");
	putchar('\n');
	put_wrapped(cli, 0, STYLE_STRONG, line.text);
	for (size_t i = 0; i < made->coverage->n_shortfalls; i++) {
		const struct socket_shortfall *row = &made->coverage->shortfalls[i];
		_cleanup_free_ char *count = row->count ? mem_printf(" (%zu)", row->count) : NULL;
		_cleanup_free_ char *text =
			mem_printf("%s: %s%s", row->what, row->why, count ? count : "");

		put_wrapped(cli, 2, STYLE_WARNING, text);
	}
}

void show_survey_table(const struct cli *cli, const struct survey *survey,
		       const struct survey_made *made)
{
	const struct survey_destination *destination;
	struct histogram rtt, bdp;
	bool or_more = false;

	for (size_t i = 0; (destination = survey_at(survey, i)); i++)
		or_more = or_more || survey_is_lower_bound(destination);
	survey_histograms(survey, &rtt, &bdp);
	if (survey_at(survey, 0))
		put_rows(cli, survey);
	if (or_more)
		put_wrapped(cli, 0, STYLE_DIM,
			    "> or more: an application or a buffer bounded the rate, not the path");
	put_histogram(cli, "min RTT of connections", &rtt, time_text);
	put_histogram(cli, "BDP of destinations", &bdp, bytes_text);
	put_summary(cli, survey, made);
}
