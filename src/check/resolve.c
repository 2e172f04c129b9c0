/* check/resolve.c - see resolve.h. */
#include "check/resolve.h"

#include "base/str.h"
#include "check/offer.h"
#include "check/quantity.h"
#include "sysctl/normalise.h"
#include "sysctl/read.h"

/* A field is an integer of the same key and unit. */
static struct resolve_key field_of(const struct resolve_key *key)
{
	struct resolve_key field = *key;

	field.kind = VALUE_INTEGER;
	return field;
}

/* The key as an operator's operand number `i` is resolved for it. */
static struct resolve_key operand_of(const struct resolve_key *key, enum expect_op op, size_t i)
{
	struct resolve_key operand = *key;
	bool least = op == EXPECT_AT_LEAST || (op == EXPECT_BETWEEN && i == 0);
	bool most = op == EXPECT_AT_MOST || (op == EXPECT_BETWEEN && i > 0);

	operand.rounding = least ? ROUND_UP : most ? ROUND_DOWN : ROUND_AS_IT_IS;
	return operand;
}

/* One operand as text that the kind's parser reads. */
static int add_operand(const struct host *host, const struct resolve_key *key,
		       const struct quantity *arg, struct strbuf *out, struct err *err)
{
	bool numeric = key->kind == VALUE_INTEGER || key->kind == VALUE_VECTOR;
	_cleanup_free_ char *text = NULL;
	char digits[NUM_TEXT_SIZE];
	struct num number;
	int r;

	if (numeric && arg->kind != QUANTITY_TEXT) {
		r = check_quantity(host, key, arg, &number, err);
		if (r == 0)
			strbuf_puts(out, num_format(number, digits));
		return r;
	}
	if (arg->kind != QUANTITY_SYSCTL) {
		strbuf_puts(out, arg->text);
		return 0;
	}
	r = sysctl_read(host->root, arg->text, &text, err);
	if (r == 0)
		strbuf_puts(out, text);
	return r;
}

int check_resolve_value(const struct host *host, const struct resolve_key *key,
			const struct quantity *args, size_t count, struct value **out,
			struct err *err)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	strbuf_puts(&text, "");
	for (size_t i = 0; i < count; i++) {
		int r;

		if (i)
			strbuf_puts(&text, key->kind == VALUE_RANGES ? "," : " ");
		r = add_operand(host, key, &args[i], &text, err);
		if (r < 0)
			return r;
	}
	return sysctl_value_parse(key->kind, text.text, out, err);
}

static int resolve_fields(const struct host *host, const struct resolve_key *key,
			  const struct expect *expect, struct sysctl_wanted *wanted,
			  struct err *err)
{
	struct resolve_key field = field_of(key);

	wanted->fields = mem_alloc_array(expect->n_fields, sizeof(struct sysctl_wanted *));
	wanted->n_fields = expect->n_fields;
	for (size_t i = 0; i < expect->n_fields; i++) {
		int r;

		if (!expect->fields[i])
			continue;
		r = check_resolve(host, &field, expect->fields[i], &wanted->fields[i], err);
		if (r < 0)
			return err_prefix(err, "field %zu: ", i + 1);
	}
	return 0;
}

/* One value for each operand; those of equals are together one, which may be empty. */
static int resolve_args(const struct host *host, const struct resolve_key *key,
			const struct expect *expect, struct sysctl_wanted *wanted, struct err *err)
{
	bool whole = expect->op == EXPECT_EQUALS;
	size_t step = whole ? expect->n_args : 1, values = whole ? 1 : expect->n_args;

	for (size_t i = 0; i < values; i++) {
		struct resolve_key operand = operand_of(key, expect->op, i);
		int r = check_resolve_value(host, &operand, expect->args + i * step, step,
					    MEM_APPEND(wanted->args, wanted->n_args), err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int resolve_first(const struct host *host, const struct resolve_key *key,
			 const struct expect *expect, struct sysctl_wanted *wanted, struct err *err)
{
	const struct quantity *chosen = NULL;
	int r = check_first_offered(host, key->name, key->known, expect, &chosen, err);

	return r < 0 ? r
		     : check_resolve_value(host, key, chosen, 1,
					   MEM_APPEND(wanted->args, wanted->n_args), err);
}

int check_resolve(const struct host *host, const struct resolve_key *key,
		  const struct expect *expect, struct sysctl_wanted **out, struct err *err)
{
	_cleanup_(sysctl_wanted_freep) struct sysctl_wanted *wanted = mem_alloc(sizeof(*wanted));
	int r;

	wanted->op = expect->op;
	if (expect->op == EXPECT_FIELDS) {
		r = resolve_fields(host, key, expect, wanted, err);
	} else if (expect->op == EXPECT_FIRST_AVAILABLE) {
		wanted->op = EXPECT_EQUALS;
		r = resolve_first(host, key, expect, wanted, err);
	} else {
		r = resolve_args(host, key, expect, wanted, err);
	}
	if (r < 0)
		return r;
	*out = TAKE_PTR(wanted);
	return 0;
}
