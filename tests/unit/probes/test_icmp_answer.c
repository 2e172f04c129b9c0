/* tests/unit/probes/test_icmp_answer.c - what the kernel queues for MSG_ERRQUEUE, and its meaning:
 * whole messages as it makes them, and messages that are cut off anywhere. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>

#include "base/mem.h"
#include "probes/icmp_answer.h"

struct message {
	struct msghdr header;
	struct sockaddr_storage name;
	_Alignas(struct cmsghdr) unsigned char control[512];
};

static void begin(struct message *m, int family, uint16_t port)
{
	memset(m, 0, sizeof(*m));
	m->header.msg_name = &m->name;
	m->header.msg_control = m->control;
	m->name.ss_family = (sa_family_t)family;
	if (family == AF_INET6) {
		((struct sockaddr_in6 *)&m->name)->sin6_port = htons(port);
		m->header.msg_namelen = sizeof(struct sockaddr_in6);
	} else {
		((struct sockaddr_in *)&m->name)->sin_port = htons(port);
		m->header.msg_namelen = sizeof(struct sockaddr_in);
	}
}

static void add(struct message *m, int level, int type, const void *data, size_t len)
{
	struct cmsghdr *c = (struct cmsghdr *)(m->control + m->header.msg_controllen);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	m->header.msg_controllen += CMSG_SPACE(len);
}

static void add_error(struct message *m, int family, struct sock_extended_err error,
		      const char *offender)
{
	struct {
		struct sock_extended_err error;
		struct sockaddr_storage from;
	} data = {.error = error};
	size_t len = sizeof(error);

	data.from.ss_family = offender ? (sa_family_t)family : AF_UNSPEC;
	if (family == AF_INET6) {
		len += sizeof(struct sockaddr_in6);
		if (offender)
			inet_pton(family, offender,
				  &((struct sockaddr_in6 *)&data.from)->sin6_addr);
		add(m, IPPROTO_IPV6, IPV6_RECVERR, &data, len);
	} else {
		len += sizeof(struct sockaddr_in);
		if (offender)
			inet_pton(family, offender, &((struct sockaddr_in *)&data.from)->sin_addr);
		add(m, IPPROTO_IP, IP_RECVERR, &data, len);
	}
}

static void add_ttl(struct message *m, int family, int ttl)
{
	if (family == AF_INET6)
		add(m, IPPROTO_IPV6, IPV6_HOPLIMIT, &ttl, sizeof(ttl));
	else
		add(m, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
}

static void every_kind(void **state)
{
	static const char other[] = "an error of another kind";
	static const struct {
		int family;
		uint8_t type, code;
		uint32_t info;
		enum icmp_answer_kind kind;
		uint32_t mtu_bytes;
		const char *reason;
	} cases[] = {
		{AF_INET, 11, 0, 0, ANSWER_EXPIRED, 0, "time exceeded"},
		{AF_INET, 11, 1, 0, ANSWER_OTHER, 0, other}, /* of fragments: no hop */
		{AF_INET, 3, 3, 0, ANSWER_NO_PORT, 0, "port unreachable"},
		{AF_INET, 3, 4, 1400, ANSWER_TOO_BIG, 1400, "fragmentation needed"},
		{AF_INET, 3, 4, 0, ANSWER_TOO_BIG, 0, "fragmentation needed"},
		{AF_INET, 3, 1, 77, ANSWER_UNREACHABLE, 0, "host unreachable"},
		{AF_INET, 3, 13, 0, ANSWER_UNREACHABLE, 0, "administratively prohibited"},
		{AF_INET, 12, 0, 0, ANSWER_OTHER, 0, other},
		{AF_INET6, 3, 0, 0, ANSWER_EXPIRED, 0, "time exceeded"},
		{AF_INET6, 1, 4, 0, ANSWER_NO_PORT, 0, "port unreachable"},
		{AF_INET6, 2, 0, 1280, ANSWER_TOO_BIG, 1280, "packet too big"},
		{AF_INET6, 1, 0, 0, ANSWER_UNREACHABLE, 0, "no route"},
		{AF_INET6, 1, 1, 0, ANSWER_UNREACHABLE, 0, "administratively prohibited"},
		{AF_INET6, 11, 0, 0, ANSWER_OTHER, 0, other}, /* IPv4 means something by it */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool v6 = cases[i].family == AF_INET6;
		const struct sock_extended_err error = {.ee_origin = v6 ? SO_EE_ORIGIN_ICMP6
									: SO_EE_ORIGIN_ICMP,
							.ee_type = cases[i].type,
							.ee_code = cases[i].code,
							.ee_info = cases[i].info};
		struct icmp_answer answer;
		struct message m;
		char text[NET_TEXT_SIZE];

		begin(&m, cases[i].family, 33440);
		add_ttl(&m, cases[i].family, 62);
		add_error(&m, cases[i].family, error, v6 ? "2001:db8::1" : "192.0.2.1");
		assert_true(icmp_answer_parse(&m.header, &answer));
		assert_int_equal(answer.kind, cases[i].kind);
		assert_int_equal(answer.mtu_bytes, cases[i].mtu_bytes);
		assert_int_equal(answer.port, 33440);
		assert_int_equal(answer.ttl, 62);
		assert_string_equal(net_print_host(&answer.from, text),
				    v6 ? "2001:db8::1" : "192.0.2.1");
		assert_string_equal(icmp_answer_reason(&answer), cases[i].reason);
	}
}

static void refused_by_this_host(void **state)
{
	const struct sock_extended_err error = {
		.ee_errno = EMSGSIZE, .ee_origin = SO_EE_ORIGIN_LOCAL, .ee_info = 1500};
	struct icmp_answer answer;
	struct message m;

	(void)state;
	begin(&m, AF_INET, 0);
	add_error(&m, AF_INET, error, NULL);
	assert_true(icmp_answer_parse(&m.header, &answer));
	assert_int_equal(answer.kind, ANSWER_LOCAL_TOO_BIG);
	assert_int_equal(answer.mtu_bytes, 1500);
	assert_int_equal(answer.port, 0);
	assert_int_equal(answer.ttl, 0);
	assert_int_equal(answer.from.len, 0);
}

static void no_error_of_the_network(void **state)
{
	struct sock_extended_err error = {.ee_errno = ENOBUFS, .ee_origin = SO_EE_ORIGIN_LOCAL};
	struct icmp_answer answer = {.mtu_bytes = 7};
	struct message m;

	(void)state;
	begin(&m, AF_INET, 33440);
	assert_false(icmp_answer_parse(&m.header, &answer));
	add_ttl(&m, AF_INET, 62);
	assert_false(icmp_answer_parse(&m.header, &answer));
	add_error(&m, AF_INET, error, NULL);
	assert_false(icmp_answer_parse(&m.header, &answer));
	begin(&m, AF_INET, 33440);
	error.ee_origin = SO_EE_ORIGIN_ZEROCOPY;
	add_error(&m, AF_INET, error, NULL);
	assert_false(icmp_answer_parse(&m.header, &answer));
	assert_int_equal(answer.mtu_bytes, 7);
}

/* Whatever is missing at the end: what is there is taken, and nothing beyond it is read (a
 * sanitizer would say so: the copy is as long as it claims). */
static void cut_off_anywhere(void **state)
{
	const struct sock_extended_err error = {
		.ee_origin = SO_EE_ORIGIN_ICMP6, .ee_type = 2, .ee_info = 1400};
	size_t whole = CMSG_LEN(sizeof(error) + sizeof(struct sockaddr_in6));

	(void)state;
	for (size_t len = 0; len <= whole; len++) {
		_cleanup_free_ unsigned char *copy = mem_alloc(len ? len : 1);
		struct icmp_answer answer;
		struct message m;
		bool found;

		begin(&m, AF_INET6, 33440);
		add_error(&m, AF_INET6, error, "2001:db8::1");
		((struct cmsghdr *)m.control)->cmsg_len = len;
		memcpy(copy, m.control, len);
		m.header.msg_control = copy;
		m.header.msg_controllen = len;
		m.header.msg_namelen = (socklen_t)(len < sizeof(struct sockaddr_in6)
							   ? len
							   : sizeof(struct sockaddr_in6));
		found = icmp_answer_parse(&m.header, &answer);
		assert_int_equal(found, len >= CMSG_LEN(sizeof(error)));
		if (!found)
			continue;
		assert_int_equal(answer.mtu_bytes, 1400);
		assert_int_equal(answer.from.len, len < whole ? 0 : sizeof(struct sockaddr_in6));
	}
}

static void ttl_that_is_none(void **state)
{
	static const int values[] = {0, -1, 256, 1 << 30};
	const struct sock_extended_err error = {.ee_origin = SO_EE_ORIGIN_ICMP, .ee_type = 11};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct icmp_answer answer;
		struct message m;

		begin(&m, AF_INET, 33440);
		add_ttl(&m, AF_INET, values[i]);
		add_error(&m, AF_INET, error, "192.0.2.1");
		assert_true(icmp_answer_parse(&m.header, &answer));
		assert_int_equal(answer.ttl, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind),
		cmocka_unit_test(refused_by_this_host),
		cmocka_unit_test(no_error_of_the_network),
		cmocka_unit_test(cut_off_anywhere),
		cmocka_unit_test(ttl_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
