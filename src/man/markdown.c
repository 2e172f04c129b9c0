/* man/markdown.c - see markdown.h.
 *
 * Line by line: what a line begins with says which block it belongs to, and a block that ends with
 * the next one is kept in `prose` until then. */
#include "man/markdown.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "man/roff.h"

enum {
	MOST_COLUMNS = 8
};

struct writer {
	FILE *out;
	struct strbuf prose; /* of the paragraph or the item of a list that is being read */
	bool is_item;
	bool after_heading;    /* which makes room by itself, as roff says of a .PP there */
	struct strbuf example; /* the lines of a fenced block */
	bool in_example;
	char *titles[MOST_COLUMNS]; /* of the table that is being read */
	size_t n_titles;
};

static void begin_block(struct writer *w)
{
	if (!w->after_heading)
		fputs(".PP\n", w->out);
	w->after_heading = false;
}

static void end_prose(struct writer *w)
{
	_cleanup_free_ char *text = NULL;

	if (!w->prose.len)
		return;
	text = strbuf_take(&w->prose);
	if (w->is_item)
		fputs(".IP \\(bu 2\n", w->out);
	else
		begin_block(w);
	w->after_heading = false;
	roff_prose(w->out, text);
}

static void end_table(struct writer *w)
{
	for (size_t i = 0; i < w->n_titles; i++)
		free(w->titles[i]);
	w->n_titles = 0;
}

static void end_blocks(struct writer *w)
{
	end_prose(w);
	end_table(w);
}

static void add_prose(struct writer *w, const char *line)
{
	end_table(w);
	if (str_starts(line, "- ")) {
		end_prose(w);
		w->is_item = true;
		line += 2;
	} else if (!w->prose.len) {
		w->is_item = false;
	}
	line += strspn(line, " ");
	strbuf_printf(&w->prose, "%s%s", w->prose.len ? " " : "", line);
}

/* "| a | b |" to its cells, the caller's. A bar in `code` is no border. */
static size_t split_row(const char *line, char **cells)
{
	size_t count = 0;

	for (const char *at = line + 1; *at && count < MOST_COLUMNS; at += *at == '|') {
		const char *start = at + strspn(at, " "), *end;
		bool in_code = false;

		for (at = start; *at && (in_code || *at != '|'); at++)
			in_code ^= *at == '`';
		for (end = at; end > start && end[-1] == ' ';)
			end--;
		cells[count++] = mem_strndup(start, (size_t)(end - start));
	}
	return count;
}

/* The first cell names the row; of more than two, each of the others has its column's title. */
static void write_row(struct writer *w, char *const *cells, size_t count)
{
	fputs(".TP\n", w->out);
	roff_prose(w->out, cells[0]);
	for (size_t i = 1; i < count; i++) {
		if (count > 2 && i < w->n_titles && *cells[i]) {
			_cleanup_free_ char *titled = mem_printf("%s: %s", w->titles[i], cells[i]);

			fputs(i > 1 ? ".br\n" : "", w->out);
			roff_prose(w->out, titled);
		} else if (*cells[i]) {
			roff_prose(w->out, cells[i]);
		}
	}
	w->after_heading = false;
}

static void add_row(struct writer *w, const char *line)
{
	char *cells[MOST_COLUMNS] = {NULL};
	size_t count;

	end_prose(w);
	if (str_starts(line, "|---"))
		return;
	count = split_row(line, cells);
	if (!count)
		return;
	if (!w->n_titles) {
		memcpy(w->titles, cells, count * sizeof(*cells));
		w->n_titles = count;
		return;
	}
	write_row(w, cells, count);
	for (size_t i = 0; i < count; i++)
		free(cells[i]);
}

static void toggle_example(struct writer *w)
{
	end_blocks(w);
	w->in_example = !w->in_example;
	if (!w->in_example) {
		_cleanup_free_ char *text = strbuf_take(&w->example);

		begin_block(w);
		fputs(".RS 4\n", w->out);
		roff_example(w->out, text);
		fputs(".RE\n", w->out);
	}
}

static void add_line(struct writer *w, const char *line)
{
	if (str_starts(line, "```")) {
		toggle_example(w);
	} else if (w->in_example) {
		strbuf_printf(&w->example, "%s\n", line);
	} else if (str_starts(line, "# ")) {
		return;
	} else if (str_starts(line, "## ")) {
		end_blocks(w);
		roff_heading(w->out, "SS", line + 3);
		w->after_heading = true;
	} else if (*line == '|') {
		add_row(w, line);
	} else if (*line) {
		add_prose(w, line);
	} else {
		end_blocks(w);
	}
}

void markdown_write(FILE *out, const char *text)
{
	struct writer w = {.out = out, .after_heading = true};

	while (*text) {
		size_t len = strcspn(text, "\n");
		_cleanup_free_ char *line = mem_strndup(text, len);

		add_line(&w, line);
		text += len + (text[len] != '\0');
	}
	end_blocks(&w);
	strbuf_fini(&w.example);
}
