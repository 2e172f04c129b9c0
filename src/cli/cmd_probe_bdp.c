/* cli/cmd_probe_bdp.c - `fettle probe bdp`: a path's rate, round trip and bandwidth-delay product,
 * what limits it, and what to set. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/output.h"
#include "cli/probe.h"
#include "cli/probe_words.h"
#include "cli/rows.h"

static double number(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

static bool is_known(const json_t *object, const char *name)
{
	return json_is_integer(json_object_get(object, name));
}

/* The caller's. */
static char *say_round_trip(const json_t *object)
{
	return is_known(object, "min_rtt_us")
		       ? probe_words_time(json_integer_value(json_object_get(object, "min_rtt_us")))
		       : mem_strdup("not known");
}

/* Without what is not known yet. */
static void show(void *context, const json_t *progress)
{
	_cleanup_free_ char *trip = say_round_trip(progress);
	_cleanup_strbuf_ struct strbuf line = {0};
	char amount[PROBE_TEXT_SIZE];

	(void)context;
	if (!probe_is_watched())
		return;
	strbuf_printf(&line, "%s: ", rows_text(progress, "direction"));
	if (is_known(progress, "rate_bps"))
		strbuf_printf(&line, "%s, ",
			      probe_words_amount(number(progress, "rate_bps"), "bit/s", amount));
	if (is_known(progress, "min_rtt_us"))
		strbuf_printf(&line, "round trip %s, ", trip);
	if (is_known(progress, "bdp_bytes"))
		strbuf_printf(&line, "product %s, ",
			      probe_words_amount(number(progress, "bdp_bytes"), "B", amount));
	strbuf_printf(&line, "%s in %.1f s",
		      probe_words_amount(number(progress, "bytes"), "B", amount),
		      number(progress, "elapsed_s"));
	probe_show_progress(line.text);
}

static const char *limit_in_words(const char *limit)
{
	static const struct {
		const char *name, *words;
	} limits[] = {
		{"path", "the path"},
		{"receive-window", "the receive window"},
		{"send-buffer", "the send buffer"},
		{"congestion-window", "the congestion window, which had not grown enough yet"},
		{"loss", "loss on the path"},
		{"sender", "the sending program, or --max-rate"},
		{"far-end", "the far end's own limit"},
	};

	for (size_t i = 0; limit && i < ARRAY_SIZE(limits); i++) {
		if (strcmp(limits[i].name, limit) == 0)
			return limits[i].words;
	}
	return "what is not known";
}

static void add_failure(struct columns *rows, const char *name, const json_t *error)
{
	_cleanup_free_ char *text = mem_printf("not measured: %s", rows_text(error, "text"));

	columns_add(rows, STYLE_WARNING, name, text, NULL);
}

/* The option whose limit ended it, here or there; NULL: none did, or that cannot be told. */
static const char *limit_that_ended(const json_t *way)
{
	static const struct {
		const char *name, *words;
	} limits[] = {
		{"max-bytes", "--max-bytes"},
		{"max-time", "--max-time"},
		{"far-max-bytes", "the far end's --max-bytes"},
		{"far-max-time", "the far end's --max-time"},
	};
	const char *name = rows_text(way, "ended_by");

	for (size_t i = 0; name && i < ARRAY_SIZE(limits); i++) {
		if (strcmp(limits[i].name, name) == 0)
			return limits[i].words;
	}
	return NULL;
}

/* The caller's. */
static char *say_elapsed(const json_t *way)
{
	return probe_words_time((json_int_t)(number(way, "elapsed_s") * 1e6));
}

/* The caller's. */
static char *say_why_no_rate(const json_t *way)
{
	const char *limit = limit_that_ended(way);
	_cleanup_free_ char *elapsed = say_elapsed(way);

	return limit ? mem_printf("no rate: %s ended it after %s, too early to tell: allow more",
				  limit, elapsed)
		     : mem_strdup("no rate: too little got through to tell");
}

/* The caller's. */
static char *say_confidence(const json_t *way)
{
	const char *confidence = rows_text(way, "confidence"), *limit = limit_that_ended(way);

	return str_equal(confidence, "low") && limit
		       ? mem_printf("low, as %s ended it: allow more", limit)
		       : mem_strdup(rows_or_none(confidence));
}

static void add_result(struct columns *rows, const char *name, const json_t *way)
{
	char rate[PROBE_TEXT_SIZE], good[PROBE_TEXT_SIZE], bdp[PROBE_TEXT_SIZE];
	_cleanup_free_ char *text = NULL, *trip = say_round_trip(way);

	if (!is_known(way, "rate_bps"))
		text = say_why_no_rate(way);
	else
		text = mem_printf("%s (%s of payload), round trip %s, bandwidth-delay product %s",
				  probe_words_amount(number(way, "rate_bps"), "bit/s", rate),
				  probe_words_amount(number(way, "goodput_bps"), "bit/s", good),
				  trip, probe_words_amount(number(way, "bdp_bytes"), "B", bdp));
	columns_add(rows, STYLE_STRONG, name, text, NULL);
}

static void add_how(struct columns *rows, const json_t *way)
{
	const char *how = rows_text(way, "congestion"), *asked = rows_text(way, "congestion_asked");
	_cleanup_free_ char *confidence = say_confidence(way), *elapsed = say_elapsed(way);
	bool differs = asked && !str_equal(how, asked);
	char sent[PROBE_TEXT_SIZE];
	_cleanup_free_ char *text = mem_printf(
		"limited by %s; confidence %s; %s%s%s; %s in %s, %.0f of %.0f segments sent "
		"again",
		limit_in_words(rows_text(way, "limited_by")), confidence,
		how ? how : "congestion control not told", differs ? ", and not as asked for " : "",
		differs ? asked : "", probe_words_amount(number(way, "bytes"), "B", sent), elapsed,
		number(way, "retransmits"), number(way, "segments"));

	rows_detail(rows, text);
}

static void add_advice(struct columns *rows, const json_t *way)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(way, "advice"), i, one)
	{
		const char *value = rows_text(one, "value");
		_cleanup_free_ char *text =
			value ? mem_printf("%s: set %s to %s", rows_text(one, "host"),
					   rows_text(one, "key"), value)
			      : mem_printf("%s: raise the third field of %s to %.0f or more",
					   rows_text(one, "host"), rows_text(one, "key"),
					   number(one, "at_least"));

		columns_add(rows, STYLE_WARNING, "  fix", text, NULL);
		rows_detail(rows, rows_text(one, "why"));
	}
}

static void print_profiles(const json_t *way)
{
	const char *host;
	json_t *text;

	json_object_foreach(json_object_get(way, "profiles"), host, text)
	{
		printf("\n# a profile for %s, such as path-%s.yaml; `fettle plan FILE` shows what "
		       "it "
		       "changes\n",
		       strcmp(host, "here") == 0 ? "this host" : "the far end", host);
		fputs(json_string_value(text), stdout);
	}
}

static void print_table(const struct cli *cli, const json_t *result)
{
	static const char *const ways[] = {"up", "down"};
	_cleanup_columns_ struct columns rows = {0};
	_cleanup_free_ char *title = mem_printf("path to %s", rows_text(result, "far_end"));

	rows_line(title);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		const json_t *way = json_object_get(result, ways[i]);
		const json_t *error = json_object_get(way, "error");

		if (error)
			add_failure(&rows, ways[i], error);
		if (!way || error)
			continue;
		add_result(&rows, ways[i], way);
		add_how(&rows, way);
		add_advice(&rows, way);
	}
	rows_print(cli, &rows);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		print_profiles(json_object_get(result, ways[i]));
}

/* Advice is a finding; a way without a rate was not measured. */
static enum cli_exit verdict(const json_t *result)
{
	static const char *const ways[] = {"up", "down"};
	enum cli_exit code = CLI_FINE;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		const json_t *way = json_object_get(result, ways[i]);

		if (way && !json_is_integer(json_object_get(way, "rate_bps")))
			return CLI_INCOMPLETE;
		if (json_array_size(json_object_get(way, "advice")))
			code = CLI_FINDINGS;
	}
	return code;
}

/* From here, with the token that this end has. */
static enum cli_exit measure_here(const struct cli *cli, struct measure *measure, json_t **result)
{
	_cleanup_free_ char *token = NULL;
	struct err err;

	if (probe_words_token(cli, &token, &err) < 0)
		return err.code == EINVAL ? output_fail(CLI_USAGE, &err) : output_fail_input(&err);
	measure->input = token;
	return probe_add_target(cli, measure, &err) < 0 ? output_fail_input(&err)
							: probe_run(measure, result);
}

static enum cli_exit get_result(const struct cli *cli, json_t **result)
{
	_cleanup_(measure_fini) struct measure measure = {.probe = "bdp", .progress = show};
	enum cli_exit code = probe_check_target(cli);
	struct err err;

	if (code)
		return code;
	if (probe_words_limits(cli, &measure, &err) < 0)
		return output_fail(CLI_USAGE, &err);
	measure_add(&measure, "way", cli->direction);
	measure_add(&measure, "family", cli->family);
	return probe_asked(cli, &measure, result, &code) ? code
							 : measure_here(cli, &measure, result);
}

enum cli_exit cmd_probe_bdp(const struct cli *cli)
{
	json_t *result = NULL;
	enum cli_exit code = get_result(cli, &result);

	if (code)
		return code;
	if (str_equal(cli->format, "json"))
		output_json(json_incref(result));
	else
		print_table(cli, result);
	code = verdict(result);
	json_decref(result);
	return code;
}
