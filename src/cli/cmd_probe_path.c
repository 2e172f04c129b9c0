/* cli/cmd_probe_path.c - `fettle probe path`: how a connection to a host is made, what packets fit,
 * and who is on the way. What is measured is in probes/path.c; here it is shown. */
#include "cli/cli.h"

#include <inttypes.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/duration.h"
#include "cli/output.h"
#include "cli/probe.h"
#include "cli/probe_words.h"
#include "cli/rows.h"

enum {
	LABEL_WIDTH = 16
};

static json_int_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void heading(const char *text)
{
	putchar('\n');
	rows_line(text);
}

/* Takes `text`. */
static void add_row(struct columns *rows, const char *label, char *text)
{
	_cleanup_free_ char *padded = mem_printf("  %-*s", LABEL_WIDTH, label);

	columns_add(rows, STYLE_PLAIN, padded, text, NULL)->styles[0] = STYLE_DIM;
	free(text);
}

static void show_addresses(const struct cli *cli, const json_t *result)
{
	struct columns rows = {0};
	const json_t *address;
	size_t i;

	json_array_foreach(json_object_get(result, "addresses"), i, address)
	{
		_cleanup_free_ char *time = probe_words_time(number_of(address, "connect_us"));
		_cleanup_free_ char *label =
			mem_printf("  %s", rows_or_none(rows_text(address, "address")));
		const char *reason = rows_text(json_object_get(address, "error"), "text");
		_cleanup_free_ char *text =
			mem_printf("%s %s%s%s", reason ? "failed after" : "answered in", time,
				   reason ? ": " : "", reason ? reason : "");

		columns_add(&rows, STYLE_PLAIN, label, text, NULL)->styles[1] =
			reason ? STYLE_WARNING : STYLE_GOOD;
	}
	rows_line("Addresses");
	rows_print(cli, &rows);
}

static void add_handshakes(struct columns *rows, const json_t *handshakes)
{
	_cleanup_free_ char *least = probe_words_time(number_of(handshakes, "min_us"));
	_cleanup_free_ char *median = probe_words_time(number_of(handshakes, "median_us"));
	const json_t *list = json_object_get(handshakes, "list"), *one;
	json_int_t again = 0, least_rtt_us = 0;
	_cleanup_free_ char *rtt = NULL;
	size_t i;

	json_array_foreach(list, i, one)
	{
		json_int_t rtt_us = number_of(one, "min_rtt_us");

		again += number_of(one, "syn_retransmits");
		if (rtt_us && (!least_rtt_us || rtt_us < least_rtt_us))
			least_rtt_us = rtt_us;
	}
	rtt = least_rtt_us ? probe_words_time(least_rtt_us) : mem_strdup("not known");
	add_row(rows, "handshake",
		mem_printf("%s at least, %s median, of %zu", least, median, json_array_size(list)));
	add_row(rows, "round trip", mem_printf("%s, as TCP has it", rtt));
	add_row(rows, "SYNs sent again", mem_printf("%" JSON_INTEGER_FORMAT, again));
}

static void add_number(struct columns *rows, const char *label, const json_t *tcp, const char *name,
		       const char *unit)
{
	const json_t *value = json_object_get(tcp, name);

	if (json_is_integer(value))
		add_row(rows, label,
			mem_printf("%" JSON_INTEGER_FORMAT " %s", json_integer_value(value), unit));
	else
		add_row(rows, label, mem_strdup("not known"));
}

static void add_option(struct columns *rows, const char *label, const json_t *tcp, const char *name)
{
	const json_t *value = json_object_get(tcp, name);

	add_row(rows, label, mem_strdup(!value ? "not known" : json_is_true(value) ? "yes" : "no"));
}

static void show_tcp(const struct cli *cli, const json_t *result)
{
	const json_t *tcp = json_object_get(result, "tcp");
	const json_t *scale = json_object_get(tcp, "window_scale");
	const char *congestion = rows_text(tcp, "congestion");
	_cleanup_free_ char *title =
		mem_printf("TCP with %s", rows_or_none(rows_text(result, "address")));
	struct columns rows = {0};

	if (!tcp)
		return;
	add_handshakes(&rows, json_object_get(result, "handshakes"));
	if (json_is_object(scale))
		add_row(&rows, "window scale",
			mem_printf("%" JSON_INTEGER_FORMAT " to send, %" JSON_INTEGER_FORMAT
				   " to receive",
				   number_of(scale, "send"), number_of(scale, "receive")));
	else
		add_row(&rows, "window scale", mem_strdup(scale ? "no" : "not known"));
	add_option(&rows, "SACK", tcp, "sack");
	add_option(&rows, "timestamps", tcp, "timestamps");
	add_option(&rows, "ECN", tcp, "ecn");
	add_row(&rows, "MSS",
		mem_printf("%" JSON_INTEGER_FORMAT " to send, %" JSON_INTEGER_FORMAT
			   " seen, %" JSON_INTEGER_FORMAT " announced",
			   number_of(tcp, "snd_mss_bytes"), number_of(tcp, "rcv_mss_bytes"),
			   number_of(tcp, "advmss_bytes")));
	add_number(&rows, "first window", tcp, "initial_cwnd", "segments");
	add_row(&rows, "congestion", mem_strdup(congestion ? congestion : "not known"));
	heading(title);
	rows_print(cli, &rows);
}

/* "found by UDP", "at least, by TCP: ..."; the caller's. */
static char *say_mtu(const json_t *mtu)
{
	const char *verdict = rows_text(mtu, "verdict"), *reason = rows_text(mtu, "reason");
	const char *by = rows_text(mtu, "by");
	bool exact = json_is_true(json_object_get(mtu, "exact"));

	if (str_equal(verdict, "unknown"))
		return mem_printf("not known: %s", reason ? reason : "there was no time");
	return mem_printf("%" JSON_INTEGER_FORMAT " bytes%s, by %s%s%s",
			  number_of(mtu, "path_mtu_bytes"), exact ? "" : " at least",
			  str_equal(by, "tcp") ? "TCP segments" : "UDP", reason ? ": " : "",
			  reason ? reason : "");
}

static void show_mtu(const struct cli *cli, const json_t *result)
{
	const json_t *mtu = json_object_get(result, "mtu"), *report;
	const json_t *tcp = json_object_get(result, "tcp");
	struct columns rows = {0};
	size_t i;

	if (!mtu)
		return;
	add_number(&rows, "interface", mtu, "interface_mtu_bytes", "bytes");
	if (tcp)
		add_number(&rows, "TCP began with", tcp, "pmtu_bytes", "bytes");
	add_row(&rows, "path", say_mtu(mtu));
	if (number_of(mtu, "lost_bytes"))
		add_number(&rows, "vanish from", mtu, "lost_bytes", "bytes on");
	json_array_foreach(json_object_get(mtu, "reports"), i, report)
	{
		json_int_t mtu_bytes = number_of(report, "mtu_bytes");
		_cleanup_free_ char *takes =
			mtu_bytes ? mem_printf("takes %" JSON_INTEGER_FORMAT, mtu_bytes)
				  : mem_strdup("does not say what it takes");

		add_row(&rows, "refused by",
			mem_printf("%s: %" JSON_INTEGER_FORMAT " bytes are too many, it %s",
				   rows_or_none(rows_text(report, "from")),
				   number_of(report, "size_bytes"), takes));
	}
	heading("MTU of the way there");
	rows_print(cli, &rows);
}

static char *say_rtts(const json_t *hop)
{
	struct strbuf text = {0};
	const json_t *rtt;
	size_t i;

	json_array_foreach(json_object_get(hop, "rtt_us"), i, rtt)
	{
		_cleanup_free_ char *time = probe_words_time(json_integer_value(rtt));

		strbuf_printf(&text, "%s%s", i ? "  " : "", json_is_integer(rtt) ? time : "*");
	}
	return strbuf_take(&text);
}

static void add_hop(struct columns *rows, const json_t *hop)
{
	_cleanup_free_ char *label = mem_printf("  %2" JSON_INTEGER_FORMAT, number_of(hop, "ttl"));
	_cleanup_free_ char *rtts = say_rtts(hop);
	_cleanup_strbuf_ struct strbuf names = {0};
	const char *error = rows_text(hop, "error");
	const json_t *address;
	size_t i;

	json_array_foreach(json_object_get(hop, "addresses"), i, address)
		strbuf_printf(&names, "%s%s", i ? ", " : "", json_string_value(address));
	if (!names.len)
		strbuf_puts(&names, "*");
	if (error)
		strbuf_printf(&names, ": %s", error);
	if (rows_text(hop, "by"))
		strbuf_puts(&names, ", by TCP");
	columns_add(rows, STYLE_PLAIN, label, names.text, rtts)->styles[0] = STYLE_DIM;
}

/* Why a host that answers may be silent above. */
static void add_paced(struct columns *rows, const json_t *paced)
{
	_cleanup_free_ char *text = NULL;

	if (!paced)
		return;
	text = mem_printf("the host answered %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
			  " more probes, a second apart",
			  number_of(paced, "answered"), number_of(paced, "sent"));
	columns_add(rows, STYLE_DIM, NULL, text, NULL);
}

static void show_hops(const struct cli *cli, const json_t *result)
{
	const json_t *hops = json_object_get(result, "hops"), *hop;
	const json_t *silent = json_object_get(hops, "silent");
	struct columns rows = {0};
	size_t i;

	if (!hops)
		return;
	json_array_foreach(json_object_get(hops, "list"), i, hop) add_hop(&rows, hop);
	if (silent) {
		_cleanup_free_ char *label =
			mem_printf("  %2" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT,
				   number_of(silent, "from_ttl"), number_of(silent, "to_ttl"));

		columns_add(&rows, STYLE_PLAIN, label, "*", NULL)->styles[0] = STYLE_DIM;
	}
	add_paced(&rows, json_object_get(hops, "paced"));
	heading("Hops");
	rows_print(cli, &rows);
}

static enum term_style style_of(const char *severity)
{
	return str_equal(severity, "critical")  ? STYLE_CRITICAL
	       : str_equal(severity, "warning") ? STYLE_WARNING
						: STYLE_INFO;
}

static void show_findings(const struct cli *cli, const json_t *result)
{
	const json_t *findings = json_object_get(result, "findings"), *finding;
	const json_t *unmeasured = json_object_get(result, "unmeasured"), *missing;
	struct columns rows = {0};
	size_t i;

	json_array_foreach(findings, i, finding)
	{
		const char *severity = rows_or_none(rows_text(finding, "severity"));
		_cleanup_free_ char *label = mem_printf("  %s", severity);

		rows_add(&rows, style_of(severity), label, rows_text(finding, "id"), NULL);
		rows_detail(&rows, rows_text(finding, "text"));
	}
	json_array_foreach(unmeasured, i, missing)
	{
		rows_add(&rows, STYLE_WARNING, "  unknown", rows_text(missing, "what"), NULL);
		rows_detail(&rows, rows_text(missing, "reason"));
	}
	heading(rows.count ? "Findings" : "No findings.");
	rows_print(cli, &rows);
}

static void show_table(const struct cli *cli, const json_t *result)
{
	show_addresses(cli, result);
	show_tcp(cli, result);
	show_mtu(cli, result);
	show_hops(cli, result);
	show_findings(cli, result);
}

static void show_progress(void *context, const json_t *progress)
{
	_cleanup_free_ char *line = mem_printf("%s: %s", (const char *)context,
					       rows_or_none(rows_text(progress, "doing")));
	_cleanup_free_ char *shown = str_printable(line);

	if (probe_is_watched())
		probe_show_progress(shown);
}

/* The last router that answered, or NULL. */
static const char *last_router(const json_t *result)
{
	const json_t *list = json_object_get(json_object_get(result, "hops"), "list");

	for (size_t i = json_array_size(list); i-- > 0;) {
		const json_t *addresses = json_object_get(json_array_get(list, i), "addresses");

		if (json_array_size(addresses))
			return json_string_value(json_array_get(addresses, 0));
	}
	return NULL;
}

/* The address that everything is about, among those that were tried; or NULL. */
static const json_t *find_chosen(const json_t *result)
{
	const json_t *address;
	size_t i;

	json_array_foreach(json_object_get(result, "addresses"), i, address)
	{
		if (str_equal(rows_text(address, "address"), rows_text(result, "address")))
			return address;
	}
	return NULL;
}

/* What somebody could do whose connection is not made. */
static void advise(const json_t *result)
{
	const char *to = rows_or_none(rows_text(result, "address")), *router = last_router(result);
	const json_t *chosen = find_chosen(result);
	const char *code = rows_text(json_object_get(chosen, "error"), "code");
	const char *said_by = rows_text(chosen, "said_by");

	if (str_equal(code, "ECONNREFUSED"))
		output_note("%s refuses: is the service up, and is that its port? HOST:PORT "
			    "names another",
			    to);
	else if (said_by)
		output_note("%s cannot be reached: ask whoever runs %s, which says so", to,
			    said_by);
	else if (!str_equal(code, "ETIMEDOUT"))
		output_note("%s cannot be reached from here: see this host's routes (ip route get) "
			    "and firewall",
			    to);
	else if (json_is_true(json_object_get(json_object_get(result, "hops"), "reached")))
		output_note("%s does not answer, though the host does: a firewall, there or on the "
			    "way, drops what goes to this port",
			    to);
	else
		output_note("%s does not answer: is it up? Else it is dropped behind %s: ask "
			    "whoever runs that",
			    to, router ? router : "this host");
}

static enum cli_exit verdict(const json_t *result)
{
	const json_t *finding;
	size_t i;

	if (!json_is_true(json_object_get(result, "connected")))
		return CLI_INCOMPLETE;
	json_array_foreach(json_object_get(result, "findings"), i, finding)
	{
		if (!str_equal(rows_text(finding, "severity"), "info"))
			return CLI_FINDINGS;
	}
	return json_array_size(json_object_get(result, "unmeasured")) ? CLI_INCOMPLETE : CLI_FINE;
}

static int add_time(const struct cli *cli, struct measure *measure, struct err *err)
{
	static const struct duration_bounds bounds = {
		.least_ms = 1000,
		.most_ms = 300000,
		.step_ms = 1,
		.words = "a time from 1s to 5min, such as 20s",
	};
	_cleanup_free_ char *text = NULL;
	uint64_t time_ms;
	int r;

	if (!cli->max_time)
		return 0;
	r = duration_parse("--max-time", cli->max_time, &bounds, &time_ms, err);
	if (r < 0)
		return r;
	text = mem_printf("%" PRIu64, time_ms);
	measure_add(measure, "max-time-ms", text);
	return 0;
}

static enum cli_exit get_result(const struct cli *cli, json_t **result)
{
	_cleanup_(measure_fini) struct measure measure = {
		.probe = "path",
		.progress = show_progress,
		.context = (void *)(cli->n_args ? cli->args[0] : cli->path_name),
	};
	enum cli_exit code = probe_check_target(cli);
	struct err err;

	if (code)
		return code;
	measure_add(&measure, "family", cli->family);
	if (add_time(cli, &measure, &err) < 0)
		return output_fail(CLI_USAGE, &err);
	if (probe_asked(cli, &measure, result, &code))
		return code;
	return probe_add_target(cli, &measure, &err) < 0 ? output_fail_input(&err)
							 : probe_run(&measure, result);
}

enum cli_exit cmd_probe_path(const struct cli *cli)
{
	json_t *result = NULL;
	enum cli_exit code = get_result(cli, &result);

	if (code != CLI_FINE)
		return code;
	code = verdict(result);
	if (str_equal(cli->format, "json"))
		output_json(json_incref(result));
	else
		show_table(cli, result);
	if (!json_is_true(json_object_get(result, "connected")))
		advise(result);
	json_decref(result);
	return code;
}
