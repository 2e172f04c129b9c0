/* apply/plan_json.c - a plan as JSON, for programs. */
#include "apply/plan.h"

static json_t *origin_to_json(const struct origin *origin)
{
	_cleanup_free_ char *text =
		origin->file ? mem_printf("%s:%u", origin->file, origin->line) : NULL;

	return text ? json_string(text) : json_null();
}

static json_t *change_to_json(const struct plan_change *change)
{
	return json_pack("{s:s, s:s?, s:s?, s:o, s:s, s:s?, s:s?, s:s*}", "key", change->key,
			 "from", change->from, "to", change->to, "origin",
			 origin_to_json(&change->origin), "severity",
			 severity_name(change->severity), "expected", change->expected, "module",
			 change->module, "reset_by", change->reset_by);
}

static json_t *blocked_to_json(const struct plan_blocked *blocked)
{
	return json_pack("{s:s, s:s, s:s?, s:o, s:s}", "key", blocked->key, "obstacle",
			 plan_obstacle_name(blocked->obstacle), "why", blocked->why, "origin",
			 origin_to_json(&blocked->origin), "severity",
			 severity_name(blocked->severity));
}

json_t *plan_to_json(const struct plan *plan)
{
	json_t *changes = json_array(), *blocked = json_array();
	json_t *modules = json_array(), *warnings = json_array();

	for (size_t i = 0; i < plan->n_changes; i++)
		json_array_append_new(changes, change_to_json(&plan->changes[i]));
	for (size_t i = 0; i < plan->n_blocked; i++)
		json_array_append_new(blocked, blocked_to_json(&plan->blocked[i]));
	for (size_t i = 0; i < plan->n_modules; i++)
		json_array_append_new(modules, json_string(plan->modules[i]));
	for (size_t i = 0; i < plan->n_warnings; i++)
		json_array_append_new(warnings,
				      json_pack("{s:s, s:s}", "subject", plan->warnings[i].subject,
						"text", plan->warnings[i].text));
	return json_pack("{s:s?, s:s?, s:o, s:o, s:o, s:o}", "profile", plan->name,
			 "not_applicable", plan->not_applicable, "changes", changes, "blocked",
			 blocked, "modules", modules, "warnings", warnings);
}
