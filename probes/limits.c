/* probes/limits.c - a sysctl's value is a claim, its effect is the proof: what sockets really get.
 *
 * The claims are read from /proc/sys while there are rights; the effects are those on sockets of a
 * process that has none, as most have none. limits_sockets.c and limits_effects.c have how each is
 * found out. */
#include "probes/limits.h"

#include <limits.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/finding.h"
#include "probes/probe.h"

static const char *const keys[LIMITS_KEYS] = {
	[LIMITS_RMEM_MAX] = "net.core.rmem_max",
	[LIMITS_WMEM_MAX] = "net.core.wmem_max",
	[LIMITS_RMEM_DEFAULT] = "net.core.rmem_default",
	[LIMITS_WMEM_DEFAULT] = "net.core.wmem_default",
	[LIMITS_TCP_RMEM] = "net.ipv4.tcp_rmem",
	[LIMITS_TCP_WMEM] = "net.ipv4.tcp_wmem",
	[LIMITS_SOMAXCONN] = "net.core.somaxconn",
	[LIMITS_CONGESTION] = "net.ipv4.tcp_congestion_control",
	[LIMITS_CONGESTION_AVAILABLE] = "net.ipv4.tcp_available_congestion_control",
	[LIMITS_CONGESTION_ALLOWED] = "net.ipv4.tcp_allowed_congestion_control",
	[LIMITS_KEEPALIVE_TIME] = "net.ipv4.tcp_keepalive_time",
	[LIMITS_KEEPALIVE_INTVL] = "net.ipv4.tcp_keepalive_intvl",
	[LIMITS_KEEPALIVE_PROBES] = "net.ipv4.tcp_keepalive_probes",
	[LIMITS_SYN_RETRIES] = "net.ipv4.tcp_syn_retries",
	[LIMITS_FIN_TIMEOUT] = "net.ipv4.tcp_fin_timeout",
	[LIMITS_NOTSENT_LOWAT] = "net.ipv4.tcp_notsent_lowat",
	[LIMITS_DEFAULT_TTL] = "net.ipv4.ip_default_ttl",
	[LIMITS_PORT_RANGE] = "net.ipv4.ip_local_port_range",
	[LIMITS_PORTS_RESERVED] = "net.ipv4.ip_local_reserved_ports",
	[LIMITS_PORT_START] = "net.ipv4.ip_unprivileged_port_start",
};

static const char *const verdicts[] = {
	[LIMITS_AS_EXPECTED] = "as-expected",
	[LIMITS_CUT] = "cut",
	[LIMITS_CONTRADICTION] = "contradiction",
	[LIMITS_UNKNOWN] = "unknown",
};

/* Judging */

enum limits_verdict limits_judge_clamp(uint64_t asked, uint64_t most, uint64_t got)
{
	if (got != (asked < most ? asked : most))
		return LIMITS_CONTRADICTION;
	return asked > most ? LIMITS_CUT : LIMITS_AS_EXPECTED;
}

/* Doubled for the kernel's own overhead (socket(7)), and never more than fits an int:
 * net/core/sock.c, __sock_set_rcvbuf(), tried on 6.18. */
enum limits_verdict limits_judge_buffer(uint64_t asked, uint64_t most, uint64_t got)
{
	if (most > INT_MAX / 2)
		most = INT_MAX / 2;
	return got % 2 ? LIMITS_CONTRADICTION : limits_judge_clamp(asked, most, got / 2);
}

enum limits_verdict limits_judge_choice(bool permitted, bool made)
{
	if (permitted != made)
		return LIMITS_CONTRADICTION;
	return made ? LIMITS_AS_EXPECTED : LIMITS_CUT;
}

/* The bound is looked at when a new sk_buff is begun, and one takes up to 64 KiB more; a socket is
 * writable again below a half of the bound (net/ipv4/tcp.c, tcp_stream_memory_free()) and with a
 * third of its buffer free (include/net/sock.h, sk_stream_is_writeable()). With bounds from 1 byte
 * to 16 KiB the socket took 36 to 53 KiB on 6.18. */
enum limits_verdict limits_judge_unsent(uint64_t lowat, const struct limits_fill *fill)
{
	static const uint64_t slack = 2 * 65536;

	if (fill->unsent > lowat && fill->unsent - lowat > slack)
		return LIMITS_CONTRADICTION;
	if (!fill->is_full || fill->unsent >= lowat / 2 || fill->queued >= fill->buffer / 3 * 2)
		return LIMITS_AS_EXPECTED;
	return LIMITS_CONTRADICTION;
}

/* Rows */

static json_t *or_null(json_t *value)
{
	return value ? value : json_null();
}

void limits_add(json_t *rows, struct limits_row row)
{
	static const char elsewhere[] = ": a BPF program decides instead, or the /proc/sys that is "
					"seen here is not the one that rules this process";

	if (row.verdict == LIMITS_CONTRADICTION) {
		char *text = mem_printf("%s%s", row.text, elsewhere);

		free(row.text);
		row.text = text;
	}
	json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:{s:s, s:s?}, s:s, s:s}", "what",
					      row.what, "asked", or_null(row.asked), "got",
					      or_null(row.got), "sysctl", "key", row.claim->key,
					      "value", row.claim->text, "verdict",
					      verdicts[row.verdict], "text", row.text));
	free(row.text);
}

void limits_add_unknown(json_t *rows, struct limits_row row, const char *why)
{
	row.verdict = LIMITS_UNKNOWN;
	free(row.text);
	if (row.claim->reason)
		row.text = mem_printf("%s is not known: %s", row.claim->key, row.claim->reason);
	else
		row.text = mem_strdup(why ? why : "the sysctl makes no sense here");
	limits_add(rows, row);
}

/* A finding for each contradiction, in the order of the rows. */
static json_t *find_contradictions(const json_t *rows)
{
	json_t *findings = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *what, *verdict, *sentence;
		_cleanup_free_ char *text = NULL;
		json_t *asked, *got, *key, *value;

		if (json_unpack((json_t *)row, "{s:s, s:o, s:o, s:{s:o, s:o}, s:s, s:s}", "what",
				&what, "asked", &asked, "got", &got, "sysctl", "key", &key, "value",
				&value, "verdict", &verdict, "text", &sentence) < 0 ||
		    !str_equal(verdict, verdicts[LIMITS_CONTRADICTION]))
			continue;
		text = mem_printf("%s, by %s: %s", what, json_string_value(key), sentence);
		json_array_append_new(findings,
				      json_pack("{s:s, s:s, s:s, s:{s:s, s:O, s:O, s:O, s:O}}",
						"id", "limit.contradiction", "severity",
						severity_name(SEVERITY_WARNING), "text", text,
						"evidence", "what", what, "asked", asked, "got",
						got, "key", key, "value", value));
	}
	return findings;
}

/* The probe */

static int prepare(struct words *words, void **context, struct err *err)
{
	struct limits *limits = mem_alloc(sizeof(*limits));
	struct utsname name;

	(void)words;
	(void)err;
	*context = limits;
	for (size_t i = 0; i < LIMITS_KEYS; i++)
		claim_read(keys[i], &limits->claims[i]);
	if (uname(&name) == 0)
		memcpy(limits->kernel, name.release, sizeof(limits->kernel) - 1);
	if (sock_diag_open(&limits->diag, &limits->diag_err) < 0)
		limits->diag = NULL; /* rows that need it say why they are unknown */
	return 0;
}

static int run(void *context, json_t *result, struct err *err)
{
	static void (*const measures[])(const struct limits *limits, json_t *rows) = {
		limits_measure_buffers,    limits_measure_defaults, limits_measure_backlog,
		limits_measure_congestion, limits_measure_ports,    limits_measure_unsent,
	};
	const struct limits *limits = context;
	json_t *rows = json_array();

	(void)err;
	for (size_t i = 0; i < ARRAY_SIZE(measures); i++)
		measures[i](limits, rows);
	json_object_set_new(result, "kernel", json_string(limits->kernel));
	json_object_set_new(result, "limits", rows);
	json_object_set_new(result, "findings", find_contradictions(rows));
	return 0;
}

static void release(void *context)
{
	struct limits *limits = context;

	if (!limits)
		return;
	for (size_t i = 0; i < LIMITS_KEYS; i++)
		claim_fini(&limits->claims[i]);
	sock_diag_free(limits->diag);
	free(limits);
}

const struct probe probe_limits = {"limits", prepare, run, release, NULL};
