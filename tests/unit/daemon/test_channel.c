/* tests/unit/daemon/test_channel.c - messages between front and engine, and an end that misbehaves.
 */
#include "tests/unit/unit.h"

#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "daemon/channel.h"
#include "rpc/frame.h"

struct fixture {
	struct event_base *base;
	struct channel *channel;
	int peer;
	unsigned messages, ends;
	size_t answer; /* of this many bytes to each message; 0: none */
};

static void on_message(void *owner, char *text, size_t len)
{
	struct fixture *fixture = owner;
	_cleanup_free_ char *answer = NULL;

	(void)text;
	(void)len;
	fixture->messages++;
	if (!fixture->answer)
		return;
	answer = mem_alloc(fixture->answer);
	channel_send(fixture->channel, answer, fixture->answer);
}

static void on_ended(void *owner)
{
	((struct fixture *)owner)->ends++;
}

static const struct channel_owner calls = {on_message, on_ended};

static int open_channel(void **state)
{
	struct fixture *fixture = mem_alloc(sizeof(*fixture));
	int ends[2], small = 65536;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0 ||
	    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)) < 0)
		return -1;
	fixture->base = event_base_new();
	fixture->peer = ends[0];
	fixture->channel = channel_new(fixture->base, ends[1], &calls, fixture);
	*state = fixture;
	return 0;
}

static int close_channel(void **state)
{
	struct fixture *fixture = *state;

	channel_free(fixture->channel);
	if (fixture->peer >= 0)
		close(fixture->peer);
	event_base_free(fixture->base);
	free(fixture);
	return 0;
}

static void turn(struct fixture *fixture)
{
	for (int i = 0; i < 10; i++)
		event_base_loop(fixture->base, EVLOOP_NONBLOCK);
}

static void there_and_back(void **state)
{
	struct fixture *fixture = *state;
	char buf[16];

	channel_send_text(fixture->channel, "one");
	channel_send(fixture->channel, "two\0three", 10);
	turn(fixture);
	assert_int_equal(recv(fixture->peer, buf, sizeof(buf), 0), 14);
	assert_memory_equal(buf, "one\0two\0three", 14);
	assert_int_equal(send(fixture->peer, "four\0fi", 7, 0), 7);
	turn(fixture);
	assert_int_equal(fixture->messages, 1);
	assert_int_equal(send(fixture->peer, "ve", 3, 0), 3);
	turn(fixture);
	assert_int_equal(fixture->messages, 2);
	assert_int_equal(fixture->ends, 0);
	close(fixture->peer);
	fixture->peer = -1;
	turn(fixture);
	assert_int_equal(fixture->ends, 1);
}

/* The longest answers there may be, of two jobs, wait for as long as it takes. */
static void one_that_reads_slowly(void **state)
{
	struct fixture *fixture = *state;
	size_t len = FRAME_MOST_REPLY, got = 0;
	_cleanup_free_ char *answer = mem_alloc(len);
	char buf[65536];
	ssize_t n;

	channel_send(fixture->channel, answer, len);
	channel_send(fixture->channel, answer, len);
	for (int i = 0; i < 1000; i++)
		channel_send_text(fixture->channel, "{\"event\":\"settings\"}");
	len = 2 * len + 1000 * sizeof("{\"event\":\"settings\"}");
	while ((n = recv(fixture->peer, buf, sizeof(buf), 0)) > 0 || got < len) {
		if (n > 0)
			got += (size_t)n;
		event_base_loop(fixture->base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(got, len);
	assert_int_equal(fixture->ends, 0);
}

/* It asks on and on, and takes no answer: ended, once, and no more is held or heard. */
static void one_that_never_reads(void **state)
{
	struct fixture *fixture = *state;

	fixture->answer = 1024 * 1024;
	for (unsigned i = 0; i < 100; i++) {
		(void)!send(fixture->peer, "a\0b\0c", 6, MSG_NOSIGNAL);
		turn(fixture);
	}
	assert_int_equal(fixture->ends, 1);
	/* the kernel holds less than one of them, and the 34th does not fit */
	assert_int_equal(fixture->messages, 34);
	channel_send_text(fixture->channel, "lost");
	turn(fixture);
	assert_int_equal(fixture->ends, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(there_and_back, open_channel, close_channel),
		cmocka_unit_test_setup_teardown(one_that_reads_slowly, open_channel, close_channel),
		cmocka_unit_test_setup_teardown(one_that_never_reads, open_channel, close_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
