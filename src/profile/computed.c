/* profile/computed.c - see computed.h. */
#include "profile/computed.h"

#include <string.h>

#include "base/str.h"
#include "profile/decode.h"
#include "profile/key.h"
#include "profile/quantity.h"

/* Beyond these nothing is a network path; within them the product fits in 64 bits of bytes. */
static const uint64_t most_rate_bps = 10000000000000; /* 10 Tbit/s */
static const uint64_t most_rtt_us = 3600000000;       /* an hour */
static const uint64_t most_times_milli = 1000000;     /* 1000 x */

/* A scalar of one kind inside {bdp: ...}, as a plain number of its unit. */
static int read_part(const struct node *node, enum quantity_kind kind, const char *example,
		     uint64_t most, uint64_t *out, struct err *err)
{
	struct quantity q = {0};
	char shown[NODE_SHOWN_SIZE];
	uint64_t value;
	bool fits;
	int r;

	if (node->kind != NODE_SCALAR)
		return node_error(node, err, "expected a quantity such as %s, found %s", example,
				  node_shown(node, shown));
	r = quantity_decode_kind(node, kind, &q, err);
	if (r < 0)
		return r;
	value = q.number.magnitude;
	fits = q.kind == kind;
	quantity_fini(&q);
	if (!fits)
		return node_error(node, err, "expected a quantity such as %s, found %s", example,
				  node_shown(node, shown));
	if (!value || value > most)
		return node_error(node, err, "%s is out of range for a network path",
				  node_shown(node, shown));
	*out = value;
	return 0;
}

static int read_rate(const struct node *node, void *slot, struct err *err)
{
	return read_part(node, QUANTITY_RATE, "10Gbit", most_rate_bps, slot, err);
}

static int read_rtt(const struct node *node, void *slot, struct err *err)
{
	return read_part(node, QUANTITY_DURATION, "80ms", most_rtt_us, slot, err);
}

static int read_times(const struct node *node, void *slot, struct err *err)
{
	uint32_t *out = slot;
	char shown[NODE_SHOWN_SIZE];
	uint64_t value;

	if (node->kind != NODE_SCALAR || !quantity_parse_milli(node->text, &value) || !value ||
	    value > most_times_milli)
		return node_error(node, err, "expected a number such as 2 or 1.5, found %s",
				  node_shown(node, shown));
	*out = (uint32_t)value;
	return 0;
}

static int read_bdp(const struct node *node, void *slot, struct err *err)
{
	struct quantity *q = slot;
	const struct decode_row rows[] = {
		{.key = "rate", .read = read_rate, .slot = &q->rate_bps, .required = true},
		{.key = "rtt", .read = read_rtt, .slot = &q->rtt_us, .required = true},
	};

	return decode_mapping(node, "a bandwidth-delay product", rows, ARRAY_SIZE(rows), err);
}

static int read_key(const struct node *node, void *slot, struct err *err)
{
	return key_decode(node, false, slot, err);
}

char *computed_format_times(uint32_t milli)
{
	char *text = mem_printf("%u.%03u", milli / 1000, milli % 1000);
	size_t len = strlen(text);

	while (text[len - 1] == '0')
		text[--len] = '\0';
	if (text[len - 1] == '.')
		text[len - 1] = '\0';
	return text;
}

static void describe_bdp(struct quantity *q)
{
	_cleanup_free_ char *rate = quantity_format(q->rate_bps, QUANTITY_RATE);
	_cleanup_free_ char *rtt = quantity_format(q->rtt_us, QUANTITY_DURATION);
	_cleanup_free_ char *times = computed_format_times(q->times_milli);

	q->kind = QUANTITY_BDP;
	q->text = q->times_milli == 1000 ? mem_printf("bdp(%s, %s)", rate, rtt)
					 : mem_printf("%s x bdp(%s, %s)", times, rate, rtt);
}

int computed_decode(const struct node *node, struct quantity *out, struct err *err)
{
	struct quantity q = {.times_milli = 1000};
	unsigned bdp = 0, times = 0, key = 0;
	const struct decode_row rows[] = {
		{.key = "bdp", .read = read_bdp, .slot = &q, .line = &bdp},
		{.key = "times", .read = read_times, .slot = &q.times_milli, .line = &times},
		{.key = "sysctl", .read = read_key, .slot = &q.text, .line = &key},
	};
	int r = decode_mapping(node, "a computed quantity", rows, ARRAY_SIZE(rows), err);

	if (!r && (!bdp == !key || (times && !bdp)))
		r = node_error(
			node, err,
			"expected {bdp: {rate: 10Gbit, rtt: 80ms}, times: 2} or {sysctl: KEY}");
	if (r < 0) {
		quantity_fini(&q);
		return r;
	}
	if (bdp) {
		describe_bdp(&q);
	} else {
		q.kind = QUANTITY_SYSCTL;
		q.times_milli = 0;
	}
	*out = q;
	return 0;
}
