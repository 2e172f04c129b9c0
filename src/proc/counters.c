/* proc/counters.c - see counters.h.
 *
 * Four layouts, none with a version: names on one line and numbers on the next (snmp), one name and
 * number a line (snmp6), names and numbers in turn (sockstat), and a row of hexadecimal numbers for
 * each cpu (softnet, neighbour tables). A number counts only under a name that was there for it. */
#include "proc/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"

enum {
	MOST_BYTES = 16 << 20, /* softnet_stat has some 140 for each cpu */
	MOST_COLUMNS = 64,
	DECIMAL = 10,
	HEXADECIMAL = 16,
};

struct counter {
	char *name;
	uint64_t value;
};

struct counters {
	struct counter *items;
	size_t count;
};

/* Part of a text; what the readers below eat up from its start. */
struct span {
	const char *at;
	size_t len;
};

struct counters *counters_new(void)
{
	return mem_alloc(sizeof(struct counters));
}

void counters_free(struct counters *counters)
{
	if (!counters)
		return;
	for (size_t i = 0; i < counters->count; i++)
		free(counters->items[i].name);
	free(counters->items);
	free(counters);
}

static struct counter *find(const struct counters *counters, const char *name)
{
	for (size_t i = 0; i < counters->count; i++) {
		if (!strcmp(counters->items[i].name, name))
			return &counters->items[i];
	}
	return NULL;
}

bool counters_get(const struct counters *counters, const char *name, uint64_t *out)
{
	const struct counter *counter = find(counters, name);

	if (counter)
		*out = counter->value;
	return counter;
}

static void put(struct counters *counters, char *name, uint64_t value)
{
	*MEM_APPEND(counters->items, counters->count) = (struct counter){name, value};
}

static bool next_line(struct span *text, struct span *line)
{
	const char *end;

	if (!text->len)
		return false;
	end = memchr(text->at, '\n', text->len);
	*line = (struct span){text->at, end ? (size_t)(end - text->at) : text->len};
	text->at += line->len + (end ? 1 : 0);
	text->len -= line->len + (end ? 1 : 0);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool next_word(struct span *line, struct span *word)
{
	while (line->len && is_blank(*line->at)) {
		line->at++;
		line->len--;
	}
	*word = (struct span){line->at, 0};
	while (line->len && !is_blank(*line->at)) {
		line->at++;
		line->len--;
		word->len++;
	}
	return word->len > 0;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The whole word, or nothing. */
static bool parse(struct span word, int base, uint64_t *out)
{
	uint64_t value = 0;

	for (size_t i = 0; i < word.len; i++) {
		int digit = digit_of(word.at[i]);

		if (digit < 0 || digit >= base ||
		    __builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	*out = value;
	return word.len > 0;
}

/* Takes "Tcp:" off the line, leaving "Tcp". */
static bool take_label(struct span *line, struct span *label)
{
	if (!next_word(line, label) || label->len < 2 || label->at[label->len - 1] != ':')
		return false;
	label->len--;
	return true;
}

static bool same(struct span a, struct span b)
{
	return a.len == b.len && !memcmp(a.at, b.at, a.len);
}

#define SPAN(span) (int)(span).len, (span).at /* of "%.*s"; lengths are below MOST_BYTES */

static void add_pairs(struct counters *counters, const char *group, struct span text)
{
	struct span names, numbers, label, again, name, number;
	uint64_t value;

	(void)group; /* the lines have their own */
	while (next_line(&text, &names)) {
		struct span rest = text;

		if (!take_label(&names, &label) || !next_line(&rest, &numbers) ||
		    !take_label(&numbers, &again) || !same(label, again))
			continue;
		text = rest;
		while (next_word(&names, &name) && next_word(&numbers, &number)) {
			if (parse(number, DECIMAL, &value))
				put(counters, mem_printf("%.*s.%.*s", SPAN(label), SPAN(name)),
				    value);
		}
	}
}

/* "Udp6InErrors 0": the protocol ends in the first 6. */
static void add_lines(struct counters *counters, const char *group, struct span text)
{
	struct span line, name, number;
	uint64_t value;

	(void)group;
	while (next_line(&text, &line)) {
		const char *six;
		size_t split;

		if (!next_word(&line, &name) || !next_word(&line, &number) ||
		    !parse(number, DECIMAL, &value))
			continue;
		six = memchr(name.at, '6', name.len);
		split = six ? (size_t)(six - name.at) + 1 : 0;
		if (split && split < name.len)
			put(counters,
			    mem_printf("%.*s.%.*s", (int)split, name.at, (int)(name.len - split),
				       name.at + split),
			    value);
	}
}

static void add_turns(struct counters *counters, const char *group, struct span text)
{
	struct span line, label, name, number;
	uint64_t value;

	while (next_line(&text, &line)) {
		if (!take_label(&line, &label))
			continue;
		while (next_word(&line, &name) && next_word(&line, &number)) {
			if (parse(number, DECIMAL, &value))
				put(counters,
				    mem_printf("%s.%.*s.%.*s", group, SPAN(label), SPAN(name)),
				    value);
		}
	}
}

struct column {
	struct span name;
	bool is_known, is_total; /* total: the same on every line, not to be summed */
	uint64_t value;
};

/* A column that any line lacks, or has no number in, is not known. */
static void add_columns(struct counters *counters, const char *group, struct span text,
			struct column *columns, size_t count)
{
	struct span line, word;
	size_t lines = 0;

	while (next_line(&text, &line)) {
		for (size_t i = 0; i < count; i++) {
			struct column *column = &columns[i];
			uint64_t value = 0;

			if (!next_word(&line, &word) || !parse(word, HEXADECIMAL, &value))
				column->is_known = false;
			else if (column->is_total)
				column->value = value;
			else
				column->value += value;
		}
		lines++;
	}
	for (size_t i = 0; i < count && lines; i++) {
		if (columns[i].is_known)
			put(counters, mem_printf("%s.%.*s", group, SPAN(columns[i].name)),
			    columns[i].value);
	}
}

/* softnet_seq_show() of net/core/net-procfs.c: later kernels only append. */
static void add_softnet(struct counters *counters, const char *group, struct span text)
{
	struct column columns[] = {
		{.name = {"processed", 9}, .is_known = true},
		{.name = {"dropped", 7}, .is_known = true},
		{.name = {"time_squeeze", 12}, .is_known = true},
	};

	add_columns(counters, group, text, columns, ARRAY_SIZE(columns));
}

/* neigh_stat_seq_show() of net/core/neighbour.c: a line of names first. */
static void add_neighbours(struct counters *counters, const char *group, struct span text)
{
	static const struct span entries = {"entries", 7};
	struct column columns[MOST_COLUMNS];
	struct span line, name;
	size_t count = 0;

	if (!next_line(&text, &line))
		return;
	while (count < MOST_COLUMNS && next_word(&line, &name))
		columns[count++] = (struct column){
			.name = name, .is_known = true, .is_total = same(name, entries)};
	add_columns(counters, group, text, columns, count);
}

static const struct {
	const char *file, *group;
	void (*add)(struct counters *counters, const char *group, struct span text);
} files[] = {
	{"snmp", "", add_pairs},
	{"netstat", "", add_pairs},
	{"snmp6", "", add_lines},
	{"sockstat", "sockstat", add_turns},
	{"sockstat6", "sockstat6", add_turns},
	{"softnet_stat", "softnet", add_softnet},
	{"stat/arp_cache", "arp_cache", add_neighbours},
	{"stat/ndisc_cache", "ndisc_cache", add_neighbours},
};

bool counters_add(struct counters *counters, const char *file, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (!strcmp(files[i].file, file)) {
			files[i].add(counters, files[i].group, (struct span){text, strlen(text)});
			return true;
		}
	}
	return false;
}

int counters_read(const char *dir, struct counters **out, struct err *err)
{
	const char *path = dir ? dir : "/proc/thread-self/net";
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(counters_freep) struct counters *counters = counters_new();
	bool any = false;
	int r = 0;

	if (fd < 0)
		return err_set(err, errno, "cannot open %s: %s", path, strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *text = NULL;
		struct err why;
		size_t len;

		if (file_read(fd, files[i].file, MOST_BYTES, &text, &len, &why) < 0) {
			if (!r)
				r = err_set(err, why.code, "%s: no counters: %s", path, why.text);
			continue;
		}
		any = true;
		counters_add(counters, files[i].file, text);
	}
	if (!any)
		return r;
	*out = TAKE_PTR(counters);
	return 0;
}
