/* tests/unit/sock/test_parse.c - answers of sock_diag, whole, short, torn and senseless. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "sock/diag.h"
#include "tests/unit/sock/answers.h"

static int parse_inet(const struct answer *answer, struct socket_record *out)
{
	struct err err = {0};
	int r = sock_diag_parse_inet(answer->bytes, answer->len, IPPROTO_TCP, out, &err);

	assert_int_equal(r != 0, err.text[0] != '\0');
	return r;
}

static int parse_unix(const struct answer *answer, struct socket_record *out)
{
	struct err err = {0};
	int r = sock_diag_parse_unix(answer->bytes, answer->len, out, &err);

	assert_int_equal(r != 0, err.text[0] != '\0');
	return r;
}

static struct inet_diag_msg *head_of(struct answer *answer)
{
	return (struct inet_diag_msg *)(void *)answer->bytes;
}

static void a_bare_socket(void **state)
{
	const struct answer answer = answer_inet();
	char local[SOCKET_ADDRESS_SIZE], remote[SOCKET_ADDRESS_SIZE];
	struct socket_record record;

	(void)state;
	assert_int_equal(parse_inet(&answer, &record), 0);
	assert_int_equal(record.kind, SOCKET_TCP);
	assert_int_equal(record.state, SOCKET_ESTABLISHED);
	assert_string_equal(socket_address_print(&record.local, local), "192.0.2.1:80");
	assert_string_equal(socket_address_print(&record.remote, remote), "192.0.2.2:50000");
	assert_int_equal(record.inode, 77);
	assert_int_equal(record.cookie, UINT64_C(1) << 32 | 5);
	assert_true(record.has_uid);
	assert_int_equal(record.uid, 1000);
	assert_true(record.has_queues);
	assert_int_equal(record.recv_queue, 10);
	assert_int_equal(record.send_queue, 20);
	assert_true(record.has_timer);
	assert_int_equal(record.timer, 2);
	assert_int_equal(record.retransmits, 1);
	assert_int_equal(record.timer_ms, 1500);
	/* What was not told is not known. */
	assert_int_equal(record.known, 0);
	assert_int_equal(record.n_memory, 0);
	assert_null(record.congestion);
	assert_null(record.tcp_info);
	assert_int_equal(record.cgroup_id, 0);
}

static void every_attribute(void **state)
{
	const uint32_t memory[SOCKMEM_COUNT + 1] = {1, 131072, 3, 87040, 5, 6, 7, 8, 9, 10};
	const uint64_t cgroup = UINT64_C(0x100000002);
	const uint32_t mark = UINT32_MAX;
	struct answer answer = answer_inet();
	unsigned char info[232] = {SOCKET_ESTABLISHED};
	struct socket_record record;

	(void)state;
	answer_attribute(&answer, INET_DIAG_INFO, info, sizeof(info));
	answer_attribute(&answer, INET_DIAG_CONG, "cubic", 6);
	answer_attribute(&answer, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
	answer_attribute(&answer, INET_DIAG_MARK, &mark, sizeof(mark));
	answer_attribute(&answer, INET_DIAG_CGROUP_ID, &cgroup, sizeof(cgroup));
	answer_attribute(&answer, 999, "of a kernel to come", 19);
	assert_int_equal(parse_inet(&answer, &record), 0);
	assert_int_equal(record.tcp_info_len, 232);
	assert_memory_equal(record.tcp_info, info, sizeof(info));
	assert_string_equal(record.congestion, "cubic");
	assert_int_equal(record.n_memory, SOCKMEM_COUNT);
	assert_memory_equal(record.memory, memory, sizeof(record.memory));
	assert_int_equal(record.cgroup_id, cgroup);
	assert_int_equal(record.known, SOCKOPT_BIT(SOCKOPT_RCVBUF) | SOCKOPT_BIT(SOCKOPT_SNDBUF) |
					       SOCKOPT_BIT(SOCKOPT_MARK) |
					       SOCKOPT_BIT(SOCKOPT_CONGESTION));
	assert_int_equal(record.options[SOCKOPT_RCVBUF], 131072);
	assert_int_equal(record.options[SOCKOPT_SNDBUF], 87040);
	assert_int_equal(record.options[SOCKOPT_MARK], UINT32_MAX);
}

static void less_memory_than_this_kernel_tells(void **state)
{
	const uint32_t memory[] = {1, 131072, 3};
	struct answer answer = answer_inet();
	struct socket_record record;

	(void)state;
	answer_attribute(&answer, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
	assert_int_equal(parse_inet(&answer, &record), 0);
	assert_int_equal(record.n_memory, 3);
	assert_int_equal(record.known, SOCKOPT_BIT(SOCKOPT_RCVBUF));
}

static void special_states(void **state)
{
	struct answer answer = answer_inet();
	struct socket_record record;

	(void)state;
	/* The rest of a connection: without a socket, and so without queues. */
	head_of(&answer)->idiag_state = SOCKET_TIME_WAIT;
	head_of(&answer)->idiag_timer = 3;
	head_of(&answer)->idiag_inode = 0;
	assert_int_equal(parse_inet(&answer, &record), 0);
	assert_int_equal(record.state, SOCKET_TIME_WAIT);
	assert_false(record.has_uid);
	assert_false(record.has_queues);
	assert_int_equal(record.recv_queue, 0);
	/* A request is told as SYN_RECV. */
	head_of(&answer)->idiag_state = SOCKET_SYN_RECV;
	head_of(&answer)->idiag_timer = 1;
	assert_int_equal(parse_inet(&answer, &record), 0);
	assert_int_equal(record.state, SOCKET_NEW_SYN_RECV);
	assert_false(record.has_queues);
	/* A listener is connected to nobody. */
	answer = answer_inet();
	head_of(&answer)->idiag_state = SOCKET_LISTEN;
	head_of(&answer)->id.idiag_dport = 0;
	memset(head_of(&answer)->id.idiag_dst, 0, 16);
	assert_int_equal(parse_inet(&answer, &record), 0);
	assert_int_equal(record.remote.family, AF_UNSPEC);
}

static void link_local_addresses_have_a_scope(void **state)
{
	struct answer answer = answer_inet();
	struct socket_record record;
	char text[SOCKET_ADDRESS_SIZE];

	(void)state;
	head_of(&answer)->idiag_family = AF_INET6;
	memcpy(head_of(&answer)->id.idiag_src, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	memcpy(head_of(&answer)->id.idiag_dst, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	head_of(&answer)->id.idiag_if = 3;
	assert_int_equal(parse_inet(&answer, &record), 0);
	assert_string_equal(socket_address_print(&record.local, text), "[fe80::1]%3:80");
	assert_string_equal(socket_address_print(&record.remote, text), "[2001:db8::1]:50000");
}

static void v6only_is_told_of_some(void **state)
{
	struct answer answer = answer_inet();
	struct socket_record record;

	(void)state;
	assert_int_equal(parse_inet(&answer, &record), 0);
	assert_false(record.has_v6only);
	answer_attribute(&answer, INET_DIAG_SKV6ONLY, "", 1);
	assert_int_equal(parse_inet(&answer, &record), 0);
	assert_true(record.has_v6only && !record.v6only);
	answer_attribute(&answer, INET_DIAG_SKV6ONLY, "\1", 1);
	assert_int_equal(parse_inet(&answer, &record), 0);
	assert_true(record.has_v6only && record.v6only);
}

/* Cut anywhere, a message is refused or read without a byte behind its end, which the sanitizers
 * and valgrind watch. */
static void every_length(void **state)
{
	struct answer whole = answer_inet(), of_unix = answer_unix();
	const uint32_t memory[SOCKMEM_COUNT] = {0};
	struct socket_record record;
	struct err err;

	(void)state;
	answer_attribute(&whole, INET_DIAG_CONG, "bbr", 4);
	answer_attribute(&whole, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
	answer_attribute(&of_unix, UNIX_DIAG_NAME, "/run/x", 7);
	for (size_t len = 0; len <= whole.len; len++) {
		_cleanup_free_ char *piece = mem_alloc(len);
		int r;

		memcpy(piece, whole.bytes, len);
		r = sock_diag_parse_inet(piece, len, IPPROTO_UDP, &record, &err);
		assert_int_equal(r == 0, len == 72 || (len > 72 && len < 76) || len == 80 ||
						 (len > 80 && len < 84) || len == whole.len);
	}
	for (size_t len = 0; len <= of_unix.len; len++) {
		_cleanup_free_ char *piece = mem_alloc(len);
		int r;

		memcpy(piece, of_unix.bytes, len);
		r = sock_diag_parse_unix(piece, len, &record, &err);
		assert_int_equal(r == 0, (len >= 16 && len < 20) || len >= 27);
	}
}

static void senseless_answers(void **state)
{
	static const struct {
		unsigned type;
		const char *data;
		size_t len;
	} attributes[] = {
		{INET_DIAG_CONG, "cubic", 5},
		/* no NUL */ {INET_DIAG_CONG, "", 0}, {INET_DIAG_SKV6ONLY, "", 0},
		{INET_DIAG_MARK, "abc", 3},           {INET_DIAG_CGROUP_ID, "1234567", 7},
	};
	const struct {
		uint8_t family, state;
	} heads[] = {{AF_UNIX, 1}, {0, 1}, {AF_INET, 0}, {AF_INET, 13}, {AF_INET6, 255}};
	struct socket_record record = {.inode = 42};
	struct answer answer;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		answer = answer_inet();
		answer_attribute(&answer, attributes[i].type, attributes[i].data,
				 attributes[i].len);
		assert_int_equal(parse_inet(&answer, &record), -EBADMSG);
	}
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		answer = answer_inet();
		head_of(&answer)->idiag_family = heads[i].family;
		head_of(&answer)->idiag_state = heads[i].state;
		assert_int_equal(parse_inet(&answer, &record), -EBADMSG);
	}
	answer = answer_inet();
	answer_add(&answer, "\x03\0\x02\0", 4); /* shorter than its own head: no way on */
	assert_int_equal(parse_inet(&answer, &record), -EBADMSG);
	assert_int_equal(record.inode, 42);
}

static void a_unix_socket(void **state)
{
	const uint32_t memory[SOCKMEM_COUNT] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	const uint32_t queues[] = {3, 128}, peer = 79, uid = 33;
	struct answer answer = answer_unix();
	struct socket_record record;

	(void)state;
	assert_int_equal(parse_unix(&answer, &record), 0);
	assert_false(record.has_queues);
	assert_null(record.path);
	answer_attribute(&answer, UNIX_DIAG_NAME, "/run/x.sock", 12);
	answer_attribute(&answer, UNIX_DIAG_PEER, &peer, 4);
	answer_attribute(&answer, UNIX_DIAG_RQLEN, queues, 8);
	answer_attribute(&answer, UNIX_DIAG_MEMINFO, memory, sizeof(memory));
	answer_attribute(&answer, UNIX_DIAG_UID, &uid, 4);
	answer_attribute(&answer, UNIX_DIAG_SHUTDOWN, "", 1);
	assert_int_equal(parse_unix(&answer, &record), 0);
	assert_int_equal(record.kind, SOCKET_UNIX_STREAM);
	assert_int_equal(record.state, SOCKET_LISTEN);
	assert_int_equal(record.local.family, AF_UNIX);
	assert_string_equal(record.path, "/run/x.sock");
	assert_int_equal(record.path_len, 11);
	assert_int_equal(record.inode, 78);
	assert_int_equal(record.peer_inode, 79);
	assert_int_equal(record.cookie, 6);
	assert_true(record.has_uid);
	assert_int_equal(record.uid, 33);
	assert_true(record.has_queues);
	assert_int_equal(record.recv_queue, 3);
	assert_int_equal(record.send_queue, 128);
	assert_int_equal(record.n_memory, SOCKMEM_COUNT);
	assert_int_equal(record.options[SOCKOPT_SNDBUF], 4);
	assert_false(record.has_timer);
}

static void names_of_unix_sockets(void **state)
{
	static const struct {
		const char *name;
		size_t len;
		const char *path;
	} cases[] = {
		{"/run/x", 6, "/run/x"}, /* without the NUL of newer kernels */
		{"\0name", 5, "@name"},  {"\0a\0\0b", 5, "@a\\x00\\x00b"}, {"\0\0", 2, "@\\x00"},
		{"\0", 1, "@"},          {"\0\x1b[2J", 5, "@\\x1b[2J"},    {"\0\xff", 2, "@\\xff"},
		{"", 0, NULL},
	};
	char longest[109] = "", expected[2 + 4 * 108];
	struct socket_record record;
	struct answer answer;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		answer = answer_unix();
		answer_attribute(&answer, UNIX_DIAG_NAME, cases[i].name, cases[i].len);
		assert_int_equal(parse_unix(&answer, &record), 0);
		if (!cases[i].path) {
			assert_null(record.path);
			continue;
		}
		assert_string_equal(record.path, cases[i].path);
		assert_int_equal(record.path_len, strlen(cases[i].path));
	}
	memset(longest + 1, 0xff, sizeof(longest) - 1);
	answer = answer_unix();
	answer_attribute(&answer, UNIX_DIAG_NAME, longest, sizeof(longest));
	assert_int_equal(parse_unix(&answer, &record), 0);
	expected[0] = '@';
	for (size_t i = 0; i < 108; i++)
		memcpy(expected + 1 + 4 * i, "\\xff", 5);
	assert_string_equal(record.path, expected);
}

static void senseless_unix_answers(void **state)
{
	char too_long[120] = "";
	struct answer answer = answer_unix();
	struct socket_record record;

	(void)state;
	answer_attribute(&answer, UNIX_DIAG_NAME, too_long, sizeof(too_long));
	assert_int_equal(parse_unix(&answer, &record), -EBADMSG);
	answer = answer_unix();
	answer_attribute(&answer, UNIX_DIAG_RQLEN, too_long, 7);
	assert_int_equal(parse_unix(&answer, &record), -EBADMSG);
	answer = answer_unix();
	answer_attribute(&answer, UNIX_DIAG_PEER, too_long, 3);
	assert_int_equal(parse_unix(&answer, &record), -EBADMSG);
	answer = answer_unix();
	answer.bytes[1] = SOCK_RAW;
	assert_int_equal(parse_unix(&answer, &record), -EBADMSG);
	answer = answer_unix();
	answer.bytes[0] = AF_INET;
	assert_int_equal(parse_unix(&answer, &record), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bare_socket),
		cmocka_unit_test(every_attribute),
		cmocka_unit_test(less_memory_than_this_kernel_tells),
		cmocka_unit_test(special_states),
		cmocka_unit_test(link_local_addresses_have_a_scope),
		cmocka_unit_test(v6only_is_told_of_some),
		cmocka_unit_test(every_length),
		cmocka_unit_test(senseless_answers),
		cmocka_unit_test(a_unix_socket),
		cmocka_unit_test(names_of_unix_sockets),
		cmocka_unit_test(senseless_unix_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
