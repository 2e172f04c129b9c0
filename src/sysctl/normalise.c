/* sysctl/normalise.c - see normalise.h. */
#include "sysctl/normalise.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum {
	BITS_IN_GROUP = 32,
	DIGITS_IN_GROUP = BITS_IN_GROUP / 4,
	QUOTE_MOST = 60, /* of an offending part, in an error */
};

static const char blanks[] = " \t\n\r\v\f";
static const char blanks_and_commas[] = " \t\n\r\v\f,";

struct part {
	const char *text;
	size_t len;
};

/* The next part of `*rest` between separators; false at the end. */
static bool next_part(const char **rest, const char *separators, struct part *part)
{
	part->text = *rest + strspn(*rest, separators);
	part->len = strcspn(part->text, separators);
	*rest = part->text + part->len;
	return part->len > 0;
}

/* Says what is wrong with a part: `problem` follows the quoted text. */
static int refuse(struct part part, int code, const char *problem, struct err *err)
{
	bool cut = part.len > QUOTE_MOST;
	_cleanup_free_ char *raw = mem_strndup(part.text, cut ? QUOTE_MOST : part.len);
	_cleanup_free_ char *shown = str_printable(raw);

	return err_set(err, code, "'%s%s' %s", shown, cut ? "..." : "", problem);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_hex_prefix(const char *text, size_t len)
{
	return len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

/* Hexadecimal digits alone: 0, -EINVAL or -ERANGE as num_parse(). */
static int parse_hex(const char *text, size_t len, uint64_t *out)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return -EINVAL;
		if (sum >> 60)
			return -ERANGE;
		sum = sum << 4 | (uint64_t)digit;
	}
	*out = sum;
	return 0;
}

static int parse_number(struct part part, struct num *out)
{
	bool negative = part.text[0] == '-';
	size_t sign = negative || part.text[0] == '+';
	const char *digits = part.text + sign;
	size_t len = part.len - sign;
	uint64_t magnitude;
	int r;

	if (!is_hex_prefix(digits, len))
		return num_parse(part.text, part.len, out);
	r = parse_hex(digits + 2, len - 2, &magnitude);
	if (r < 0)
		return r;
	if (negative && magnitude > (uint64_t)INT64_MAX + 1)
		return -ERANGE;
	*out = (struct num){.magnitude = magnitude, .negative = negative && magnitude};
	return 0;
}

static int read_number(struct part part, struct num *out, struct err *err)
{
	size_t sign = part.text[0] == '-' || part.text[0] == '+';
	int r = parse_number(part, out);

	if (r == -ERANGE)
		return refuse(part, ERANGE, "does not fit into 64 bits", err);
	if (r < 0)
		return refuse(part, EBADMSG, "is not a whole number", err);
	/* proc_dointvec() reads "010" as 8, people as 10; the kernel itself never prints it */
	if (part.len > sign + 1 && part.text[sign] == '0' &&
	    !is_hex_prefix(part.text + sign, part.len - sign))
		return refuse(
			part, EBADMSG,
			"has a leading zero, which the kernel takes as octal: write it without",
			err);
	return 0;
}

static int parse_integer(const char *text, struct value *value, struct err *err)
{
	struct part part, more;
	char buf[NUM_TEXT_SIZE];
	int r;

	if (!next_part(&text, blanks, &part))
		return err_set(err, EBADMSG, "empty, expected a whole number");
	value->nums = mem_alloc(sizeof(*value->nums));
	value->n_nums = 1;
	r = read_number(part, value->nums, err);
	if (r < 0)
		return r;
	if (next_part(&text, blanks, &more))
		return refuse(more, EBADMSG, "follows a number, where one number alone is expected",
			      err);
	value->text = mem_strdup(num_format(value->nums[0], buf));
	return 0;
}

static int parse_vector(const char *text, struct value *value, struct err *err)
{
	_cleanup_strbuf_ struct strbuf shown = {0};
	struct part part;

	while (next_part(&text, blanks_and_commas, &part)) {
		struct num *num = MEM_APPEND(value->nums, value->n_nums);
		char buf[NUM_TEXT_SIZE];
		int r = read_number(part, num, err);

		if (r < 0)
			return r;
		if (shown.len)
			strbuf_add(&shown, " ", 1);
		strbuf_puts(&shown, num_format(*num, buf));
	}
	if (!value->n_nums)
		return err_set(err, EBADMSG, "empty, expected whole numbers");
	value->text = strbuf_take(&shown);
	return 0;
}

/* Every part, one space between, as the text to show. */
static char *join_parts(const char *text)
{
	struct strbuf out = {0};
	struct part part;

	while (next_part(&text, blanks, &part)) {
		if (out.len)
			strbuf_add(&out, " ", 1);
		strbuf_add(&out, part.text, part.len);
	}
	return strbuf_take(&out);
}

static int parse_string(const char *text, struct value *value, struct err *err)
{
	(void)err;
	value->text = join_parts(text);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int parse_set(const char *text, struct value *value, struct err *err)
{
	struct part part;
	size_t kept = 0;

	value->text = join_parts(text);
	while (next_part(&text, blanks, &part)) {
		/* no name in the kernel has one: "reno,cubic" would never be there */
		if (memchr(part.text, ',', part.len))
			return refuse(part, EBADMSG, "holds a comma: words stand between blanks",
				      err);
		*MEM_APPEND(value->words, value->n_words) = mem_strndup(part.text, part.len);
	}
	if (!value->n_words)
		return 0;
	qsort(value->words, value->n_words, sizeof(*value->words), by_text);
	for (size_t i = 1; i < value->n_words; i++) {
		if (strcmp(value->words[kept], value->words[i]) == 0)
			free(value->words[i]);
		else
			value->words[++kept] = value->words[i];
	}
	value->n_words = kept + 1;
	return 0;
}

static int by_first(const void *a, const void *b)
{
	const struct value_range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* Sorts, and joins ranges that overlap or touch. */
static void merge_ranges(struct value *value)
{
	size_t kept = 0;

	if (!value->n_ranges)
		return;
	qsort(value->ranges, value->n_ranges, sizeof(*value->ranges), by_first);
	for (size_t i = 1; i < value->n_ranges; i++) {
		struct value_range *last = &value->ranges[kept], next = value->ranges[i];

		if (next.first > last->last && next.first - last->last > 1)
			value->ranges[++kept] = next;
		else if (next.last > last->last)
			last->last = next.last;
	}
	value->n_ranges = kept + 1;
}

static int parse_bound(struct part whole, struct part part, uint32_t *out, struct err *err)
{
	struct num num;
	int r = num_parse(part.text, part.len, &num);

	if (r == -EINVAL || (r == 0 && (part.text[0] < '0' || part.text[0] > '9')))
		return refuse(whole, EBADMSG, "is neither a number nor a range such as 9148-9150",
			      err);
	if (r == -ERANGE || num.magnitude > UINT32_MAX)
		return refuse(whole, ERANGE, "does not fit into 32 bits", err);
	*out = (uint32_t)num.magnitude;
	return 0;
}

static int parse_range(struct part part, struct value_range *out, struct err *err)
{
	const char *dash = memchr(part.text, '-', part.len);
	struct part first = {part.text, dash ? (size_t)(dash - part.text) : part.len};
	int r = parse_bound(part, first, &out->first, err);

	if (r < 0)
		return r;
	out->last = out->first;
	if (dash)
		r = parse_bound(part, (struct part){dash + 1, part.len - first.len - 1}, &out->last,
				err);
	if (r < 0)
		return r;
	if (out->last < out->first)
		return refuse(part, EBADMSG, "is a range that ends before it starts", err);
	return 0;
}

static int parse_ranges(const char *text, struct value *value, struct err *err)
{
	struct strbuf shown = {0};
	struct part part;

	while (next_part(&text, blanks_and_commas, &part)) {
		struct value_range range;
		int r = parse_range(part, &range, err);

		if (r < 0)
			return r;
		*MEM_APPEND(value->ranges, value->n_ranges) = range;
	}
	merge_ranges(value);
	for (size_t i = 0; i < value->n_ranges; i++) {
		struct value_range range = value->ranges[i];

		strbuf_printf(&shown, range.first == range.last ? "%s%u" : "%s%u-%u", i ? "," : "",
			      range.first, range.last);
	}
	value->text = strbuf_take(&shown);
	return 0;
}

/* Adds the bits of one group, whose lowest bit is `base`; groups come from the highest down. */
static void add_bits(struct value *value, uint32_t group, uint32_t base)
{
	for (uint32_t bit = 0; bit < BITS_IN_GROUP; bit++) {
		if (group >> bit & 1)
			*MEM_APPEND(value->ranges, value->n_ranges) =
				(struct value_range){base + bit, base + bit};
	}
}

static int parse_group(struct part part, uint32_t *out, struct err *err)
{
	uint64_t bits;

	if (part.len > DIGITS_IN_GROUP)
		return refuse(part, EBADMSG, "is longer than the 8 digits of a group of bits", err);
	if (parse_hex(part.text, part.len, &bits) < 0)
		return refuse(part, EBADMSG,
			      "is not hexadecimal; a mask is written such as 3 or 1,ffffffff", err);
	*out = (uint32_t)bits;
	return 0;
}

static int parse_bitmap(const char *text, struct value *value, struct err *err)
{
	_cleanup_strbuf_ struct strbuf shown = {0};
	const char *rest, *start = text + strspn(text, blanks);
	uint32_t groups = 0;
	struct part part;

	if (is_hex_prefix(start, strlen(start)))
		start += 2;
	rest = start;
	while (next_part(&rest, blanks_and_commas, &part))
		groups++;
	for (rest = start; next_part(&rest, blanks_and_commas, &part);) {
		uint32_t bits = 0;
		int r = parse_group(part, &bits, err);

		if (r < 0)
			return r;
		groups--;
		if (shown.len)
			strbuf_printf(&shown, ",%08x", bits);
		else if (bits || !groups)
			strbuf_printf(&shown, "%x", bits);
		add_bits(value, bits, groups * BITS_IN_GROUP);
	}
	merge_ranges(value);
	value->text = strbuf_take(&shown);
	return 0;
}

static int (*const parsers[VALUE_KINDS])(const char *text, struct value *value, struct err *err) = {
	[VALUE_INTEGER] = parse_integer, [VALUE_VECTOR] = parse_vector,
	[VALUE_SET] = parse_set,         [VALUE_BITMAP] = parse_bitmap,
	[VALUE_RANGES] = parse_ranges,   [VALUE_STRING] = parse_string,
};

int sysctl_value_parse(enum value_kind kind, const char *text, struct value **out, struct err *err)
{
	_cleanup_(value_freep) struct value *value = mem_alloc(sizeof(*value));
	int r;

	if (!parsers[kind])
		return err_set(err, EBADMSG, "a value of kind %s has no text",
			       value_kind_name(kind));
	value->kind = kind;
	r = parsers[kind](text, value, err);
	if (r < 0)
		return r;
	*out = TAKE_PTR(value);
	return 0;
}

enum value_kind sysctl_value_guess(const char *text)
{
	size_t numbers = 0;
	struct part part;
	struct err ignored;
	struct num num;

	while (next_part(&text, blanks, &part)) {
		if (read_number(part, &num, &ignored) < 0)
			return VALUE_STRING;
		numbers++;
	}
	return numbers == 0 ? VALUE_STRING : numbers == 1 ? VALUE_INTEGER : VALUE_VECTOR;
}
