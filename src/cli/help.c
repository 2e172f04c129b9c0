/* cli/help.c - see help.h. */
#include "cli/help.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "render/columns.h"

static size_t width_for(const struct cli *cli)
{
	enum {
		LEAST = 66 /* what is narrower leaves the texts beside the names no room */
	};

	if (!cli->render.width)
		return 80;
	return cli->render.width > LEAST ? cli->render.width : LEAST;
}

static void print_text(const struct cli *cli, const char *text, FILE *out)
{
	_cleanup_free_ char *wrapped = term_wrap(text, width_for(cli));

	fprintf(out, "%s\n", wrapped);
}

static void print_rows(const struct cli *cli, struct columns *rows, FILE *out)
{
	_cleanup_free_ char *text = NULL;

	columns_fit(rows, width_for(cli));
	text = columns_to_text(rows, false);
	fputs(text, out);
	columns_fini(rows);
}

/* "--color auto|always|never" */
static char *describe_option(const struct cli_option *option)
{
	struct strbuf text = {0};
	const char *choice;

	strbuf_printf(&text, "  --%s", option->name);
	if (option->choice) {
		for (size_t i = 0; (choice = option->choice(i)); i++)
			strbuf_printf(&text, "%s%s", i ? "|" : " ", choice);
	} else if (option->value) {
		strbuf_printf(&text, " %s", option->value);
	}
	return strbuf_take(&text);
}

static void print_options(const struct cli *cli, const struct cli_option *options, FILE *out)
{
	struct columns rows = {0};

	for (const struct cli_option *option = options; option && option->name; option++) {
		_cleanup_free_ char *name = describe_option(option);

		columns_add(&rows, STYLE_PLAIN, name, NULL, option->summary);
	}
	print_rows(cli, &rows, out);
}

static void print_commands(const struct cli *cli, FILE *out)
{
	struct columns rows = {0};

	for (const struct cli_command *command = cli_commands; command->name; command++) {
		_cleanup_free_ char *name =
			mem_printf("  %s%s%s", command->name, command->args ? " " : "",
				   command->args ? command->args : "");

		if (command->summary && str_starts(command->name, cli->group))
			columns_add(&rows, STYLE_PLAIN, name, NULL, command->summary);
	}
	print_rows(cli, &rows, out);
}

/* What a table's columns mean, where a title cannot say it. */
static const struct {
	const char *command, *name, *meaning;
} columns_of[] = {
	{"sockets", "OPT",
	 "how many options the application set, which the line below names; `2?`: two, and there "
	 "may be more; `?`: nobody could read them; `-`: what is left of a connection has none"},
	{"sockets", "RECV-Q, SEND-Q",
	 "bytes that wait; of a listener the connections that wait, and its backlog"},
	{"sockets", "LOCAL, REMOTE",
	 "as ss(8): `*` is IPv4 and IPv6, 0.0.0.0 and [::] one of them; of Unix sockets the path "
	 "or inode, and the other end's inode. `-`: none"},
	{"sockets", "PROCESS",
	 "name[pid], `+2` for two others, unit, container. `-`: no process holds it; `?`: whoever "
	 "holds it could not be seen; `+?`: there may be others"},
};

static void print_columns(const struct cli *cli, FILE *out)
{
	struct columns rows = {0};

	for (size_t i = 0; i < ARRAY_SIZE(columns_of); i++) {
		_cleanup_free_ char *name = mem_printf("  %s", columns_of[i].name);

		if (strcmp(columns_of[i].command, cli->command->name) == 0)
			columns_add(&rows, STYLE_PLAIN, name, NULL, columns_of[i].meaning);
	}
	if (!rows.count)
		return;
	fputs("\nColumns:\n", out);
	print_rows(cli, &rows, out);
}

static void print_exits(const struct cli *cli, const struct cli_exit_note *notes, FILE *out)
{
	struct columns rows = {0};

	fputs(notes == cli_exits ? "\nExit status:\n"
				 : "\nExit status (`fettle --help` has the others):\n",
	      out);
	for (; notes->code; notes++) {
		_cleanup_free_ char *code = mem_printf("  %s", notes->code);

		columns_add(&rows, STYLE_PLAIN, code, NULL, notes->meaning);
	}
	print_rows(cli, &rows, out);
}

static void print_title(const struct cli *cli, FILE *out)
{
	const struct cli_command *command = cli->command;
	_cleanup_free_ char *title =
		mem_printf("fettle %s%s%s - %s", command->name, command->args ? " " : "",
			   command->args ? command->args : "",
			   command->summary ? command->summary : "for fettle itself");

	print_text(cli, title, out);
}

void help_print(const struct cli *cli, FILE *out)
{
	const struct cli_command *command = cli->command;

	if (command) {
		print_title(cli, out);
		if (command->options) {
			fputs("\nOptions:\n", out);
			print_options(cli, command->options, out);
		}
		print_columns(cli, out);
		if (command->exits)
			print_exits(cli, command->exits, out);
	} else {
		fputs("fettle [OPTION...] COMMAND [ARGUMENT...]\n", out);
		print_text(cli,
			   "Audits this host's kernel network settings against a profile, and "
			   "changes them to meet it.",
			   out);
		fputs("\nCommands:\n", out);
		print_commands(cli, out);
	}
	fputs("\nOptions of every command, before or behind it:\n", out);
	print_options(cli, cli_globals, out);
	if (!command)
		print_exits(cli, cli_exits, out);
}
