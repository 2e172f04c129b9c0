/* tests/unit/daemon/test_settings.c - from the engine to the front and back. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "daemon/settings.h"
#include "tests/unit/tree.h"

static const struct options options = {.profile_path = "/a:/b"};

static void made_from_the_configuration(void **state)
{
	struct config config = {.profile = (char *)"web",
				.group = (char *)"root",
				.max_connections = 7,
				.max_connections_per_user = 3,
				.idle_timeout_s = 9};
	struct settings settings, again;
	struct err err;
	json_t *json;

	(void)state;
	settings_make(&config, &options, &settings);
	json = settings_to_json(&settings);
	assert_int_equal(settings_from_json(json, &again, &err), 0);
	assert_string_equal(again.active_profile, "web");
	assert_string_equal(again.profile_path, "/a:/b");
	assert_string_equal(again.group, "root");
	assert_true(again.group_exists);
	assert_int_equal(again.gid, 0);
	assert_int_equal(again.max_connections, 7);
	assert_int_equal(again.max_connections_per_user, 3);
	assert_int_equal(again.idle_timeout_s, 9);
	json_decref(json);
	settings_fini(&settings);
	settings_fini(&again);
	config.group = (char *)"no_such_group";
	settings_make(&config, &options, &settings);
	assert_false(settings.group_exists);
	settings_fini(&settings);
}

static void no_more_connections_than_files(void **state)
{
	struct config config = {
		.profile = (char *)"web", .group = (char *)"root", .max_connections = 60000};
	struct settings settings;
	struct rlimit before, few;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){.rlim_cur = 100, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	settings_make(&config, &options, &settings);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(settings.max_connections, 68);
	settings_fini(&settings);
}

static void incomplete(void **state)
{
	struct settings settings;
	struct err err;
	json_t *json;

	(void)state;
	json = json_pack("{s:s}", "active_profile", "web");
	assert_int_equal(settings_from_json(json, &settings, &err), -EPROTO);
	assert_non_null(strstr(err.text, "profile_path"));
	json_decref(json);
	assert_int_equal(settings_from_json(NULL, &settings, &err), -EPROTO);
}

/* Options are bytes; what goes over the wire is text. */
static void a_path_that_is_not_utf8(void **state)
{
	const struct options odd = {.profile_path = "/a\xff:/b"};
	struct config config = {.profile = (char *)"web", .group = (char *)"root"};
	struct settings settings, again;
	struct err err;
	json_t *json;

	(void)state;
	settings_make(&config, &odd, &settings);
	json = settings_to_json(&settings);
	assert_int_equal(settings_from_json(json, &again, &err), 0);
	assert_string_equal(settings.profile_path, "/a\xff:/b");
	assert_string_equal(again.profile_path, "/a\\xff:/b");
	json_decref(json);
	settings_fini(&settings);
	settings_fini(&again);
}

static void the_active_profile(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	const struct options here = {.profile_path = tree->path};
	struct config config = {.profile = (char *)"good"};
	_cleanup_free_ char *broken = tree_path(tree, "broken.yaml");
	struct err err;

	(void)state;
	tree_put(tree, "good.yaml", "schema: 1\nname: good\nsummary: s\nsettings: {kernel.x: 1}\n");
	tree_put(tree, "broken.yaml", "schema: 1\nname: broken\nsetings: {}\n");
	assert_int_equal(settings_check_profile(&config, &here, &err), 0);
	config.profile = (char *)"broken";
	assert_int_equal(settings_check_profile(&config, &here, &err), -EBADMSG);
	assert_string_equal(err.file, broken);
	assert_int_equal(err.line, 3);
	config.profile = (char *)"god";
	assert_int_equal(settings_check_profile(&config, &here, &err), -ENOENT);
	assert_string_equal(err.file, "");
	assert_non_null(strstr(err.text, "the active profile: no profile 'god' in "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_from_the_configuration),
		cmocka_unit_test(no_more_connections_than_files),
		cmocka_unit_test(incomplete),
		cmocka_unit_test(a_path_that_is_not_utf8),
		cmocka_unit_test(the_active_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
