/* tests/unit/profile/test_config.c - fettle.yaml. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "profile/config.h"
#include "tests/unit/profile/fixture.h"

static char *result_of(const char *file)
{
	_cleanup_(config_freep) struct config *c = NULL;
	struct err err = {0};
	char text[2048];

	if (config_load(file, &c, &err) < 0)
		return mem_strdup(err_format(&err, text, sizeof(text)));
	return mem_printf("%s %s %s %u %u %u", c->profile, c->user, c->group, c->max_connections,
			  c->max_connections_per_user, c->idle_timeout_s);
}

static void the_token_of_probes(void **state)
{
	_cleanup_(config_freep) struct config *none = NULL, *one = NULL;
	struct err err;

	(void)state;
	fixture_write("f.yaml", "profile: web\n");
	assert_int_equal(config_load("f.yaml", &none, &err), 0);
	assert_null(none->probe_token_file);
	fixture_write("f.yaml", "probe-token-file: /etc/fettle/probe.token\n");
	assert_int_equal(config_load("f.yaml", &one, &err), 0);
	assert_string_equal(one->probe_token_file, "/etc/fettle/probe.token");
}

static void files(void **state)
{
	static const struct {
		const char *text, *result;
	} cases[] = {
		{"", "base fettle fettle 2048 256 60"},
		{"# profile: web\n", "base fettle fettle 2048 256 60"},
		{"profile: web\nuser: _f\ngroup: net-ops\nmax-connections: 10\n"
		 "max-connections-per-user: 5\nidle-timeout: 2min\n",
		 "web _f net-ops 10 5 120"},
		{"max-connections: 10\n", "base fettle fettle 10 10 60"},
		{"profile: ../web\n",
		 "f.yaml:1:10: profile: expected the name of an installed profile, found '../web'"},
		{"profil: web\n",
		 "f.yaml:1:1: unknown key 'profil' in the configuration, did you mean 'profile'?"},
		{"user: 0day\n",
		 "f.yaml:1:7: user: expected the name of an account: up to 32 of a-z, 0-9, '_' and "
		 "'-', starting with a letter or '_', found '0day'"},
		{"probe-token-file: token\n", "f.yaml:1:19: probe-token-file: expected the path of "
					      "a file, from /, found 'token'"},
		{"max-connections: 0\n",
		 "f.yaml:1:18: max-connections: expected a number from 1 to 65535, found '0'"},
		{"max-connections: -1\n",
		 "f.yaml:1:18: max-connections: expected a number from 1 to 65535, found '-1'"},
		{"max-connections: 1KiB\n",
		 "f.yaml:1:18: max-connections: expected a number from 1 to 65535, found '1KiB'"},
		{"max-connections: 5\nmax-connections-per-user: 6\n",
		 "f.yaml:1:1: max-connections-per-user, 6, is above max-connections, 5"},
		{"idle-timeout: 60\n",
		 "f.yaml:1:15: idle-timeout: expected whole seconds from 1s to 1d, "
		 "such as 60s or 5min, found '60'"},
		{"idle-timeout: 500ms\n",
		 "f.yaml:1:15: idle-timeout: expected whole seconds from 1s to 1d, such as 60s or "
		 "5min, found '500ms'"},
		{"idle-timeout: 2d\n",
		 "f.yaml:1:15: idle-timeout: expected whole seconds from 1s to 1d, "
		 "such as 60s or 5min, found '2d'"},
		{"idle-timeout: 60sec\n",
		 "f.yaml:1:15: idle-timeout: unknown unit 'sec' in '60sec', did you mean '60s'?"},
		{"- a\n", "f.yaml:1:1: expected the configuration (a mapping), found a list"},
		{"a:\n\tb: 1\n", "f.yaml:2:1: a tab cannot indent YAML: use spaces"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *result = NULL;

		fixture_write("f.yaml", cases[i].text);
		result = result_of("f.yaml");
		assert_string_equal(result, cases[i].result);
	}
}

static void a_missing_file_is_an_error_when_asked_for(void **state)
{
	_cleanup_free_ char *result = result_of("none.yaml");

	(void)state;
	assert_string_equal(result, "cannot open none.yaml: No such file or directory");
}

static void no_default_file_is_no_error(void **state)
{
	_cleanup_free_ char *result = NULL;

	(void)state;
	if (access(config_default_file, F_OK) == 0)
		skip();
	result = result_of(config_default_file);
	assert_string_equal(result, "base fettle fettle 2048 256 60");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(the_token_of_probes),
		cmocka_unit_test(a_missing_file_is_an_error_when_asked_for),
		cmocka_unit_test(no_default_file_is_no_error),
	};

	return cmocka_run_group_tests(tests, fixture_enter, fixture_leave);
}
