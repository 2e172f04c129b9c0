/* apply/result.c - see result.h. */
#include "apply/result.h"

#include <string.h>

#include "apply/session.h"
#include "sysctl/write.h"

const char *apply_outcome_name(enum apply_outcome outcome)
{
	static const char *const names[] = {
		[APPLY_UNCHANGED] = "unchanged",
		[APPLY_PLANNED] = "planned",
		[APPLY_APPLIED] = "applied",
		[APPLY_PENDING] = "pending",
		[APPLY_CONFIRMED] = "confirmed",
		[APPLY_UNDONE] = "undone",
		[APPLY_PARTLY_UNDONE] = "partly-undone",
	};

	return names[outcome];
}

void apply_result_fini(struct apply_result *result)
{
	for (size_t i = 0; i < result->n_steps; i++)
		txn_result_fini(&result->steps[i]);
	free(result->steps);
	free(result->reason);
	free(result->recovered);
	*result = (struct apply_result){0};
}

static bool is_left(const struct txn_result *result)
{
	return strcmp(result->outcome, "left") == 0;
}

/* The journal keeps what was left, and the key itself what it is to hold. */
static char *find_wanted(const struct txn *txn, const struct txn_result *result)
{
	for (size_t i = 0; i < txn->n_keys && !result->wanted; i++) {
		if (strcmp(txn->keys[i].key, result->subject) == 0)
			return sysctl_tidy(txn->keys[i].kind, txn->keys[i].from);
	}
	return mem_strdup(result->wanted);
}

static void take(struct apply_result *result, const struct txn *txn, bool left_only)
{
	result->txn = txn->number;
	result->outcome = APPLY_UNDONE;
	for (size_t i = 0; i < txn->n_undo_results; i++) {
		const struct txn_result *from = &txn->undo_results[i];

		if (is_left(from))
			result->outcome = APPLY_PARTLY_UNDONE;
		else if (left_only)
			continue;
		*MEM_APPEND(result->steps, result->n_steps) = (struct txn_result){
			.subject = mem_strdup(from->subject),
			.outcome = from->outcome,
			.from = mem_strdup(from->from),
			.wanted = find_wanted(txn, from),
			.got = mem_strdup(from->got),
			.reason = mem_strdup(from->reason),
		};
	}
}

void apply_result_take_undo(struct apply_result *result, const struct txn *txn)
{
	take(result, txn, false);
}

void apply_result_take_left(struct apply_result *result, const struct txn *txn)
{
	take(result, txn, true);
}

static json_t *results_to_json(const struct txn_result *results, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array,
				      json_pack("{s:s, s:s?, s:s?, s:s?, s:s, s:s?, s:s*}", "key",
						results[i].subject, "from", results[i].from,
						"wanted", results[i].wanted, "got", results[i].got,
						"outcome", results[i].outcome, "reason",
						results[i].reason, "undone", results[i].undone));
	return array;
}

json_t *apply_result_to_json(const struct apply_result *result)
{
	json_t *recovered = json_array();

	for (size_t i = 0; i < result->n_recovered; i++)
		json_array_append_new(recovered, json_integer((json_int_t)result->recovered[i]));
	return json_pack("{s:o, s:s, s:o, s:s?, s:I, s:o}", "transaction",
			 result->txn ? json_integer((json_int_t)result->txn) : json_null(),
			 "outcome", apply_outcome_name(result->outcome), "steps",
			 results_to_json(result->steps, result->n_steps), "reason", result->reason,
			 "confirm_left_s", (json_int_t)result->confirm_left_s, "recovered",
			 recovered);
}

static size_t count_left(const struct txn *txn)
{
	size_t left = 0;

	for (size_t i = 0; i < txn->n_undo_results; i++)
		left += is_left(&txn->undo_results[i]);
	return left;
}

/* What it was made by: only an apply changes keys, only an unpersist has no profile. */
static const char *command_of(const struct txn *txn)
{
	if (txn->n_keys)
		return "apply";
	return txn->profile.name ? "persist" : "unpersist";
}

static json_t *keys_to_json(const struct txn *txn)
{
	json_t *keys = json_array();

	for (size_t i = 0; i < txn->n_keys; i++) {
		const struct txn_key *key = &txn->keys[i];

		if (!key->side)
			json_array_append_new(keys, json_pack("{s:s, s:s, s:s, s:s?}", "key",
							      key->key, "from", key->from, "wanted",
							      key->to, "got", key->got));
	}
	return keys;
}

static json_t *txn_to_json(const struct apply_context *context, const struct txn *txn)
{
	bool pending = txn_state(txn) == TXN_PENDING;
	bool is_here = strcmp(txn->boot_id, context->boot_id) == 0;
	json_t *files = json_array(), *modules = json_array();

	for (size_t i = 0; i < txn->n_files; i++)
		json_array_append_new(files, json_string(txn->files[i].path));
	for (size_t i = 0; i < txn->n_modules; i++)
		json_array_append_new(modules, json_string(txn->modules[i]));
	return json_pack("{s:I, s:s, s:s, s:s, s:s?, s:s, s:I, s:o, s:o, s:I, s:s?, s:s?, s:o, "
			 "s:I, s:s?, s:o}",
			 "transaction", (json_int_t)txn->number, "command", command_of(txn),
			 "state", txn_state_name(txn_state(txn)), "time", txn->time, "profile",
			 txn->profile.name, "version", txn->version, "uid", (json_int_t)txn->by.uid,
			 "steps", keys_to_json(txn), "files", files, "confirm_left_s",
			 (json_int_t)(pending && is_here ? txn_left_s(txn) : 0), "undone_why",
			 txn->undo_why, "undone_time", txn->undo_time, "undone_steps",
			 results_to_json(txn->undo_results, txn->n_undo_results), "left",
			 (json_int_t)count_left(txn), "undone_reason", txn->undo_reason, "modules",
			 modules);
}

json_t *txn_list_to_json(const struct apply_context *context, const struct txn_list *list)
{
	json_t *array = json_array();

	for (size_t i = list->count; i > 0; i--)
		json_array_append_new(array, txn_to_json(context, &list->txns[i - 1]));
	return json_pack("{s:o}", "transactions", array);
}
