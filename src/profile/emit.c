/* profile/emit.c - see emit.h.
 *
 * Plain scalars are for what is surely read back as the same text; all else is put in double
 * quotes, which can say anything. */
#include "profile/emit.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "profile/computed.h"

/* Plain, these would be read as something else than the word. */
static bool is_reserved(const char *text, enum place place)
{
	static const char *const words[] = {"absent", "remove", "null", "y", "n"};
	static const char *const switches[] = {"true", "false", "yes", "no", "on", "off"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(switches) && place != PLACE_RULE; i++)
		if (strcasecmp(text, switches[i]) == 0)
			return true;
	return false;
}

/* One character of valid UTF-8, and its length. */
static uint32_t next_character(const unsigned char *text, size_t *len)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t point;

	*len = *text < 0x80 ? 1 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
	point = *text & masks[*len];
	for (size_t i = 1; i < *len; i++)
		point = point << 6 | (text[i] & 0x3f);
	return point;
}

/* Line and paragraph separators would be folded, the others YAML does not take as they are. */
static bool needs_escape(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 ||
	       point == 0x2029 || point == 0xfeff || point == 0xfffe || point == 0xffff;
}

static void emit_quoted(struct strbuf *out, const char *text)
{
	strbuf_puts(out, "\"");
	for (size_t len; *text; text += len) {
		uint32_t point = next_character((const unsigned char *)text, &len);

		if (point == '"' || point == '\\')
			strbuf_printf(out, "\\%c", (int)point);
		else if (point == '\n')
			strbuf_puts(out, "\\n");
		else if (point == '\t')
			strbuf_puts(out, "\\t");
		else if (needs_escape(point))
			strbuf_printf(out, "\\u%04x", point);
		else
			strbuf_add(out, text, len);
	}
	strbuf_puts(out, "\"");
}

static bool only_has(const char *text, const char *others)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(others, *text))
			return false;
	return true;
}

static void emit_plain_if(struct strbuf *out, const char *text, bool plain)
{
	if (plain)
		strbuf_puts(out, text);
	else
		emit_quoted(out, text);
}

void emit_text(struct strbuf *out, const char *text, bool flow)
{
	size_t len = strlen(text);

	emit_plain_if(out, text,
		      isalpha((unsigned char)*text) && text[len - 1] != ' ' &&
			      only_has(text, flow ? " _./()+=%-" : " _./()+=%-,;'") &&
			      !is_reserved(text, PLACE_SETTING));
}

void emit_word(struct strbuf *out, const char *text)
{
	emit_plain_if(out, text,
		      isalnum((unsigned char)*text) && only_has(text, "_./-*?") &&
			      !is_reserved(text, PLACE_RULE));
}

/* A value that is text. Digits at its start were in quotes, or it would be a number. */
static void emit_value(struct strbuf *out, const char *text, enum place place)
{
	emit_plain_if(out, text,
		      (isalpha((unsigned char)*text) || strchr("_/", *text)) && *text &&
			      only_has(text, "_./-") && !is_reserved(text, place));
}

static void emit_computed(struct strbuf *out, const struct quantity *q)
{
	_cleanup_free_ char *rate = NULL, *rtt = NULL, *times = NULL;

	if (q->kind == QUANTITY_SYSCTL) {
		strbuf_puts(out, "{sysctl: ");
		emit_word(out, q->text);
		strbuf_puts(out, "}");
		return;
	}
	rate = quantity_format(q->rate_bps, QUANTITY_RATE);
	rtt = quantity_format(q->rtt_us, QUANTITY_DURATION);
	times = computed_format_times(q->times_milli);
	strbuf_printf(out, "{bdp: {rate: %s, rtt: %s}", rate, rtt);
	if (q->times_milli != 1000)
		strbuf_printf(out, ", times: %s", times);
	strbuf_puts(out, "}");
}

static bool is_computed(const struct quantity *q)
{
	return q->kind == QUANTITY_BDP || q->kind == QUANTITY_SYSCTL;
}

static void emit_quantity(struct strbuf *out, const struct quantity *q, enum place place)
{
	if (is_computed(q))
		emit_computed(out, q);
	else if (q->kind == QUANTITY_TEXT)
		emit_value(out, q->text, place);
	else
		strbuf_puts(out, q->text);
}

static void emit_list(struct strbuf *out, const struct quantity *list, size_t count,
		      enum place place)
{
	strbuf_puts(out, "[");
	for (size_t i = 0; i < count; i++) {
		if (i)
			strbuf_puts(out, ", ");
		emit_quantity(out, &list[i], place);
	}
	strbuf_puts(out, "]");
}

/* Values as read_list() in operators.c takes them: one, or words, or a list. */
static void emit_values(struct strbuf *out, const struct quantity *list, size_t count,
			enum place place)
{
	size_t numbers = 0;

	while (numbers < count && list[numbers].kind == QUANTITY_NUMBER)
		numbers++;
	if (numbers == count) {
		for (size_t i = 0; i < count; i++)
			strbuf_printf(out, "%s%s", i ? " " : "", list[i].text);
	} else if (count == 1 && !(list->kind == QUANTITY_TEXT && strpbrk(list->text, " \t\n"))) {
		emit_quantity(out, list, place);
	} else {
		emit_list(out, list, count, place);
	}
}

static void emit_fields(struct strbuf *out, const struct expect *expect)
{
	strbuf_puts(out, "[");
	for (size_t i = 0; i < expect->n_fields; i++) {
		if (i)
			strbuf_puts(out, ", ");
		if (expect->fields[i])
			emit_expect(out, expect->fields[i], PLACE_FIELD);
		else
			strbuf_puts(out, "~");
	}
	strbuf_puts(out, "]");
}

void emit_operand(struct strbuf *out, const struct expect *expect, enum place place)
{
	switch (expect->op) {
	case EXPECT_EQUALS:
	case EXPECT_INCLUDES:
	case EXPECT_EXCLUDES:
		emit_values(out, expect->args, expect->n_args, place);
		break;
	case EXPECT_AT_LEAST:
	case EXPECT_AT_MOST:
		emit_quantity(out, expect->args, place);
		break;
	case EXPECT_ABSENT:
		strbuf_puts(out, "true");
		break;
	case EXPECT_FIELDS:
		emit_fields(out, expect);
		break;
	default:
		emit_list(out, expect->args, expect->n_args, place);
		break;
	}
}

void emit_set(struct strbuf *out, const struct expect *expect, enum place place)
{
	emit_values(out, expect->set, expect->n_set, place);
}

bool emit_is_short(const struct expect *expect)
{
	return expect->op == EXPECT_EQUALS && !(expect->n_args == 1 && is_computed(expect->args));
}

void emit_expect_mapping(struct strbuf *out, const struct expect *expect, enum place place)
{
	strbuf_printf(out, "{%s: ", expect_op_name(expect->op));
	emit_operand(out, expect, place);
	if (expect->n_set) {
		strbuf_puts(out, ", set: ");
		emit_set(out, expect, place);
	}
	strbuf_puts(out, "}");
}

void emit_expect(struct strbuf *out, const struct expect *expect, enum place place)
{
	if (emit_is_short(expect))
		emit_operand(out, expect, place);
	else
		emit_expect_mapping(out, expect, place);
}
