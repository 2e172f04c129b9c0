/* cli/cmd_plan.c - `fettle plan`: what would change, and what cannot. Changes nothing. */
#include "cli/cli.h"

#include "apply/proof.h"
#include "base/str.h"
#include "cli/change.h"
#include "cli/output.h"
#include "cli/show_change.h"

static int plan_here(const struct cli *cli, const struct apply_context *context,
		     const struct profile *profile, json_t **out, struct err *err)
{
	struct plan plan;

	(void)cli;
	(void)err;
	plan_make(context, profile, &plan);
	*out = json_pack("{s:o}", "plan", plan_answer_to_json(context, &plan));
	plan_fini(&plan);
	return 0;
}

enum cli_exit cmd_plan(const struct cli *cli)
{
	static const struct change change = {
		.method = "Plan", .has_profile = true, .reads_only = true, .here = plan_here};
	enum cli_exit code;
	json_t *reply, *plan;

	code = change_make(cli, &change, NULL, &reply);
	if (code)
		return code;
	plan = json_object_get(reply, "plan");
	if (json_array_size(json_object_get(plan, "changes")))
		code = CLI_FINDINGS;
	else if (plan_is_blocked(plan))
		code = CLI_INCOMPLETE;
	if (str_equal(cli->format, "json"))
		output_json(json_incref(plan));
	else
		show_plan(cli, plan);
	json_decref(reply);
	return code;
}
