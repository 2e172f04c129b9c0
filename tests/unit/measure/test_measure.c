/* tests/unit/measure/test_measure.c - programs that answer, that do not, and that end badly. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "measure/measure.h"
#include "tests/unit/tree.h"

static void keep_step(void *context, const json_t *progress)
{
	strbuf_puts(context, json_string_value(json_object_get(progress, "step")));
}

/* Runs a shell script as if it were the program; called sh, which valgrind is told to leave
 * alone. */
static int run_script(const char *script, struct measure *measure, json_t **answer, struct err *err)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	_cleanup_free_ char *program = tree_path(tree, "sh");
	int r;

	tree_put(tree, "sh", script);
	assert_int_equal(chmod(program, 0700), 0);
	measure->program = program;
	measure->probe = "any";
	r = measure_run(measure, answer, err);
	measure->program = NULL;
	return r;
}

static void words_and_input_arrive(void **state)
{
	struct measure measure = {.input = "secret\n"};
	json_t *answer = NULL;
	struct err err;

	(void)state;
	measure_add(&measure, "host", "a b");
	measure_add(&measure, "family", NULL);
	measure_add(&measure, "way", "up");
	assert_int_equal(
		run_script("#!/bin/sh\nread -r token\n"
			   "printf '{\"said\": \"%s|%s|%s|%s|%d\"}\\n' \"$1\" \"$2\" \"$3\" "
			   "\"$token\" $#\n",
			   &measure, &answer, &err),
		0);
	assert_string_equal(json_string_value(json_object_get(answer, "said")),
			    "any|host=a b|way=up|secret|3");
	json_decref(answer);
	measure_fini(&measure);
}

static void progress_comes_before_the_answer(void **state)
{
	_cleanup_strbuf_ struct strbuf seen = {0};
	struct measure measure = {.progress = keep_step, .context = &seen};
	const char *script = "#!/bin/sh\necho '{\"progress\": {\"step\": \"a\"}}'\n"
			     "echo '{\"progress\": {\"step\": \"b\"}}'\necho '{\"done\": true}'\n";
	json_t *answer = NULL;
	struct err err;

	(void)state;
	assert_int_equal(run_script(script, &measure, &answer, &err), 0);
	assert_true(json_is_true(json_object_get(answer, "done")));
	assert_string_equal(seen.text, "ab");
	json_decref(answer);
	measure.progress = NULL; /* nobody looks */
	assert_int_equal(run_script(script, &measure, &answer, &err), 0);
	json_decref(answer);
}

static void no_answer_says_why(void **state)
{
	static const struct {
		const char *script, *why;
	} cases[] = {
		{"#!/bin/sh\nexit 0\n", "fettle-probe ended without an answer"},
		{"#!/bin/sh\necho hello\n", "fettle-probe said what is no JSON object"},
		{"#!/bin/sh\necho '[1]'\n", "fettle-probe said what is no JSON object"},
		{"#!/bin/sh\nkill -SYS $$\n",
		 "fettle-probe was ended by signal 31 (Bad system call): a system call that it may "
		 "not make"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct measure measure = {.input = NULL};
		json_t *answer = NULL;
		struct err err;

		assert_int_equal(run_script(cases[i].script, &measure, &answer, &err), -EPROTO);
		assert_string_equal(err.text, cases[i].why);
		assert_null(answer);
	}
}

/* It is the one program that meets the network: what it says is bounded. */
static void a_line_without_end(void **state)
{
	struct measure measure = {.input = NULL};
	json_t *answer = NULL;
	struct err err;

	(void)state;
	assert_int_equal(run_script("#!/bin/sh\nexec cat /dev/zero\n", &measure, &answer, &err),
			 -EPROTO);
	assert_string_equal(err.text, "fettle-probe said a line of more than 1048576 bytes");
}

/* What ends the program must reach it, whatever is blocked here. */
static void no_signal_is_blocked(void **state)
{
	struct measure measure = {.input = NULL};
	sigset_t set, before;
	json_t *answer;
	struct err err;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	assert_int_equal(
		run_script("#!/bin/sh\nkill -TERM $$\necho '{}'\n", &measure, &answer, &err),
		-EPROTO);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void a_program_that_is_not_there(void **state)
{
	struct measure measure = {.program = "/nonexistent/fettle-probe", .probe = "any"};
	json_t *answer = NULL;
	struct err err;

	(void)state;
	assert_int_equal(measure_run(&measure, &answer, &err), -ENOENT);
	assert_string_equal(err.text,
			    "cannot run /nonexistent/fettle-probe: No such file or directory");
}

static void tokens_are_for_their_owner_alone(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	_cleanup_free_ char *file = tree_path(tree, "token"), *token = NULL, *gone = NULL;
	struct err err;

	(void)state;
	tree_put(tree, "token", "0123456789abcdef\n");
	assert_int_equal(chmod(file, 0640), 0);
	assert_int_equal(measure_read_token(file, &token, &err), -EPERM);
	assert_non_null(
		strstr(err.text, "may be read or written by others (mode 0640): chmod 600 it"));
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(measure_read_token(file, &token, &err), 0);
	assert_string_equal(token, "0123456789abcdef\n");
	gone = tree_path(tree, "gone");
	free(TAKE_PTR(token));
	assert_int_equal(measure_read_token(gone, &token, &err), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_input_arrive),
		cmocka_unit_test(progress_comes_before_the_answer),
		cmocka_unit_test(no_answer_says_why),
		cmocka_unit_test(a_line_without_end),
		cmocka_unit_test(no_signal_is_blocked),
		cmocka_unit_test(a_program_that_is_not_there),
		cmocka_unit_test(tokens_are_for_their_owner_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
