/* man/weave.c - see weave.h. */
#include "man/weave.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "config.h"
#include "man/markdown.h"
#include "man/roff.h"
#include "man/tables.h"

static int read_text(const char *path, char **out, struct err *err)
{
	enum {
		MOST_BYTES = 1 << 20
	};
	size_t len;

	return file_read(AT_FDCWD, path, MOST_BYTES, out, &len, err);
}

static const struct cli_command *find_command(const char *name)
{
	for (const struct cli_command *command = cli_commands; command->name; command++)
		if (command->summary && strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

/* The next of the names in "plan, apply", the caller's; NULL behind the last. */
static char *next_name(const char **list)
{
	const char *start = *list + strspn(*list, ", ");
	size_t len = strcspn(start, ",");

	*list = start + len;
	return len ? mem_strndup(start, len) : NULL;
}

static void options_of(FILE *out, const struct cli_command *command)
{
	if (command->options)
		tables_options(out, command->options);
}

static void options_of_all(FILE *out)
{
	tables_options(out, cli_globals);
}

static void exits_of(FILE *out, const struct cli_command *command)
{
	if (command->exits)
		tables_exits(out, command->exits);
}

static void exits_of_all(FILE *out)
{
	tables_exits(out, cli_exits);
}

static void section_of(FILE *out, const struct cli_command *command)
{
	_cleanup_free_ char *heading = mem_printf("fettle %s", command->name);

	roff_heading(out, "SS", heading);
	tables_command(out, command);
}

/* What needs no more than the tables. */
static const struct directive {
	const char *name;
	void (*whole)(FILE *out); /* without an argument; or NULL */
	void (*each)(FILE *out, const struct cli_command *command); /* for each that is named */
	const char *between;
} directives[] = {
	{"command", NULL, section_of, ""},
	{"daemon-options", tables_daemon_options, NULL, ""},
	{"exits", exits_of_all, exits_of, ""},
	{"findings", tables_findings, NULL, ""},
	{"interface", tables_interface, NULL, ""},
	{"options", options_of_all, options_of, ""},
	{"synopsis", NULL, tables_synopsis, ".br\n"},
};

/* ".@options plan, apply": its name, and what stands behind that, or "". */
struct line {
	char *name, *argument;
};

static void line_fini(struct line *line)
{
	free(line->name);
	free(line->argument);
}

/* Whether there is a directive at the start of `text`. */
static bool line_parse(const char *text, struct line *out)
{
	size_t len = strcspn(text, "\n"), name;

	if (!str_starts(text, ".@"))
		return false;
	name = strcspn(text, " \n") - 2;
	out->name = mem_strndup(text + 2, name);
	out->argument = mem_strndup(text + 2 + name, len - 2 - name);
	return true;
}

static const char *next_line(const char *text)
{
	text += strcspn(text, "\n");
	return text + (*text == '\n');
}

/* Whether a template has the options of a command. */
static bool describes(const char *template, const char *command)
{
	for (; *template; template = next_line(template)) {
		__attribute__((cleanup(line_fini))) struct line line = {0};
		const char *list;

		if (!line_parse(template, &line) ||
		    (strcmp(line.name, "options") != 0 && strcmp(line.name, "command") != 0))
			continue;
		list = line.argument;
		for (char *name; (name = next_name(&list)); free(name))
			if (strcmp(name, command) == 0) {
				free(name);
				return true;
			}
	}
	return false;
}

/* "fettle-audit", the page that describes the command, or NULL. */
static int find_page(const struct weave *weave, const char *command, char **out, struct err *err)
{
	for (size_t i = 0; i < weave->n_others; i++) {
		const char *slash = strrchr(weave->others[i], '/');
		const char *file = slash ? slash + 1 : weave->others[i];
		_cleanup_free_ char *text = NULL;
		int r = read_text(weave->others[i], &text, err);

		if (r < 0)
			return r;
		if (describes(text, command)) {
			*out = mem_strndup(file, strcspn(file, "."));
			return 0;
		}
	}
	*out = NULL;
	return 0;
}

static int put_commands(const struct weave *weave, FILE *out, struct err *err)
{
	for (const struct cli_command *command = cli_commands; command->name; command++) {
		_cleanup_free_ char *page = NULL;
		int r;

		if (!command->summary)
			continue;
		r = find_page(weave, command->name, &page, err);
		if (r < 0)
			return r;
		fputs(".TP\n", out);
		tables_synopsis(out, command);
		if (page) {
			roff_prose(out, command->summary);
			fprintf(out, ".br\nSee\n.BR %s (1).\n", page);
			continue;
		}
		fputs(".RS\n", out);
		tables_command(out, command);
		fputs(".RE\n", out);
	}
	return 0;
}

static int put_document(const struct weave *weave, const char *name, FILE *out, struct err *err)
{
	_cleanup_free_ char *path = mem_printf("%s/%s", weave->srcdir, name), *text = NULL;
	_cleanup_free_ char *here = NULL;
	int r = read_text(path, &text, err);

	if (r < 0)
		return r;
	here = roff_places(text);
	markdown_write(out, here);
	return 0;
}

static int put_table(const struct directive *directive, const char *list, FILE *out,
		     struct err *err)
{
	if (!*list && directive->whole)
		directive->whole(out);
	while (*list && directive->each) {
		_cleanup_free_ char *name = next_name(&list);
		const struct cli_command *command = name ? find_command(name) : NULL;

		if (!command)
			return err_set(err, EINVAL, "there is no command '%s'", name ? name : "");
		directive->each(out, command);
		fputs(*list ? directive->between : "", out);
	}
	return 0;
}

static int put_directive(const struct weave *weave, const struct line *line, FILE *out,
			 struct err *err)
{
	const char *argument = line->argument + strspn(line->argument, " ");

	if (strcmp(line->name, "title") == 0) {
		/* names of keys and options are no words to be divided */
		fprintf(out, ".TH %s " PACKAGE_DATE " \"" PACKAGE_STRING "\"\n.nh\n.ad l\n",
			argument);
		return 0;
	}
	if (strcmp(line->name, "commands") == 0)
		return put_commands(weave, out, err);
	if (strcmp(line->name, "markdown") == 0)
		return put_document(weave, argument, out, err);
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		if (strcmp(line->name, directives[i].name) == 0 &&
		    (*argument ? directives[i].each != NULL : directives[i].whole != NULL))
			return put_table(&directives[i], argument, out, err);
	return err_set(err, EINVAL, "not understood: .@%s%s", line->name, line->argument);
}

int weave_page(const struct weave *weave, FILE *out, struct err *err)
{
	_cleanup_free_ char *text = NULL, *here = NULL;
	int r = read_text(weave->template, &text, err);

	if (r < 0)
		return r;
	here = roff_places(text);
	for (const char *at = here; *at; at = next_line(at)) {
		__attribute__((cleanup(line_fini))) struct line line = {0};

		if (!line_parse(at, &line)) {
			fwrite(at, 1, (size_t)(next_line(at) - at), out);
			fputs(str_starts(at, ".EE\n") ? ROFF_AFTER_EXAMPLE : "", out);
		} else if ((r = put_directive(weave, &line, out, err)) < 0) {
			return r;
		}
	}
	return 0;
}
