/* man/tables.c - see tables.h. */
#include "man/tables.h"

#include <string.h>

#include "base/str.h"
#include "check/rule.h"
#include "daemon/options.h"
#include "man/roff.h"
#include "rpc/interface.h"

static void put_bold(FILE *out, const char *text)
{
	fputs("\\fB", out);
	roff_literal(out, text, strlen(text));
	fputs("\\fR", out);
}

/* What a person writes something else for: its words are slanted, what is around them is not. */
static void put_placeholder(FILE *out, const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	while (*text) {
		size_t word = strspn(text, letters), rest = strcspn(text + word, letters);

		fputs(word ? "\\fI" : "", out);
		fwrite(text, 1, word, out);
		fputs(word ? "\\fR" : "", out);
		roff_literal(out, text + word, rest);
		text += word + rest;
	}
}

void tables_synopsis(FILE *out, const struct cli_command *command)
{
	fputs("\\fBfettle\\fR ", out);
	put_bold(out, command->name);
	fputs(" [\\fIOPTION\\fR...]", out);
	if (command->args) {
		putc(' ', out);
		put_placeholder(out, command->args);
	}
	putc('\n', out);
}

static void put_option(FILE *out, const char *name, const char *value)
{
	fputs(".TP\n\\fB\\-\\-", out);
	roff_literal(out, name, strlen(name));
	fputs("\\fR", out);
	if (value) {
		putc(' ', out);
		put_placeholder(out, value);
	}
}

void tables_options(FILE *out, const struct cli_option *options)
{
	for (const struct cli_option *option = options; option->name; option++) {
		const char *choice;

		put_option(out, option->name, option->choice ? NULL : option->value);
		for (size_t i = 0; option->choice && (choice = option->choice(i)); i++) {
			putc(i ? '|' : ' ', out);
			put_bold(out, choice);
		}
		putc('\n', out);
		roff_prose(out, option->summary);
	}
}

void tables_exits(FILE *out, const struct cli_exit_note *exits)
{
	for (; exits->code; exits++) {
		fprintf(out, ".TP\n%s\n", exits->code);
		roff_prose(out, exits->meaning);
	}
}

void tables_command(FILE *out, const struct cli_command *command)
{
	roff_prose(out, command->summary);
	if (command->options) {
		fputs(".PP\nOptions:\n", out);
		tables_options(out, command->options);
	}
	if (command->exits) {
		fputs(".PP\nExit status:\n", out);
		tables_exits(out, command->exits);
	}
}

void tables_daemon_options(FILE *out)
{
	for (const struct options_row *row = options_rows; row->name; row++) {
		put_option(out, row->name, row->argument);
		putc('\n', out);
		roff_prose(out, row->help);
	}
}

static void put_part(FILE *out, const char *title, const char *text)
{
	_cleanup_free_ char *part = text ? mem_printf("%s: %s", title, text) : NULL;

	if (!part)
		return;
	fputs(".IP\n", out);
	roff_prose(out, part);
}

static void put_finding(FILE *out, const struct check_rule *rule)
{
	_cleanup_free_ char *title =
		mem_printf("%s (%s)", rule->title, severity_name(rule->severity));

	fputs(".TP\n", out);
	put_bold(out, rule->id);
	putc('\n', out);
	roff_prose(out, title);
	put_part(out, "Why", rule->why);
	put_part(out, "Fails when", rule->threshold);
	put_part(out, "Evidence", rule->evidence);
	put_part(out, "Remedy", rule->remedy);
	put_part(out, "Source", rule->source);
}

void tables_findings(FILE *out)
{
	fputs(".SS Built-in rules\n", out);
	for (size_t i = 0; check_rule_at(i); i++)
		put_finding(out, check_rule_at(i));
	fputs(".SS Of a profile, of a path, and of looking itself\n", out);
	for (const struct check_rule *notice = check_notices; notice->id; notice++)
		put_finding(out, notice);
}

/* What is between blank lines: a comment, and what it is about where that follows at once. */
static void put_definition(FILE *out, const char *text, size_t len)
{
	_cleanup_strbuf_ struct strbuf prose = {0};
	_cleanup_free_ char *block = mem_strndup(text, len);
	char *line = block;
	size_t word;

	for (; *line == '#'; line += strcspn(line, "\n"), line += *line == '\n') {
		_cleanup_free_ char *words = mem_strndup(line + 1, strcspn(line + 1, "\n"));

		strbuf_printf(&prose, "%s%s", prose.len ? " " : "", words + (*words == ' '));
	}
	word = strcspn(line, " ");
	if (*line && !str_starts(line, "interface ")) {
		size_t name = line[word] ? strcspn(line + word + 1, " (") : 0;
		_cleanup_free_ char *title = mem_strndup(line, word + 1 + name);

		roff_heading(out, "SS", title);
	} else if (!str_starts(line, "interface ")) {
		fputs(".PP\n", out);
	}
	if (prose.len)
		roff_prose(out, prose.text);
	if (*line) {
		fputs(".PP\n", out);
		roff_example(out, line);
	}
}

void tables_interface(FILE *out)
{
	const char *text = rpc_text_fettle;

	while (*text) {
		const char *end = strstr(text, "\n\n");
		size_t len = end ? (size_t)(end - text) : strlen(text);

		put_definition(out, text, len);
		text += len;
		text += strspn(text, "\n");
	}
}
