/* tests/unit/sock/test_recorded.c - what a real kernel said, by record_diag.py, and what becomes of
 * it when it ends anywhere, or its tcp_info is as short as an older kernel's. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/str.h"
#include "model/tcp_info.h"
#include "sock/diag.h"

enum {
	DATAGRAMS_MOST = 32,
	INFO_OF_6_1 = 232 /* bytes; ends with tcpi_snd_wnd */
};

static struct recording {
	char *bytes;
	size_t count;
	struct datagram {
		char *bytes;
		uint32_t len;
	} list[DATAGRAMS_MOST];
} recording;

/* The sockets of record_diag.py, in the kernel's order. */
static const char recorded[] =
	"tcp listen 127.0.0.1:8080 *:* queues 0 7"
	" SO_RCVBUF 131072 SO_SNDBUF 16384 SO_MARK 0 bbr info 280\n"
	"tcp close-wait 127.0.0.1:8080 127.0.0.1:40002 queues 1 0"
	" SO_RCVBUF 131072 SO_SNDBUF 3939840 SO_MARK 0 bbr info 280"
	" bytes_received 1 snd_wnd_bytes 65536 rehash 0\n"
	"tcp established 127.0.0.1:8080 127.0.0.1:40001 queues 1000 0"
	" SO_RCVBUF 131072 SO_SNDBUF 3939840 SO_MARK 0 bbr info 280"
	" bytes_received 1000 snd_wnd_bytes 65536 rehash 0\n"
	"tcp established 127.0.0.1:40001 127.0.0.1:8080 queues 0 0"
	" SO_RCVBUF 131072 SO_SNDBUF 2626560 SO_MARK 42 cubic info 280"
	" bytes_received 0 snd_wnd_bytes 70656 rehash 0\n"
	"tcp fin-wait-2 127.0.0.1:40002 127.0.0.1:8080 queues 0 0"
	" SO_RCVBUF 131072 SO_SNDBUF 2626560 SO_MARK 0 cubic info 280"
	" bytes_received 0 snd_wnd_bytes 65536 rehash 0\n"
	"tcp time-wait 127.0.0.1:40003 127.0.0.1:8080 SO_MARK 0 info 0\n"
	"tcp listen [::1]:8081 *:* queues 0 9"
	" SO_RCVBUF 131072 SO_SNDBUF 16384 SO_MARK 0 bbr info 280\n"
	"udp close 127.0.0.1:5353 *:* queues 0 0 SO_RCVBUF 16384 SO_SNDBUF 212992 SO_MARK 0 info "
	"0\n"
	"unix-stream listen @example *:* queues 0 5 SO_RCVBUF 212992 SO_SNDBUF 212992 info 0\n";

static int load(void **state)
{
	const char *source = getenv("FETTLE_SRCDIR");
	_cleanup_free_ char *path =
		mem_printf("%s/tests/unit/sock/data/linux-6.18.diag", source ? source : ".");
	struct err err;
	size_t len;

	(void)state;
	if (file_read(AT_FDCWD, path, 1 << 20, &recording.bytes, &len, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t at = 0; at < len;) {
		struct datagram *datagram = &recording.list[recording.count++];

		assert_true(recording.count <= DATAGRAMS_MOST && at + 4 <= len);
		memcpy(&datagram->len, recording.bytes + at, 4);
		datagram->bytes = recording.bytes + at + 4;
		at += 4 + datagram->len;
		assert_true(at <= len);
	}
	return 0;
}

static int unload(void **state)
{
	(void)state;
	free(recording.bytes);
	return 0;
}

static bool is_shown(enum tcp_field field)
{
	return field == TCP_BYTES_RECEIVED || field == TCP_SND_WND_BYTES || field == TCP_REHASH;
}

static int tell(void *context, struct socket_record *record)
{
	char local[SOCKET_ADDRESS_SIZE], remote[SOCKET_ADDRESS_SIZE];
	struct strbuf *out = context;
	uint64_t value;

	strbuf_printf(out, "%s %s %s %s", socket_kind_name(record->kind),
		      socket_state_name(record->state),
		      record->path ? record->path : socket_address_print(&record->local, local),
		      socket_address_print(&record->remote, remote));
	if (record->has_queues)
		strbuf_printf(out, " queues %u %u", record->recv_queue, record->send_queue);
	for (enum socket_option i = 0; i < SOCKOPT_COUNT; i++)
		if (record->known & SOCKOPT_BIT(i) && i != SOCKOPT_CONGESTION)
			strbuf_printf(out, " %s %" PRId64, socket_options[i].name,
				      record->options[i]);
	if (record->congestion)
		strbuf_printf(out, " %s", record->congestion);
	strbuf_printf(out, " info %zu", record->tcp_info_len);
	for (enum tcp_field i = 0; i < TCP_FIELD_COUNT; i++)
		if (is_shown(i) && tcp_info_get(record->tcp_info, record->tcp_info_len, i, &value))
			strbuf_printf(out, " %s %" PRIu64, tcp_field_names[i], value);
	strbuf_puts(out, "\n");
	return 0;
}

/* Plays all datagrams before `last`, and so many bytes of that; what was told is the caller's. */
static char *play(size_t last, size_t len, struct socket_coverage *coverage)
{
	static const struct sock_filter all = {.kinds = 0};
	_cleanup_(sock_diag_freep) struct sock_diag *diag = NULL;
	_cleanup_fd_ int kernel = -1;
	struct strbuf out = {0};
	struct err err;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	diag = sock_diag_adopt(ends[0]);
	kernel = ends[1];
	for (size_t i = 0; i <= last && i < recording.count; i++)
		assert_true(send(kernel, recording.list[i].bytes,
				 i < last ? recording.list[i].len : len, MSG_DONTWAIT) >= 0);
	shutdown(kernel, SHUT_WR);
	if (sock_diag_dump(diag, &all, tell, &out, coverage, &err) < 0)
		fail_msg("%s", err.text);
	return strbuf_take(&out);
}

static void all_of_it(void **state)
{
	struct socket_coverage coverage = {0};
	_cleanup_free_ char *told = play(recording.count, 0, &coverage);

	(void)state;
	assert_string_equal(told, recorded);
	assert_int_equal(coverage.n_shortfalls, 0);
}

/* What was told is then less, and said to be; no socket is half told. */
static void every_end(void **state)
{
	(void)state;
	for (size_t last = 0; last < recording.count; last++)
		for (size_t len = 0; len < recording.list[last].len; len++) {
			struct socket_coverage coverage = {0};
			_cleanup_free_ char *told = play(last, len, &coverage);
			size_t n = strlen(told);

			assert_true(n <= strlen(recorded) && memcmp(told, recorded, n) == 0);
			assert_true(!n || told[n - 1] == '\n');
			assert_non_null(socket_coverage_find(&coverage, SHORTFALL_SOCKETS));
			socket_coverage_fini(&coverage);
		}
}

/* A copy of an answer whose tcp_info is only `most` bytes long. */
static size_t shorten(const char *body, size_t len, size_t most, char *out)
{
	size_t at = sizeof(struct inet_diag_msg), to = at;

	memcpy(out, body, at);
	while (at + sizeof(struct rtattr) <= len) {
		struct rtattr head;
		size_t size;

		memcpy(&head, body + at, sizeof(head));
		size = RTA_ALIGN(head.rta_len);
		memcpy(out + to, body + at, size);
		at += size;
		if (head.rta_type == INET_DIAG_INFO) {
			head.rta_len = (unsigned short)RTA_LENGTH(most);
			memcpy(out + to, &head, sizeof(head));
			size = RTA_SPACE(most);
		}
		to += size;
	}
	return to;
}

static void assert_known_to(const struct socket_record *whole, const struct socket_record *part,
			    enum tcp_field end)
{
	for (enum tcp_field i = 0; i < TCP_FIELD_COUNT; i++) {
		uint64_t wanted = 0, value = 0;
		bool is_told = tcp_info_get(whole->tcp_info, whole->tcp_info_len, i, &wanted);

		assert_int_equal(tcp_info_get(part->tcp_info, part->tcp_info_len, i, &value),
				 is_told && i <= end);
		assert_int_equal(value, is_told && i <= end ? wanted : 0);
	}
}

static void an_older_kernels_tcp_info(void **state)
{
	const struct datagram *tcp = &recording.list[0];
	size_t seen = 0;

	(void)state;
	for (size_t at = 0; at < tcp->len;) {
		struct socket_record whole, part;
		_Alignas(8) char shorter[1024], telling[1024];
		struct nlmsghdr head;
		struct err err;
		size_t len;

		memcpy(&head, tcp->bytes + at, sizeof(head));
		len = head.nlmsg_len - NLMSG_HDRLEN;
		memcpy(telling, tcp->bytes + at + NLMSG_HDRLEN, len);
		at += NLMSG_ALIGN(head.nlmsg_len);
		assert_int_equal(sock_diag_parse_inet(telling, len, IPPROTO_TCP, &whole, &err), 0);
		len = shorten(telling, len, INFO_OF_6_1, shorter);
		assert_int_equal(sock_diag_parse_inet(shorter, len, IPPROTO_TCP, &part, &err), 0);
		if (!whole.tcp_info)
			continue;
		seen++;
		assert_int_equal(part.tcp_info_len, INFO_OF_6_1);
		assert_known_to(&whole, &part, TCP_SND_WND_BYTES);
	}
	assert_int_equal(seen, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it),
		cmocka_unit_test(every_end),
		cmocka_unit_test(an_older_kernels_tcp_info),
	};

	if (htonl(1) == 1) {
		puts("kernel lacks the byte order of the recording");
		return 77;
	}
	return cmocka_run_group_tests(tests, load, unload);
}
