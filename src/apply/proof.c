/* apply/proof.c - see proof.h. */
#include "apply/proof.h"

#include <string.h>

#include "apply/persist.h"
#include "base/str.h"
#include "boot/boot.h"
#include "sysctl/name.h"

/* A text of a file may hold any byte, JSON may not. */
static json_t *text_to_json(const char *text)
{
	_cleanup_free_ char *shown = text ? str_printable(text) : NULL;

	return shown ? json_string(shown) : json_null();
}

static json_t *prove(const struct boot_plan *boot, const char *key, const char *value)
{
	_cleanup_free_ char *wanted = mem_strdup(value);
	struct boot_answer answer;
	json_t *json;

	boot_plan_judge(boot, key, boot_same_value, wanted, &answer);
	json = json_pack("{s:s, s:o, s:s, s:o, s:o, s:I, s:o}", "key", key, "wanted",
			 text_to_json(value), "verdict", boot_verdict_name(answer.verdict), "value",
			 text_to_json(answer.winner.value), "file",
			 text_to_json(answer.winner.file), "line", (json_int_t)answer.winner.line,
			 "reason", text_to_json(answer.reason));
	boot_answer_fini(&answer);
	return json;
}

/* What a boot does with the files as they will be with those of `txn`; NULL when there is no root
 * to look at. */
static struct boot_plan *plan_boot(const struct apply_context *context, const struct txn *txn)
{
	_cleanup_free_ char *root = apply_find_root(context);
	struct boot_draft *drafts = mem_alloc_array(txn->n_files, sizeof(*drafts));
	struct boot_plan *boot = NULL;
	struct err ignored;

	for (size_t i = 0; i < txn->n_files; i++) {
		drafts[i].path = mem_printf("/etc/%s", txn->files[i].path);
		drafts[i].text = txn->files[i].after;
	}
	if (root && boot_plan_draft(root, BOOT_LOADERS, context->host->root, drafts, txn->n_files,
				    &boot, &ignored) < 0)
		boot = NULL;
	for (size_t i = 0; i < txn->n_files; i++)
		free(drafts[i].path);
	free(drafts);
	return boot;
}

/* Each key that the plan makes last, or NULL. */
static json_t *prove_all(const struct apply_context *context, const struct plan *plan,
			 const struct txn *txn)
{
	_cleanup_(boot_plan_freep) struct boot_plan *boot = plan_boot(context, txn);
	json_t *list;

	if (!boot)
		return NULL;
	list = json_array();
	for (size_t i = 0; i < plan->n_changes; i++) {
		if (plan->changes[i].to)
			json_array_append_new(
				list, prove(boot, plan->changes[i].key, plan->changes[i].to));
	}
	for (size_t i = 0; i < plan->n_kept; i++)
		json_array_append_new(list, prove(boot, plan->kept[i].key, plan->kept[i].value));
	return list;
}

/* What a file sets, without what it says of itself. */
static json_t *lines_to_json(const char *text)
{
	json_t *lines = json_array();

	while (text && *text) {
		size_t len = strcspn(text, "\n");

		if (len && *text != '#')
			json_array_append_new(lines, json_stringn(text, len));
		text += len + (text[len] == '\n');
	}
	return lines;
}

/* "KEY = VALUE" of our drop-in; NULL: it is not. */
static json_t *prove_line(const struct boot_plan *boot, const char *line)
{
	static const char between[] = " = ";
	const char *value = strstr(line, between);
	_cleanup_free_ char *name = value ? mem_strndup(line, (size_t)(value - line)) : NULL;
	_cleanup_free_ char *key = NULL;
	struct err ignored;

	if (!name || sysctl_name_parse(name, &key, &ignored) < 0)
		return NULL;
	return prove(boot, key, value + sizeof(between) - 1);
}

/* Each key of the drop-in that a confirmation wrote, whoever made the plan of it; or NULL. */
static json_t *prove_written(const struct apply_context *context, const char *path)
{
	static const struct txn as_it_is = {0};
	size_t len = strlen(path), tail = strlen(persist_sysctl_file) + 1;
	_cleanup_free_ char *etc_dir = mem_strndup(path, len > tail ? len - tail : 0);
	_cleanup_(boot_plan_freep) struct boot_plan *boot = NULL;
	_cleanup_free_ char *text = NULL;
	struct apply_context there = *context;
	json_t *lines, *line, *list;
	struct err ignored;
	size_t i;

	if (len <= tail || strcmp(path + len - tail + 1, persist_sysctl_file) != 0)
		return NULL;
	there.etc_dir = etc_dir;
	if (persist_read(&there, persist_sysctl_file, &text, &ignored) < 0)
		return NULL;
	boot = plan_boot(&there, &as_it_is);
	if (!boot)
		return NULL;
	list = json_array();
	lines = lines_to_json(text);
	json_array_foreach(lines, i, line)
		json_array_append_new(list, prove_line(boot, json_string_value(line)));
	json_decref(lines);
	return list;
}

static json_t *files_to_json(const struct apply_context *context, const struct txn *txn)
{
	json_t *files = json_array();

	for (size_t i = 0; i < txn->n_files; i++) {
		const struct txn_file *file = &txn->files[i];
		_cleanup_free_ char *path = mem_printf("%s/%s", context->etc_dir, file->path);

		json_array_append_new(files, json_pack("{s:s, s:s, s:o}", "path", path, "action",
						       file->after ? "write" : "remove", "lines",
						       lines_to_json(file->after)));
	}
	return files;
}

static void add_unless_null(json_t *object, const char *name, json_t *value)
{
	if (value)
		json_object_set_new(object, name, value);
}

/* What --persist would write, and what a boot would make of that. */
static void add_preview(const struct apply_context *context, const struct plan *plan,
			json_t *object)
{
	_cleanup_(txn_fini) struct txn txn = {0};
	struct err err;

	if (persist_prepare(context, plan, &txn, &err) < 0) {
		json_object_set_new(object, "persist_problem", text_to_json(err.text));
		return;
	}
	json_object_set_new(object, "files", files_to_json(context, &txn));
	add_unless_null(object, "boot", prove_all(context, plan, &txn));
}

json_t *plan_answer_to_json(const struct apply_context *context, const struct plan *plan)
{
	json_t *answer = plan_to_json(plan);

	add_preview(context, plan, answer);
	return answer;
}

json_t *apply_answer_to_json(const struct apply_context *context, const struct apply_result *result,
			     const struct plan *plan, bool persists)
{
	static const struct txn as_it_is = {0};
	json_t *answer = json_pack("{s:o}", "result", apply_result_to_json(result));

	for (size_t i = 0; result->outcome == APPLY_CONFIRMED && i < result->n_steps; i++)
		add_unless_null(answer, "boot", prove_written(context, result->steps[i].subject));
	if (!plan)
		return answer;
	json_object_set_new(answer, "plan", plan_to_json(plan));
	if (persists && (result->outcome == APPLY_PLANNED || result->outcome == APPLY_PENDING))
		add_preview(context, plan, answer);
	else if (persists && !result->reason)
		add_unless_null(answer, "boot", prove_all(context, plan, &as_it_is));
	return answer;
}
