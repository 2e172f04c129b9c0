/* tests/unit/model/test_expect.c - every operator in words. */
#include "tests/unit/unit.h"

#include <stdbool.h>

#include "model/expect.h"

static char one[] = "1", two[] = "64MiB", bbr[] = "bbr";

static void described_for_people(void **state)
{
	static struct quantity args[] = {{.text = one}, {.text = two}, {.text = bbr}};
	static struct expect at_most = {.op = EXPECT_AT_MOST, .args = args, .n_args = 1};
	static struct expect at_least = {.op = EXPECT_AT_LEAST, .args = args + 1, .n_args = 1};
	static struct expect *fields[] = {NULL, &at_most, &at_least};
	static const struct {
		struct expect expect;
		const char *text;
	} cases[] = {
		{{.op = EXPECT_EQUALS, .args = args, .n_args = 1}, "1"},
		{{.op = EXPECT_EQUALS, .args = args, .n_args = 3}, "1 64MiB bbr"},
		{{.op = EXPECT_AT_LEAST, .args = args + 1, .n_args = 1}, ">= 64MiB"},
		{{.op = EXPECT_AT_MOST, .args = args + 1, .n_args = 1}, "<= 64MiB"},
		{{.op = EXPECT_BETWEEN, .args = args, .n_args = 2}, "1 to 64MiB"},
		{{.op = EXPECT_ONE_OF, .args = args, .n_args = 3}, "one of 1, 64MiB, bbr"},
		{{.op = EXPECT_INCLUDES, .args = args + 2, .n_args = 1}, "includes bbr"},
		{{.op = EXPECT_EXCLUDES, .args = args, .n_args = 2}, "excludes 1, 64MiB"},
		{{.op = EXPECT_FIRST_AVAILABLE, .args = args + 1, .n_args = 2},
		 "first available of 64MiB, bbr"},
		{{.op = EXPECT_ABSENT}, "absent"},
		{{.op = EXPECT_FIELDS, .fields = fields, .n_fields = 3}, "- / <= 1 / >= 64MiB"},
	};
	bool seen[EXPECT_OPS] = {false};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = expect_describe(&cases[i].expect);

		assert_string_equal(text, cases[i].text);
		seen[cases[i].expect.op] = true;
	}
	for (int op = 0; op < EXPECT_OPS; op++) {
		assert_true(seen[op]);
		assert_non_null(expect_op_name((enum expect_op)op));
	}
}

static void freed_with_all_it_holds(void **state)
{
	struct expect *inner = mem_alloc(sizeof(*inner));
	_cleanup_(expect_freep) struct expect *outer = mem_alloc(sizeof(*outer));

	(void)state;
	MEM_APPEND(inner->args, inner->n_args)->text = mem_strdup("1");
	MEM_APPEND(inner->set, inner->n_set)->text = mem_strdup("2");
	outer->op = EXPECT_FIELDS;
	*MEM_APPEND(outer->fields, outer->n_fields) = NULL;
	*MEM_APPEND(outer->fields, outer->n_fields) = inner;
	expect_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(described_for_people),
		cmocka_unit_test(freed_with_all_it_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
