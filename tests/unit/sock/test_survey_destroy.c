/* tests/unit/sock/test_survey_destroy.c - closing connections as a kernel tells of them, which is
 * played over a pair of sockets. */
#include "tests/unit/unit.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "sock/survey_destroy.h"
#include "tests/unit/sock/answers.h"

struct heard {
	size_t count, ticks;
	uint64_t cookies[8], elapsed_ms;
	uint32_t min_rtt_us;
	enum socket_state state;
};

static int note(void *context, struct socket_record *record)
{
	struct heard *heard = context;
	const struct tcp_info *info = record->tcp_info;

	heard->cookies[heard->count++ % 8] = record->cookie;
	heard->state = record->state;
	heard->min_rtt_us = info ? info->tcpi_min_rtt : 0;
	return 0;
}

static void tick(void *context, uint64_t elapsed_ms)
{
	struct heard *heard = context;

	heard->ticks++;
	heard->elapsed_ms = elapsed_ms;
}

/* As net/ipv4/inet_diag.c, inet_diag_handler_get_info() makes it. */
static void add_closing(struct answer *out, uint32_t cookie)
{
	const struct tcp_info info = {.tcpi_state = SOCKET_CLOSE, .tcpi_min_rtt = 4321};
	const uint8_t protocol = 6;
	struct answer body = answer_inet();
	struct inet_diag_msg *head = (void *)body.bytes;

	head->idiag_state = SOCKET_CLOSE;
	head->idiag_inode = 0;
	head->id.idiag_cookie[0] = cookie;
	head->id.idiag_cookie[1] = 0;
	answer_attribute(&body, INET_DIAG_PROTOCOL, &protocol, sizeof(protocol));
	answer_attribute(&body, INET_DIAG_PAD, NULL, 0);
	answer_attribute(&body, INET_DIAG_INFO, &info, sizeof(info));
	answer_wrap(out, SOCK_DIAG_BY_FAMILY, 0, 0, body.bytes, body.len);
}

static void play(const struct answer *datagrams, size_t count, uint64_t ms, struct heard *heard,
		 struct socket_coverage *coverage)
{
	_cleanup_(survey_destroy_freep) struct survey_destroy *destroy = NULL;
	_cleanup_fd_ int kernel = -1;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
	destroy = survey_destroy_adopt(ends[0]);
	kernel = ends[1];
	for (size_t i = 0; i < count; i++)
		assert_int_equal(send(kernel, datagrams[i].bytes, datagrams[i].len, 0),
				 datagrams[i].len);
	survey_destroy_listen(destroy, ms, note, tick, heard);
	survey_destroy_cover(destroy, coverage);
}

static void each_is_visited(void **state)
{
	struct socket_coverage coverage = {0};
	struct answer datagrams[2] = {{.len = 0}};
	struct heard heard = {0};

	(void)state;
	add_closing(&datagrams[0], 100);
	add_closing(&datagrams[0], 101);
	answer_wrap(&datagrams[1], NLMSG_NOOP, 0, 0, NULL, 0);
	add_closing(&datagrams[1], 102);
	play(datagrams, 2, 0, &heard, &coverage);
	assert_int_equal(heard.count, 3);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(heard.cookies[i], 100 + i);
	assert_int_equal(heard.state, SOCKET_CLOSE);
	assert_int_equal(heard.min_rtt_us, 4321);
	assert_int_equal(coverage.n_shortfalls, 0);
}

static void it_listens_as_long_as_asked(void **state)
{
	struct socket_coverage coverage = {0};
	struct heard heard = {0};

	(void)state;
	play(NULL, 0, 450, &heard, &coverage);
	assert_int_equal(heard.count, 0);
	assert_true(heard.ticks >= 2 && heard.elapsed_ms >= 400);
	assert_int_equal(coverage.n_shortfalls, 0);
}

static void senseless_messages_are_counted(void **state)
{
	struct socket_coverage coverage = {0};
	struct answer datagrams[2] = {{.len = 0}};
	struct nlmsghdr *head = (void *)datagrams[1].bytes;
	struct heard heard = {0};

	(void)state;
	answer_wrap(&datagrams[0], SOCK_DIAG_BY_FAMILY, 0, 0, "short", 5);
	add_closing(&datagrams[0], 100);
	add_closing(&datagrams[1], 101);
	head->nlmsg_len += 4; /* longer than the datagram */
	play(datagrams, 2, 0, &heard, &coverage);
	assert_int_equal(heard.count, 1);
	assert_int_equal(coverage.n_shortfalls, 1);
	assert_string_equal(coverage.shortfalls[0].what, "closing connections");
	assert_string_equal(coverage.shortfalls[0].why, "a message made no sense");
	assert_int_equal(coverage.shortfalls[0].count, 2);
	assert_int_equal(coverage.shortfalls[0].kind, SHORTFALL_SOCKETS);
	socket_coverage_fini(&coverage);
}

/* A namespace that cannot be entered is said, and listening goes on without it. */
static void a_namespace_that_is_gone(void **state)
{
	static char name[] = "gone", path[] = "/nonexistent/netns/gone";
	struct netns item = {.name = name, .path = path, .fd = -1};
	const struct netns_list list = {.items = &item, .count = 1};
	struct socket_coverage coverage = {0};
	struct heard heard = {0};
	_cleanup_(survey_destroy_freep) struct survey_destroy *destroy =
		survey_destroy_open(&list, &coverage);

	(void)state;
	assert_int_equal(coverage.n_shortfalls, 1);
	assert_string_equal(coverage.shortfalls[0].what, "closing connections of namespace gone");
	survey_destroy_listen(destroy, 0, note, NULL, &heard);
	survey_destroy_cover(destroy, &coverage);
	assert_int_equal(coverage.n_shortfalls, 1);
	socket_coverage_fini(&coverage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_visited),
		cmocka_unit_test(it_listens_as_long_as_asked),
		cmocka_unit_test(senseless_messages_are_counted),
		cmocka_unit_test(a_namespace_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
