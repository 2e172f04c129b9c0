/* tests/unit/man/test_markdown.c - what becomes of a document, and of each byte that roff minds. */
#include "tests/unit/unit.h"

#include "base/mem.h"
#include "man/markdown.h"
#include "man/roff.h"

static char *write_text(void (*write)(FILE *out, const char *text), const char *text)
{
	char *out = NULL;
	size_t size;
	FILE *file = open_memstream(&out, &size);

	assert_non_null(file);
	write(file, text);
	assert_int_equal(fclose(file), 0);
	return out;
}

static void expect(void (*write)(FILE *out, const char *text), const char *text, const char *wanted)
{
	_cleanup_free_ char *got = write_text(write, text);

	assert_string_equal(got, wanted);
}

static void prose_has_no_request_in_it(void **state)
{
	(void)state;
	expect(roff_prose, ".so /etc/passwd", "\\&.so /etc/passwd\n");
	expect(roff_prose, "'br", "\\&\\(aqbr\n");
	expect(roff_prose, "a \\*(x \"q\" ^ ~ `", "a \\e*(x \\(dqq\\(dq \\(ha \\(ti \\(ga\n");
	expect(roff_prose, "`.TH -x`", "\\fB.TH \\-x\\fR\n");
	expect(roff_prose, "", "\n");
}

static void prose_knows_dashes_and_marks(void **state)
{
	(void)state;
	expect(roff_prose, "read-only, with --help, or -1 (-2)",
	       "read-only, with \\-\\-help, or \\-1 (\\-2)\n");
	expect(roff_prose, "a - b -", "a \\(en b -\n");
	expect(roff_prose, "**bold** and ** not", "\\fBbold\\fR and ** not\n");
	expect(roff_prose, "see [doc/boot.md](boot.md), not [a b](c) or [d]",
	       "see doc/boot.md, not [a b](c) or [d]\n");
}

static void examples_stay_as_they_are(void **state)
{
	(void)state;
	expect(roff_example, "a: '-b'\n\n.c", ".EX\na: \\(aq\\-b\\(aq\n\n\\&.c\n.EE\n.nh\n");
}

static void blocks(void **state)
{
	(void)state;
	expect(markdown_write, "# Title\n\nOne\ntwo.\n\n## Head\n\nThree.\n\nFour.\n",
	       "One two.\n.SS \"Head\"\nThree.\n.PP\nFour.\n");
	expect(markdown_write, "Text:\n\n- one\n  more\n- two\n\nEnd.",
	       "Text:\n.IP \\(bu 2\none more\n.IP \\(bu 2\ntwo\n.PP\nEnd.\n");
	expect(markdown_write, "Text:\n\n```yaml\na: 1\n\n# no title\n```\n",
	       "Text:\n.PP\n.RS 4\n.EX\na: 1\n\n# no title\n.EE\n.nh\n.RE\n");
}

static void tables(void **state)
{
	(void)state;
	expect(markdown_write, "| a | b |\n|---|---|\n| `x|y` | z  |\n|  | w |\n\nEnd.",
	       ".TP\n\\fBx|y\\fR\nz\n.TP\n\nw\n.PP\nEnd.\n");
	expect(markdown_write, "| a | b | c |\n|---|---|---|\n| x | y | z |\n| x | | z |\n",
	       ".TP\nx\nb: y\n.br\nc: z\n.TP\nx\n.br\nc: z\n");
	expect(markdown_write, "|\n", "");
}

static void places_are_those_of_the_build(void **state)
{
	_cleanup_free_ char *here =
		roff_places("/etc/fettle/x, DIR/etc/fettle, (/run/fettle) /etc");

	(void)state;
	assert_string_equal(here, FETTLE_SYSCONFDIR "/x, DIR/etc/fettle, (" FETTLE_RUNDIR ") /etc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prose_has_no_request_in_it),
		cmocka_unit_test(prose_knows_dashes_and_marks),
		cmocka_unit_test(examples_stay_as_they_are),
		cmocka_unit_test(blocks),
		cmocka_unit_test(tables),
		cmocka_unit_test(places_are_those_of_the_build),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
