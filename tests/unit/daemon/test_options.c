/* tests/unit/daemon/test_options.c - the command line, understood or refused. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "daemon/options.h"
#include "profile/config.h"
#include "profile/search.h"

enum {
	MOST = 8
};

static int parse(const char *const *words, struct options *out, enum options_action *action,
		 struct err *err)
{
	char *argv[MOST + 2] = {(char *)"fettled"};
	int argc = 1;

	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	return options_parse(argc, argv, out, action, err);
}

static void defaults(void **state)
{
	static const char *const none[] = {NULL};
	enum options_action action;
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(parse(none, &options, &action, &err), 0);
	assert_int_equal(action, OPTIONS_RUN);
	assert_string_equal(options.socket_path, FETTLE_RUNDIR "/fettle.sock");
	assert_string_equal(options.config_file, config_default_file);
	assert_string_equal(options.profile_path, profile_default_path);
	assert_string_equal(options.sysctl_root, "/proc/sys");
	assert_string_equal(options.probe, FETTLE_LIBEXECDIR "/fettle-probe");
	assert_null(options.user);
	assert_int_equal(options.log_level, LOG_LEVEL_INFO);
}

static void all_of_them(void **state)
{
	static const char *const words[] = {"--socket=/s",
					    "--config",
					    "/c",
					    "--profile-path",
					    "/p:/q",
					    "--user=u",
					    "--log-level=debug",
					    "--sysctl-root=/r",
					    "--probe=/x",
					    NULL};
	enum options_action action;
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(parse(words, &options, &action, &err), 0);
	assert_int_equal(action, OPTIONS_RUN);
	assert_string_equal(options.socket_path, "/s");
	assert_string_equal(options.config_file, "/c");
	assert_string_equal(options.profile_path, "/p:/q");
	assert_string_equal(options.sysctl_root, "/r");
	assert_string_equal(options.probe, "/x");
	assert_string_equal(options.user, "u");
	assert_int_equal(options.log_level, LOG_LEVEL_DEBUG);
}

static void how_jobs_are_done(void **state)
{
	static const char *const elsewhere[] = {"--job-sockets", "/j", NULL};
	static const char *const here[] = {"--job", "--sysctl-root=/r", NULL};
	enum options_action action;
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(parse(elsewhere, &options, &action, &err), 0);
	assert_string_equal(options.job_sockets, "/j");
	assert_false(options.job);
	assert_int_equal(parse(here, &options, &action, &err), 0);
	assert_int_equal(action, OPTIONS_RUN);
	assert_null(options.job_sockets);
	assert_true(options.job);
	assert_string_equal(options.sysctl_root, "/r");
}

static void help_and_version(void **state)
{
	static const char *const help[] = {"--user=u", "--help", "--nonsense", NULL};
	static const char *const version[] = {"--version", NULL};
	enum options_action action;
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(parse(help, &options, &action, &err), 0);
	assert_int_equal(action, OPTIONS_HELP);
	assert_int_equal(parse(version, &options, &action, &err), 0);
	assert_int_equal(action, OPTIONS_VERSION);
}

/* But for a path that is wider by itself. */
static void help_fits(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	options_help(out);
	assert_int_equal(fclose(out), 0);
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
		if (strlen(line) > 80 && strchr(line + strspn(line, " "), ' '))
			fail_msg("%zu columns: %s", strlen(line), line);
}

static void refused(void **state)
{
	static const struct {
		const char *words[3], *text;
	} cases[] = {
		{{"--sokcet", "/s"}, "--sokcet: not an option, did you mean 'socket'?"},
		{{"--sokcet=/s"}, "--sokcet: not an option, did you mean 'socket'?"},
		{{"--zzzzzzzz"}, "--zzzzzzzz: not an option"},
		{{"--socket"}, "--socket: needs an argument"},
		{{"--socket="}, "--socket: is empty"},
		{{"--user", ""}, "--user: is empty"},
		{{"--help=1"}, "--help: takes no argument"},
		{{"--job=1"}, "--job: takes no argument"},
		{{"--job-sockets="}, "--job-sockets: is empty"},
		{{"-x"}, "-x: not an option"},
		{{"-x", "-y"}, "-x: not an option"},
		{{"word"}, "word: fettled takes options only"},
		{{"--", "word"}, "word: fettled takes options only"},
		{{"--log-level=inof"},
		 "--log-level inof: expected error, warning, notice, info or debug, did you mean "
		 "'info'?"},
		{{"--log-level="}, "--log-level : expected error, warning, notice, info or debug"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct options options = {.user = "untouched"};
		enum options_action action;
		struct err err;

		assert_int_equal(parse(cases[i].words, &options, &action, &err), -EINVAL);
		assert_string_equal(err.text, cases[i].text);
		assert_string_equal(options.user, "untouched");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),          cmocka_unit_test(all_of_them),
		cmocka_unit_test(how_jobs_are_done), cmocka_unit_test(help_and_version),
		cmocka_unit_test(help_fits),         cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
