/* render/term.c - see term.h. */
#include "render/term.h"

#include <limits.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"

/* ECMA-48, 8.3.117 "select graphic rendition": colours that both dark and light terminals show. */
static const char *const styles[STYLES] = {
	[STYLE_PLAIN] = "",
	[STYLE_STRONG] = "\033[1m",
	[STYLE_DIM] = "\033[2m",
	[STYLE_CRITICAL] = "\033[1;31m",
	[STYLE_WARNING] = "\033[1;33m",
	[STYLE_INFO] = "\033[1;36m",
	[STYLE_GOOD] = "\033[32m",
};

const char term_style_end[] = "\033[0m";

const char *term_style_begin(enum term_style style)
{
	return styles[style];
}

/* Bytes and columns of the character at `text`. One that the locale has no sign for counts as its
 * first byte, `*known` false. */
static size_t next_char(const char *text, size_t *columns, bool *known)
{
	mbstate_t state = {0};
	wchar_t wide;
	size_t len = mbrtowc(&wide, text, strnlen(text, MB_LEN_MAX), &state);
	/* in the locale "C" musl makes surrogates, which are no characters, of bytes above 0x7f */
	bool is_byte = len < (size_t)-2 && wide >= 0xd800 && wide <= 0xdfff;
	int width = len < (size_t)-2 && !is_byte ? wcwidth(wide) : -1;

	*known = width >= 0 && len > 0;
	*columns = *known ? (size_t)width : 1;
	return *known ? len : 1;
}

char *term_text(const char *text)
{
	_cleanup_free_ char *line = mem_strdup(text), *printable = NULL;
	struct strbuf out = {0};

	for (char *p = line; *p; p++) {
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	}
	printable = str_printable(line);
	for (const char *p = printable; *p;) {
		size_t columns;
		bool known;
		size_t len = next_char(p, &columns, &known);

		if (known)
			strbuf_add(&out, p, len);
		else
			strbuf_printf(&out, "\\x%02x", (unsigned char)*p);
		p += len;
	}
	return strbuf_take(&out);
}

bool term_can_show(const char *text)
{
	size_t columns;
	bool known = true;

	while (*text && known)
		text += next_char(text, &columns, &known);
	return known;
}

size_t term_width(const char *text)
{
	size_t widest = 0, width = 0;

	while (*text) {
		size_t columns;
		bool known;

		if (*text == '\n') {
			width = 0;
			text++;
			continue;
		}
		text += next_char(text, &columns, &known);
		width += columns;
		if (width > widest)
			widest = width;
	}
	return widest;
}

/* How many bytes of `text` take `width` columns at most. */
static size_t head_length(const char *text, size_t width)
{
	size_t at = 0;

	while (text[at]) {
		size_t columns;
		bool known;
		size_t len = next_char(text + at, &columns, &known);

		if (columns > width)
			break;
		width -= columns;
		at += len;
	}
	return at;
}

char *term_shorten(const char *text, size_t width)
{
	static const size_t least = 8;
	const char *ellipsis = term_can_show("\u2026") ? "\u2026" : "...";
	size_t whole = term_width(text), kept, head, tail, columns;
	bool known;

	if (whole <= width || width < least)
		return mem_strdup(text);
	kept = width - term_width(ellipsis);
	head = head_length(text, kept / 2);
	tail = head_length(text, whole - (kept - kept / 2));
	/* a wide character may stand across the cut */
	while (text[tail] && term_width(text + tail) > kept - kept / 2)
		tail += next_char(text + tail, &columns, &known);
	return mem_printf("%.*s%s%s", (int)head, text, ellipsis, text + tail);
}

size_t term_lines(const char *text)
{
	size_t lines = 1;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* Where a long word may end a line: names of keys and paths, and lists without blanks. */
static bool may_break_after(char c)
{
	return strchr("/,:;.=_", c) != NULL;
}

/* How long the word at `text` is when it names a file, with or without a line of it, else 0. */
static size_t path_length(const char *text)
{
	size_t len = strcspn(text, " "), first = strspn(text, "('"), last = len, digits = 0;

	while (last > first && strchr(",;.:)'", text[last - 1]))
		last--;
	if (last < first + 2 || !memchr(text + first, '/', last - first))
		return 0;
	while (digits < last - first && text[last - digits - 1] >= '0' &&
	       text[last - digits - 1] <= '9')
		digits++;
	if (text[first] == '/' || str_starts(text + first, "./") || str_starts(text + first, "../"))
		return len;
	return digits && digits < last - first && text[last - digits - 1] == ':' ? len : 0;
}

static size_t width_of(const char *text, size_t len)
{
	_cleanup_free_ char *part = mem_strndup(text, len);

	return term_width(part);
}

size_t term_widest_path(const char *text)
{
	size_t widest = 0;

	while (*text) {
		size_t width = width_of(text, path_length(text));

		if (width > widest)
			widest = width;
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return widest;
}

/* How much of `text` makes the next line: to the last space that fits, else to the last punctuation
 * with as much before it as makes a line worth having, else to the last character; one at least,
 * and a path as a whole. */
static size_t line_length(const char *text, size_t width, bool breaks_paths)
{
	size_t used = 0, at = 0, space = 0, mark = 0, marked = 0;

	while (text[at]) {
		bool begins = !at || text[at - 1] == ' ', known;
		size_t whole = begins && !breaks_paths ? path_length(text + at) : 0, columns;
		size_t len = next_char(text + at, &columns, &known);

		if (whole) {
			len = whole;
			columns = width_of(text + at, whole);
		}
		if (text[at] == ' ')
			space = at;
		if (used + columns > width && at)
			return space ? space : mark && marked >= width / 3 ? mark : at;
		used += columns;
		if (whole || may_break_after(text[at])) {
			mark = at + len;
			marked = used;
		}
		at += len;
	}
	return at;
}

static char *wrap(const char *text, size_t width, bool breaks_paths)
{
	struct strbuf out = {0};

	if (!width)
		return mem_strdup(text);
	for (;;) {
		size_t len = line_length(text, width, breaks_paths);

		size_t kept = len;

		while (kept && text[kept - 1] == ' ')
			kept--;
		strbuf_add(&out, text, kept);
		text += len;
		text += strspn(text, " ");
		if (!*text)
			return strbuf_take(&out);
		strbuf_puts(&out, "\n");
	}
}

char *term_wrap(const char *text, size_t width)
{
	return wrap(text, width, false);
}

char *term_wrap_all(const char *text, size_t width)
{
	return wrap(text, width, true);
}
