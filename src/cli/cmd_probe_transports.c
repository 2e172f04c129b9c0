/* cli/cmd_probe_transports.c - `fettle probe transports`: Unix sockets against loopback. */
#include "cli/cli.h"

#include "base/mem.h"
#include "base/str.h"
#include "cli/output.h"
#include "cli/probe.h"
#include "cli/rows.h"

enum {
	NUMBERS_ROOM = 74 /* columns that a table with aligned numbers takes */
};

static bool has_status(const json_t *object, const char *status)
{
	return str_equal(rows_text(object, "status"), status);
}

/* "12.3", or "-" for what is not known; "" where it makes no sense: the caller's. */
static char *decimal(const json_t *value, double unit, int digits)
{
	if (!value)
		return mem_strdup("");
	if (!json_is_number(value))
		return mem_strdup("-");
	return mem_printf("%.*f", digits, json_number_value(value) / unit);
}

/* Half of what the slowest and the fastest round differ by: the caller's. */
static char *percent_apart(const json_t *throughput)
{
	double rate = json_number_value(json_object_get(throughput, "Bps"));
	double low = json_number_value(json_object_get(throughput, "low_Bps"));
	double high = json_number_value(json_object_get(throughput, "high_Bps"));

	return high > 0 && rate > 0 ? mem_printf("%.0f", 50 * (high - low) / rate)
				    : mem_strdup("-");
}

/* The numbers of a row, aligned below their titles; or, where there is no room for that, each with
 * its own; round trips are left out that could not be made that way. */
static char *numbers(const struct cli *cli, const json_t *throughput)
{
	const json_t *latency = json_object_get(throughput, "latency_us");
	_cleanup_free_ char *p50 = decimal(json_object_get(latency, "p50"), 1, 1);
	_cleanup_free_ char *p90 = decimal(json_object_get(latency, "p90"), 1, 1);
	_cleanup_free_ char *p99 = decimal(json_object_get(latency, "p99"), 1, 1);
	_cleanup_free_ char *rate = decimal(json_object_get(throughput, "Bps"), 1e9 / 8, 2);
	_cleanup_free_ char *ratio = decimal(json_object_get(throughput, "ratio"), 1, 2);
	_cleanup_free_ char *spread = percent_apart(throughput);

	if (!cli->render.width || cli->render.width >= NUMBERS_ROOM)
		return mem_printf("%7s %7s %7s %9s %5s %6s", p50, p90, p99, rate, spread, ratio);
	if (!*p50)
		return mem_printf("%s Gbit/s +-%s %%, ratio %s", rate, spread, ratio);
	return mem_printf("p50 %s us, p90 %s us, p99 %s us; %s Gbit/s +-%s %%, ratio %s", p50, p90,
			  p99, rate, spread, ratio);
}

static void add_transport(const struct cli *cli, struct columns *rows, const json_t *transport)
{
	const char *note = rows_text(transport, "note"), *name = rows_text(transport, "transport");
	const json_t *throughput;
	enum term_style style = has_status(transport, "failed") ? STYLE_CRITICAL : STYLE_DIM;
	size_t i;

	if (note)
		columns_add(rows, style, rows_or_none(name), "", note)->styles[0] = STYLE_STRONG;
	json_array_foreach(json_object_get(transport, "throughput"), i, throughput)
	{
		_cleanup_free_ char *line = numbers(cli, throughput);
		const char *why = rows_text(throughput, "note");
		bool is_measured = has_status(throughput, "measured");

		style = has_status(throughput, "failed") ? STYLE_CRITICAL : STYLE_DIM;
		columns_add(rows, is_measured ? STYLE_PLAIN : style, i || note ? "" : name,
			    rows_text(throughput, "how"), is_measured ? line : why)
			->styles[0] = STYLE_STRONG;
		if (is_measured && why)
			columns_add(rows, style, "", "", why);
	}
}

static void print_table(const struct cli *cli, const json_t *result)
{
	_cleanup_free_ char *titles = mem_printf("%7s %7s %7s %9s %5s %6s", "p50 us", "p90", "p99",
						 "Gbit/s", "+-%", "ratio");
	_cleanup_free_ char *legend = mem_printf(
		"Round trips of %" JSON_INTEGER_FORMAT " bytes; sent by %" JSON_INTEGER_FORMAT
		" bytes. The ratio is to write on a Unix stream; +-%% is half of what the slowest "
		"and the fastest of three rounds differ by.",
		json_integer_value(json_object_get(result, "message_bytes")),
		json_integer_value(json_object_get(result, "chunk_bytes")));
	struct columns rows = {0};
	const json_t *transport;
	size_t i;

	if (!cli->render.width || cli->render.width >= NUMBERS_ROOM)
		columns_add(&rows, STYLE_DIM, "transport", "how", titles);
	json_array_foreach(json_object_get(result, "transports"), i, transport)
		add_transport(cli, &rows, transport);
	rows_print(cli, &rows);
	putchar('\n');
	columns_add(&rows, STYLE_DIM, "", "", legend);
	rows_print(cli, &rows);
}

static bool is_whole(const json_t *result)
{
	const json_t *transport, *throughput;
	size_t i, j;

	json_array_foreach(json_object_get(result, "transports"), i, transport)
	{
		if (has_status(transport, "failed"))
			return false;
		json_array_foreach(json_object_get(transport, "throughput"), j, throughput)
		{
			if (has_status(throughput, "failed"))
				return false;
		}
	}
	return true;
}

static void show_progress(void *context, const json_t *progress)
{
	_cleanup_free_ char *line =
		mem_printf("%s: %s", rows_or_none(rows_text(progress, "transport")),
			   rows_or_none(rows_text(progress, "what")));

	(void)context;
	if (probe_is_watched())
		probe_show_progress(line);
}

enum cli_exit cmd_probe_transports(const struct cli *cli)
{
	struct measure measure = {.probe = "transports", .progress = show_progress};
	json_t *result = NULL;
	enum cli_exit code;

	if (!probe_asked(cli, &measure, &result, &code))
		code = probe_run(&measure, &result);
	if (code != CLI_FINE)
		return code;
	/* what is not there is said, and no reason to fail; what failed is one */
	code = is_whole(result) ? CLI_FINE : CLI_INCOMPLETE;
	if (!str_equal(cli->format, "json"))
		print_table(cli, result);
	else if (json_dumpf(result, stdout,
			    JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6)) == 0)
		putchar('\n'); /* a failed write is found by output_finish() */
	json_decref(result);
	return code;
}
