/* tests/unit/daemon/test_job.c - what the front may ask of the engine, and what it gets. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "daemon/job.h"
#include "rpc/netns.h"
#include "tests/unit/tree.h"

#define _cleanup_tree_ _cleanup_(tree_freep)

static void only_what_is_asked_that_way(void **state)
{
	static const struct {
		const char *text;
		int result;
		json_int_t id;
	} cases[] = {
		{"{\"id\":1,\"op\":\"audit\"}", 0, 1},
		{"{\"id\":2,\"op\":\"audit\",\"profile\":\"web\"}", 0, 2},
		{"{\"id\":3,\"op\":\"list\"}", 0, 3},
		{"{\"id\":4,\"op\":\"show\",\"profile\":\"web\",\"new\":1}", 0, 4},
		{"{\"id\":5,\"op\":\"show\"}", -EINVAL, 5},
		{"{\"id\":6,\"op\":\"list\",\"profile\":\"web\"}", -EINVAL, 6},
		{"{\"id\":7,\"op\":\"audit\",\"profile\":7}", -EINVAL, 7},
		{"{\"id\":8,\"op\":\"audit\",\"profile\":null}", -EINVAL, 8},
		{"{\"id\":9,\"op\":\"recover\"}", -EINVAL, 9}, /* the engine's own */
		{"{\"id\":10}", -EINVAL, 10},
		{"{\"id\":11,\"op\":\"apply\",\"profile\":\"web\",\"confirm_within_s\":60,"
		 "\"persist\":true,\"uid\":0,\"pid\":1}",
		 0, 11},
		{"{\"id\":12,\"op\":\"apply\",\"uid\":0}", -EINVAL, 12},
		{"{\"id\":13,\"op\":\"apply\",\"profile\":\"web\",\"confirm_within_s\":86401}",
		 -EINVAL, 13},
		{"{\"id\":14,\"op\":\"apply\",\"profile\":\"web\",\"confirm_within_s\":-1}",
		 -EINVAL, 14},
		{"{\"id\":15,\"op\":\"apply\",\"profile\":\"web\",\"persist\":1}", -EINVAL, 15},
		{"{\"id\":16,\"op\":\"apply\",\"profile\":\"web\",\"transaction\":1}", -EINVAL, 16},
		{"{\"id\":17,\"op\":\"rollback\",\"transaction\":7,\"uid\":0,\"pid\":1}", 0, 17},
		{"{\"id\":18,\"op\":\"rollback\",\"transaction\":\"7\"}", -EINVAL, 18},
		{"{\"id\":19,\"op\":\"plan\",\"profile\":\"web\",\"uid\":0}", -EINVAL, 19},
		{"{\"id\":20,\"op\":\"persist\",\"profile\":\"web\",\"persist\":true}", -EINVAL,
		 20},
		{"{\"id\":21,\"op\":\"probe\",\"probe\":\"bdp\",\"path\":\"x\",\"profile\":\"web\","
		 "\"netns\":\"net:[1]\"}",
		 0, 21},
		{"{\"id\":22,\"op\":\"probe\",\"path\":\"x\"}", -EINVAL, 22},
		{"{\"id\":23,\"op\":\"probe\",\"probe\":\"bdp\",\"path\":7}", -EINVAL, 23},
		{"{\"id\":24,\"op\":\"audit\",\"probe\":\"bdp\"}", -EINVAL, 24},
		{"{\"id\":25,\"op\":\"cancel\"}", -EINVAL, 25}, /* no job */
		{"{\"id\":0,\"op\":\"list\"}", -EPROTO, 0},
		{"{\"id\":-1,\"op\":\"list\"}", -EPROTO, 0},
		{"{\"id\":\"1\",\"op\":\"list\"}", -EPROTO, 0},
		{"{\"op\":\"list\"}", -EPROTO, 0},
		{"[]", -EPROTO, 0},
		{"", -EPROTO, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct job job = {0};
		struct err err;
		int r = job_parse(cases[i].text, strlen(cases[i].text), &job, &err);

		if (r != cases[i].result || job.id != cases[i].id)
			fail_msg("%s: %d, id %lld", cases[i].text, r, (long long)job.id);
		job_fini(&job);
	}
}

/* What another process is told to do is what this one was asked for. */
static void a_job_is_passed_on_whole(void **state)
{
	static const struct {
		const char *text, *passed;
	} cases[] = {
		{"{\"id\":1,\"op\":\"audit\"}", "{\"id\":1,\"op\":\"audit\",\"active\":\"base\"}"},
		{"{\"id\":2,\"op\":\"audit\",\"profile\":\"a\\\"b\",\"sample_ms\":0}",
		 "{\"id\":2,\"op\":\"audit\",\"profile\":\"a\\\"b\",\"active\":\"base\","
		 "\"sample_ms\":0}"},
		{"{\"id\":3,\"op\":\"list\"}", "{\"id\":3,\"op\":\"list\"}"},
		{"{\"id\":4,\"op\":\"apply\",\"profile\":\"web\",\"confirm_within_s\":60,"
		 "\"persist\":true,\"uid\":7,\"pid\":0,\"netns\":\"net:[1]\"}",
		 "{\"id\":4,\"op\":\"apply\",\"profile\":\"web\",\"active\":\"base\","
		 "\"netns\":\"net:[1]\",\"confirm_within_s\":60,\"persist\":true,\"uid\":7,\"pid\":"
		 "0}"},
		{"{\"id\":5,\"op\":\"rollback\",\"transaction\":7,\"uid\":0,\"pid\":0}",
		 "{\"id\":5,\"op\":\"rollback\",\"transaction\":7,\"uid\":0,\"pid\":0}"},
		{"{\"id\":6,\"op\":\"unpersist\"}",
		 "{\"id\":6,\"op\":\"unpersist\",\"uid\":4294967295,\"pid\":0}"},
		{"{\"id\":7,\"op\":\"probe\",\"probe\":\"bdp\",\"path\":\"x\"}",
		 "{\"id\":7,\"op\":\"probe\",\"active\":\"base\",\"probe\":\"bdp\",\"path\":"
		 "\"x\"}"},
		{"{\"id\":0,\"op\":\"recover\"}", "{\"id\":0,\"op\":\"recover\"}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *once = NULL, *twice = NULL;
		struct job job;
		struct err err;

		assert_int_equal(job_parse(cases[i].text, strlen(cases[i].text), &job, &err), 0);
		once = job_to_text(&job, "base");
		job_fini(&job);
		assert_string_equal(once, cases[i].passed);
		assert_int_equal(job_parse(once, strlen(once), &job, &err), 0);
		twice = job_to_text(&job, "base");
		job_fini(&job);
		assert_string_equal(once, twice);
	}
}

static void a_recovery_is_passed_on(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct job job, parsed;
	struct err err;

	(void)state;
	job_make_recovery(&job);
	text = job_to_text(&job, "base");
	assert_int_equal(job_parse(text, strlen(text), &parsed, &err), 0);
	assert_int_equal(parsed.id, 0);
	assert_string_equal(job_name(&parsed), "recover");
	assert_true(job_changes(&parsed));
	job_fini(&parsed);
}

/* The two messages of an answer to `request`, the reply into `*reply`. */
static json_t *run(const struct tree *tree, const char *request, json_t **reply)
{
	_cleanup_free_ char *profiles = tree_path(tree, "profiles"), *keys = tree_path(tree, "sys");
	_cleanup_free_ char *state = tree_path(tree, "state"), *root = tree_path(tree, "root");
	struct job_context context = {.active_profile = "active",
				      .profile_path = profiles,
				      .sysctl_root = keys,
				      .state_dir = state,
				      .root = root};
	_cleanup_strbuf_ struct strbuf answer = {0};
	struct job job;
	struct err err;
	json_t *header;
	size_t first;

	assert_int_equal(job_parse(request, strlen(request), &job, &err), 0);
	job_run(&job, &context, &answer);
	job_fini(&job);
	first = strlen(answer.text) + 1;
	assert_int_equal(first + strlen(answer.text + first) + 1, answer.len);
	header = json_loads(answer.text, 0, NULL);
	*reply = json_loads(answer.text + first, 0, NULL);
	assert_non_null(header);
	assert_non_null(*reply);
	return header;
}

static void check_reply(const struct tree *tree, const char *request, const char *wanted)
{
	json_t *reply, *header = run(tree, request, &reply);
	_cleanup_free_ char *text = json_dumps(reply, JSON_COMPACT);

	assert_string_equal(text, wanted);
	assert_null(json_object_get(header, "audit"));
	json_decref(reply);
	json_decref(header);
}

static struct tree *make_tree(void)
{
	struct tree *tree = tree_new();

	tree_put(tree, "sys/net/core/somaxconn", "4096\n");
	tree_put(tree, "profiles/active.yaml",
		 "schema: 1\nname: active\nsummary: s\nsettings:\n"
		 "  net.core.somaxconn: {at-least: 128, why: w, source: x}\n"
		 "  net.core.none: {equals: 1, why: w, source: x}\n");
	tree_put(tree, "profiles/broken.yaml", "schema: 1\nname: broken\nsetings: {}\n");
	return tree;
}

static void an_audit(void **state)
{
	_cleanup_tree_ struct tree *tree = make_tree();
	_cleanup_free_ char *netns = rpc_netns();
	json_t *reply, *header, *verdicts, *report, *parameters;

	(void)state;
	header = run(tree, "{\"id\":5,\"op\":\"audit\"}", &reply);
	assert_int_equal(json_integer_value(json_object_get(header, "id")), 5);
	verdicts = json_object_get(json_object_get(header, "audit"), "verdicts");
	assert_int_equal(json_integer_value(json_object_get(verdicts, "pass")), 1);
	assert_int_equal(json_integer_value(json_object_get(verdicts, "absent")), 1);
	assert_int_equal(json_integer_value(json_object_get(verdicts, "fail")), 0);
	parameters = json_object_get(reply, "parameters");
	assert_int_equal(strncmp(netns, "net:[", 5), 0);
	assert_string_equal(json_string_value(json_object_get(parameters, "netns")), netns);
	report = json_object_get(parameters, "report");
	assert_int_equal(json_array_size(json_object_get(report, "findings")), 2);
	json_decref(reply);
	json_decref(header);
}

static void names_that_lead_nowhere(void **state)
{
	_cleanup_tree_ struct tree *tree = make_tree();
	_cleanup_free_ char *outside = tree_path(tree, "profiles/active.yaml");
	_cleanup_free_ char *request =
		mem_printf("{\"id\":1,\"op\":\"audit\",\"profile\":\"%s\"}", outside);
	_cleanup_free_ char *wanted = mem_printf("{\"error\":\"org.fettle.NoSuchProfile\","
						 "\"parameters\":{\"name\":\"%s\"}}",
						 outside);

	(void)state;
	/* a path is no name, even to a profile that is there */
	check_reply(tree, request, wanted);
	check_reply(tree, "{\"id\":1,\"op\":\"show\",\"profile\":\"../profiles/active\"}",
		    "{\"error\":\"org.fettle.NoSuchProfile\","
		    "\"parameters\":{\"name\":\"../profiles/active\"}}");
	check_reply(tree, "{\"id\":1,\"op\":\"audit\",\"profile\":\"actve\"}",
		    "{\"error\":\"org.fettle.NoSuchProfile\","
		    "\"parameters\":{\"name\":\"actve\",\"nearest\":\"active\"}}");
}

static void a_profile_with_an_error(void **state)
{
	_cleanup_tree_ struct tree *tree = make_tree();
	json_t *reply,
		*header = run(tree, "{\"id\":1,\"op\":\"show\",\"profile\":\"broken\"}", &reply);
	json_t *parameters = json_object_get(reply, "parameters");
	_cleanup_free_ char *file = tree_path(tree, "profiles/broken.yaml");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(reply, "error")),
			    "org.fettle.InvalidProfile");
	assert_string_equal(json_string_value(json_object_get(parameters, "file")), file);
	assert_int_equal(json_integer_value(json_object_get(parameters, "line")), 3);
	assert_int_equal(json_integer_value(json_object_get(parameters, "column")), 1);
	assert_non_null(
		strstr(json_string_value(json_object_get(parameters, "reason")), "setings"));
	json_decref(reply);
	json_decref(header);
}

/* It is found, so it is not missing; and what it could have been meant for is itself. */
static void a_profile_that_cannot_be_read(void **state)
{
	_cleanup_tree_ struct tree *tree = make_tree();
	_cleanup_free_ char *link = tree_path(tree, "profiles/dang.yaml");
	_cleanup_free_ char *folder = tree_path(tree, "profiles/folder.yaml");
	_cleanup_free_ char *no_file = mem_printf(
		"{\"error\":\"org.fettle.InvalidProfile\",\"parameters\":{\"file\":\"%s\","
		"\"line\":0,\"column\":0,"
		"\"reason\":\"cannot open %s: No such file or directory\"}}",
		link, link);
	_cleanup_free_ char *no_text = mem_printf(
		"{\"error\":\"org.fettle.InvalidProfile\",\"parameters\":{\"file\":\"%s\","
		"\"line\":0,\"column\":0,\"reason\":\"%s is a directory, expected a file\"}}",
		folder, folder);

	(void)state;
	assert_int_equal(symlink("/nonexistent", link), 0);
	tree_put(tree, "profiles/folder.yaml/x", "");
	check_reply(tree, "{\"id\":1,\"op\":\"audit\",\"profile\":\"dang\"}", no_file);
	check_reply(tree, "{\"id\":1,\"op\":\"show\",\"profile\":\"dang\"}", no_file);
	check_reply(tree, "{\"id\":1,\"op\":\"audit\",\"profile\":\"folder\"}", no_text);
}

static void keys_that_are_not_there(void **state)
{
	_cleanup_tree_ struct tree *tree = tree_new();
	json_t *reply, *header;

	(void)state;
	tree_put(tree, "profiles/active.yaml",
		 "schema: 1\nname: active\nsummary: s\nsettings: {net.core.none: absent}\n");
	header = run(tree, "{\"id\":1,\"op\":\"audit\"}", &reply);
	assert_string_equal(json_string_value(json_object_get(reply, "error")),
			    "org.fettle.EngineFailed");
	json_decref(reply);
	json_decref(header);
}

/* By name, on a tree of keys: planned, done, listed and undone. */
static void changes(void **state)
{
	static const struct {
		const char *request, *wanted, *value;
		json_int_t due;
	} steps[] = {
		{"{\"id\":1,\"op\":\"plan\",\"profile\":\"more\"}", "parameters.plan", "4096\n",
		 -1},
		{"{\"id\":1,\"op\":\"rollback\"}", "error", "4096\n", -1},
		{"{\"id\":1,\"op\":\"apply\",\"profile\":\"none\"}", "error", "4096\n", -1},
		{"{\"id\":1,\"op\":\"apply\",\"profile\":\"more\",\"uid\":7,\"pid\":0}",
		 "parameters.result", "8192", -1},
		{"{\"id\":1,\"op\":\"transactions\"}", "parameters.transactions", "8192", -1},
		{"{\"id\":1,\"op\":\"rollback\",\"transaction\":1}", "parameters.result", "4096",
		 -1},
		{"{\"id\":1,\"op\":\"persist\",\"profile\":\"more\"}", "parameters.boot", "4096",
		 -1},
		{"{\"id\":1,\"op\":\"unpersist\"}", "parameters.result", "4096", -1},
	};
	_cleanup_tree_ struct tree *tree = make_tree();

	(void)state;
	tree_put(tree, "root/etc/.keep", "");
	tree_put(tree, "profiles/more.yaml",
		 "schema: 1\nname: more\nsummary: s\nsettings: {net.core.somaxconn: 8192}\n");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		json_t *reply, *header = run(tree, steps[i].request, &reply), *found = reply;
		_cleanup_free_ char *path = mem_strdup(steps[i].wanted), *value = NULL;
		_cleanup_free_ char *key = tree_path(tree, "sys/net/core/somaxconn");
		char *rest = path;
		struct err err;
		size_t len;

		for (char *name = strsep(&rest, "."); name; name = strsep(&rest, "."))
			found = json_object_get(found, name);
		if (!found)
			fail_msg("%s: %s", steps[i].request, json_dumps(reply, 0));
		assert_int_equal(json_integer_value(json_object_get(header, "recover_in_s")),
				 steps[i].due);
		assert_int_equal(file_read(AT_FDCWD, key, 64, &value, &len, &err), 0);
		assert_int_equal(strncmp(value, steps[i].value, 4), 0);
		json_decref(reply);
		json_decref(header);
	}
}

static void a_job_that_could_not_be_run(void **state)
{
	_cleanup_strbuf_ struct strbuf answer = {0};
	static const char wanted[] =
		"{\"id\":3,\"recover_in_s\":5}\0{\"error\":\"org.fettle.EngineFailed\","
		"\"parameters\":{\"reason\":\"it \\\\xff\"}}";

	(void)state;
	job_fail(3, "it \xff", &answer);
	assert_int_equal(answer.len, sizeof(wanted));
	assert_memory_equal(answer.text, wanted, sizeof(wanted));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_asked_that_way),
		cmocka_unit_test(a_job_is_passed_on_whole),
		cmocka_unit_test(a_recovery_is_passed_on),
		cmocka_unit_test(an_audit),
		cmocka_unit_test(names_that_lead_nowhere),
		cmocka_unit_test(a_profile_with_an_error),
		cmocka_unit_test(a_profile_that_cannot_be_read),
		cmocka_unit_test(keys_that_are_not_there),
		cmocka_unit_test(changes),
		cmocka_unit_test(a_job_that_could_not_be_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
