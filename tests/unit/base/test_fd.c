/* tests/unit/base/test_fd.c - what is closed, and what is left open, by each of the two ways. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/mem.h"

enum {
	FIRST = 100,
	COUNT = 200
};

typedef int close_function(unsigned first, unsigned last);

static bool is_open(unsigned fd)
{
	return fcntl((int)fd, F_GETFD) >= 0;
}

/* In a child, whose descriptors are its own: 0 when just those of [first, last] were closed. */
static int closes(close_function *by, unsigned first, unsigned last)
{
	for (int fd = FIRST; fd < FIRST + COUNT; fd++)
		if (dup2(STDERR_FILENO, fd) < 0)
			return 2;
	if (by(first, last) < 0)
		return 3;
	for (unsigned fd = FIRST; fd < FIRST + COUNT; fd++)
		if (is_open(fd) == (fd >= first && fd <= last))
			return 4;
	return is_open(STDERR_FILENO) ? 0 : 5;
}

static void assert_closes(unsigned first, unsigned last)
{
	close_function *const ways[] = {fd_close_range, fd_close_listed};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		int status = 0;
		pid_t child = fork();

		assert_true(child >= 0);
		if (!child)
			_exit(closes(ways[i], first, last));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
}

static void a_range_is_closed_and_nothing_else(void **state)
{
	(void)state;
	assert_closes(FIRST, FIRST);
	assert_closes(FIRST + 1, FIRST + 50);
	assert_closes(FIRST + COUNT - 1, FIRST + COUNT - 1);
	assert_closes(FIRST + COUNT, FIRST + 2 * COUNT);
}

static void all_above_a_number_are_closed(void **state)
{
	(void)state;
	assert_closes(FIRST + 10, UINT_MAX);
	assert_closes(STDERR_FILENO + 1, UINT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_is_closed_and_nothing_else),
		cmocka_unit_test(all_above_a_number_are_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
