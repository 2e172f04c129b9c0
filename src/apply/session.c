/* apply/session.c - see session.h. */
#include "apply/session.h"

#include <errno.h>
#include <string.h>

#include "apply/lock.h"
#include "apply/undo.h"
#include "base/fault.h"

unsigned txn_left_s(const struct txn *txn)
{
	uint64_t now = apply_boottime_ns();

	if (now >= txn->confirm_deadline_ns)
		return 0;
	return (unsigned)((txn->confirm_deadline_ns - now + 999999999) / 1000000000);
}

static bool has_net_keys(const struct txn *txn)
{
	for (size_t i = 0; i < txn->n_keys; i++) {
		if (strncmp(txn->keys[i].key, "net.", 4) == 0)
			return true;
	}
	return false;
}

static bool rebooted(const struct apply_context *context, const struct txn *txn)
{
	return strcmp(txn->boot_id, context->boot_id) != 0;
}

int session_find_keys(const struct apply_context *context, const struct txn *txn, bool *gone,
		      struct err *err)
{
	int pid;

	*gone = false;
	if (rebooted(context, txn) || apply_netns_equal(txn->netns, context->netns) ||
	    !has_net_keys(txn))
		return 0;
	pid = apply_netns_find(txn->netns);
	*gone = pid == 0;
	if (!pid)
		return 0;
	return err_set(
		err, EXDEV,
		"transaction %llu was made in another network namespace, that of process %d: run "
		"the command there (nsenter -t %d -n)",
		(unsigned long long)txn->number, pid, pid);
}

/* Why this transaction is to be undone now, or NULL. */
static const char *find_reason(const struct apply_context *context, const struct txn *txn)
{
	switch (txn_state(txn)) {
	case TXN_OPEN:
		return rebooted(context, txn) ? "reboot" : "recovery";
	case TXN_UNDOING:
		return txn->undo_why;
	case TXN_PENDING:
		if (rebooted(context, txn))
			return "reboot";
		return txn_left_s(txn) ? NULL : "timeout";
	case TXN_DONE:
	case TXN_UNDONE:
		break;
	}
	return NULL;
}

/* The newest first: an older one is undone on top of what came before it. */
static int recover(struct session *session, struct apply_result *result, struct err *err)
{
	struct txn_list *list = journal_txns(session->journal);

	for (size_t i = list->count; i > 0; i--) {
		struct txn *txn = &list->txns[i - 1];
		const char *reason = find_reason(session->context, txn);
		_cleanup_free_ char *why = mem_strdup(reason);
		bool gone;
		int r;

		if (!why && txn_state(txn) == TXN_PENDING)
			undo_half_confirmed(session->context, txn);
		if (!why)
			continue;
		r = session_find_keys(session->context, txn, &gone, err);
		FAULT_POINT("recovery begins");
		if (r == 0)
			r = undo_txn(session->context, session->journal, txn, why, gone,
				     UNDO_ANYWAY, err);
		if (r < 0)
			return err_prefix(
				err, "cannot undo transaction %llu, which was left half done: ",
				(unsigned long long)txn->number);
		*MEM_APPEND(result->recovered, result->n_recovered) = txn->number;
	}
	return 0;
}

int session_open(struct session *session, const struct apply_context *context,
		 enum session_folder create, struct apply_result *result, struct err *err)
{
	bool begins = create == SESSION_CREATE;
	unsigned flags = DURABLE_PRIVATE | DURABLE_LINK | (begins ? DURABLE_CREATE : 0);
	int r;

	*session = (struct session){.context = context, .folder = {.fd = -1}, .lock_fd = -1};
	r = durable_folder_open(context->state_dir, flags, &session->folder, err);
	if (r == -ENOENT && !begins)
		return err_set(err, ENOENT,
			       "there is no transaction: nothing was applied here yet (there is "
			       "no folder %s)",
			       context->state_dir);
	if (r == 0)
		r = lock_take(&session->folder, &session->lock_fd, err);
	if (r == 0)
		r = journal_open(&session->folder, begins ? JOURNAL_BEGIN : JOURNAL_WRITE,
				 &session->journal, err);
	if (r < 0 && session->lock_fd >= 0 && create == SESSION_RECOVER)
		r = journal_open(&session->folder, JOURNAL_READ, &session->journal, err);
	if (r == 0)
		r = recover(session, result, err);
	if (r < 0)
		session_close(session);
	return r;
}

void session_close(struct session *session)
{
	journal_free(session->journal);
	session->journal = NULL;
	mem_closep(&session->lock_fd);
	session->lock_fd = -1;
	durable_folder_fini(&session->folder);
}

struct txn *session_pending(struct session *session)
{
	struct txn_list *list = journal_txns(session->journal);

	for (size_t i = list->count; i > 0; i--) {
		if (txn_state(&list->txns[i - 1]) == TXN_PENDING)
			return &list->txns[i - 1];
	}
	return NULL;
}
