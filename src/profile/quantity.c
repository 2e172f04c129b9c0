/* profile/quantity.c - see quantity.h.
 *
 * A unit is a row of units[]; a slip that people make for it is a row of slips[]. */
#include "profile/quantity.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "profile/computed.h"

static const struct unit {
	const char *name;
	enum quantity_kind kind;
	uint64_t size; /* bytes, microseconds, bits per second, millionths */
	const char *of;
} units[] = {
	{"B", QUANTITY_BYTES, 1, "bytes"},
	{"KiB", QUANTITY_BYTES, 1ULL << 10, "bytes"},
	{"MiB", QUANTITY_BYTES, 1ULL << 20, "bytes"},
	{"GiB", QUANTITY_BYTES, 1ULL << 30, "bytes"},
	{"TiB", QUANTITY_BYTES, 1ULL << 40, "bytes"},
	{"kbit", QUANTITY_RATE, 1000, "bits per second"},
	{"Mbit", QUANTITY_RATE, 1000000, "bits per second"},
	{"Gbit", QUANTITY_RATE, 1000000000, "bits per second"},
	{"kbit/s", QUANTITY_RATE, 1000, "bits per second"},
	{"Mbit/s", QUANTITY_RATE, 1000000, "bits per second"},
	{"Gbit/s", QUANTITY_RATE, 1000000000, "bits per second"},
	{"us", QUANTITY_DURATION, 1, "microseconds"},
	{"ms", QUANTITY_DURATION, 1000, "microseconds"},
	{"s", QUANTITY_DURATION, 1000000, "microseconds"},
	{"min", QUANTITY_DURATION, 60000000, "microseconds"},
	{"h", QUANTITY_DURATION, 3600000000, "microseconds"},
	{"d", QUANTITY_DURATION, 86400000000, "microseconds"},
	{"% of memory", QUANTITY_MEMORY, 10000, "millionths"},
};

static const struct {
	const char *written, *meant;
} slips[] = {
	{"K", "KiB"},     {"k", "KiB"},         {"KB", "KiB"},     {"kB", "KiB"},
	{"kb", "KiB"},    {"M", "MiB"},         {"MB", "MiB"},     {"mb", "MiB"},
	{"G", "GiB"},     {"GB", "GiB"},        {"gb", "GiB"},     {"T", "TiB"},
	{"TB", "TiB"},    {"b", "B"},           {"kbps", "kbit"},  {"Mbps", "Mbit"},
	{"Gbps", "Gbit"}, {"m", "min"},         {"sec", "s"},      {"secs", "s"},
	{"hour", "h"},    {"hours", "h"},       {"day", "d"},      {"days", "d"},
	{"msec", "ms"},   {"usec", "us"},       {"minute", "min"}, {"minutes", "min"},
	{"bytes", "B"},   {"%", "% of memory"},
};

/* One text to read, taken apart when it starts as a number does. */
struct spelled {
	const struct node *node;
	enum place place;
	const enum quantity_kind *kind; /* the only one that makes sense; NULL: any */
	const char *text;
	char shown[NODE_SHOWN_SIZE];
	bool negative;
	const char *digits, *fraction, *rest;
	size_t n_digits, n_fraction;
};

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

static bool take_apart(struct spelled *s)
{
	s->negative = *s->text == '-';
	s->digits = s->text + s->negative;
	s->n_digits = count_digits(s->digits);
	s->rest = s->digits + s->n_digits;
	if (!s->n_digits)
		return false;
	if (*s->rest == '.' && isdigit((unsigned char)s->rest[1])) {
		s->fraction = s->rest + 1;
		s->n_fraction = count_digits(s->fraction);
		s->rest = s->fraction + s->n_fraction;
	}
	return true;
}

static const struct unit *find_unit(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (str_equal(units[i].name, name))
			return &units[i];
	return NULL;
}

static void take_text(struct quantity *out, enum quantity_kind kind, const char *text)
{
	out->kind = kind;
	out->text = mem_strdup(text);
}

static int parse_integer(const struct spelled *s, struct quantity *out, struct err *err)
{
	struct num number;

	if (s->n_fraction)
		return node_error(s->node, err,
				  "%s has a fraction and no unit: expected a whole number",
				  s->shown);
	if (s->n_digits > 1 && *s->digits == '0') {
		if (s->node->plain)
			return node_error(s->node, err,
					  "%s could be octal: write it without the leading 0, or "
					  "quote it if it is a word",
					  s->shown);
		take_text(out, QUANTITY_TEXT, s->text);
		return 0;
	}
	if (num_parse(s->text, strlen(s->text), &number) < 0)
		return node_error(s->node, err,
				  "%s is beyond 64 bits: accepted are -9223372036854775808 to "
				  "18446744073709551615",
				  s->shown);
	take_text(out, QUANTITY_NUMBER, s->text);
	out->number = number;
	return 0;
}

/* digits.fraction x size, when that is whole. Returns 0, -ERANGE or -EINVAL (not whole). */
static int scale(const struct spelled *s, uint64_t size, uint64_t *out)
{
	enum {
		MOST_DECIMALS = 6
	}; /* 10^6 x TiB still fits in 64 bits */
	size_t n_fraction = s->n_fraction;
	uint64_t power = 1, fraction = 0, whole;
	struct num number;

	while (n_fraction && s->fraction[n_fraction - 1] == '0')
		n_fraction--;
	if (n_fraction > MOST_DECIMALS)
		return -EINVAL;
	for (size_t i = 0; i < n_fraction; i++) {
		power *= 10;
		fraction = fraction * 10 + (uint64_t)(s->fraction[i] - '0');
	}
	if (num_parse(s->digits, s->n_digits, &number) < 0)
		return -ERANGE;
	if (fraction * size % power)
		return -EINVAL;
	if (__builtin_mul_overflow(number.magnitude, size, &whole) ||
	    __builtin_add_overflow(whole, fraction * size / power, &whole))
		return -ERANGE;
	*out = whole;
	return 0;
}

static int parse_scaled(const struct spelled *s, const struct unit *unit, struct quantity *out,
			struct err *err)
{
	enum {
		WHOLE_PPM = 1000000
	};
	uint64_t value;
	int r;

	if (s->negative)
		return node_error(s->node, err, "%s is negative: with a unit it must not be",
				  s->shown);
	if (s->n_digits > 1 && *s->digits == '0')
		return node_error(s->node, err, "%s starts with 0: write it without", s->shown);
	r = scale(s, unit->size, &value);
	if (r == -EINVAL)
		return node_error(s->node, err, "%s is not a whole number of %s", s->shown,
				  unit->of);
	if (unit->kind == QUANTITY_MEMORY && (r < 0 || value > WHOLE_PPM))
		return node_error(s->node, err, "%s is more than all of it: expected 0 to 100%%",
				  s->shown);
	if (r < 0)
		return node_error(s->node, err,
				  "%s is beyond 64 bits: at most %" PRIu64 "%s is accepted",
				  s->shown, UINT64_MAX / unit->size, unit->name);
	take_text(out, unit->kind, s->text);
	if (unit->kind == QUANTITY_MEMORY)
		out->share_ppm = (uint32_t)value;
	else
		out->number = num_of(value);
	return 0;
}

static bool makes_sense(const struct spelled *s, const struct unit *unit)
{
	return !s->kind || unit->kind == *s->kind;
}

/* Of one letter every other is near: that is no hint. */
static const char *meant_unit(const struct spelled *s)
{
	const char *names[ARRAY_SIZE(units)], *nearest;
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(slips); i++)
		if (str_equal(slips[i].written, s->rest))
			return makes_sense(s, find_unit(slips[i].meant)) ? slips[i].meant : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (makes_sense(s, &units[i]))
			names[count++] = units[i].name;
	nearest = str_nearest(s->rest, names, count);
	return s->rest[1] || (nearest && strcasecmp(nearest, s->rest) == 0) ? nearest : NULL;
}

/* "B, KiB, ..., '% of memory'" */
static char *accepted_units(const struct spelled *s)
{
	struct strbuf out = {0};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		const char *quote = strchr(units[i].name, ' ') ? "'" : "";

		if (makes_sense(s, &units[i]) && !strchr(units[i].name, '/'))
			strbuf_printf(&out, "%s%s%s%s", out.len ? ", " : "", quote, units[i].name,
				      quote);
	}
	return strbuf_take(&out);
}

/* The text starts as a number and goes on with something that is no unit. */
static int refuse_unit(const struct spelled *s, struct err *err)
{
	_cleanup_free_ char *accepted = NULL;
	char unit[NODE_SHOWN_SIZE];
	const char *meant;
	uint64_t hex;
	int used = 0;

	if (sscanf(s->text, "0%*1[xX]%16" SCNx64 "%n", &hex, &used) == 1 && !s->text[used])
		return node_error(s->node, err,
				  "%s is hexadecimal: quote it for a mask of bits (\"%s\"), or "
				  "write %" PRIu64 " for a number",
				  s->shown, s->text + strlen("0x"), hex);
	if (*s->rest == '_')
		return node_error(s->node, err, "%s: write the number without '_'", s->shown);
	if ((*s->rest == 'e' || *s->rest == 'E') && s->rest[1] &&
	    strspn(s->rest + 1, "+-0123456789") == strlen(s->rest + 1))
		return node_error(s->node, err, "%s: write all the digits of the number", s->shown);
	text_shown(s->rest, unit);
	meant = meant_unit(s);
	if (meant)
		return node_error(s->node, err, "unknown unit %s in %s, did you mean '%.*s%s'?",
				  unit, s->shown, (int)(s->rest - s->text), s->text, meant);
	accepted = accepted_units(s);
	return node_error(s->node, err, "unknown unit %s in %s; accepted: %s%s", unit, s->shown,
			  accepted,
			  s->kind ? "" : "; a word that starts with a digit must be quoted");
}

static int parse_number(const struct spelled *s, struct quantity *out, struct err *err)
{
	const struct unit *unit = find_unit(s->rest);
	unsigned char next = (unsigned char)*s->rest;
	bool share = s->place == PLACE_RULE && str_equal(s->rest, "%");

	if (!next)
		return parse_integer(s, out, err);
	if (unit)
		return parse_scaled(s, unit, out, err);
	if (s->node->plain && !share && (isalpha(next) || next == '_' || next == '%'))
		return refuse_unit(s, err);
	/* "1-3", "8080,9000", "192.0.2.10:4433" */
	take_text(out, QUANTITY_TEXT, s->text);
	return 0;
}

static int parse_word(const struct spelled *s, struct quantity *out, struct err *err)
{
	static const char *const switches[] = {"on", "off", "yes", "no", "true", "false"};
	const char *text = s->text;

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		if (s->node->plain && s->place != PLACE_RULE && strcasecmp(text, switches[i]) == 0)
			return node_error(
				s->node, err,
				"%s is no number: write %d, or quote it if the kernel keeps "
				"this word",
				s->shown, i % 2 ? 0 : 1);
	if (s->node->plain && (*text == '+' || *text == '.') && isdigit((unsigned char)text[1]))
		return node_error(s->node, err, "%s: write it %s", s->shown,
				  *text == '.' ? "with a 0 before the point" : "without the '+'");
	take_text(out, QUANTITY_TEXT, text);
	return 0;
}

static int parse_spelled(struct spelled *s, struct quantity *out, struct err *err)
{
	text_shown(s->text, s->shown);
	return take_apart(s) ? parse_number(s, out, err) : parse_word(s, out, err);
}

static int parse_text(const struct node *node, enum place place, const char *text,
		      struct quantity *out, struct err *err)
{
	struct spelled s = {.node = node, .place = place, .text = text};

	return parse_spelled(&s, out, err);
}

static int expect_scalar(const struct node *node, struct err *err)
{
	char shown[NODE_SHOWN_SIZE];

	if (node->kind == NODE_SCALAR && !node_is_null(node))
		return 0;
	return node_error(node, err, "expected a value, found %s", node_shown(node, shown));
}

int quantity_decode(const struct node *node, enum place place, struct quantity *out,
		    struct err *err)
{
	struct quantity q = {0};
	int r;

	if (node->kind == NODE_MAPPING)
		return computed_decode(node, out, err);
	r = expect_scalar(node, err);
	if (!r)
		r = parse_text(node, place, node->text, &q, err);
	if (!r)
		*out = q;
	return r;
}

int quantity_decode_kind(const struct node *node, enum quantity_kind kind, struct quantity *out,
			 struct err *err)
{
	struct spelled s = {.node = node, .place = PLACE_FIELD, .kind = &kind, .text = node->text};
	struct quantity q = {0};
	int r = expect_scalar(node, err);

	if (!r)
		r = parse_spelled(&s, &q, err);
	if (!r)
		*out = q;
	return r;
}

static bool is_one_quantity(const char *text)
{
	struct spelled s = {.text = text};

	return take_apart(&s) && find_unit(s.rest);
}

static int decode_word(const struct node *node, enum place place, const char *word,
		       struct quantity *out, struct err *err)
{
	if (find_unit(word) || str_equal(word, "%"))
		return node_error(node, err,
				  "'%s' stands alone: write the unit next to its number, "
				  "as in 64MiB",
				  word);
	return parse_text(node, place, word, out, err);
}

int quantity_decode_words(const struct node *node, enum place place, struct quantity **list,
			  size_t *count, struct err *err)
{
	static const char blanks[] = " \t\n";
	_cleanup_free_ char *words = NULL;
	char *rest = NULL;
	int r = expect_scalar(node, err);

	if (r < 0)
		return r;
	if (is_one_quantity(node->text) || !node->text[strcspn(node->text, blanks)])
		return parse_text(node, place, node->text, MEM_APPEND(*list, *count), err);
	words = mem_strdup(node->text);
	for (char *word = strtok_r(words, blanks, &rest); word;
	     word = strtok_r(NULL, blanks, &rest)) {
		r = decode_word(node, place, word, MEM_APPEND(*list, *count), err);
		if (r < 0)
			return r;
	}
	if (!*count) /* blanks alone are nothing */
		take_text(MEM_APPEND(*list, *count), QUANTITY_TEXT, "");
	return 0;
}

bool quantity_parse_milli(const char *text, uint64_t *milli)
{
	struct spelled s = {.text = text};

	return take_apart(&s) && !*s.rest && !s.negative && scale(&s, 1000, milli) == 0;
}

bool quantity_compare(const struct quantity *a, const struct quantity *b, int *order)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case QUANTITY_NUMBER:
	case QUANTITY_BYTES:
	case QUANTITY_DURATION:
	case QUANTITY_RATE:
		*order = num_compare(a->number, b->number);
		return true;
	case QUANTITY_MEMORY:
		*order = a->share_ppm < b->share_ppm ? -1 : a->share_ppm > b->share_ppm;
		return true;
	default:
		return false;
	}
}

char *quantity_format(uint64_t value, enum quantity_kind kind)
{
	const struct unit *best = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i].kind == kind && !strchr(units[i].name, '/') &&
		    value % units[i].size == 0)
			best = &units[i];
	if (best)
		return mem_printf("%" PRIu64 "%s", value / best->size, best->name);
	return mem_printf("%" PRIu64 ".%03ukbit", value / 1000, (unsigned)(value % 1000));
}
