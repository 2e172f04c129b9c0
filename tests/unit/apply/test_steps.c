/* tests/unit/apply/test_steps.c - many keys, and what is left open behind them. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "tests/unit/apply/rig.h"

enum {
	KEYS = 70 /* more than are kept open */
};

static unsigned open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void apply_all(struct rig *rig, const char *value, const char *want)
{
	char changes[KEYS][40];
	const char *list[KEYS + 1] = {NULL};
	struct apply_result result;

	for (unsigned i = 0; i < KEYS; i++) {
		snprintf(changes[i], sizeof(changes[i]), "net.test.key_%02u=%s", i, value);
		list[i] = changes[i];
	}
	rig_apply(rig, list, &result);
	assert_int_equal(result.n_steps, KEYS);
	for (unsigned i = 0; i < KEYS; i++) {
		assert_string_equal(result.steps[i].outcome, want);
		assert_string_equal(result.steps[i].got, value);
	}
	apply_result_fini(&result);
}

static void test_many_keys(void **state)
{
	struct apply_result result;
	unsigned before;
	struct rig rig;
	struct err err;

	(void)state;
	rig_init(&rig);
	for (unsigned i = 0; i < KEYS; i++) {
		char path[40];

		snprintf(path, sizeof(path), "net/test/key_%02u", i);
		fixture_key(&rig.fixture, path, "1\n");
	}
	before = open_files();
	apply_all(&rig, "2", "applied");
	apply_all(&rig, "2", "unchanged");
	apply_all(&rig, "3", "applied");
	assert_int_equal(open_files(), before);
	assert_int_equal(apply_rollback(&rig.context, 2, &result, &err), 0);
	apply_result_fini(&result);
	assert_text(rig_read(&rig, "net.test.key_00"), "2");
	assert_text(rig_read(&rig, "net.test.key_69"), "2");
	/* begun where the one before it is over, and undone by its number all the same */
	assert_int_equal(apply_rollback(&rig.context, 1, &result, &err), 0);
	assert_int_equal(result.n_steps, KEYS);
	apply_result_fini(&result);
	assert_text(rig_read(&rig, "net.test.key_00"), "1");
	assert_text(rig_read(&rig, "net.test.key_69"), "1");
	assert_text(rig_states(&rig), "1 undone (rollback), 2 undone (rollback)");
	rig_fini(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_many_keys)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
