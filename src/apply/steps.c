/* apply/steps.c - see steps.h. */
#include "apply/steps.h"

#include <errno.h>
#include <string.h>

#include "apply/order.h"
#include "apply/record.h"
#include "base/fault.h"
#include "sysctl/normalise.h"
#include "sysctl/write.h"

static struct txn_result *add_result(struct apply_result *result, const char *key, const char *from,
				     const char *wanted, const char *outcome)
{
	struct txn_result *step = MEM_APPEND(result->steps, result->n_steps);

	step->subject = mem_strdup(key);
	step->from = mem_strdup(from);
	step->wanted = mem_strdup(wanted);
	step->outcome = outcome;
	return step;
}

static struct txn_result *find_result(const struct apply_result *result, const char *key)
{
	for (size_t i = 0; i < result->n_steps; i++) {
		if (strcmp(result->steps[i].subject, key) == 0)
			return &result->steps[i];
	}
	return NULL;
}

void steps_close(struct steps_open *open)
{
	for (size_t i = 0; i < open->count; i++)
		mem_closep(&open->fds[i]);
	open->count = 0;
}

/* Reads a key, and keeps it open in `fd` where it can be written to: what it says then is heard
 * when it is. */
static int look(const struct sysctl_root *root, const char *name, int *fd, char **text,
		struct err *err)
{
	if (fd && (*fd = sysctl_open(root, name, text, err)) >= 0)
		return 0;
	return sysctl_read(root, name, text, err);
}

static int prepare_key(const struct apply_context *context, const struct plan_change *change,
		       struct steps_open *open, struct txn *txn, struct apply_result *result,
		       struct err *err)
{
	_cleanup_free_ char *from = NULL, *shown = NULL;
	_cleanup_fd_ int fd = -1;
	bool keep = open && open->count < STEPS_MOST_OPEN;
	struct txn_key *key;
	int r = look(context->host->root, change->key, keep ? &fd : NULL, &from, err);

	if (r < 0)
		return r;
	if (!change->to)
		return err_set(err, EINVAL, "%s: it is not known what to write", change->key);
	shown = sysctl_tidy(change->kind, from);
	if (!change->reset_by && sysctl_same(change->kind, from, change->to)) {
		add_result(result, change->key, shown, change->to, "unchanged")->got =
			mem_strdup(shown);
		return 0;
	}
	add_result(result, change->key, shown, change->to, "not-tried");
	key = MEM_APPEND(txn->keys, txn->n_keys);
	key->key = mem_strdup(change->key);
	key->kind = change->kind;
	key->from = TAKE_PTR(from);
	key->to = mem_strdup(change->to);
	if (keep)
		open->fds[open->count++] = TAKE_FD(fd);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct written {
	const char *key;
	size_t index;
};

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct written *)a)->key, ((const struct written *)b)->key);
}

/* The names of all keys that the writes may change along. */
static int collect_spread(const struct apply_context *context, const struct txn *txn,
			  struct sysctl_names *out, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < txn->n_keys; i++) {
		char **patterns = order_spread(txn->keys[i].key);

		for (size_t j = 0; r == 0 && patterns && patterns[j]; j++) {
			struct sysctl_names found = {0};

			r = sysctl_glob(context->host->root, patterns[j], &found, err);
			for (size_t k = 0; k < found.count; k++) {
				if (strcmp(found.names[k], txn->keys[i].key) != 0)
					*MEM_APPEND(out->names, out->count) =
						TAKE_PTR(found.names[k]);
			}
			sysctl_names_fini(&found);
		}
		order_spread_free(patterns);
	}
	if (out->count)
		qsort(out->names, out->count, sizeof(*out->names), by_text);
	return r;
}

static void add_side(const struct apply_context *context, struct txn *txn, const char *name)
{
	char *from;
	struct txn_key *key;
	struct err ignored;

	if (sysctl_read(context->host->root, name, &from, &ignored) < 0)
		return; /* what cannot be read could not be put back either */
	key = MEM_APPEND(txn->keys, txn->n_keys);
	key->key = mem_strdup(name);
	key->kind = sysctl_value_guess(from);
	key->from = from;
	key->side = true;
}

static int prepare_sides(const struct apply_context *context, struct txn *txn, struct err *err)
{
	struct written *written = mem_alloc_array(txn->n_keys, sizeof(*written));
	size_t count = txn->n_keys;
	struct sysctl_names names = {0};
	int r = collect_spread(context, txn, &names, err);

	for (size_t i = 0; i < count; i++)
		written[i] = (struct written){txn->keys[i].key, i};
	if (count)
		qsort(written, count, sizeof(*written), by_key);
	for (size_t i = 0; i < names.count && r == 0; i++) {
		struct written wanted = {.key = names.names[i]}, *found;

		if (i && strcmp(names.names[i], names.names[i - 1]) == 0)
			continue;
		found = bsearch(&wanted, written, count, sizeof(*written), by_key);
		if (found)
			txn->keys[found->index].shared = true;
		else
			add_side(context, txn, names.names[i]);
	}
	free(written);
	sysctl_names_fini(&names);
	return r;
}

int steps_prepare(const struct apply_context *context, const struct plan *plan,
		  struct steps_open *open, struct txn *txn, struct apply_result *result,
		  struct err *err)
{
	for (size_t i = 0; i < plan->n_changes; i++) {
		int r = prepare_key(context, &plan->changes[i], open, txn, result, err);

		if (r < 0)
			return r;
	}
	return prepare_sides(context, txn, err);
}

/* Results and changes are in the plan's order, a result for each change; the keys are some of them,
 * in the same order. So the place of the next key is at `at` or after it. */
static size_t advance(const struct apply_result *result, size_t at, const char *key)
{
	while (strcmp(result->steps[at].subject, key) != 0)
		at++;
	return at;
}

/* Does what the kernel kept do, though it is not what was written? */
static bool will_do(const struct plan_change *change, const char *got)
{
	_cleanup_(value_freep) struct value *value = NULL;
	struct err ignored;
	bool holds;

	return change->wanted && sysctl_value_parse(change->kind, got, &value, &ignored) == 0 &&
	       sysctl_compare(value, change->wanted, &holds, &ignored) == 0 && holds;
}

static int refuse_value(const struct txn_key *key, const struct plan_change *change,
			enum sysctl_outcome outcome, struct err *err)
{
	return err_set(err, ERANGE, "%s: wrote \"%s\", the kernel %s \"%s\"%s%s%s", key->key,
		       key->to, outcome == SYSCTL_IGNORED ? "took it and went on with" : "kept",
		       key->got, change->expected ? ", which does not meet \"" : "",
		       change->expected ? change->expected : "", change->expected ? "\"" : "");
}

struct writer {
	const struct sysctl_root *root;
	struct journal *journal;
	const struct steps_open *open;
	struct txn *txn;
};

static int open_fd(const struct writer *writer, size_t i)
{
	return i < writer->open->count ? writer->open->fds[i] : -1;
}

/* What a write before this one may have changed is looked at once more. */
static int change_key(const struct writer *writer, size_t i, enum sysctl_outcome *outcome,
		      struct err *err)
{
	struct txn_key *key = &writer->txn->keys[i];
	int fd = open_fd(writer, i);

	return key->shared || fd < 0 ? sysctl_write(writer->root, key->key, key->kind, key->to,
						    &key->got, outcome, err)
				     : sysctl_change(fd, key->key, key->kind, key->from, key->to,
						     &key->got, outcome, err);
}

static int write_key(const struct writer *writer, size_t i, const struct plan_change *change,
		     struct txn_result *step, struct err *err)
{
	const struct txn_key *key = &writer->txn->keys[i];
	enum sysctl_outcome outcome;
	int r = change_key(writer, i, &outcome, err);

	if (r < 0) {
		step->outcome = "rejected";
		step->reason = mem_strdup(err->text);
		return r;
	}
	step->outcome = sysctl_outcome_name(outcome);
	step->got = sysctl_tidy(key->kind, key->got);
	if (strcmp(step->got, key->to) != 0)
		r = journal_append(writer->journal, record_step(writer->txn, i), JOURNAL_LAZY, err);
	FAULT_POINT("step recorded");
	if (r == 0 && (outcome == SYSCTL_CLAMPED || outcome == SYSCTL_IGNORED) &&
	    !will_do(change, key->got)) {
		r = refuse_value(key, change, outcome, err);
		step->reason = mem_strdup(err->text);
	}
	return r;
}

/* Records what the key holds now, if that is not what is known of it; `changed` says so. */
static int look_again(const struct writer *writer, size_t i, bool *changed, struct err *err)
{
	struct txn_key *key = &writer->txn->keys[i];
	_cleanup_free_ char *now = NULL;
	int fd = open_fd(writer, i);
	int r = fd >= 0 ? sysctl_read_open(fd, key->key, &now, err)
			: sysctl_read(writer->root, key->key, &now, err);

	*changed = false;
	if (r < 0)
		return key->side ? 0 : r; /* an interface that went away */
	if (strcmp(now, key->side ? key->from : key->got) == 0)
		return 0;
	*changed = true;
	mem_replace(&key->got, now);
	return journal_append(writer->journal, record_step(writer->txn, i), JOURNAL_LAZY, err);
}

static int verify_key(const struct writer *writer, size_t i, const struct plan_change *change,
		      struct txn_result *step, struct err *err)
{
	struct txn_key *key = &writer->txn->keys[i];
	bool changed;
	int r = look_again(writer, i, &changed, err);

	if (r < 0 || !changed || sysctl_same(key->kind, key->got, key->to))
		return r;
	free(step->got);
	step->got = sysctl_tidy(key->kind, key->got);
	step->outcome = sysctl_outcome_name(SYSCTL_CLAMPED);
	if (will_do(change, key->got))
		return 0;
	r = err_set(err, ERANGE,
		    "%s: held \"%s\" after its write, but \"%s\" after those that followed",
		    key->key, key->to, key->got);
	mem_replace(&step->reason, err->text);
	return r;
}

/* What every key holds when all is written: a later write may have changed an earlier one, and side
 * effects are known only now. */
static int verify(const struct writer *writer, const struct plan *plan, struct apply_result *result,
		  struct err *err)
{
	const struct txn *txn = writer->txn;
	size_t at = 0;
	bool ignored;
	int r = 0;

	for (size_t i = 0; r == 0 && i < txn->n_keys; i++) {
		if (txn->keys[i].side) {
			r = look_again(writer, i, &ignored, err);
			continue;
		}
		at = advance(result, at, txn->keys[i].key);
		r = verify_key(writer, i, &plan->changes[at], &result->steps[at], err);
	}
	return r;
}

int steps_write(const struct apply_context *context, struct journal *journal,
		const struct plan *plan, const struct steps_open *open, struct txn *txn,
		struct apply_result *result, struct err *err)
{
	const struct writer writer = {context->host->root, journal, open, txn};
	size_t at = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < txn->n_keys; i++) {
		if (txn->keys[i].side)
			continue;
		at = advance(result, at, txn->keys[i].key);
		r = write_key(&writer, i, &plan->changes[at], &result->steps[at], err);
	}
	return r < 0 ? r : verify(&writer, plan, result, err);
}

void steps_mark_undone(struct apply_result *result, const struct apply_result *undone)
{
	for (size_t i = 0; i < undone->n_steps; i++) {
		const struct txn_result *from = &undone->steps[i];
		bool left = strcmp(from->outcome, "left") == 0;
		struct txn_result *step = find_result(result, from->subject);

		if (!step && left)
			step = add_result(result, from->subject, from->wanted, NULL, from->outcome);
		if (!step || strcmp(from->outcome, "unchanged") == 0)
			continue;
		/* the step that failed goes on saying so, when it could be put back */
		if (!left && step->reason) {
			step->undone = from->outcome;
			continue;
		}
		step->outcome = from->outcome;
		mem_replace(&step->got, from->got);
		mem_replace(&step->reason, from->reason);
	}
}
