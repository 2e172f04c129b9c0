/* check/target.c - see target.h. */
#include "check/target.h"

#include "base/str.h"
#include "sysctl/compare.h"

typedef char *target_fn(const struct host *host, const struct resolve_key *key,
			const struct expect *expect, const struct sysctl_wanted *wanted,
			const struct value *actual);

static target_fn first_arg, nearer_end, with_missing, without_excluded, each_field;

/* What to write when the profile leaves it open. */
static target_fn *const targets[EXPECT_OPS] = {
	[EXPECT_EQUALS] = first_arg,          [EXPECT_AT_LEAST] = first_arg,
	[EXPECT_AT_MOST] = first_arg,         [EXPECT_ONE_OF] = first_arg,
	[EXPECT_FIRST_AVAILABLE] = first_arg, [EXPECT_BETWEEN] = nearer_end,
	[EXPECT_INCLUDES] = with_missing,     [EXPECT_EXCLUDES] = without_excluded,
	[EXPECT_FIELDS] = each_field,
};

static char *first_arg(const struct host *host, const struct resolve_key *key,
		       const struct expect *expect, const struct sysctl_wanted *wanted,
		       const struct value *actual)
{
	(void)host, (void)key, (void)expect, (void)actual;
	return wanted->n_args ? mem_strdup(wanted->args[0]->text) : NULL;
}

static char *nearer_end(const struct host *host, const struct resolve_key *key,
			const struct expect *expect, const struct sysctl_wanted *wanted,
			const struct value *actual)
{
	bool below = actual->n_nums && wanted->n_args == 2 &&
		     num_compare(actual->nums[0], wanted->args[0]->nums[0]) < 0;

	(void)host, (void)key, (void)expect;
	return wanted->n_args == 2 ? mem_strdup(wanted->args[below ? 0 : 1]->text) : NULL;
}

static char *with_missing(const struct host *host, const struct resolve_key *key,
			  const struct expect *expect, const struct sysctl_wanted *wanted,
			  const struct value *actual)
{
	struct strbuf out = {0};

	(void)host, (void)expect;
	if (key->kind != VALUE_SET && key->kind != VALUE_RANGES)
		return NULL;
	strbuf_puts(&out, actual->text);
	for (size_t i = 0; i < wanted->n_args; i++) {
		if (key->kind == VALUE_SET && value_has_word(actual, wanted->args[i]->text))
			continue;
		if (out.len)
			strbuf_puts(&out, key->kind == VALUE_SET ? " " : ",");
		strbuf_puts(&out, wanted->args[i]->text);
	}
	return strbuf_take(&out);
}

static char *without_excluded(const struct host *host, const struct resolve_key *key,
			      const struct expect *expect, const struct sysctl_wanted *wanted,
			      const struct value *actual)
{
	struct strbuf out = {0};

	(void)host, (void)expect;
	if (key->kind != VALUE_SET)
		return NULL;
	for (size_t i = 0; i < actual->n_words; i++) {
		bool excluded = false;

		for (size_t j = 0; j < wanted->n_args && !excluded; j++)
			excluded = value_has_word(wanted->args[j], actual->words[i]);
		if (!excluded)
			strbuf_printf(&out, "%s%s", out.len ? " " : "", actual->words[i]);
	}
	return strbuf_take(&out);
}

static char *each_field(const struct host *host, const struct resolve_key *key,
			const struct expect *expect, const struct sysctl_wanted *wanted,
			const struct value *actual)
{
	_cleanup_strbuf_ struct strbuf out = {0};
	struct resolve_key field = *key;

	(void)wanted;
	field.kind = VALUE_INTEGER;
	for (size_t i = 0; i < actual->n_nums; i++) {
		char digits[NUM_TEXT_SIZE];
		_cleanup_free_ char *text = NULL;
		struct value one = {.kind = VALUE_INTEGER, .nums = &actual->nums[i], .n_nums = 1};

		if (i < expect->n_fields && expect->fields[i])
			text = check_target(host, &field, expect->fields[i], &one);
		else
			text = mem_strdup(num_format(actual->nums[i], digits));
		if (!text)
			return NULL;
		strbuf_printf(&out, "%s%s", i ? " " : "", text);
	}
	return strbuf_take(&out);
}

char *check_target(const struct host *host, const struct resolve_key *key,
		   const struct expect *expect, const struct value *actual)
{
	_cleanup_(sysctl_wanted_freep) struct sysctl_wanted *wanted = NULL;
	_cleanup_(value_freep) struct value *set = NULL;
	char digits[NUM_TEXT_SIZE];
	struct err err;
	bool holds;

	if (!targets[expect->op] || check_resolve(host, key, expect, &wanted, &err) < 0)
		return NULL;
	if (key->kind == VALUE_INTEGER && sysctl_compare(actual, wanted, &holds, &err) == 0 &&
	    holds)
		return mem_strdup(num_format(actual->nums[0], digits));
	if (expect->n_set) {
		if (check_resolve_value(host, key, expect->set, expect->n_set, &set, &err) < 0)
			return NULL;
		return mem_strdup(set->text);
	}
	return targets[expect->op](host, key, expect, wanted, actual);
}
