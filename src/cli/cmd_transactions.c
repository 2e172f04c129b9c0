/* cli/cmd_transactions.c - `fettle transactions`, and the guard that `apply --confirm-within`
 * leaves behind. */
#include "cli/cli.h"

#include "apply/guard.h"
#include "apply/transaction.h"
#include "base/str.h"
#include "cli/change.h"
#include "cli/local.h"
#include "cli/output.h"
#include "cli/show_change.h"

static int list_here(const struct cli *cli, const struct apply_context *context,
		     const struct profile *profile, json_t **out, struct err *err)
{
	struct txn_list list;
	int r = apply_list(context, &list, err);

	(void)cli;
	(void)profile;
	if (r == 0)
		*out = txn_list_to_json(context, &list);
	txn_list_fini(&list);
	return r;
}

static const json_t *find_transaction(const json_t *list, uint64_t number)
{
	const json_t *transaction;
	size_t i;

	json_array_foreach(list, i, transaction)
	{
		if (json_integer_value(json_object_get(transaction, "transaction")) ==
		    (json_int_t)number)
			return transaction;
	}
	return NULL;
}

static enum cli_exit show_one(const struct cli *cli, const json_t *list, uint64_t number)
{
	const json_t *transaction = find_transaction(list, number);

	if (!transaction) {
		output_note("the journal holds no transaction %llu", (unsigned long long)number);
		return CLI_BAD_INPUT;
	}
	if (str_equal(cli->format, "json"))
		output_json(json_deep_copy(transaction));
	else
		show_transaction(cli, transaction);
	return CLI_FINE;
}

enum cli_exit cmd_transactions(const struct cli *cli)
{
	static const struct change change = {
		.method = "ListTransactions", .reads_only = true, .here = list_here};
	enum cli_exit code;
	uint64_t number;
	struct err err;
	json_t *reply;

	if (change_number(cli, &number, &err) < 0)
		return output_fail(CLI_USAGE, &err);
	code = change_make(cli, &change, NULL, &reply);
	if (code)
		return code;
	if (number) {
		code = show_one(cli, json_object_get(reply, "transactions"), number);
		json_decref(reply);
		return code;
	}
	if (str_equal(cli->format, "json")) {
		output_json(reply);
		return CLI_FINE;
	}
	show_transactions(cli, reply);
	json_decref(reply);
	return CLI_FINE;
}

enum cli_exit cmd_guard(const struct cli *cli)
{
	_cleanup_(host_freep) struct host *host = NULL;
	_cleanup_free_ char *etc_dir = NULL;
	struct apply_context context;
	uint64_t number;
	struct err err;
	int r;

	if (change_number(cli, &number, &err) < 0)
		return output_fail(CLI_USAGE, &err);
	r = local_host(cli, &host, &err);
	if (r == 0)
		r = change_context(cli, host, &etc_dir, &context, &err);
	if (r == 0)
		r = guard_run(&context, number, -1, &err);
	if (r < 0)
		return output_fail(CLI_INTERNAL, &err);
	if (r > 0) /* to the journal, where somebody will look for who did that */
		output_note("transaction %llu was not confirmed in time, and is undone",
			    (unsigned long long)number);
	return CLI_FINE;
}
