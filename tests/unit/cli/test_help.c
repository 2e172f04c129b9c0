/* tests/unit/cli/test_help.c - --help of every command: no line wider than a terminal. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "cli/help.h"
#include "probes/path_state.h"
#include "probes/protocol.h"
#include "render/term.h"

/* What is printed for `width` (0: no terminal); the caller's. */
static char *help_text(const struct cli_command *command, const char *group, size_t width)
{
	_cleanup_free_ char *words = mem_strdup(group);
	struct cli cli = {.command = command, .group = words, .render = {.width = (unsigned)width}};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	help_print(&cli, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* The widest line; none may be wider than `width`. */
static size_t widest_line(const struct cli_command *command, const char *group, size_t width)
{
	_cleanup_free_ char *text = help_text(command, group, width);
	size_t widest = 0;

	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		if (term_width(line) > (width ? width : 80))
			fail_msg("%zu columns: %s", term_width(line), line);
		if (term_width(line) > widest)
			widest = term_width(line);
	}
	return widest;
}

static void every_help_fits(void **state)
{
	static const char *const groups[] = {"", "probe", "profile"};

	(void)state;
	for (const struct cli_command *command = cli_commands; command->name; command++) {
		assert_in_range(widest_line(command, command->name, 0), 60, 80);
		widest_line(command, command->name, 66);
	}
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		assert_in_range(widest_line(NULL, groups[i], 0), 60, 80);
		widest_line(NULL, groups[i], 66);
	}
}

/* One that has not enough breaks lines itself. */
static void a_narrow_terminal_gets_the_least(void **state)
{
	_cleanup_free_ char *narrow = help_text(NULL, "", 40), *least = help_text(NULL, "", 66);

	(void)state;
	assert_string_equal(narrow, least);
}

/* Room that a terminal has is used. */
static void a_wide_terminal_is_used(void **state)
{
	(void)state;
	assert_in_range(widest_line(NULL, "", 120), 81, 120);
}

/* The ports that the probes take where none is named. */
static void default_ports_are_said(void **state)
{
	static const struct {
		const char *command;
		unsigned port;
	} cases[] = {
		{"probe bdp", PROTOCOL_PORT},
		{"probe path", PATH_PORT},
		{"reflect", PROTOCOL_PORT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *port = mem_printf("port %u unless", cases[i].port);
		_cleanup_free_ char *text = NULL;
		const struct cli_command *command = cli_commands;

		while (strcmp(command->name, cases[i].command) != 0)
			command++;
		text = help_text(command, "", 1000);
		if (!strstr(text, port))
			fail_msg("no '%s' in %s", port, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_help_fits),
		cmocka_unit_test(a_narrow_terminal_gets_the_least),
		cmocka_unit_test(a_wide_terminal_is_used),
		cmocka_unit_test(default_ports_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
