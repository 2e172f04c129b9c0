/* tests/unit/daemon/test_watchdog.c - the question that goes round, and a front that is silent. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/mem.h"
#include "daemon/watchdog.h"

enum {
	WATCHDOG_MS = 40,
};

struct fixture {
	struct event_base *base;
	struct channel *channel;
	struct watchdog *watchdog;
	int front, manager;
};

static void on_message(void *owner, char *text, size_t len)
{
	struct fixture *fixture = owner;

	(void)len;
	assert_string_equal(text, WATCHDOG_MESSAGE);
	watchdog_answered(fixture->watchdog);
}

static void on_ended(void *owner)
{
	(void)owner;
	fail_msg("the channel has ended");
}

static const struct channel_owner calls = {on_message, on_ended};

/* The service manager's end, at an abstract address of this process. */
static int open_manager(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_free_ char *name = mem_printf("@fettle-test-%d", (int)getpid());
	size_t len = offsetof(struct sockaddr_un, sun_path) + strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, (socklen_t)len) < 0)
		return -1;
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static int open_fixture(void **state)
{
	_cleanup_free_ char *usec = mem_printf("%d", WATCHDOG_MS * 1000);
	struct fixture *fixture = mem_alloc(sizeof(*fixture));
	int ends[2];

	setenv("WATCHDOG_USEC", usec, 1);
	unsetenv("WATCHDOG_PID");
	fixture->manager = open_manager();
	if (fixture->manager < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	fixture->base = event_base_new();
	fixture->front = ends[0];
	fixture->channel = channel_new(fixture->base, ends[1], &calls, fixture);
	fixture->watchdog = watchdog_new(fixture->base, fixture->channel);
	*state = fixture;
	return 0;
}

static int close_fixture(void **state)
{
	struct fixture *fixture = *state;

	watchdog_free(fixture->watchdog);
	channel_free(fixture->channel);
	event_base_free(fixture->base);
	close(fixture->front);
	close(fixture->manager);
	free(fixture);
	return 0;
}

static void run_for(struct fixture *fixture, unsigned ms)
{
	const struct timeval time = {.tv_usec = (suseconds_t)ms * 1000};

	event_base_loopexit(fixture->base, &time);
	event_base_dispatch(fixture->base);
	/* on a busy host the last event and the end may come together: what it sends goes out
	 * now */
	event_base_loop(fixture->base, EVLOOP_NONBLOCK);
}

/* Whole messages the front has before it. */
static unsigned questions(struct fixture *fixture)
{
	char buf[4096];
	ssize_t got = recv(fixture->front, buf, sizeof(buf), 0);

	if (got <= 0)
		return 0;
	assert_int_equal((size_t)got % sizeof(WATCHDOG_MESSAGE), 0);
	assert_string_equal(buf, WATCHDOG_MESSAGE);
	return (unsigned)((size_t)got / sizeof(WATCHDOG_MESSAGE));
}

static unsigned told(struct fixture *fixture)
{
	unsigned count = 0;
	char buf[64];
	ssize_t got;

	while ((got = recv(fixture->manager, buf, sizeof(buf), 0)) > 0) {
		assert_int_equal(got, strlen("WATCHDOG=1"));
		assert_memory_equal(buf, "WATCHDOG=1", strlen("WATCHDOG=1"));
		count++;
	}
	return count;
}

static void answer(struct fixture *fixture)
{
	assert_int_equal(send(fixture->front, WATCHDOG_MESSAGE, sizeof(WATCHDOG_MESSAGE), 0),
			 sizeof(WATCHDOG_MESSAGE));
}

static void an_answer_is_passed_on(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned i = 0; i < 3; i++) {
		run_for(fixture, WATCHDOG_MS * 3 / 4);
		assert_int_equal(questions(fixture), 1);
		assert_int_equal(told(fixture), 0);
		answer(fixture);
		run_for(fixture, 1);
		assert_int_equal(told(fixture), 1);
	}
}

static void a_front_that_hangs(void **state)
{
	struct fixture *fixture = *state;

	run_for(fixture, WATCHDOG_MS * 5);
	assert_int_equal(questions(fixture), 1);
	assert_int_equal(told(fixture), 0);
	/* and wakes up again */
	answer(fixture);
	run_for(fixture, WATCHDOG_MS * 3 / 4);
	assert_int_equal(told(fixture), 1);
	assert_int_equal(questions(fixture), 1);
}

static void an_answer_to_nothing(void **state)
{
	struct fixture *fixture = *state;

	answer(fixture);
	answer(fixture);
	run_for(fixture, 1);
	assert_int_equal(told(fixture), 0);
}

static void nobody_listens(void **state)
{
	struct fixture *fixture = *state;

	unsetenv("WATCHDOG_USEC");
	assert_null(watchdog_new(fixture->base, fixture->channel));
	watchdog_answered(NULL);
	watchdog_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_is_passed_on, open_fixture,
						close_fixture),
		cmocka_unit_test_setup_teardown(a_front_that_hangs, open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(an_answer_to_nothing, open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(nobody_listens, open_fixture, close_fixture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
