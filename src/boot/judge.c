/* boot/judge.c - a verdict on one key of a plan: a table of questions, the first that has an answer
 * gives it. */
#include <string.h>

#include "base/str.h"
#include "boot/plan.h"
#include "sysctl/name.h"
#include "sysctl/normalise.h"

static const char *const verdict_names[BOOT_VERDICTS] = {
	[BOOT_SET] = "set",
	[BOOT_KEPT] = "kept",
	[BOOT_OVERRIDDEN] = "overridden",
	[BOOT_DEFAULT] = "default",
	[BOOT_TOO_EARLY] = "too-early",
	[BOOT_TUNER] = "tuner",
	[BOOT_UNKNOWN] = "unknown",
};

const char *boot_verdict_name(enum boot_verdict verdict)
{
	return verdict_names[verdict];
}

struct question {
	const struct boot_plan *plan;
	const char *name;
	const struct boot_key *key; /* NULL: no line says anything of it */
	bool exists;
	bool (*holds)(const char *text, void *data);
	void *data;
	struct boot_answer *out;
};

static bool answer(const struct question *q, enum boot_verdict verdict, char *reason)
{
	q->out->verdict = verdict;
	q->out->reason = reason;
	return true;
}

/* The verdict on a text that will stand. */
static enum boot_verdict compare(const struct question *q, const char *text)
{
	if (!q->holds)
		return BOOT_SET;
	return q->holds(text, q->data) ? BOOT_KEPT : BOOT_OVERRIDDEN;
}

static const struct boot_def *winner_of(const struct question *q)
{
	return q->key ? q->key->winner : NULL;
}

/* How long the part before the interface is in a name such as net.ipv4.conf.eth0.rp_filter; 0 for
 * a name that has none. */
static size_t interface_at(const char *name)
{
	static const char *const groups[] = {"net.ipv4.conf.", "net.ipv6.conf.", "net.ipv4.neigh.",
					     "net.ipv6.neigh."};

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		size_t len = strlen(groups[i]);

		if (str_starts(name, groups[i]))
			return str_starts(name + len, "all.") || str_starts(name + len, "default.")
				       ? 0
				       : len;
	}
	return 0;
}

/* A line that comes after all that were read; what won before it is in its shadow. */
static void set_winner(struct boot_answer *out, const struct boot_def *def)
{
	if (out->winner.file)
		*MEM_APPEND(out->shadowed, out->n_shadowed) = out->winner;
	out->winner = (struct boot_line){def->file, def->value, def->line};
	out->via = NULL;
}

static bool ask_tuner(const struct question *q)
{
	const struct boot_def *winner = winner_of(q), *def;
	const struct boot_tuner *tuner;

	def = boot_tuners_owner(&q->plan->tuners, q->name, winner ? winner->file : NULL, &tuner);
	if (!def)
		return false;
	if (!def->value)
		return answer(q, BOOT_TUNER, mem_printf("%s %s", tuner->name, tuner->detail));
	if (q->holds && q->holds(def->value, q->data)) {
		set_winner(q->out, def);
		return answer(q, BOOT_KEPT,
			      mem_printf("%s, %s, sets it afterwards", tuner->name, tuner->detail));
	}
	return answer(q, BOOT_TUNER,
		      mem_printf("%s, %s, sets it to '%s' afterwards at %s:%u", tuner->name,
				 tuner->detail, def->value, def->file, def->line));
}

static bool ask_module(const struct question *q)
{
	const char *module = boot_module_of(q->name);

	if (!module || !winner_of(q) || winner_of(q) < q->plan->defs.items + q->plan->n_kernel_defs)
		return false;
	switch (boot_module_state(&q->plan->modules, module, q->exists)) {
	case BOOT_MODULE_EARLY:
		return false;
	case BOOT_MODULE_LATE:
		return answer(
			q, BOOT_TOO_EARLY,
			mem_printf("the module %s is loaded later; name it in /etc/modules-load.d",
				   module));
	case BOOT_MODULE_UNKNOWN:
		break;
	}
	return answer(
		q, BOOT_UNKNOWN,
		mem_printf("it comes with the module %s: nothing here tells whether the kernel has "
			   "that built in",
			   module));
}

/* A key of an interface that is not there: the loader passes by, udev's rule comes back to it. */
static bool ask_interface(const struct question *q)
{
	const struct boot_def *winner = winner_of(q);
	size_t at = interface_at(q->name);

	if (!winner || q->exists || !at)
		return false;
	if (q->plan->has_interface_rule)
		return answer(q, compare(q, winner->value),
			      mem_strdup("udev's rule sets it when such an interface appears"));
	return answer(
		q, BOOT_TOO_EARLY,
		mem_strdup(
			"there is no such interface, and nothing sets its keys when one appears"));
}

static bool ask_absent(const struct question *q)
{
	const struct boot_def *winner = winner_of(q);

	/* One whose module comes early comes with it. */
	if (!winner || q->exists || boot_module_of(q->name))
		return false;
	return answer(q, BOOT_UNKNOWN,
		      mem_strdup(winner->is_glob ? "nothing on the running host matches it"
						 : "no such key on the running host"));
}

/* The value of conf.default for an interface's key that nothing sets itself. */
static bool ask_inherited(const struct question *q)
{
	size_t len = interface_at(q->name), *at;
	_cleanup_free_ char *name = NULL;
	const struct boot_key *parent;

	if (!len || winner_of(q) || str_starts(q->name + len, "lo."))
		return false;
	name = mem_printf("%.*sdefault%s", (int)len, q->name, strrchr(q->name, '.'));
	at = boot_index_find(&q->plan->index, name);
	parent = at ? q->plan->keys[*at] : NULL;
	if (!parent || !parent->winner)
		return false;
	if (!q->exists)
		return answer(q, compare(q, parent->value),
			      mem_printf("a new interface starts with %s, set at %s:%u",
					 parent->name, parent->winner->file, parent->winner->line));
	return answer(q, BOOT_UNKNOWN,
		      mem_printf("%s, set at %s:%u, reaches interfaces that appear later only",
				 parent->name, parent->winner->file, parent->winner->line));
}

/* A line for an interface that another line's effect undoes: udev's rule repeats the first when it
 * comes upon the interface, and nothing orders that before or after the loader. */
static bool ask_race(const struct question *q)
{
	if (!q->plan->has_interface_rule || !winner_of(q) || !q->key->via || !q->key->named ||
	    !interface_at(q->name) || str_starts(q->name + interface_at(q->name), "lo."))
		return false;
	return answer(
		q, BOOT_UNKNOWN,
		mem_printf("the kernel sets it along with %s, and udev's rule sets it for itself: "
			   "whichever comes later",
			   q->key->via));
}

static bool ask_winner(const struct question *q)
{
	if (!winner_of(q))
		return false;
	return answer(q, compare(q, q->key->value),
		      q->key->via ? mem_printf("the kernel sets it along with %s", q->key->via)
				  : NULL);
}

static bool ask_default(const struct question *q)
{
	const struct boot_def *excluded = q->key ? q->key->excluded : NULL;

	return answer(
		q, BOOT_DEFAULT,
		excluded ? mem_printf("it is excluded at %s:%u", excluded->file, excluded->line)
			 : NULL);
}

static bool (*const questions[])(const struct question *q) = {
	ask_tuner,     ask_module, ask_interface, ask_absent,
	ask_inherited, ask_race,   ask_winner,    ask_default,
};

static void list_shadowed(const struct boot_key *key, struct boot_answer *out)
{
	for (size_t i = 0; i < key->n_lines; i++) {
		const struct boot_def *line = key->lines[i];

		if (line != key->winner)
			*MEM_APPEND(out->shadowed, out->n_shadowed) =
				(struct boot_line){line->file, line->value, line->line};
	}
}

void boot_plan_judge(const struct boot_plan *plan, const char *key,
		     bool (*holds)(const char *text, void *data), void *data,
		     struct boot_answer *out)
{
	size_t *at = boot_index_find(&plan->index, key);
	struct question q = {
		.plan = plan,
		.name = key,
		.key = at ? plan->keys[*at] : NULL,
		.exists = at ? plan->keys[*at]->exists : sysctl_exists(plan->tree, key),
		.holds = holds,
		.data = data,
		.out = out,
	};

	*out = (struct boot_answer){0};
	if (q.key) {
		list_shadowed(q.key, out);
		out->via = q.key->via;
		if (q.key->winner)
			out->winner = (struct boot_line){q.key->winner->file, q.key->value,
							 q.key->winner->line};
	}
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++)
		if (questions[i](&q))
			return;
}

void boot_answer_fini(struct boot_answer *answer)
{
	free(answer->reason);
	free(answer->shadowed);
	*answer = (struct boot_answer){0};
}

bool boot_same_value(const char *text, void *data)
{
	_cleanup_(value_freep) struct value *a = NULL, *b = NULL;
	enum value_kind kind = sysctl_value_guess(data);
	struct err err;

	if (sysctl_value_parse(kind, text, &a, &err) < 0 ||
	    sysctl_value_parse(kind, data, &b, &err) < 0)
		return str_equal(text, data);
	return value_equal(a, b);
}
