/* cli/cmd_explain.c - `fettle explain KEY|FINDING`: what is known of a key, and its value here; or
 * what a finding means, when it is made and what mends it. */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "catalog/catalog.h"
#include "check/rule.h"
#include "cli/output.h"
#include "render/columns.h"
#include "sysctl/name.h"
#include "sysctl/normalise.h"
#include "sysctl/read.h"

static void add_row(struct columns *rows, const char *name, char *value)
{
	if (value)
		columns_add(rows, STYLE_PLAIN, name, NULL, value)->styles[0] = STYLE_DIM;
	free(value);
}

static char *describe_range(const struct catalog_key *known)
{
	char least[NUM_TEXT_SIZE], most[NUM_TEXT_SIZE];

	if (!known->ranged)
		return NULL;
	return mem_printf("%s to %s", num_format(known->least, least),
			  num_format(known->most, most));
}

static char *describe_kernels(const struct catalog_key *known)
{
	struct strbuf out = {0};

	if (version_is_stated(known->since))
		strbuf_printf(&out, "since %u.%u", known->since.major, known->since.minor);
	if (version_is_stated(known->removed))
		strbuf_printf(&out, "%sremoved in %u.%u", out.len ? ", " : "", known->removed.major,
			      known->removed.minor);
	return out.len ? strbuf_take(&out) : NULL;
}

static char *describe_fields(const struct catalog_key *known)
{
	struct strbuf out = {0};

	for (int i = 0; i < CATALOG_MAX_FIELDS && known->fields[i]; i++)
		strbuf_printf(&out, "%s%s", i ? ", " : "", known->fields[i]);
	return out.len ? strbuf_take(&out) : NULL;
}

/* The value with its fields named: "min 4096, default 131072". */
static char *describe_value(const struct catalog_key *known, const char *text)
{
	_cleanup_(value_freep) struct value *value = NULL;
	struct strbuf out = {0};
	struct err err;

	if (sysctl_value_parse(known->kind, text, &value, &err) < 0)
		return mem_printf("%s (not understood: %s)", text, err.text);
	if (!known->fields[0])
		return mem_strdup(value->text);
	for (size_t i = 0; i < value->n_nums; i++) {
		char number[NUM_TEXT_SIZE];
		bool named = i < CATALOG_MAX_FIELDS && known->fields[i];

		strbuf_printf(&out, "%s%s%s%s", i ? ", " : "", named ? known->fields[i] : "",
			      named ? " " : "", num_format(value->nums[i], number));
	}
	return strbuf_take(&out);
}

static void add_value(struct columns *rows, const struct sysctl_root *root, const char *name,
		      const char *title, const struct catalog_key *known)
{
	_cleanup_free_ char *text = NULL;
	struct err err;
	int r = sysctl_read(root, name, &text, &err);

	if (r == 0)
		add_row(rows, title, describe_value(known, text));
	else if (r == -ENOENT)
		add_row(rows, title,
			mem_printf("absent%s%s%s", known->module ? ": comes with the module " : "",
				   known->module ? known->module : "",
				   known->module ? ", which is not loaded" : ""));
	else
		add_row(rows, title, mem_strdup(err.text));
}

static void print_rows(const struct cli *cli, struct columns *rows)
{
	_cleanup_free_ char *text = NULL;

	columns_fit(rows, cli->render.width);
	text = columns_to_text(rows, cli->render.color);
	fputs(text, stdout);
}

/* What a pattern stands for on this host, a row a key. */
static void print_matches(const struct cli *cli, const struct sysctl_root *root,
			  const char *pattern, const struct catalog_key *known)
{
	_cleanup_columns_ struct columns rows = {0};
	struct sysctl_names names = {0};
	struct err err;

	if (sysctl_glob(root, pattern, &names, &err) < 0)
		add_row(&rows, "now", mem_strdup(err.text));
	else if (!names.count)
		add_row(&rows, "now", mem_strdup("nothing on this host matches"));
	for (size_t i = 0; i < names.count; i++)
		add_value(&rows, root, names.names[i], names.names[i], known);
	sysctl_names_fini(&names);
	putchar('\n');
	print_rows(cli, &rows);
}

static void print_text(const struct cli *cli, const char *name, const char *text)
{
	_cleanup_free_ char *shown = term_text(text), *title = term_text(name);
	_cleanup_free_ char *wrapped = term_wrap(shown, cli->render.width);

	printf("%s%s%s\n\n%s\n\n", cli->render.color ? term_style_begin(STYLE_STRONG) : "", title,
	       cli->render.color ? term_style_end : "", wrapped);
}

static void print(const struct cli *cli, const struct sysctl_root *root, const char *name,
		  const struct catalog_key *known)
{
	_cleanup_columns_ struct columns rows = {0};
	const char *unit = catalog_unit_name(known->unit);

	add_row(&rows, "kind", mem_strdup(value_kind_name(known->kind)));
	add_row(&rows, "unit", mem_strdup(*unit ? unit : NULL));
	add_row(&rows, "fields", describe_fields(known));
	add_row(&rows, "range", describe_range(known));
	add_row(&rows, "kernels", describe_kernels(known));
	add_row(&rows, "module", mem_strdup(known->module));
	add_row(&rows, "choices",
		known->available ? mem_printf("listed in %s", known->available) : NULL);
	if (known->first_netns_only)
		add_row(&rows, "scope", mem_strdup("the first network namespace only"));
	add_row(&rows, "source", mem_strdup(known->source));
	if (!sysctl_name_is_glob(name))
		add_value(&rows, root, name, "now", known);
	print_text(cli, name, known->text);
	print_rows(cli, &rows);
	if (sysctl_name_is_glob(name))
		print_matches(cli, root, name, known);
}

static void print_rule(const struct cli *cli, const struct check_rule *rule)
{
	_cleanup_columns_ struct columns rows = {0};
	const struct {
		const char *title, *text;
	} parts[] = {
		{"finding", rule->title},  {"severity", severity_name(rule->severity)},
		{"when", rule->threshold}, {"evidence", rule->evidence},
		{"fix", rule->remedy},     {"source", rule->source},
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		add_row(&rows, parts[i].title, mem_strdup(parts[i].text));
	print_text(cli, rule->id, rule->why);
	print_rows(cli, &rows);
}

static enum cli_exit unknown(const char *name)
{
	_cleanup_free_ const char **ids = NULL;
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; check_rule_at(i); i++)
		*MEM_APPEND(ids, count) = check_rule_at(i)->id;
	nearest = str_nearest(name, ids, count);
	if (!nearest)
		nearest = catalog_nearest(name);
	output_note("nothing is known of the key or finding '%s'%s%s%s", name,
		    nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
	return CLI_BAD_INPUT;
}

/* A key's finding is called "sysctl." and the key. */
static const char *without_family(const char *asked)
{
	return str_starts(asked, "sysctl.") ? asked + strlen("sysctl.") : asked;
}

enum cli_exit cmd_explain(const struct cli *cli)
{
	const struct check_rule *rule = check_rule_find(cli->args[0]);
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = NULL;
	_cleanup_free_ char *name = NULL;
	const struct catalog_key *known;
	struct err err;

	if (rule) {
		print_rule(cli, rule);
		return CLI_FINE;
	}
	if (sysctl_name_parse(without_family(cli->args[0]), &name, &err) < 0)
		return output_fail_input(&err);
	known = catalog_find(name);
	if (!known)
		return unknown(name);
	if (sysctl_root_open(cli->sysctl_root ? cli->sysctl_root : "/proc/sys", &root, &err) < 0)
		return output_fail_input(&err);
	print(cli, root, name, known);
	return CLI_FINE;
}
