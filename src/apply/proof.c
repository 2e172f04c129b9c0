/* apply/proof.c - see proof.h. */
#include "apply/proof.h"

#include <string.h>

#include "base/str.h"
#include "boot/boot.h"

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

/* "/etc" is below "/", "/mnt/etc" below "/mnt". */
static char *find_root(const char *etc_dir)
{
	static const char name[] = "/etc";
	size_t len = strlen(etc_dir), tail = strlen(name);

	if (len < tail || strcmp(etc_dir + len - tail, name) != 0)
		return NULL;
	return len == tail ? mem_strdup("/") : mem_strndup(etc_dir, len - tail);
}

json_t *plan_prove(const struct apply_context *context, const struct plan *plan)
{
	_cleanup_(boot_plan_freep) struct boot_plan *boot = NULL;
	_cleanup_free_ char *root = find_root(context->etc_dir);
	json_t *list;
	struct err ignored;

	if (!root || boot_plan_make(root, BOOT_LOADERS, context->host->root, &boot, &ignored) < 0)
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

json_t *apply_answer_to_json(const struct apply_context *context, const struct apply_result *result,
			     const struct plan *plan, bool persisted)
{
	json_t *answer = json_pack("{s:o}", "result", apply_result_to_json(result)), *boot;

	if (!plan)
		return answer;
	json_object_set_new(answer, "plan", plan_to_json(plan));
	boot = persisted && !result->reason ? plan_prove(context, plan) : NULL;
	if (boot)
		json_object_set_new(answer, "boot", boot);
	return answer;
}
