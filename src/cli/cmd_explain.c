/* cli/cmd_explain.c - `fettle explain [KEY|FINDING]`: what is known of a key, and its value here;
 * or what a finding means, when it is made and what mends it; or what there is to ask about. */
#include "cli/cli.h"

#include <fnmatch.h>
#include <string.h>

#include "base/str.h"
#include "cli/output.h"
#include "cli/show_explain.h"
#include "model/socket.h"
#include "sysctl/name.h"

static void list_fini(struct explain_list *list)
{
	free(list->rules);
	free(list->keys);
}

/* Rules, then what else has findings, then keys: those that a test holds for. */
static void collect(const char *asked, bool (*fits)(const char *name, const char *asked),
		    struct explain_list *list)
{
	for (size_t i = 0; check_rule_at(i); i++)
		if (fits(check_rule_at(i)->id, asked))
			*MEM_APPEND(list->rules, list->n_rules) = check_rule_at(i);
	for (const struct check_rule *notice = check_notices; notice->id; notice++)
		if (fits(notice->id, asked))
			*MEM_APPEND(list->rules, list->n_rules) = notice;
	for (size_t i = 0; catalog_at(i); i++)
		if (fits(catalog_at(i)->name, asked))
			*MEM_APPEND(list->keys, list->n_keys) = catalog_at(i);
}

static bool matches(const char *name, const char *pattern)
{
	return fnmatch(pattern, name, 0) == 0;
}

/* "accept-queue-full", "somaxconn": the last part of a name. */
static bool is_last_part(const char *name, const char *part)
{
	size_t len = strlen(name), tail = strlen(part);

	return tail && len > tail && name[len - tail - 1] == '.' &&
	       strcmp(name + len - tail, part) == 0;
}

static enum cli_exit explain_key(const struct cli *cli, const char *name,
				 const struct catalog_key *known)
{
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = NULL;
	struct err err;

	if (sysctl_root_open(cli->sysctl_root ? cli->sysctl_root : "/proc/sys", &root, &err) < 0)
		return output_fail_input(&err);
	show_explain_key(cli, root, name, known);
	return CLI_FINE;
}

/* One thing is explained, more are listed. */
static enum cli_exit explain_all(const struct cli *cli, const struct explain_list *list)
{
	if (list->n_rules + list->n_keys != 1 || !cli->n_args)
		show_explain_list(cli, list);
	else if (list->n_rules)
		show_explain_rule(cli, list->rules[0]);
	else
		return explain_key(cli, list->keys[0]->name, list->keys[0]);
	return CLI_FINE;
}

/* The nearest id, by its last part too, or key. */
static const char *find_near(const char *name)
{
	_cleanup_free_ const char **ids = NULL;
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; check_rule_at(i); i++)
		*MEM_APPEND(ids, count) = check_rule_at(i)->id;
	nearest = str_nearest(name, ids, count);
	if (nearest)
		return nearest;
	for (size_t i = 0; i < count; i++)
		ids[i] = strchr(ids[i], '.') + 1;
	nearest = str_nearest(name, ids, count);
	for (size_t i = 0; nearest && i < count; i++)
		if (ids[i] == nearest)
			return check_rule_at(i)->id;
	return catalog_nearest(name);
}

enum {
	LEAST_WORD = 4,
	MOST_MENTIONS = 6
};

struct mentions {
	struct strbuf text;
	size_t count;
};

static void mention(struct mentions *mentions, bool has_word, const char *name)
{
	if (has_word && mentions->count < MOST_MENTIONS)
		strbuf_printf(&mentions->text, "%s%s", mentions->count++ ? ", " : "", name);
}

static bool speaks_of(const struct check_rule *rule, const char *word)
{
	return strcasestr(rule->id, word) || strcasestr(rule->why, word) ||
	       strcasestr(rule->threshold, word) || strcasestr(rule->remedy, word);
}

/* Keys that have the word in their name, which are most likely meant; then what has it in its text.
 * Or "". */
static char *find_mentions(const char *word)
{
	struct mentions mentions = {.count = 0};
	const struct catalog_key *key;

	strbuf_puts(&mentions.text, "");
	if (strlen(word) < LEAST_WORD)
		return strbuf_take(&mentions.text);
	for (size_t i = 0; (key = catalog_at(i)); i++)
		mention(&mentions, strcasestr(key->name, word), key->name);
	for (size_t i = 0; check_rule_at(i); i++)
		mention(&mentions, speaks_of(check_rule_at(i), word), check_rule_at(i)->id);
	for (size_t i = 0; (key = catalog_at(i)); i++)
		mention(&mentions, !strcasestr(key->name, word) && strcasestr(key->text, word),
			key->name);
	return strbuf_take(&mentions.text);
}

static enum cli_exit refuse(const char *name)
{
	static const char nothing[] = "nothing is known of the key or finding";
	_cleanup_free_ char *mentions = find_mentions(name);
	bool is_option = socket_option_by_name(name) != SOCKOPT_COUNT;
	const char *nearest = is_option ? NULL : find_near(name);

	if (is_option)
		output_note("%s '%s': it is an option of sockets, which `fettle sockets` shows%s%s",
			    nothing, name, *mentions ? "; it matters to " : "", mentions);
	else if (nearest)
		output_note("%s '%s', did you mean '%s'?", nothing, name, nearest);
	else if (*mentions)
		output_note("%s '%s'; see %s", nothing, name, mentions);
	else
		output_note("%s '%s'; `fettle explain` lists what there is", nothing, name);
	return CLI_BAD_INPUT;
}

/* A key's finding is called "sysctl." and the key. */
static const char *without_family(const char *asked)
{
	static const char family[] = "sysctl.";

	return str_starts(asked, family) && strcmp(asked, "sysctl.*") != 0 ? asked + strlen(family)
									   : asked;
}

static const struct check_rule *find_rule(const char *id)
{
	const struct check_rule *rule = check_rule_find(id);

	return rule || str_starts(id, "sysctl.") ? rule : check_notice_find(id);
}

enum cli_exit cmd_explain(const struct cli *cli)
{
	__attribute__((cleanup(list_fini))) struct explain_list list = {.n_rules = 0};
	const char *asked = cli->n_args ? without_family(cli->args[0]) : "*";
	bool is_pattern = sysctl_name_is_glob(asked);
	const struct check_rule *rule = is_pattern ? NULL : find_rule(cli->args[0]);
	_cleanup_free_ char *name = NULL;
	const struct catalog_key *known;
	struct err err;

	if (rule) {
		show_explain_rule(cli, rule);
		return CLI_FINE;
	}
	if (sysctl_name_parse(asked, &name, &err) < 0)
		return output_fail_input(&err);
	known = catalog_find(name);
	if (known)
		return explain_key(cli, name, known);
	collect(asked, is_pattern ? matches : is_last_part, &list);
	return list.n_rules + list.n_keys ? explain_all(cli, &list) : refuse(name);
}
