/* base/str.c - see str.h. */
#include "base/str.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void reserve(struct strbuf *buf, size_t more)
{
	size_t need = buf->len + more + 1;
	char *text;

	if (need <= buf->room)
		return;
	if (need < buf->room * 2)
		need = buf->room * 2;
	if (need < 64)
		need = 64;
	text = mem_alloc(need);
	if (buf->text)
		memcpy(text, buf->text, buf->len);
	free(buf->text);
	buf->text = text;
	buf->room = need;
}

void strbuf_fini(struct strbuf *buf)
{
	free(buf->text);
	*buf = (struct strbuf){0};
}

void strbuf_add(struct strbuf *buf, const char *text, size_t len)
{
	reserve(buf, len);
	memcpy(buf->text + buf->len, text, len);
	buf->len += len;
	buf->text[buf->len] = '\0';
}

void strbuf_puts(struct strbuf *buf, const char *text)
{
	strbuf_add(buf, text, strlen(text));
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
	va_list args, again;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len > 0) {
		reserve(buf, (size_t)len);
		vsnprintf(buf->text + buf->len, (size_t)len + 1, format, again);
		buf->len += (size_t)len;
	}
	va_end(again);
}

char *strbuf_take(struct strbuf *buf)
{
	char *text;

	reserve(buf, 0);
	text = buf->text;
	text[buf->len] = '\0';
	*buf = (struct strbuf){0};
	return text;
}

bool str_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Length of the UTF-8 sequence at `text`, with its character, or 0 when it is not one (RFC 3629,
 * section 4). */
static size_t utf8_sequence(const unsigned char *text, size_t len, uint32_t *character)
{
	static const struct {
		unsigned char mask, lead, size;
		uint32_t least;
	} forms[] = {
		{0x80, 0x00, 1, 0},
		{0xe0, 0xc0, 2, 0x80},
		{0xf0, 0xe0, 3, 0x800},
		{0xf8, 0xf0, 4, 0x10000},
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		uint32_t point;

		if ((text[0] & forms[i].mask) != forms[i].lead)
			continue;
		if (forms[i].size > len)
			return 0;
		point = text[0] & (unsigned char)~forms[i].mask;
		for (size_t j = 1; j < forms[i].size; j++) {
			if ((text[j] & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (text[j] & 0x3f);
		}
		if (point < forms[i].least || point > 0x10ffff ||
		    (point >= 0xd800 && point <= 0xdfff))
			return 0;
		*character = point;
		return forms[i].size;
	}
	return 0;
}

bool str_is_utf8(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t ignored;
		size_t step = utf8_sequence((const unsigned char *)text + i, len - i, &ignored);

		if (!step)
			return false;
		i += step;
	}
	return true;
}

/* What a terminal obeys instead of showing it: C0, DEL and C1, line and paragraph separators, and
 * what turns the direction of text (Unicode, Bidi_Control), so that it reads as other text. */
static bool is_control(uint32_t character)
{
	static const struct {
		uint32_t first, last;
	} controls[] = {
		{0x00, 0x1f},     {0x7f, 0x9f},     {0x61c, 0x61c},
		{0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
	};

	for (size_t i = 0; i < ARRAY_SIZE(controls); i++) {
		if (character >= controls[i].first && character <= controls[i].last)
			return true;
	}
	return false;
}

char *str_printable(const char *text)
{
	struct strbuf out = {0};
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		const unsigned char *p = (const unsigned char *)text + i;
		uint32_t character;
		size_t step = utf8_sequence(p, len - i, &character);

		if (step && !is_control(character)) {
			strbuf_add(&out, text + i, step);
			i += step;
		} else {
			strbuf_printf(&out, "\\x%02x", *p);
			i++;
		}
	}
	return strbuf_take(&out);
}

char *str_shell_word(const char *text)
{
	_cleanup_free_ char *shown = str_printable(text);
	struct strbuf out = {0};

	if (strcmp(shown, text) != 0)
		return NULL;
	strbuf_puts(&out, "'");
	for (const char *p = text; *p; p++) {
		if (*p == '\'')
			strbuf_puts(&out, "'\\''");
		else
			strbuf_add(&out, p, 1);
	}
	strbuf_puts(&out, "'");
	return strbuf_take(&out);
}

/* Edit distance with neighbouring swaps counted once, cut off above `limit`; words longer than the
 * table are never near. */
static unsigned distance(const char *a, const char *b, unsigned limit)
{
	enum {
		MOST = 64
	};
	unsigned rows[3][MOST + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > MOST || lb > MOST || (la > lb ? la - lb : lb - la) > limit)
		return limit + 1;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *top = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			int ca = tolower((unsigned char)a[i - 1]),
			    cb = tolower((unsigned char)b[j - 1]);
			unsigned best = above[j - 1] + (ca != cb);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
			    cb == tolower((unsigned char)a[i - 2]) && top[j - 2] + 1 < best)
				best = top[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[la % 3][lb];
}

const char *str_nearest(const char *word, const char *const *candidates, size_t count)
{
	/* a third of the word wrong is still a slip; more is another word */
	return str_nearest_within((unsigned)(strlen(word) + 2) / 3, word, candidates, count);
}

const char *str_nearest_within(unsigned limit, const char *word, const char *const *candidates,
			       size_t count)
{
	unsigned best = limit + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		unsigned d = distance(word, candidates[i], limit);

		if (d < best) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}

const char *str_did_you_mean(const char *word, const char *const *candidates, size_t count,
			     char *buf, size_t size)
{
	const char *nearest = str_nearest(word, candidates, count);

	buf[0] = '\0';
	if (nearest)
		snprintf(buf, size, ", did you mean '%s'?", nearest);
	return buf;
}
