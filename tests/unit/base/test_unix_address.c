/* tests/unit/base/test_unix_address.c - a path as long as one may be, and one that is longer. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/unix_address.h"

static void as_long_as_may_be(void **state)
{
	struct sockaddr_un address;
	char path[sizeof(address.sun_path) + 1] = {0};
	struct err err;

	(void)state;
	memset(path, 'x', sizeof(address.sun_path) - 1);
	assert_int_equal(unix_address_make(path, &address, &err), 0);
	assert_int_equal(address.sun_family, AF_UNIX);
	assert_string_equal(address.sun_path, path);
	path[sizeof(address.sun_path) - 1] = 'x';
	assert_int_equal(unix_address_make(path, &address, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.text, ": a socket's path has at most 107 bytes (unix(7))"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(as_long_as_may_be)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
