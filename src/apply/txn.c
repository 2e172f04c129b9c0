/* apply/txn.c - see txn.h. */
#include "apply/txn.h"

enum txn_state txn_state(const struct txn *txn)
{
	if (txn->undone)
		return TXN_UNDONE;
	if (txn->undoing)
		return TXN_UNDOING;
	if (!txn->committed)
		return TXN_OPEN;
	return txn->confirm_within_s && !txn->confirmed ? TXN_PENDING : TXN_DONE;
}

const char *txn_state_name(enum txn_state state)
{
	static const char *const names[] = {
		[TXN_OPEN] = "open",       [TXN_PENDING] = "pending", [TXN_DONE] = "done",
		[TXN_UNDOING] = "undoing", [TXN_UNDONE] = "undone",
	};

	return names[state];
}

struct txn *txn_find(const struct txn_list *list, uint64_t number)
{
	for (size_t i = list->count; i > 0; i--) {
		if (list->txns[i - 1].number == number)
			return &list->txns[i - 1];
	}
	return NULL;
}

struct txn *txn_last_done(const struct txn_list *list)
{
	for (size_t i = list->count; i > 0; i--) {
		enum txn_state state = txn_state(&list->txns[i - 1]);

		if (state == TXN_DONE || state == TXN_PENDING)
			return &list->txns[i - 1];
	}
	return NULL;
}

void txn_result_fini(struct txn_result *result)
{
	free(result->subject);
	free(result->from);
	free(result->wanted);
	free(result->got);
	free(result->reason);
	*result = (struct txn_result){0};
}

void txn_fini(struct txn *txn)
{
	free(txn->boot_id);
	free(txn->time);
	free(txn->version);
	free(txn->profile.name);
	free(txn->profile.file);
	free(txn->profile.digest);
	for (size_t i = 0; i < txn->n_keys; i++) {
		free(txn->keys[i].key);
		free(txn->keys[i].from);
		free(txn->keys[i].to);
		free(txn->keys[i].got);
		free(txn->keys[i].held);
	}
	free(txn->keys);
	for (size_t i = 0; i < txn->n_files; i++) {
		free(txn->files[i].path);
		free(txn->files[i].before);
		free(txn->files[i].after);
	}
	free(txn->files);
	for (size_t i = 0; i < txn->n_modules; i++)
		free(txn->modules[i]);
	free(txn->modules);
	free(txn->etc_dir);
	free(txn->undo_why);
	free(txn->undo_reason);
	free(txn->undo_time);
	for (size_t i = 0; i < txn->n_undo_results; i++)
		txn_result_fini(&txn->undo_results[i]);
	free(txn->undo_results);
	*txn = (struct txn){0};
}

void txn_list_fini(struct txn_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		txn_fini(&list->txns[i]);
	free(list->txns);
	*list = (struct txn_list){0};
}
