/* tests/unit/daemon/test_peer_log.c - noise does not drown what matters. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/peer_log.h"

static unsigned count(const char *text, const char *what)
{
	unsigned found = 0;

	while ((text = strstr(text, what))) {
		found++;
		text++;
	}
	return found;
}

static void denials_are_counted_apart(void **state)
{
	_cleanup_fd_ int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	_cleanup_fd_ int before = dup(STDERR_FILENO);
	char text[16384] = "";

	(void)state;
	assert_true(file >= 0 && before >= 0);
	unsetenv("JOURNAL_STREAM");
	log_open("test", LOG_LEVEL_INFO);
	dup2(file, STDERR_FILENO);
	for (int i = 0; i < 200; i++)
		peer_log("noise %d", i);
	for (int i = 0; i < 200; i++)
		peer_log_denied("denied %d", i);
	dup2(before, STDERR_FILENO);
	assert_true(pread(file, text, sizeof(text) - 1, 0) > 0);
	assert_int_equal(count(text, "test: noise "), 20);
	assert_int_equal(count(text, "test: denied "), 20);
	assert_int_equal(count(text, "\n"), 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(denials_are_counted_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
