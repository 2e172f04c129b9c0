/* man/roff.c - see roff.h. What needs an escape is in groff_char(7) and mandoc_char(7). */
#include "man/roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static const char *escape_of(char c)
{
	switch (c) {
	case '\\':
		return "\\e";
	case '\'':
		return "\\(aq";
	case '`':
		return "\\(ga";
	case '"':
		return "\\(dq";
	case '^':
		return "\\(ha";
	case '~':
		return "\\(ti";
	default:
		return NULL;
	}
}

static void put(FILE *out, char c, bool literal)
{
	const char *escape = c == '-' && literal ? "\\-" : escape_of(c);

	if (escape)
		fputs(escape, out);
	else
		putc(c, out);
}

void roff_literal(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put(out, text[i], true);
}

/* The first character of a line must not be that of a request. */
static void begin_line(FILE *out, char c)
{
	if (c == '.' || c == '\'')
		fputs("\\&", out);
}

void roff_example(FILE *out, const char *text)
{
	fputs(".EX\n", out);
	while (*text) {
		size_t len = strcspn(text, "\n");

		begin_line(out, *text);
		roff_literal(out, text, len);
		putc('\n', out);
		text += len + (text[len] != '\0');
	}
	fputs(".EE\n" ROFF_AFTER_EXAMPLE, out);
}

static const char *bold(FILE *out, const char *text, const char *end)
{
	fputs("\\fB", out);
	roff_literal(out, text, (size_t)(end - text));
	fputs("\\fR", out);
	return end;
}

/* What stands for itself and what follows it, or NULL where `text` begins nothing special. */
static const char *special(FILE *out, const char *text)
{
	const char *end = NULL;

	if (*text == '`' && (end = strchr(text + 1, '`')))
		return bold(out, text + 1, end) + 1;
	if (str_starts(text, "**") && (end = strstr(text + 2, "**")))
		return bold(out, text + 2, end) + 2;
	if (*text == '[' && (end = strstr(text, "](")) &&
	    !memchr(text, ' ', (size_t)(end - text)) && strchr(end, ')')) {
		roff_literal(out, text + 1, (size_t)(end - text - 1));
		return strchr(end, ')') + 1;
	}
	return NULL;
}

/* A dash that begins an option or a negative number, and no hyphen: "--help", "-1". */
static bool begins_word(const char *start, const char *at)
{
	char before = at == start ? ' ' : at[-1];

	return at[1] && at[1] != ' ' && (isspace((unsigned char)before) || strchr("(-", before));
}

static void put_prose(FILE *out, const char *text)
{
	const char *at = text;

	while (*at) {
		const char *next = special(out, at);

		if (!next) {
			if (str_starts(at, " - ")) {
				fputs(" \\(en", out);
				next = at + 2;
			} else {
				put(out, *at, *at == '-' && begins_word(text, at));
				next = at + 1;
			}
		}
		at = next;
	}
}

void roff_prose(FILE *out, const char *text)
{
	begin_line(out, *text);
	put_prose(out, text);
	putc('\n', out);
}

void roff_heading(FILE *out, const char *macro, const char *text)
{
	fprintf(out, ".%s \"", macro);
	put_prose(out, text);
	fputs("\"\n", out);
}

char *roff_places(const char *text)
{
	static const struct {
		const char *written, *here;
	} places[] = {
		{"/etc/fettle", FETTLE_SYSCONFDIR},
		{"/usr/share/fettle", FETTLE_DATADIR},
		{"/var/lib/fettle", FETTLE_STATEDIR},
		{"/run/fettle", FETTLE_RUNDIR},
	};
	struct strbuf here = {0};
	char before = ' ';

	strbuf_puts(&here, "");
	while (*text) {
		size_t i = 0;

		while (i < ARRAY_SIZE(places) &&
		       (isalnum((unsigned char)before) || !str_starts(text, places[i].written)))
			i++;
		before = *text;
		if (i < ARRAY_SIZE(places)) {
			strbuf_puts(&here, places[i].here);
			text += strlen(places[i].written);
		} else {
			strbuf_add(&here, text++, 1);
		}
	}
	return strbuf_take(&here);
}
