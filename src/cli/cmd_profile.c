/* cli/cmd_profile.c - `fettle profile list`, `show` and `lint`: files of this host, read here. */
#include "cli/cli.h"

#include <errno.h>
#include <jansson.h>

#include "base/str.h"
#include "check/lint.h"
#include "cli/output.h"
#include "profile/search.h"
#include "profile/show.h"
#include "render/columns.h"

static const char *search_path(const struct cli *cli)
{
	return cli->profile_path ? cli->profile_path : profile_default_path;
}

static void list_as_json(const struct profile_list *list)
{
	json_t *profiles = json_array();

	for (size_t i = 0; i < list->count; i++) {
		const struct profile_entry *entry = &list->entries[i];
		_cleanup_free_ char *file = str_printable(entry->file);
		_cleanup_free_ char *problem = str_printable(entry->problem ? entry->problem : "");

		json_array_append_new(profiles,
				      json_pack("{s:s, s:s, s:s*, s:s*}", "name", entry->name,
						"file", file, "summary", entry->summary, "problem",
						entry->problem ? problem : NULL));
	}
	output_json(json_pack("{s:o}", "profiles", profiles));
}

static void list_as_table(const struct cli *cli, const struct profile_list *list)
{
	_cleanup_columns_ struct columns rows = {0};
	_cleanup_free_ char *text = NULL;

	columns_add(&rows, STYLE_DIM, "NAME", "SUMMARY", "FILE");
	for (size_t i = 0; i < list->count; i++) {
		const struct profile_entry *entry = &list->entries[i];
		_cleanup_free_ char *broken =
			mem_printf("cannot be loaded: fettle profile lint %s", entry->name);
		struct columns_row *row =
			columns_add(&rows, STYLE_PLAIN, entry->name,
				    entry->problem ? broken : entry->summary, entry->file);

		row->styles[0] = STYLE_STRONG;
		row->styles[1] = entry->problem ? STYLE_CRITICAL : STYLE_PLAIN;
		row->styles[2] = STYLE_DIM;
	}
	columns_fit(&rows, cli->render.width);
	text = columns_to_text(&rows, cli->render.color);
	fputs(text, stdout);
}

enum cli_exit cmd_profile_list(const struct cli *cli)
{
	struct profile_list list = {0};
	struct err err;

	if (profile_list_read(search_path(cli), &list, &err) < 0)
		return output_fail_input(&err);
	if (str_equal(cli->format, "json"))
		list_as_json(&list);
	else if (list.count)
		list_as_table(cli, &list);
	else
		output_note("no profiles in %s", search_path(cli));
	profile_list_fini(&list);
	return CLI_FINE;
}

enum cli_exit cmd_profile_show(const struct cli *cli)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct err err;

	if (profile_load(search_path(cli), cli->args[0], &profile, &err) < 0)
		return output_fail_input(&err);
	if (str_equal(cli->format, "json"))
		output_json(profile_to_json(profile));
	else
		profile_show(profile, stdout);
	return CLI_FINE;
}

struct lint_counts {
	size_t errors, warnings;
};

/* As compilers name them, for the editors that read their output. */
static const char *const lint_names[SEVERITY_COUNT] = {
	[SEVERITY_INFO] = "note",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_CRITICAL] = "error",
};

static void print_note(const char *place, const char *name, const char *text)
{
	_cleanup_free_ char *line = mem_printf("%s: %s: %s", place, name, text);
	_cleanup_free_ char *shown = str_printable(line);

	puts(shown);
}

static void print_error(const struct err *err)
{
	_cleanup_free_ char *place = NULL;

	if (!err->file[0])
		place = mem_strdup("fettle");
	else if (!err->line)
		place = mem_strdup(err->file);
	else
		place = mem_printf("%s:%u:%u", err->file, err->line, err->column);
	print_note(place, lint_names[SEVERITY_CRITICAL], err->text);
}

/* Of the file that the first one is in; many are seldom many mistakes. */
static void print_errors(const struct err *first, struct lint_counts *counts)
{
	enum {
		MOST = 20
	};
	_cleanup_free_ struct err *errs = mem_alloc_array(MOST + 1, sizeof(*errs));
	size_t count = profile_errors(first, errs, MOST + 1);

	for (size_t i = 0; i < count && i < MOST; i++)
		print_error(&errs[i]);
	if (count > MOST)
		print_note(first->file, lint_names[SEVERITY_INFO],
			   "there are more errors: these are the first");
	counts->errors += count > MOST ? MOST : count;
}

static void lint(const struct cli *cli, const char *name, struct lint_counts *counts)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct lint_notes notes = {0};
	struct err err;

	if (profile_load(search_path(cli), name, &profile, &err) < 0) {
		print_errors(&err, counts);
		return;
	}
	check_lint(profile, &notes);
	for (size_t i = 0; i < notes.count; i++) {
		const struct lint_note *note = &notes.notes[i];
		const char *file = note->origin.file ? note->origin.file : profile->file;
		_cleanup_free_ char *place = note->origin.line
						     ? mem_printf("%s:%u", file, note->origin.line)
						     : mem_strdup(file);

		print_note(place, lint_names[note->severity], note->text);
		counts->errors += note->severity == SEVERITY_CRITICAL;
		counts->warnings += note->severity == SEVERITY_WARNING;
	}
	lint_notes_fini(&notes);
}

enum cli_exit cmd_profile_lint(const struct cli *cli)
{
	struct lint_counts counts = {0};

	for (size_t i = 0; i < cli->n_args; i++)
		lint(cli, cli->args[i], &counts);
	printf("%zu profile%s: %zu error%s, %zu warning%s\n", cli->n_args,
	       cli->n_args == 1 ? "" : "s", counts.errors, counts.errors == 1 ? "" : "s",
	       counts.warnings, counts.warnings == 1 ? "" : "s");
	return counts.errors || (cli->strict && counts.warnings) ? CLI_BAD_INPUT : CLI_FINE;
}
