/* cli/cmd_apply.c - `fettle apply`, `persist`, `unpersist`, `confirm` and `rollback`: what changes
 * the host, and what came of it. */
#include "cli/cli.h"

#include <errno.h>

#include "apply/proof.h"
#include "apply/transaction.h"
#include "base/str.h"
#include "cli/change.h"
#include "cli/duration.h"
#include "cli/output.h"
#include "cli/show_change.h"

static int parse_duration(const char *text, unsigned *seconds, struct err *err)
{
	enum {
		MS_PER_S = 1000
	};
	static const struct duration_bounds bounds = {
		MS_PER_S, 86400 * MS_PER_S, MS_PER_S,
		"whole seconds from 1s to 1d, such as 60s or 5min"};
	uint64_t ms;
	int r = duration_parse("--confirm-within", text, &bounds, &ms, err);

	if (r == 0)
		*seconds = (unsigned)(ms / MS_PER_S);
	return r;
}

static int read_options(const struct cli *cli, struct apply_options *out, struct err *err)
{
	*out = (struct apply_options){
		.dry_run = cli->dry_run, .persist = cli->persist, .by = apply_by_self()};
	return cli->confirm_within
		       ? parse_duration(cli->confirm_within, &out->confirm_within_s, err)
		       : 0;
}

/* What a transaction did that was begun is a reply, also when it was taken back. */
static int reply_with(const struct apply_context *context, bool persists,
		      struct apply_result *result, const struct plan *plan, int r, json_t **out)
{
	if (r == 0 || result->txn) {
		*out = apply_answer_to_json(context, result, plan, persists);
		r = 0;
	}
	apply_result_fini(result);
	return r;
}

typedef int make_function(const struct apply_context *context, const struct profile *profile,
			  const struct apply_options *options, struct plan *plan,
			  struct apply_result *result, struct err *err);

/* What a profile is needed for. */
static int make_here(const struct cli *cli, const struct apply_context *context,
		     const struct profile *profile, make_function *make, bool persists,
		     json_t **out, struct err *err)
{
	struct apply_options options;
	struct apply_result result;
	struct plan plan;
	int r = read_options(cli, &options, err);

	if (r < 0)
		return r;
	r = make(context, profile, &options, &plan, &result, err);
	r = reply_with(context, persists, &result, &plan, r, out);
	plan_fini(&plan);
	return r;
}

static int apply_here(const struct cli *cli, const struct apply_context *context,
		      const struct profile *profile, json_t **out, struct err *err)
{
	return make_here(cli, context, profile, apply_profile, cli->persist, out, err);
}

static int persist_here(const struct cli *cli, const struct apply_context *context,
			const struct profile *profile, json_t **out, struct err *err)
{
	return make_here(cli, context, profile, apply_persist, true, out, err);
}

static int unpersist_here(const struct cli *cli, const struct apply_context *context,
			  const struct profile *profile, json_t **out, struct err *err)
{
	const struct apply_options options = {.by = apply_by_self()};
	struct apply_result result;
	int r = apply_unpersist(context, &options, &result, err);

	(void)cli;
	(void)profile;
	return reply_with(context, false, &result, NULL, r, out);
}

/* What ends a transaction that was made before. */
static int end_here(const struct cli *cli, const struct apply_context *context,
		    int (*end)(const struct apply_context *context, uint64_t number,
			       struct apply_result *result, struct err *err),
		    json_t **out, struct err *err)
{
	struct apply_result result;
	uint64_t number;
	int r = change_number(cli, &number, err);

	if (r < 0)
		return r;
	r = end(context, number, &result, err);
	return reply_with(context, false, &result, NULL, r, out);
}

static int confirm_here(const struct cli *cli, const struct apply_context *context,
			const struct profile *profile, json_t **out, struct err *err)
{
	(void)profile;
	return end_here(cli, context, apply_confirm, out, err);
}

static int rollback_here(const struct cli *cli, const struct apply_context *context,
			 const struct profile *profile, json_t **out, struct err *err)
{
	(void)profile;
	return end_here(cli, context, apply_rollback, out, err);
}

/* 1: it was taken back; 2: not all of it could be done, or undone. `ends`: it is about one that was
 * made before, and a reason says that it had ended so already. */
static enum cli_exit exit_of(const json_t *reply, bool ends)
{
	const json_t *result = json_object_get(reply, "result");
	const char *outcome = json_string_value(json_object_get(result, "outcome"));
	const char *reason = json_string_value(json_object_get(result, "reason"));

	if (reason)
		output_note("%s", reason);
	if (!outcome) {
		output_note("the daemon's answer: result is missing");
		return CLI_INTERNAL;
	}
	if (str_equal(outcome, "partly-undone"))
		return CLI_INCOMPLETE;
	if (reason)
		return ends ? CLI_FINE : CLI_FINDINGS;
	if (plan_is_blocked(json_object_get(reply, "plan")) ||
	    boot_is_lost(json_object_get(reply, "boot")))
		return CLI_INCOMPLETE;
	return CLI_FINE;
}

/* The result, and beside it what the plan could not do. */
static json_t *flatten(const json_t *reply)
{
	static const char *const of_plan[] = {"profile", "not_applicable", "blocked", "modules",
					      "warnings"};
	static const char *const beside[] = {"files", "boot"};
	json_t *out = json_copy(json_object_get(reply, "result"));
	const json_t *plan = json_object_get(reply, "plan");

	for (size_t i = 0; plan && i < ARRAY_SIZE(of_plan); i++)
		json_object_set(out, of_plan[i], json_object_get(plan, of_plan[i]));
	for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
		if (json_object_get(reply, beside[i]))
			json_object_set(out, beside[i], json_object_get(reply, beside[i]));
	}
	return out;
}

static enum cli_exit make(const struct cli *cli, const struct change *change, json_t *parameters)
{
	json_t *reply;
	enum cli_exit code = change_make(cli, change, parameters, &reply);

	if (code)
		return code;
	if (str_equal(cli->format, "json"))
		output_json(flatten(reply));
	else
		show_result(cli, reply);
	code = exit_of(reply, change->has_number);
	json_decref(reply);
	return code;
}

enum cli_exit cmd_apply(const struct cli *cli)
{
	static const struct change change = {
		.method = "Apply", .has_profile = true, .here = apply_here};
	json_t *parameters = json_object();
	unsigned seconds = 0;
	struct err err;

	if (cli->confirm_within) {
		if (parse_duration(cli->confirm_within, &seconds, &err) < 0) {
			json_decref(parameters);
			return output_fail(CLI_USAGE, &err);
		}
		json_object_set_new(parameters, "confirm_within_s", json_integer(seconds));
	}
	if (cli->persist)
		json_object_set_new(parameters, "persist", json_true());
	return make(cli, &change, parameters);
}

enum cli_exit cmd_persist(const struct cli *cli)
{
	static const struct change change = {
		.method = "Persist", .has_profile = true, .here = persist_here};

	return make(cli, &change, NULL);
}

enum cli_exit cmd_unpersist(const struct cli *cli)
{
	static const struct change change = {.method = "Unpersist", .here = unpersist_here};

	return make(cli, &change, NULL);
}

enum cli_exit cmd_confirm(const struct cli *cli)
{
	static const struct change change = {
		.method = "Confirm", .has_number = true, .here = confirm_here};

	return make(cli, &change, NULL);
}

enum cli_exit cmd_rollback(const struct cli *cli)
{
	static const struct change change = {
		.method = "Rollback", .has_number = true, .here = rollback_here};

	return make(cli, &change, NULL);
}
