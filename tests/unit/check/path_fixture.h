/* tests/unit/check/path_fixture.h - a connection to another host that a window bounds, and what was
 * found of it. */
#ifndef TESTS_UNIT_CHECK_PATH_FIXTURE_H
#define TESTS_UNIT_CHECK_PATH_FIXTURE_H

#include <linux/tcp.h>
#include <string.h>

#include "tests/unit/check/live_fixture.h"

/* To 198.51.100.7:443, 40 ms away, full of what the window of 100,000 bytes lets through. */
static inline void sample_path(struct sample *sample)
{
	sample_tcp(sample, SOCKET_ESTABLISHED, 40000, 443, true);
	sample->tcp.info.tcpi_min_rtt = 40000;
	sample->tcp.info.tcpi_options = TCPI_OPT_WSCALE;
	sample->tcp.info.tcpi_snd_wnd = 100000;
	sample->tcp.info.tcpi_delivery_rate = 2500000;
	sample->tcp.info.tcpi_busy_time = 1000000;
}

/* What a test may make of it. */
static inline void window(struct sample *sample)
{
	sample->tcp.info.tcpi_rwnd_limited = 200000;
}

static inline void window_of_a_slow_reader(struct sample *sample)
{
	window(sample);
	sample->tcp.info.tcpi_snd_wnd = 49999;
}

static inline void loopback(struct sample *sample)
{
	window(sample);
	sample->record.remote.bytes[0] = 127;
}

static inline void buffer_set(struct sample *sample)
{
	sample->tcp.info.tcpi_sndbuf_limited = 400000;
	sample->record.options[SOCKOPT_SNDBUF_LOCKED] = 1;
	sample->record.memory[SOCKMEM_SNDBUF] = 131072;
}

static inline void kernel_before_5_4(struct sample *sample)
{
	window(sample);
	sample->record.tcp_info_len = offsetof(struct tcp_info, tcpi_snd_wnd);
}

/* "STATUS: ACTUAL or REASON | REMEDY" of the first finding of an id. */
static inline char *verdict_of(struct world *world, const char *id)
{
	const struct finding *finding;
	const char *said;

	free(world_fails(world));
	finding = world_finding(world, id);
	said = finding->actual ? finding->actual : finding->reason;
	return mem_printf("%s%s%s%s%s", finding_status_name(finding->status), said ? ": " : "",
			  said ? said : "", finding->remedy ? " | " : "",
			  finding->remedy ? finding->remedy : "");
}

static inline const char *evidence(const struct finding *finding, const char *name)
{
	for (size_t i = 0; i < finding->n_evidence; i++)
		if (strcmp(finding->evidence[i].name, name) == 0)
			return finding->evidence[i].text;
	fail_msg("no evidence %s", name);
	return NULL;
}

#endif
