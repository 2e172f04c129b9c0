/* tests/unit/probes/test_transports.c - percentiles, losses, and sending that is interrupted and
 * taken in parts. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "probes/transport_peer.h"
#include "probes/transport_send.h"
#include "probes/transports.h"

enum {
	TOTAL = 1 << 20,
	SMALL = 4096,
};

static void percentiles(void **state)
{
	static const uint64_t one[] = {7}, ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	uint64_t thousand[1000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(thousand); i++)
		thousand[i] = i + 1;
	assert_int_equal(transports_percentile(one, 1, 1), 7);
	assert_int_equal(transports_percentile(one, 1, 99), 7);
	assert_int_equal(transports_percentile(ten, 10, 50), 5);
	assert_int_equal(transports_percentile(ten, 10, 90), 9);
	assert_int_equal(transports_percentile(ten, 10, 91), 10);
	assert_int_equal(transports_percentile(ten, 10, 99), 10);
	assert_int_equal(transports_percentile(ten, 10, 100), 10);
	assert_int_equal(transports_percentile(thousand, 1000, 50), 500);
	assert_int_equal(transports_percentile(thousand, 1000, 99), 990);
}

static void losses(void **state)
{
	_cleanup_free_ char *half = transports_tell_loss(1000, 500);
	_cleanup_free_ char *all = transports_tell_loss(1000, 0);

	(void)state;
	assert_non_null(strstr(half, "50.0 %"));
	assert_non_null(strstr(all, "100.0 %"));
	assert_null(transports_tell_loss(1000, 1000));
	assert_null(transports_tell_loss(0, 0));
}

static void what_is_inapplicable(void **state)
{
	(void)state;
	assert_true(transports_is_inapplicable(EOPNOTSUPP));
	assert_true(transports_is_inapplicable(EMSGSIZE));
	assert_false(transports_is_inapplicable(0));
	assert_false(transports_is_inapplicable(ETIMEDOUT));
	assert_false(transports_is_inapplicable(ECONNRESET));
}

static void ignore(int number)
{
	(void)number;
}

/* A child that reads to the end, slowly, and tells how much by `result`. */
static pid_t start_reader(int fd, int ours, int result)
{
	pid_t pid = fork();
	uint64_t total = 0;
	char buffer[3000];
	ssize_t n;

	if (pid)
		return pid;
	close(ours);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
		total += (uint64_t)n;
		usleep(50);
	}
	_exit(write(result, &total, sizeof(total)) != sizeof(total));
}

/* A stream with a small buffer, a slow reader, and signals all the time. */
struct channel {
	int ours, theirs, results[2];
	pid_t reader;
};

static void open_channel(struct channel *channel)
{
	const struct itimerval often = {{0, 2000}, {0, 2000}};  /* valgrind takes its time */
	const struct sigaction action = {.sa_handler = ignore}; /* no SA_RESTART */
	const int small = SMALL;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe(channel->results), 0);
	channel->ours = pair[0];
	assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	channel->reader = start_reader(pair[1], pair[0], channel->results[1]);
	assert_true(channel->reader > 0);
	close(pair[1]);
	close(channel->results[1]);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

/* What arrived. */
static uint64_t close_channel(struct channel *channel)
{
	const struct itimerval never = {{0, 0}, {0, 0}};
	uint64_t total = 0;

	setitimer(ITIMER_REAL, &never, NULL);
	close(channel->ours);
	assert_int_equal(read(channel->results[0], &total, sizeof(total)), sizeof(total));
	close(channel->results[0]);
	assert_int_equal(waitpid(channel->reader, NULL, 0), channel->reader);
	return total;
}

static void all_is_sent(void **state)
{
	_cleanup_free_ char *data = mem_alloc(TOTAL);
	struct channel channel;

	(void)state;
	open_channel(&channel);
	assert_int_equal(transport_send_all(channel.ours, data, TOTAL), 0);
	assert_int_equal(close_channel(&channel), TOTAL);
}

/* What each way says it sent is what arrives: no more, no less. */
static void each_way_counts_right(void **state)
{
	struct err err;
	_cleanup_fd_ int file = transport_file(&err);

	(void)state;
	assert_true(file >= 0);
	for (int how = 0; how < TRANSPORT_HOWS; how++) {
		struct transport_sender sender = {.file = file};
		struct channel channel;
		uint64_t sent = 0;

		assert_int_equal(pipe2(sender.pipe, O_CLOEXEC), 0);
		open_channel(&channel);
		sender.fd = channel.ours;
		if (how == TRANSPORT_ZEROCOPY) {
			assert_int_equal(transport_sender_prepare(&sender, TRANSPORT_ZEROCOPY),
					 -EOPNOTSUPP);
		} else {
			assert_int_equal(transport_sender_prepare(&sender, (enum transport_how)how),
					 0);
			while (sent < TOTAL) {
				ssize_t n = transport_send(&sender, (enum transport_how)how);

				assert_true(n >= 0 && n <= TRANSPORT_CHUNK);
				sent += (uint64_t)n;
			}
		}
		assert_int_equal(close_channel(&channel), sent);
		close(sender.pipe[0]);
		close(sender.pipe[1]);
	}
}

/* A socket that nobody reads is given up, not waited for. */
static void a_stall_is_an_error(void **state)
{
	_cleanup_free_ char *data = mem_alloc(TOTAL);
	const struct timeval soon = {.tv_usec = 10000};
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)), 0);
	assert_int_equal(transport_send_all(pair[0], data, TOTAL), -ETIMEDOUT);
	close(pair[1]);
	assert_int_equal(transport_send_all(pair[0], data, TOTAL), -EPIPE);
	close(pair[0]);
}

static void names(void **state)
{
	static const char *const kinds[] = {"unix-stream", "unix-seqpacket", "tcp-ipv4", "tcp-ipv6",
					    "udp-ipv4"};
	static const char *const hows[] = {"write", "writev", "sendfile", "splice", "zerocopy"};

	(void)state;
	for (int i = 0; i < TRANSPORT_KINDS; i++)
		assert_string_equal(transport_kind_name((enum transport_kind)i), kinds[i]);
	for (int i = 0; i < TRANSPORT_HOWS; i++)
		assert_string_equal(transport_how_name((enum transport_how)i), hows[i]);
	assert_int_equal(TRANSPORT_PAIRS, 1 + TRANSPORT_ROUNDS * TRANSPORT_HOWS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles),
		cmocka_unit_test(losses),
		cmocka_unit_test(what_is_inapplicable),
		cmocka_unit_test(all_is_sent),
		cmocka_unit_test(each_way_counts_right),
		cmocka_unit_test(a_stall_is_an_error),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
