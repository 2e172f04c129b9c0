/* tests/unit/base/test_mem.c - growth, ownership, and the end when there is no memory. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/mem.h"

static void append_keeps_and_zeroes(void **state)
{
	struct item {
		size_t number;
		char rest[12];
	} *items = NULL;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		struct item *item = MEM_APPEND(items, count);
		static const struct item zero;

		assert_memory_equal(item, &zero, sizeof(zero));
		memset(item, 0xff, sizeof(*item));
		item->number = i;
	}
	assert_int_equal(count, 1000);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(items[i].number, i);
	free(items);
}

static void allocations_are_zeroed_and_never_null(void **state)
{
	_cleanup_free_ char *none = mem_alloc(0), *empty = mem_alloc_array(0, 8);
	_cleanup_free_ char *some = mem_alloc_array(3, 4);

	(void)state;
	assert_non_null(none);
	assert_non_null(empty);
	for (size_t i = 0; i < 12; i++)
		assert_int_equal(some[i], 0);
}

static void texts_are_copied(void **state)
{
	_cleanup_free_ char *cut = mem_strndup("abcdef", 3), *made = mem_printf("%s-%d", "x", 7);
	char *slot = NULL;

	(void)state;
	assert_null(mem_strdup(NULL));
	assert_string_equal(cut, "abc");
	assert_string_equal(made, "x-7");
	mem_replace(&slot, "one");
	mem_replace(&slot, "two");
	assert_string_equal(slot, "two");
	mem_replace(&slot, slot);
	assert_string_equal(slot, "two");
	mem_replace(&slot, NULL);
	assert_null(slot);
}

static void take_leaves_nothing_behind(void **state)
{
	_cleanup_free_ char *from = mem_strdup("x");
	_cleanup_free_ char *to = TAKE_PTR(from);
	_cleanup_fd_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_fd_ int taken = TAKE_FD(fd);

	(void)state;
	assert_null(from);
	assert_string_equal(to, "x");
	assert_int_equal(fd, -1);
	assert_true(taken >= 0);
}

static void scope_closes_descriptors(void **state)
{
	int number;

	(void)state;
	{
		_cleanup_fd_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		number = fd;
		assert_true(fcntl(number, F_GETFD) >= 0);
	}
	assert_int_equal(fcntl(number, F_GETFD), -1);
}

/* An absurd array must end the process, not wrap around to a small one. */
static void overflow_ends_the_process(void **state)
{
	int status = 0;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (!child) {
		const struct rlimit no_core = {0, 0};
		int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);

		signal(SIGABRT, SIG_DFL);
		setrlimit(RLIMIT_CORE, &no_core);
		dup2(quiet, STDERR_FILENO);
		/* a power of two: where growth is decided */
		free(mem_grow(NULL, (size_t)1 << (sizeof(size_t) * 8 - 2), 16));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(append_keeps_and_zeroes),
		cmocka_unit_test(allocations_are_zeroed_and_never_null),
		cmocka_unit_test(texts_are_copied),
		cmocka_unit_test(take_leaves_nothing_behind),
		cmocka_unit_test(scope_closes_descriptors),
		cmocka_unit_test(overflow_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
