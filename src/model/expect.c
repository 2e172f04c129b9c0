/* model/expect.c - see expect.h. */
#include "model/expect.h"

#include "base/str.h"

/* How each operator is spelled in a profile and shown in a report. */
static const struct {
	const char *name, *shown, *between;
} ops[EXPECT_OPS] = {
	[EXPECT_EQUALS] = {"equals", "", " "},
	[EXPECT_AT_LEAST] = {"at-least", ">= ", " "},
	[EXPECT_AT_MOST] = {"at-most", "<= ", " "},
	[EXPECT_BETWEEN] = {"between", "", " to "},
	[EXPECT_ONE_OF] = {"one-of", "one of ", ", "},
	[EXPECT_INCLUDES] = {"includes", "includes ", ", "},
	[EXPECT_EXCLUDES] = {"excludes", "excludes ", ", "},
	[EXPECT_FIRST_AVAILABLE] = {"first-available", "first available of ", ", "},
	[EXPECT_ABSENT] = {"absent", "absent", ""},
	[EXPECT_FIELDS] = {"fields", "", ""},
};

const char *expect_op_name(enum expect_op op)
{
	return ops[op].name;
}

static void describe(const struct expect *expect, struct strbuf *out)
{
	strbuf_puts(out, ops[expect->op].shown);
	for (size_t i = 0; i < expect->n_args; i++) {
		if (i)
			strbuf_puts(out, ops[expect->op].between);
		strbuf_puts(out, expect->args[i].text);
	}
	for (size_t i = 0; i < expect->n_fields; i++) {
		if (i)
			strbuf_puts(out, " / ");
		if (expect->fields[i])
			describe(expect->fields[i], out);
		else
			strbuf_puts(out, "-");
	}
}

char *expect_describe(const struct expect *expect)
{
	struct strbuf out = {0};

	describe(expect, &out);
	return strbuf_take(&out);
}

void quantity_fini(struct quantity *quantity)
{
	free(quantity->text);
	*quantity = (struct quantity){0};
}

static void free_quantities(struct quantity *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		quantity_fini(&list[i]);
	free(list);
}

void expect_free(struct expect *expect)
{
	if (!expect)
		return;
	free_quantities(expect->args, expect->n_args);
	free_quantities(expect->set, expect->n_set);
	for (size_t i = 0; i < expect->n_fields; i++)
		expect_free(expect->fields[i]);
	free(expect->fields);
	free(expect);
}
