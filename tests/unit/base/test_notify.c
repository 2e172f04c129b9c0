/* tests/unit/base/test_notify.c - what the environment says of the service manager's watchdog. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/notify.h"

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void how_often_it_wants_to_hear(void **state)
{
	_cleanup_free_ char *here = mem_printf("%d", (int)getpid());
	_cleanup_free_ char *elsewhere = mem_printf("%d", (int)getpid() + 1);
	const struct {
		const char *usec, *pid;
		uint64_t wanted;
	} cases[] = {
		{NULL, NULL, 0},
		{NULL, here, 0},
		{"30000000", NULL, 30000000},
		{"30000000", here, 30000000},
		{"18446744073709551615", here, UINT64_MAX},
		{"30000000", elsewhere, 0},
		{"30000000", "", 0},
		{"30000000", "x", 0},
		{"", here, 0},
		{"0", here, 0},
		{"-1", here, 0},
		{" 5", here, 0},
		{"5s", here, 0},
		{"18446744073709551616", here, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set("WATCHDOG_USEC", cases[i].usec);
		set("WATCHDOG_PID", cases[i].pid);
		if (notify_watchdog_us() != cases[i].wanted)
			fail_msg("WATCHDOG_USEC=%s, WATCHDOG_PID=%s: %llu", cases[i].usec,
				 cases[i].pid, (unsigned long long)notify_watchdog_us());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(how_often_it_wants_to_hear)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
