/* tests/unit/man/test_weave.c - templates: what is filled in, and what is refused. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "man/weave.h"
#include "tests/unit/tree.h"

/* What weave_page() returns for a template; the page, or the error's text, in `*text`. */
static int weave(const struct tree *tree, const char *template, char **text)
{
	_cleanup_free_ char *path = tree_path(tree, "page.1.in");
	_cleanup_free_ char *other = tree_path(tree, "fettle-other.1.in");
	char *others[] = {other, path};
	const struct weave weave = {tree->path, path, others, ARRAY_SIZE(others)};
	_cleanup_free_ char *page = NULL;
	struct err err = {0};
	size_t size;
	FILE *out = open_memstream(&page, &size);
	int r;

	assert_non_null(out);
	tree_put(tree, "page.1.in", template);
	r = weave_page(&weave, out, &err);
	assert_int_equal(fclose(out), 0);
	*text = r < 0 ? mem_strdup(err.text) : TAKE_PTR(page);
	return r;
}

static struct tree *new_tree(void)
{
	struct tree *tree = tree_new();

	tree_put(tree, "fettle-other.1.in", "x\n.@options audit, sockets\n.@command profile list");
	tree_put(tree, "doc/a.md", "# A\n\nIn /etc/fettle, `x`.\n");
	return tree;
}

static void other_lines_stay(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = new_tree();
	_cleanup_free_ char *page = NULL;

	(void)state;
	assert_int_equal(weave(tree, ".SH X\n.\\\" .@no\n@no /run/fettle\n\n.EE\nend", &page), 0);
	assert_string_equal(page, ".SH X\n.\\\" .@no\n@no " FETTLE_RUNDIR "\n\n.EE\n.nh\nend");
}

static void lines_are_filled_in(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = new_tree();
	_cleanup_free_ char *synopsis = NULL, *document = NULL, *exits = NULL;

	(void)state;
	assert_int_equal(weave(tree, ".@synopsis plan, profile list", &synopsis), 0);
	assert_string_equal(synopsis,
			    "\\fBfettle\\fR \\fBplan\\fR [\\fIOPTION\\fR...] \\fIPROFILE\\fR\n.br\n"
			    "\\fBfettle\\fR \\fBprofile list\\fR [\\fIOPTION\\fR...]\n");
	assert_int_equal(weave(tree, "a\n.@markdown doc/a.md\nb\n", &document), 0);
	assert_string_equal(document, "a\nIn " FETTLE_SYSCONFDIR ", \\fBx\\fR.\nb\n");
	assert_int_equal(weave(tree, ".@exits\n", &exits), 0);
	assert_ptr_equal(strstr(exits, ".TP\n0\nfine\n.TP\n1\n"), exits);
}

/* A command that no page describes is described where all are listed. */
static void commands_say_where_they_are(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = new_tree();
	_cleanup_free_ char *page = NULL;
	const char *audit, *plan;

	(void)state;
	assert_int_equal(weave(tree, ".@commands\n", &page), 0);
	audit = strstr(page, "\\fBaudit\\fR");
	plan = strstr(page, "\\fBplan\\fR");
	assert_non_null(audit);
	assert_non_null(plan);
	assert_ptr_equal(strstr(strstr(audit, ".br"), ".br\nSee\n.BR fettle-other (1).\n"),
			 strstr(audit, ".br"));
	assert_ptr_equal(strstr(strstr(plan, ".RS"), ".RS\n"), strstr(plan, ".RS"));
	assert_null(strstr(page, "guard"));
}

static void what_is_not_understood_is_refused(void **state)
{
	static const struct {
		const char *template, *error;
	} cases[] = {
		{".@nonesuch\n", "not understood: .@nonesuch"},
		{".@options nonesuch\n", "there is no command 'nonesuch'"},
		{".@options audit, guard", "there is no command 'guard'"},
		{".@findings audit\n", "not understood: .@findings audit"},
		{".@synopsis\n", "not understood: .@synopsis"},
		{".@ \n", "not understood: .@ "},
	};
	_cleanup_(tree_freep) struct tree *tree = new_tree();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = NULL;

		assert_int_equal(weave(tree, cases[i].template, &text), -EINVAL);
		assert_string_equal(text, cases[i].error);
	}
}

static void a_document_must_be_there(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = new_tree();
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(weave(tree, ".@markdown doc/b.md\n", &text), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_lines_stay),
		cmocka_unit_test(lines_are_filled_in),
		cmocka_unit_test(commands_say_where_they_are),
		cmocka_unit_test(what_is_not_understood_is_refused),
		cmocka_unit_test(a_document_must_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
