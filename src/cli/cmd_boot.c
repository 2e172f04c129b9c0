/* cli/cmd_boot.c - `fettle boot`: what each key will hold after a boot, and which line says so. */
#include "cli/cli.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/str.h"
#include "boot/boot.h"
#include "catalog/catalog.h"
#include "cli/local.h"
#include "cli/output.h"
#include "render/columns.h"
#include "sysctl/name.h"
#include "sysctl/read.h"

/* One key with all that is said of it. */
struct row {
	const char *key;
	char *now; /* what it holds; NULL for an image, or where it cannot be read */
	struct boot_answer answer;
};

struct list {
	struct row *rows;
	size_t count;
};

static void list_fini(struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->rows[i].now);
		boot_answer_fini(&list->rows[i].answer);
	}
	free(list->rows);
}

/* Text for JSON: as it is, or made fit where it is not UTF-8. */
static json_t *to_json(const char *text)
{
	_cleanup_free_ char *fit = NULL;

	if (!text)
		return json_null();
	if (str_is_utf8(text, strlen(text)))
		return json_string(text);
	fit = str_printable(text);
	return json_string(fit);
}

static void set_unless_null(json_t *object, const char *name, const char *text)
{
	if (text)
		json_object_set_new(object, name, to_json(text));
}

static json_t *line_to_json(const struct boot_line *line)
{
	return json_pack("{s:o, s:I, s:o}", "file", to_json(line->file), "line",
			 (json_int_t)line->line, "value", to_json(line->value));
}

static json_t *row_to_json(const struct row *row)
{
	const struct boot_answer *answer = &row->answer;
	json_t *shadowed = json_array(), *json;

	for (size_t i = 0; i < answer->n_shadowed; i++)
		json_array_append_new(shadowed, line_to_json(&answer->shadowed[i]));
	json = json_pack("{s:o, s:o, s:o, s:I, s:s, s:o}", "key", to_json(row->key), "value",
			 to_json(answer->winner.value), "file", to_json(answer->winner.file),
			 "line", (json_int_t)answer->winner.line, "verdict",
			 boot_verdict_name(answer->verdict), "shadowed", shadowed);
	set_unless_null(json, "via", answer->via);
	set_unless_null(json, "reason", answer->reason);
	set_unless_null(json, "now", row->now);
	return json;
}

static void print_json(const struct boot_plan *plan, const struct list *list)
{
	const struct boot_files *files = boot_plan_files(plan);
	const struct boot_problems *problems = boot_plan_problems(plan);
	json_t *keys = json_array(), *file_list = json_array(), *problem_list = json_array(), *json;

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(keys, row_to_json(&list->rows[i]));
	for (size_t i = 0; i < files->count; i++) {
		const struct boot_file *file = &files->items[i];
		json_t *entry = json_pack("{s:o, s:s}", "path", to_json(file->path), "status",
					  boot_file_status_name(file->status));

		set_unless_null(entry, "by", file->by);
		json_array_append_new(file_list, entry);
	}
	for (size_t i = 0; i < problems->count; i++)
		json_array_append_new(problem_list,
				      json_pack("{s:o, s:I, s:o}", "file",
						to_json(problems->items[i].file), "line",
						(json_int_t)problems->items[i].line, "text",
						to_json(problems->items[i].text)));
	json = json_pack("{s:o, s:s, s:s, s:o, s:o}", "keys", keys, "loader",
			 boot_loader_name(boot_plan_loader(plan)), "loader_reason",
			 boot_plan_loader_reason(plan), "files", file_list, "problems",
			 problem_list);
	output_json(json);
}

static enum term_style verdict_style(enum boot_verdict verdict)
{
	switch (verdict) {
	case BOOT_SET:
	case BOOT_KEPT:
		return STYLE_GOOD;
	case BOOT_OVERRIDDEN:
	case BOOT_DEFAULT:
	case BOOT_TOO_EARLY:
	case BOOT_TUNER:
		return STYLE_WARNING;
	case BOOT_UNKNOWN:
	case BOOT_VERDICTS:
		break;
	}
	return STYLE_DIM;
}

static void add_line(struct columns *out, const char *verdict, enum term_style style,
		     const char *what, const struct boot_line *line)
{
	_cleanup_free_ char *where =
		line->file ? mem_printf("%s:%u", line->file, line->line) : NULL;
	struct columns_row *row = columns_add(out, STYLE_PLAIN, verdict, what, where);

	row->styles[0] = style;
	row->styles[2] = STYLE_DIM;
}

static void add_default(struct columns *out, const struct boot_answer *answer)
{
	_cleanup_free_ char *text = mem_printf("it starts with the kernel's default: %s",
					       answer->reason ? answer->reason : "no file sets it");

	columns_add(out, STYLE_DIM, NULL, text, NULL);
}

static void add_row(struct columns *out, const struct row *row)
{
	const struct boot_answer *answer = &row->answer;
	_cleanup_free_ char *what = answer->winner.value
					    ? mem_printf("%s = %s", row->key, answer->winner.value)
					    : mem_strdup(row->key);

	add_line(out, boot_verdict_name(answer->verdict), verdict_style(answer->verdict), what,
		 &answer->winner);
	if (answer->verdict == BOOT_DEFAULT)
		add_default(out, answer);
	else if (answer->reason)
		columns_add(out, STYLE_DIM, NULL, answer->reason, NULL);
	if (answer->verdict != BOOT_SET && answer->verdict != BOOT_KEPT && row->now) {
		_cleanup_free_ char *now = mem_printf("it holds %s now", row->now);

		columns_add(out, STYLE_DIM, NULL, now, NULL);
	}
	for (size_t i = 0; i < answer->n_shadowed; i++) {
		_cleanup_free_ char *shadowed = mem_printf("shadows %s", answer->shadowed[i].value);

		add_line(out, NULL, STYLE_DIM, shadowed, &answer->shadowed[i]);
	}
}

static void add_files(struct columns *out, const struct boot_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct boot_file *file = &files->items[i];

		if (file->status != BOOT_FILE_READ)
			columns_add(out, STYLE_DIM, boot_file_status_name(file->status), file->path,
				    file->by);
	}
}

static void note_problems(const struct boot_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct boot_problem *problem = &problems->items[i];
		_cleanup_free_ char *file = str_printable(problem->file ? problem->file : "");
		_cleanup_free_ char *text = str_printable(problem->text);

		if (problem->line)
			output_note("%s:%u: %s", file, problem->line, text);
		else
			output_note("%s%s%s", file, *file ? ": " : "", text);
	}
}

static void print_table(const struct cli *cli, const struct boot_plan *plan,
			const struct list *list)
{
	_cleanup_columns_ struct columns rows = {0};
	_cleanup_free_ char *text = NULL, *why = str_printable(boot_plan_loader_reason(plan));

	for (size_t i = 0; i < list->count; i++)
		add_row(&rows, &list->rows[i]);
	if (!cli->n_args)
		add_files(&rows, boot_plan_files(plan));
	printf("loader: %s (%s)\n\n", boot_loader_name(boot_plan_loader(plan)), why);
	if (!list->count && !cli->n_args)
		puts("No line of a file sets a key; `fettle boot KEY` tells of any other.");
	columns_fit(&rows, cli->render.width);
	text = columns_to_text(&rows, cli->render.color);
	fputs(text, stdout);
	note_problems(boot_plan_problems(plan));
}

/* What a key holds now counts only where the boot is this host's. */
static void judge(const struct boot_plan *plan, const struct sysctl_root *tree, bool is_here,
		  const char *key, struct list *list)
{
	struct row *row = MEM_APPEND(list->rows, list->count);
	struct err err;

	row->key = key;
	if (!is_here || sysctl_read(tree, key, &row->now, &err) < 0)
		row->now = NULL;
	boot_plan_judge(plan, key, row->now ? boot_same_value : NULL, row->now, &row->answer);
}

static enum cli_exit exit_code(const struct boot_plan *plan, const struct list *list)
{
	const struct boot_files *files = boot_plan_files(plan);

	for (size_t i = 0; i < list->count; i++)
		if (verdict_style(list->rows[i].answer.verdict) == STYLE_WARNING)
			return CLI_FINDINGS;
	for (size_t i = 0; i < files->count; i++)
		if (files->items[i].status == BOOT_FILE_UNREADABLE)
			return CLI_INCOMPLETE;
	return CLI_FINE;
}

static enum cli_exit show(const struct cli *cli, const struct boot_plan *plan,
			  const struct sysctl_root *tree, const struct sysctl_names *asked)
{
	_cleanup_(list_fini) struct list list = {0};
	bool is_here = !cli->root || str_equal(cli->root, "/");
	const char *const *keys;
	size_t count;

	keys = boot_plan_keys(plan, &count);
	for (size_t i = 0; i < count && !cli->n_args; i++)
		judge(plan, tree, is_here, keys[i], &list);
	for (size_t i = 0; i < asked->count; i++)
		judge(plan, tree, is_here, asked->names[i], &list);
	if (str_equal(cli->format, "json"))
		print_json(plan, &list);
	else
		print_table(cli, plan, &list);
	return exit_code(plan, &list);
}

static void add_name(struct sysctl_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (str_equal(names->names[i], name))
			return;
	}
	*MEM_APPEND(names->names, names->count) = mem_strdup(name);
}

static int refuse_key(const char *key, struct err *err)
{
	const char *nearest = catalog_nearest(key);
	bool is_glob = sysctl_name_is_glob(key);

	return err_set(err, ENOENT, "no key here, and no line of a file, %s '%s'%s%s%s%s",
		       is_glob ? "matches" : "is called", key, nearest ? ", did you mean '" : "",
		       nearest ? nearest : "", nearest ? "'?" : "",
		       is_glob ? " (as in sysctl.d, a * stays between two dots)" : "");
}

/* The keys that an argument means: those that exist, those that a line names, and one that another
 * kernel has, or this one with a module. */
static int select_keys(const struct boot_plan *plan, const struct sysctl_root *tree,
		       const char *argument, struct sysctl_names *out, struct err *err)
{
	_cleanup_free_ char *key = NULL;
	_cleanup_(sysctl_names_fini) struct sysctl_names found = {0};
	const char *const *named;
	size_t count;
	int r = sysctl_name_parse(argument, &key, err);

	if (r == 0)
		r = sysctl_glob(tree, key, &found, err);
	if (r < 0)
		return r;
	named = boot_plan_keys(plan, &count);
	for (size_t i = 0; i < count; i++) {
		if (str_equal(named[i], key) || sysctl_name_matches(key, named[i]))
			add_name(&found, named[i]);
	}
	if (!found.count && !sysctl_name_is_glob(key) && catalog_find(key))
		add_name(&found, key);
	for (size_t i = 0; i < found.count; i++)
		add_name(out, found.names[i]);
	return found.count ? 0 : refuse_key(key, err);
}

enum cli_exit cmd_boot(const struct cli *cli)
{
	_cleanup_(sysctl_root_freep) struct sysctl_root *tree = NULL;
	_cleanup_(boot_plan_freep) struct boot_plan *plan = NULL;
	_cleanup_(sysctl_names_fini) struct sysctl_names keys = {0};
	enum boot_loader loader = BOOT_LOADER_SYSTEMD;
	struct err err;

	while (cli->loader && !str_equal(cli->loader, boot_loader_name(loader)))
		loader++;
	if (local_root(cli, "", &err) < 0 ||
	    sysctl_root_open(cli->sysctl_root ? cli->sysctl_root : "/proc/sys", &tree, &err) < 0 ||
	    boot_plan_make(cli->root ? cli->root : "/", cli->loader ? loader : BOOT_LOADERS, tree,
			   &plan, &err) < 0)
		return output_fail_input(&err);
	for (size_t i = 0; i < cli->n_args; i++) {
		if (select_keys(plan, tree, cli->args[i], &keys, &err) < 0)
			return output_fail_input(&err);
	}
	return show(cli, plan, tree, &keys);
}
