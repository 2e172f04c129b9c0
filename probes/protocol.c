/* probes/protocol.c - see protocol.h. One table for both directions of each line. */
#include "probes/protocol.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

struct field {
	const char *name;
	size_t at; /* a uint64_t there */
	uint64_t most;
};

#define BYTES_MOST (UINT64_C(1) << 50)
#define RATE_MOST  (UINT64_C(1) << 44) /* 140 Tbit/s */
#define TIME_MOST  (UINT64_C(1) << 40) /* two weeks */
#define SENT(name, most)                                                                           \
	{                                                                                          \
#name, offsetof(struct flow_sent, name), most                                      \
	}
#define RECEIVED(name, most)                                                                       \
	{                                                                                          \
#name, offsetof(struct flow_received, name), most                                  \
	}

static const struct field sent_fields[] = {
	SENT(bytes, BYTES_MOST),
	SENT(elapsed_us, TIME_MOST),
	SENT(rate_Bps, RATE_MOST),
	SENT(min_rtt_us, TIME_MOST),
	SENT(rtt_us, TIME_MOST),
	SENT(mss_bytes, 1 << 20),
	SENT(packet_bytes, 1 << 20),
	SENT(window_bytes, BYTES_MOST),
	SENT(sndbuf_bytes, BYTES_MOST),
	SENT(flight_bytes, BYTES_MOST),
	SENT(retransmits, BYTES_MOST),
	SENT(segments, BYTES_MOST),
	SENT(limited_by, LIMITED_COUNT - 1),
	SENT(confidence, CONFIDENCE_COUNT - 1),
	SENT(converged, 1),
};

static const struct field received_fields[] = {
	RECEIVED(bytes, BYTES_MOST),        RECEIVED(elapsed_us, TIME_MOST),
	RECEIVED(burst_Bps, RATE_MOST),     RECEIVED(rcvbuf_bytes, BYTES_MOST),
	RECEIVED(window_bytes, BYTES_MOST),
};

static void print(const char *word, const struct field *fields, size_t count, const void *from,
		  uint64_t most_bytes, char line[LINES_MOST + 1])
{
	size_t len = (size_t)snprintf(line, LINES_MOST, "%s most_bytes=%" PRIu64, word, most_bytes);

	for (size_t i = 0; i < count && len < LINES_MOST; i++) {
		uint64_t value;

		memcpy(&value, (const char *)from + fields[i].at, sizeof(value));
		len += (size_t)snprintf(line + len, LINES_MOST - len, " %s=%" PRIu64,
					fields[i].name, value);
	}
}

static int parse(const char *word, const struct field *fields, size_t count, const char *line,
		 void *to, uint64_t *most_bytes, struct err *err)
{
	if (lines_begins(line, "failed"))
		return err_set(err, EIO, "the far end says: %s", line + strlen("failed "));
	if (!lines_begins(line, word) || !lines_number(line, "most_bytes", most_bytes) ||
	    *most_bytes > BYTES_MOST)
		return err_set(err, EPROTO, "the far end did not say what it %s", word);
	for (size_t i = 0; i < count; i++) {
		uint64_t value;

		if (!lines_number(line, fields[i].name, &value) || value > fields[i].most)
			return err_set(err, EPROTO,
				       "what the far end says it %s cannot be true: %s", word,
				       fields[i].name);
		memcpy((char *)to + fields[i].at, &value, sizeof(value));
	}
	return 0;
}

void protocol_print_received(const struct flow_received *received, uint64_t most_bytes,
			     char line[LINES_MOST + 1])
{
	print("received", received_fields, ARRAY_SIZE(received_fields), received, most_bytes, line);
}

int protocol_read_received(const char *line, struct flow_received *out, uint64_t *most_bytes,
			   struct err *err)
{
	*out = (struct flow_received){0};
	return parse("received", received_fields, ARRAY_SIZE(received_fields), line, out,
		     most_bytes, err);
}

void protocol_print_sent(const struct flow_sent *sent, uint64_t most_bytes,
			 char line[LINES_MOST + 1])
{
	size_t len;

	print("sent", sent_fields, ARRAY_SIZE(sent_fields), sent, most_bytes, line);
	len = strlen(line);
	snprintf(line + len, LINES_MOST - len, " congestion=%s",
		 sent->congestion[0] ? sent->congestion : "unknown");
}

int protocol_read_sent(const char *line, struct flow_sent *out, uint64_t *most_bytes,
		       struct err *err)
{
	int r;

	*out = (struct flow_sent){0};
	r = parse("sent", sent_fields, ARRAY_SIZE(sent_fields), line, out, most_bytes, err);
	if (r == 0 && !lines_text(line, "congestion", out->congestion, sizeof(out->congestion)))
		return err_set(err, EPROTO, "the far end does not say how it sent");
	return r;
}

void protocol_print_limits(const struct flow_limits *limits, char *out, size_t size)
{
	snprintf(out, size, "time_us=%" PRIu64 " bytes=%" PRIu64 " rate_Bps=%" PRIu64,
		 limits->time_us, limits->bytes, limits->own_Bps);
}

static void lower(uint64_t *value, uint64_t to)
{
	if (to < *value)
		*value = to;
}

void protocol_bound(const char *line, struct flow_limits *limits)
{
	uint64_t value;

	if (lines_number(line, "time_us", &value))
		lower(&limits->time_us, value);
	if (lines_number(line, "bytes", &value))
		lower(&limits->bytes, value);
	if (lines_number(line, "rate_Bps", &value) && value)
		limits->far_Bps = value;
}
