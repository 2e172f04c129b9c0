/* tests/unit/sock/test_diag.c - dumps of a kernel that misbehaves, played over a pair of sockets;
 * and the program that it runs for a filter of ports. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netlink/attr.h>
#include <string.h>
#include <sys/socket.h>

#include "sock/diag.h"
#include "sock/diag_request.h"
#include "tests/unit/errno_text.h"
#include "tests/unit/sock/answers.h"

/* The lists of UDP are asked for with the numbers 1 (IPv4) and 2. */
static const struct sock_filter of_udp = {.kinds = 1 << SOCKET_UDP};

struct seen {
	size_t count;
	uint64_t inodes[16];
	int stop_with; /* at the first */
};

static int note(void *context, struct socket_record *record)
{
	struct seen *seen = context;

	seen->inodes[seen->count++ % 16] = record->inode;
	return seen->stop_with;
}

static void add_socket(struct answer *out, unsigned flags, uint32_t sequence, uint32_t inode)
{
	struct answer body = answer_inet();

	((struct inet_diag_msg *)(void *)body.bytes)->idiag_inode = inode;
	answer_wrap(out, SOCK_DIAG_BY_FAMILY, flags, sequence, body.bytes, body.len);
}

static void add_end(struct answer *out, uint32_t sequence, int code)
{
	answer_wrap(out, NLMSG_DONE, 0, sequence, &code, sizeof(code));
}

/* Sends the datagrams before they are asked for, and dumps. */
static int play(const struct answer *datagrams, size_t count, struct seen *seen,
		struct socket_coverage *coverage)
{
	_cleanup_(sock_diag_freep) struct sock_diag *diag = NULL;
	_cleanup_fd_ int kernel = -1;
	struct err err = {0};
	int ends[2], r;

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
	diag = sock_diag_adopt(ends[0]);
	kernel = ends[1];
	for (size_t i = 0; i < count; i++)
		assert_int_equal(send(kernel, datagrams[i].bytes, datagrams[i].len, 0),
				 datagrams[i].len);
	r = sock_diag_dump(diag, &of_udp, note, seen, coverage, &err);
	assert_int_equal(r < 0, err.text[0] != '\0');
	return r;
}

static void assert_shortfall(const struct socket_coverage *coverage, size_t i, const char *what,
			     const char *why, size_t count)
{
	assert_true(i < coverage->n_shortfalls);
	assert_string_equal(coverage->shortfalls[i].what, what);
	assert_string_equal(coverage->shortfalls[i].why, why);
	assert_int_equal(coverage->shortfalls[i].count, count);
}

static void a_dump_in_pieces(void **state)
{
	struct socket_coverage coverage = {0};
	struct answer datagrams[3] = {{.len = 0}};
	struct seen seen = {0};

	(void)state;
	add_socket(&datagrams[0], 0, 1, 100);
	add_socket(&datagrams[0], 0, 99, 666); /* of another request */
	answer_wrap(&datagrams[0], NLMSG_NOOP, 0, 1, NULL, 0);
	add_socket(&datagrams[0], 0, 1, 101);
	add_socket(&datagrams[1], 0, 1, 102);
	add_end(&datagrams[1], 1, 0);
	add_socket(&datagrams[2], 0, 2, 103);
	answer_wrap(&datagrams[2], NLMSG_DONE, 0, 2, NULL, 0); /* as the oldest kernels end */
	assert_int_equal(play(datagrams, 3, &seen, &coverage), 0);
	assert_int_equal(seen.count, 4);
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(seen.inodes[i], 100 + i);
	assert_int_equal(coverage.n_shortfalls, 0);
}

static void an_interrupted_dump(void **state)
{
	struct socket_coverage coverage = {0};
	struct answer datagrams[2] = {{.len = 0}};
	struct seen seen = {0};

	(void)state;
	add_socket(&datagrams[0], 0, 1, 100);
	add_socket(&datagrams[0], NLM_F_DUMP_INTR, 1, 101);
	add_socket(&datagrams[0], NLM_F_DUMP_INTR, 1, 102);
	add_end(&datagrams[0], 1, 0);
	add_end(&datagrams[1], 2, 0);
	assert_int_equal(play(datagrams, 2, &seen, &coverage), 0);
	assert_int_equal(seen.count, 3);
	assert_int_equal(coverage.n_shortfalls, 1);
	assert_shortfall(&coverage, 0, "UDP over IPv4",
			 "the list changed while it was read: some may be missing", 0);
	socket_coverage_fini(&coverage);
}

static void refusals_and_early_ends(void **state)
{
	static const struct {
		unsigned type;
		int code;
		const char *why;
	} cases[] = {
		{NLMSG_ERROR, -ENOENT, "this kernel has no udp_diag, and none could be loaded"},
		{NLMSG_ERROR, -EACCES, "the kernel refused: Permission denied"},
		{NLMSG_ERROR, 7, "the kernel refused: an unknown error"},
		{NLMSG_ERROR, INT_MIN, "the kernel refused: an unknown error"},
		{NLMSG_DONE, -ENOMEM, "the kernel ended the list early: " TEXT_ENOMEM},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nlmsgerr error = {.error = cases[i].code};
		struct socket_coverage coverage = {0};
		struct answer datagrams[2] = {{.len = 0}};
		struct seen seen = {0};

		add_socket(&datagrams[0], 0, 1, 100);
		answer_wrap(&datagrams[0], cases[i].type, 0, 1, &error, sizeof(error));
		add_socket(&datagrams[1], 0, 2, 101);
		add_end(&datagrams[1], 2, 0);
		assert_int_equal(play(datagrams, 2, &seen, &coverage), 0);
		assert_int_equal(seen.count, 2); /* the other list is read all the same */
		assert_int_equal(coverage.n_shortfalls, 1);
		assert_shortfall(&coverage, 0, "UDP over IPv4", cases[i].why, 0);
		socket_coverage_fini(&coverage);
	}
}

static void torn_and_senseless_messages(void **state)
{
	struct socket_coverage coverage = {0};
	struct answer datagrams[4] = {{.len = 0}};
	struct nlmsghdr *head = (void *)datagrams[1].bytes;
	struct seen seen = {0};

	(void)state;
	add_socket(&datagrams[0], 0, 1, 100);
	answer_wrap(&datagrams[0], SOCK_DIAG_BY_FAMILY, 0, 1, "short", 5);
	answer_wrap(&datagrams[0], SOCK_DIAG_BY_FAMILY, 0, 1, NULL, 0);
	answer_wrap(&datagrams[0], NLMSG_OVERRUN, 0, 1, NULL, 0);
	add_socket(&datagrams[1], 0, 1, 101);
	head->nlmsg_len += 4; /* longer than the datagram */
	add_socket(&datagrams[2], 0, 2, 102);
	head = (void *)(datagrams[2].bytes + datagrams[2].len);
	add_socket(&datagrams[2], 0, 2, 103);
	head->nlmsg_len = 3; /* shorter than its own head: there is no next one */
	assert_int_equal(play(datagrams, 3, &seen, &coverage), 0);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.inodes[0], 100);
	assert_int_equal(seen.inodes[1], 102);
	assert_int_equal(coverage.n_shortfalls, 4);
	assert_shortfall(&coverage, 0, "UDP over IPv4",
			 "the kernel lost some of it: a buffer overran", 0);
	assert_shortfall(&coverage, 1, "UDP over IPv4",
			 "the list is torn: a message is longer than what was sent", 0);
	assert_shortfall(&coverage, 2, "UDP over IPv4", "the kernel's answer made no sense", 2);
	assert_shortfall(&coverage, 3, "UDP over IPv6",
			 "the list is torn: a message is longer than what was sent", 0);
	socket_coverage_fini(&coverage);
}

static void a_dump_that_just_ends(void **state)
{
	struct socket_coverage coverage = {0};
	struct answer datagrams[3] = {{.len = 0}};
	struct seen seen = {0};

	(void)state;
	add_socket(&datagrams[0], 0, 1, 100);
	add_end(&datagrams[2], 2, 0);
	assert_int_equal(play(datagrams, 3, &seen, &coverage), 0);
	assert_int_equal(seen.count, 1);
	assert_shortfall(&coverage, 0, "UDP over IPv4", "the list ended early", 0);
	socket_coverage_fini(&coverage);
}

static void a_dump_that_does_not_end(void **state)
{
	static const struct timeval soon = {.tv_usec = 20000};
	struct socket_coverage coverage = {0};
	_cleanup_(sock_diag_freep) struct sock_diag *diag = NULL;
	struct answer first = {.len = 0};
	_cleanup_fd_ int kernel = -1;
	struct seen seen = {0};
	struct err err = {0};
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)), 0);
	diag = sock_diag_adopt(ends[0]);
	kernel = ends[1];
	add_socket(&first, 0, 1, 100);
	assert_int_equal(send(kernel, first.bytes, first.len, 0), first.len);
	assert_int_equal(sock_diag_dump(diag, &of_udp, note, &seen, &coverage, &err), 0);
	assert_int_equal(seen.count, 1);
	assert_int_equal(coverage.n_shortfalls, 2);
	assert_shortfall(&coverage, 1, "UDP over IPv6", "the kernel did not end the list in time",
			 0);
	assert_int_equal(coverage.shortfalls[1].kind, SHORTFALL_SOCKETS);
	socket_coverage_fini(&coverage);
}

static void a_datagram_longer_than_the_buffer(void **state)
{
	struct socket_coverage coverage = {0};
	_cleanup_(sock_diag_freep) struct sock_diag *diag = NULL;
	_cleanup_free_ char *large = mem_alloc(80 * 1024);
	_cleanup_fd_ int kernel = -1;
	struct answer end = {.len = 0}, first = {.len = 0};
	struct seen seen = {0};
	struct err err = {0};
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
	diag = sock_diag_adopt(ends[0]);
	kernel = ends[1];
	answer_wrap(&first, NLMSG_NOOP, 0, 1, NULL, 0);
	for (size_t at = 0; at + first.len <= 80 * 1024; at += first.len)
		memcpy(large + at, first.bytes, first.len);
	add_end(&end, 1, 0);
	add_end(&end, 2, 0);
	assert_int_equal(send(kernel, large, 80 * 1024, 0), 80 * 1024);
	assert_int_equal(send(kernel, end.bytes, end.len, 0), end.len);
	assert_int_equal(send(kernel, end.bytes, end.len, 0), end.len);
	assert_int_equal(sock_diag_dump(diag, &of_udp, note, &seen, &coverage, &err), 0);
	assert_int_equal(coverage.n_shortfalls, 1);
	assert_shortfall(&coverage, 0, "UDP over IPv4", "some of it was longer than our buffer", 0);
	socket_coverage_fini(&coverage);
}

/* The rest of the list is taken off the socket, which can be used again. */
static void a_visitor_stops_it(void **state)
{
	struct socket_coverage coverage = {0};
	struct answer datagrams[2] = {{.len = 0}};
	struct seen seen = {.stop_with = 7};

	(void)state;
	add_socket(&datagrams[0], 0, 1, 100);
	add_socket(&datagrams[0], 0, 1, 101);
	add_socket(&datagrams[1], 0, 1, 102);
	add_end(&datagrams[1], 1, 0);
	assert_int_equal(play(datagrams, 2, &seen, &coverage), 7);
	assert_int_equal(seen.count, 1);
}

/* As inet_diag_bc_run() does it: true when the end is met exactly. Every jump must be allowed by
 * inet_diag_bc_audit(): forward, to an op that `yes` leads to as well, to the end or 4 behind. */
static bool passes_program(const struct inet_diag_bc_op *ops, int len, uint16_t local,
			   uint16_t remote)
{
	int at = 0;

	while (at < len) {
		const struct inet_diag_bc_op *op = &ops[at / 4];
		bool yes = false;

		assert_true(op->yes >= 4 && op->no >= 4 && op->yes % 4 == 0 && op->no % 4 == 0);
		assert_true(at + op->no <= len + 4);
		if (op->code == INET_DIAG_BC_S_EQ)
			yes = local == op[1].no;
		else if (op->code == INET_DIAG_BC_D_EQ)
			yes = remote == op[1].no;
		else
			assert_int_equal(op->code, INET_DIAG_BC_JMP);
		at += yes ? op->yes : op->no;
	}
	return at == len;
}

static void the_kernel_filters_as_we_do(void **state)
{
	static const struct sock_filter filters[] = {
		{.local_ports = {1}, .n_local = 1},
		{.local_ports = {1, 2, 3}, .n_local = 3},
		{.remote_ports = {2, 4}, .n_remote = 2},
		{.either_ports = {3}, .n_either = 1},
		{.either_ports = {3, 1}, .n_either = 2},
		{.local_ports = {1, 2}, .n_local = 2, .remote_ports = {3, 4}, .n_remote = 2},
		{.local_ports = {1, 2},
		 .n_local = 2,
		 .remote_ports = {2, 3},
		 .n_remote = 2,
		 .either_ports = {1, 4},
		 .n_either = 2},
		{.n_local = 64, .n_remote = 64, .n_either = 64}, /* port 0, as often as can be */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct nl_msg *request = sock_diag_request(&sock_diag_lists[0], &filters[i], 1);
		struct nlattr *program =
			nlmsg_find_attr(nlmsg_hdr(request), sizeof(struct inet_diag_req_v2),
					INET_DIAG_REQ_BYTECODE);

		assert_non_null(program);
		for (uint16_t local = 0; local < 6; local++) {
			for (uint16_t remote = 0; remote < 6; remote++) {
				const struct socket_record record = {
					.state = SOCKET_ESTABLISHED,
					.local.port = local,
					.remote.port = remote,
				};

				assert_int_equal(passes_program(nla_data(program), nla_len(program),
								local, remote),
						 sock_diag_passes(&filters[i], &record));
			}
		}
		nlmsg_free(request);
	}
}

static void lists_that_are_not_wanted(void **state)
{
	const struct sock_filter ports = {.local_ports = {80}, .n_local = 1}, everything = {0};
	const struct sock_filter dgram = {.kinds = 1 << SOCKET_UNIX_DGRAM};
	unsigned wanted[3] = {0};

	(void)state;
	for (size_t i = 0; i < n_sock_diag_lists; i++) {
		wanted[0] += sock_diag_is_wanted(&sock_diag_lists[i], &everything);
		wanted[1] += sock_diag_is_wanted(&sock_diag_lists[i], &ports);
		wanted[2] += sock_diag_is_wanted(&sock_diag_lists[i], &dgram);
	}
	assert_int_equal(wanted[0], 5);
	assert_int_equal(wanted[1], 4);
	assert_int_equal(wanted[2], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_in_pieces),
		cmocka_unit_test(an_interrupted_dump),
		cmocka_unit_test(refusals_and_early_ends),
		cmocka_unit_test(torn_and_senseless_messages),
		cmocka_unit_test(a_dump_that_just_ends),
		cmocka_unit_test(a_dump_that_does_not_end),
		cmocka_unit_test(a_datagram_longer_than_the_buffer),
		cmocka_unit_test(a_visitor_stops_it),
		cmocka_unit_test(the_kernel_filters_as_we_do),
		cmocka_unit_test(lists_that_are_not_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
