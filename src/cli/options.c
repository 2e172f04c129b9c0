/* cli/options.c - see options.h.
 *
 * Not getopt_long(3): it takes any unambiguous beginning of an option for the option, so a script
 * breaks when one is added, and it knows no options that belong to a command alone. */
#include "cli/options.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

struct parser {
	struct cli cli;
	struct err *err;
	struct strbuf words; /* of the command's name so far */
	bool only_args;      /* "--" was seen */
};

static const struct cli_option *find_option(const struct cli_option *options, const char *name,
					    size_t len)
{
	for (const struct cli_option *option = options; option && option->name; option++) {
		if (strlen(option->name) == len && strncmp(option->name, name, len) == 0)
			return option;
	}
	return NULL;
}

const struct cli_option *cli_find_option(const struct cli *cli, const char *name, size_t len)
{
	const struct cli_option *option = NULL;

	if (cli->command)
		option = find_option(cli->command->options, name, len);
	return option ? option : find_option(cli_globals, name, len);
}

static void add_names(const struct cli_option *options, const char ***names, size_t *count)
{
	for (const struct cli_option *option = options; option && option->name; option++)
		*MEM_APPEND(*names, *count) = option->name;
}

/* An option that is nowhere, or belongs to a command that was not named yet. */
static int refuse_option(const struct parser *parser, const char *name, size_t len)
{
	const struct cli_command *command = parser->cli.command;
	_cleanup_free_ char *word = mem_strndup(name, len);
	_cleanup_free_ const char **names = NULL;
	const char *nearest;
	size_t count = 0;

	for (const struct cli_command *c = cli_commands; !command && c->name; c++) {
		if (find_option(c->options, name, len))
			return err_set(parser->err, EINVAL,
				       "--%s belongs behind its command: fettle %s --%s", word,
				       c->name, word);
	}
	add_names(command ? command->options : NULL, &names, &count);
	add_names(cli_globals, &names, &count);
	nearest = str_nearest(word, names, count);
	if (nearest)
		return err_set(parser->err, EINVAL, "no option --%s, did you mean --%s?", word,
			       nearest);
	return err_set(parser->err, EINVAL, "no option --%s; see fettle %s%s--help", word,
		       command ? command->name : "", command ? " " : "");
}

static int check_choice(const struct parser *parser, const struct cli_option *option,
			const char *value)
{
	_cleanup_free_ const char **choices = NULL;
	_cleanup_strbuf_ struct strbuf list = {0};
	const char *choice, *nearest;
	size_t count = 0;

	for (size_t i = 0; (choice = option->choice(i)); i++) {
		if (strcmp(choice, value) == 0)
			return 0;
		*MEM_APPEND(choices, count) = choice;
		strbuf_printf(&list, "%s%s", i ? ", " : "", choice);
	}
	nearest = str_nearest(value, choices, count);
	return err_set(parser->err, EINVAL, "--%s is one of %s, not '%s'%s%s%s", option->name,
		       list.text, value, nearest ? "; did you mean " : "", nearest ? nearest : "",
		       nearest ? "?" : "");
}

/* An option whose value is a list may be given again: it goes on with the list. Of any other the
 * last one counts. */
static const char *join(struct parser *parser, const struct cli_option *option, const char *before,
			const char *value)
{
	char **joined;

	if (!before || !strchr(option->value, ','))
		return value;
	joined = MEM_APPEND(parser->cli.joined, parser->cli.n_joined);
	*joined = mem_printf("%s,%s", before, value);
	return *joined;
}

/* `value`: what followed "=", or NULL. `next`: the argument after, or NULL; `*used_next` when it
 * was taken for the value. */
static int set_option(struct parser *parser, const struct cli_option *option, const char *value,
		      const char *next, bool *used_next)
{
	void *at = (char *)&parser->cli + option->at;
	int r;

	if (!option->value) {
		if (value)
			return err_set(parser->err, EINVAL, "--%s takes no value, got '%s'",
				       option->name, value);
		*(bool *)at = true;
		return 0;
	}
	if (!value) {
		if (!next)
			return err_set(parser->err, EINVAL, "--%s needs a value: --%s=%s",
				       option->name, option->name, option->value);
		value = next;
		*used_next = true;
	}
	r = option->choice ? check_choice(parser, option, value) : 0;
	if (!r)
		*(const char **)at = join(parser, option, *(const char **)at, value);
	return r;
}

static int take_option(struct parser *parser, const char *arg, const char *next, bool *used_next)
{
	const char *name = arg + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct cli_option *option = cli_find_option(&parser->cli, name, len);

	if (!option)
		return refuse_option(parser, name, len);
	return set_option(parser, option, equals ? equals + 1 : NULL, next, used_next);
}

static int refuse_word(const struct parser *parser, const char *word)
{
	_cleanup_free_ const char **names = NULL;
	const char *nearest;
	size_t count = 0;

	for (const struct cli_command *command = cli_commands; command->name; command++) {
		if (command->summary)
			*MEM_APPEND(names, count) = command->name;
	}
	nearest = str_nearest(parser->words.text, names, count);
	if (nearest)
		return err_set(parser->err, EINVAL, "no command '%s', did you mean '%s'?",
			       parser->words.text, nearest);
	return err_set(parser->err, EINVAL, "no command '%s'; see fettle --help", word);
}

/* The next word of the command's name. "help" is no part of one: it asks for the --help of the
 * words behind it. */
static int take_word(struct parser *parser, const char *word)
{
	size_t len;

	if (parser->words.len)
		strbuf_puts(&parser->words, " ");
	strbuf_puts(&parser->words, word);
	len = parser->words.len;
	for (const struct cli_command *command = cli_commands; command->name; command++) {
		if (!str_starts(command->name, parser->words.text))
			continue;
		if (command->name[len] == '\0' && !command->run) {
			parser->cli.help = true;
			strbuf_fini(&parser->words);
		} else if (command->name[len] == '\0') {
			parser->cli.command = command;
		}
		if (command->name[len] == '\0' || command->name[len] == ' ')
			return 0;
	}
	return refuse_word(parser, parser->words.text);
}

static int take_arg(struct parser *parser, const char *arg)
{
	const struct cli_command *command = parser->cli.command;

	if (!command)
		return take_word(parser, arg);
	if (parser->cli.n_args == command->most_args)
		return err_set(parser->err, EINVAL, "'%s' is too much: fettle %s%s%s", arg,
			       command->name, command->args ? " " : "",
			       command->args ? command->args : "");
	*MEM_APPEND(parser->cli.args, parser->cli.n_args) = arg;
	return 0;
}

/* One word of a command line. `next` and `used_next` as of set_option(). */
static int take(struct parser *parser, const char *word, const char *next, bool *used_next)
{
	*used_next = false;
	if (parser->only_args || word[0] != '-' || !word[1])
		return take_arg(parser, word);
	if (strcmp(word, "--") == 0) {
		parser->only_args = true;
		return 0;
	}
	if (strcmp(word, "-h") == 0) {
		parser->cli.help = true;
		return 0;
	}
	if (word[1] != '-')
		return err_set(parser->err, EINVAL, "'%s': options here are long, like --help",
			       word);
	return take_option(parser, word, next, used_next);
}

static int take_all(struct parser *parser, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		bool used_next;
		int r = take(parser, argv[i], argv[i + 1], &used_next);

		if (r < 0)
			return r;
		i += used_next;
	}
	return 0;
}

static int check_whole(const struct parser *parser)
{
	const struct cli *cli = &parser->cli;
	const struct cli_command *command = cli->command;

	if (cli->help || cli->version)
		return 0;
	if (!command && parser->words.len)
		return err_set(parser->err, EINVAL, "%s needs a second word; see fettle %s --help",
			       parser->words.text, parser->words.text);
	if (!command)
		return err_set(parser->err, EINVAL, "what is to be done? See fettle --help");
	if (cli->n_args < command->least_args)
		return err_set(parser->err, EINVAL, "something is missing: fettle %s %s",
			       command->name, command->args);
	return 0;
}

int cli_parse(int argc, char **argv, struct cli *out, struct err *err)
{
	struct parser parser = {.err = err};
	int r = take_all(&parser, argc, argv);

	if (!r)
		r = check_whole(&parser);
	parser.cli.group = strbuf_take(&parser.words);
	if (r < 0)
		cli_fini(&parser.cli);
	else
		*out = parser.cli;
	return r;
}

void cli_parse_begun(const char *const *words, size_t count, struct cli_begun *out)
{
	struct err err; /* a word that makes no sense is passed over */
	struct parser parser = {.err = &err};
	const struct cli_option *open = NULL;

	for (size_t i = 0; i < count; i++) {
		bool used_next = false, is_last = i + 1 == count;

		if (is_last && !parser.only_args && str_starts(words[i], "--"))
			open = cli_find_option(&parser.cli, words[i] + 2, strlen(words[i] + 2));
		if (!open || !open->value)
			(void)take(&parser, words[i], is_last ? NULL : words[i + 1], &used_next);
		i += used_next;
	}
	out->open = open && open->value ? open : NULL;
	out->only_args = parser.only_args;
	parser.cli.group = strbuf_take(&parser.words);
	out->cli = parser.cli;
}

void cli_fini(struct cli *cli)
{
	for (size_t i = 0; i < cli->n_joined; i++)
		free(cli->joined[i]);
	free(cli->joined);
	free(cli->args);
	free(cli->group);
	*cli = (struct cli){0};
}
