/* cli/cmd_complete.c - `fettle complete -- WORD...`: what the last word could become, for shells.
 *
 * A candidate a line: the whole word, a tab, what it is about. ":file" or ":dir" stands for names
 * of files or folders, which shells know better. A candidate that ends in "." or "/" goes on. What
 * packaging/completions has for each shell calls this, and has no table of its own. */
#include "cli/cli.h"

#include <string.h>

#include "base/str.h"
#include "cli/complete.h"
#include "cli/options.h"

/* What a group of commands is for: the second words. */
static char *describe_group(const char *first, size_t len)
{
	struct strbuf out = {0};

	for (const struct cli_command *command = cli_commands; command->name; command++)
		if (command->summary && strncmp(command->name, first, len + 1) == 0)
			strbuf_printf(&out, "%s%s", out.len ? ", " : "", command->name + len + 1);
	return strbuf_take(&out);
}

/* The next word of a command, behind those that were typed. */
static void offer_commands(struct completion *completion, const char *typed)
{
	size_t skip = *typed ? strlen(typed) + 1 : 0;
	_cleanup_free_ char *last = mem_strdup("");

	for (const struct cli_command *command = cli_commands; command->name; command++) {
		const char *word = command->name + skip;
		size_t len;

		if (!command->summary || strncmp(command->name, typed, strlen(typed)) != 0 ||
		    (skip && command->name[skip - 1] != ' '))
			continue;
		len = strcspn(word, " ");
		if (!word[len]) {
			complete_offer(completion, word, command->summary);
		} else if (strncmp(word, last, len + 1) != 0) {
			_cleanup_free_ char *group = mem_printf("%.*s ", (int)len, word);
			_cleanup_free_ char *name = mem_strndup(word, len);
			_cleanup_free_ char *about = describe_group(group, len);

			complete_offer(completion, name, about);
			mem_replace(&last, group);
		}
	}
}

static void offer_options(struct completion *completion, const struct cli_option *options)
{
	for (const struct cli_option *option = options; option && option->name; option++) {
		_cleanup_free_ char *word = mem_printf("--%s", option->name);

		complete_offer(completion, word, option->summary);
	}
}

/* Of a list only what is behind the last comma is still open. */
static void offer_value(struct completion *completion, const struct cli_option *option)
{
	const char *comma = strchr(option->value, ',') ? strrchr(completion->word, ',') : NULL;
	size_t done = comma ? (size_t)(comma + 1 - completion->word) : 0;
	_cleanup_free_ char *before =
		mem_printf("%s%.*s", completion->before, (int)done, completion->word);
	_cleanup_free_ char *name = mem_printf("--%s", option->name);
	struct completion value = *completion;
	const char *choice;

	value.before = before;
	value.word += done;
	for (size_t i = 0; option->choice && (choice = option->choice(i)); i++)
		complete_offer(&value, choice, NULL);
	complete_values(&value, name);
	complete_values(&value, option->value);
}

/* "[KEY|FINDING...]" to "KEY|FINDING", the caller's. */
static char *placeholder_of(const char *args)
{
	const char *start = args + (*args == '[');

	return mem_strndup(start, strspn(start, "ABCDEFGHIJKLMNOPQRSTUVWXYZ|"));
}

static void offer_arguments(struct completion *completion)
{
	const struct cli_command *command = completion->cli->command;
	_cleanup_free_ char *name = NULL;

	if (!command->args || completion->cli->help ||
	    completion->cli->n_args >= command->most_args)
		return;
	name = placeholder_of(command->args);
	complete_values(completion, name);
}

static void offer(struct completion *completion, const struct cli_begun *begun)
{
	const struct cli_command *command = begun->cli.command;
	const char *word = completion->word, *equals = strchr(word, '=');
	const struct cli_option *option;

	if (begun->open) {
		offer_value(completion, begun->open);
	} else if (word[0] == '-' && !begun->only_args && equals && str_starts(word, "--")) {
		_cleanup_free_ char *before = mem_strndup(word, (size_t)(equals + 1 - word));

		option = cli_find_option(&begun->cli, word + 2, (size_t)(equals - word - 2));
		completion->before = before;
		completion->word = equals + 1;
		if (option && option->value)
			offer_value(completion, option);
	} else if (word[0] == '-' && !begun->only_args) {
		offer_options(completion, command ? command->options : NULL);
		offer_options(completion, cli_globals);
	} else if (command) {
		offer_arguments(completion);
	} else {
		offer_commands(completion, begun->cli.group);
	}
}

enum cli_exit cmd_complete(const struct cli *cli)
{
	size_t before = cli->n_args ? cli->n_args - 1 : 0;
	struct cli_begun begun;
	struct completion completion = {.out = stdout, .cli = &begun.cli, .before = ""};

	completion.word = cli->n_args ? cli->args[before] : "";
	cli_parse_begun(cli->args, before, &begun);
	offer(&completion, &begun);
	cli_fini(&begun.cli);
	return CLI_FINE;
}
