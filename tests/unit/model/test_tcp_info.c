/* tests/unit/model/test_tcp_info.c - tcp_info of every length that kernels gave or could give. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "model/socket.h"
#include "model/tcp_info.h"

enum {
	NEWEST = 280 /* of 6.18 */
};

/* An established connection where everything was measured: every byte but the state is 2. */
static void fill(unsigned char info[NEWEST])
{
	memset(info, 2, NEWEST);
	info[0] = SOCKET_ESTABLISHED;
}

static unsigned known(const void *info, size_t len)
{
	unsigned count = 0;
	uint64_t value;

	for (unsigned i = 0; i < TCP_FIELD_COUNT; i++)
		count += tcp_info_get(info, len, i, &value);
	return count;
}

static void a_shorter_answer_has_fewer_fields(void **state)
{
	static const struct {
		size_t len;
		unsigned fields;
		enum tcp_field last;
	} kernels[] = {
		{104, 30, TCP_TOTAL_RETRANS},     /* 2.6 */
		{160, 40, TCP_DATA_SEGS_OUT},     /* 4.6 */
		{192, 45, TCP_SNDBUF_LIMITED_US}, /* 4.10 */
		{224, 51, TCP_REORD_SEEN},        /* 4.19 */
		{232, 53, TCP_SND_WND_BYTES},     /* 5.4 to 6.1 */
		{240, 55, TCP_REHASH},            /* 6.2 */
		{248, 55, TCP_REHASH},            /* 6.7 */
		{NEWEST, 55, TCP_REHASH},
	};
	unsigned char info[NEWEST];
	uint64_t value;

	(void)state;
	fill(info);
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		/* of its own length, so that reading behind it is found */
		unsigned char *answer = mem_alloc(kernels[i].len);

		memcpy(answer, info, kernels[i].len);
		assert_true(tcp_info_get(answer, kernels[i].len, kernels[i].last, &value));
		assert_int_equal(known(answer, kernels[i].len), kernels[i].fields);
		free(answer);
	}
	for (size_t len = 0; len <= NEWEST; len++) {
		unsigned char *answer = mem_alloc(len);

		memcpy(answer, info, len);
		assert_true(known(answer, len) <= TCP_FIELD_COUNT);
		assert_int_equal(known(answer, len) == 0, len == 0);
		free(answer);
	}
	assert_false(tcp_info_get(NULL, 0, TCP_STATE, &value));
	assert_false(tcp_info_get(NULL, NEWEST, TCP_STATE, &value));
}

static void values_are_read_whole(void **state)
{
	unsigned char info[NEWEST];
	struct tcp_info *header = (void *)info;
	const uint64_t rate = UINT64_C(12500000000); /* 100 Gbit/s: more than 32 bits of bytes */
	uint64_t value = 0;

	(void)state;
	fill(info);
	header->tcpi_delivery_rate = rate;
	header->tcpi_snd_wscale = 7;
	header->tcpi_rcv_wscale = 11;
	header->tcpi_delivery_rate_app_limited = 1;
	header->tcpi_rtt = UINT32_MAX;
	assert_true(tcp_info_get(info, NEWEST, TCP_DELIVERY_RATE_BPS, &value));
	assert_int_equal(value, rate);
	assert_true(tcp_info_get(info, NEWEST, TCP_SND_WSCALE, &value));
	assert_int_equal(value, 7);
	assert_true(tcp_info_get(info, NEWEST, TCP_RCV_WSCALE, &value));
	assert_int_equal(value, 11);
	assert_true(tcp_info_get(info, NEWEST, TCP_APP_LIMITED, &value));
	assert_int_equal(value, 1);
	header->tcpi_delivery_rate_app_limited = 0;
	assert_true(tcp_info_get(info, NEWEST, TCP_APP_LIMITED, &value));
	assert_int_equal(value, 0);
	assert_true(tcp_info_get(info, NEWEST, TCP_RTT_US, &value));
	assert_int_equal(value, UINT32_MAX);
}

static void what_was_not_measured_is_unknown(void **state)
{
	static const enum tcp_field unknown[] = {
		TCP_ATO_US,          TCP_RCV_MSS_BYTES,
		TCP_PMTU_BYTES,      TCP_RTT_US,
		TCP_RTTVAR_US,       TCP_RCV_RTT_US,
		TCP_SND_SSTHRESH,    TCP_MIN_RTT_US,
		TCP_PACING_RATE_BPS, TCP_MAX_PACING_RATE_BPS,
		TCP_APP_LIMITED,     TCP_DELIVERY_RATE_BPS,
	};
	unsigned char info[NEWEST] = {SOCKET_ESTABLISHED};
	struct tcp_info *header = (void *)info;
	uint64_t value = 42;

	(void)state;
	header->tcpi_rttvar = 250000;
	header->tcpi_snd_ssthresh = INT32_MAX;
	header->tcpi_min_rtt = UINT32_MAX;
	header->tcpi_pacing_rate = header->tcpi_max_pacing_rate = UINT64_MAX;
	header->tcpi_delivery_rate_app_limited = 1;
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_false(tcp_info_get(info, NEWEST, unknown[i], &value));
	assert_int_equal(value, 42);
	assert_int_equal(known(info, NEWEST), TCP_FIELD_COUNT - ARRAY_SIZE(unknown));
	/* A zero that was counted is one. */
	assert_true(tcp_info_get(info, NEWEST, TCP_TOTAL_RETRANS, &value));
	assert_int_equal(value, 0);
}

static void states_without_traffic(void **state)
{
	unsigned char info[NEWEST];
	uint64_t value;

	(void)state;
	fill(info);
	info[0] = SOCKET_SYN_SENT;
	assert_false(tcp_info_get(info, NEWEST, TCP_LAST_DATA_SENT_MS, &value));
	assert_false(tcp_info_get(info, NEWEST, TCP_LAST_ACK_RECV_MS, &value));
	assert_int_equal(known(info, NEWEST), TCP_FIELD_COUNT - 3);
	info[0] = SOCKET_LISTEN;
	assert_true(tcp_info_get(info, NEWEST, TCP_STATE, &value));
	assert_int_equal(value, SOCKET_LISTEN);
	assert_true(tcp_info_get(info, NEWEST, TCP_MAX_PACING_RATE_BPS, &value));
	assert_int_equal(known(info, NEWEST), 2);
}

static uint64_t get(int fd, enum tcp_field field)
{
	unsigned char info[512];
	socklen_t len = sizeof(info);
	uint64_t value = UINT64_MAX;

	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len), 0);
	tcp_info_get(info, len, field, &value);
	return value;
}

/* One end's window to send is the other's to receive: this finds a wrong offset of the fields that
 * the header of this build may not have. */
static void the_running_kernel_agrees(void **state)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(name);
	_cleanup_fd_ int listener = socket(AF_INET, SOCK_STREAM, 0);
	_cleanup_fd_ int near = socket(AF_INET, SOCK_STREAM, 0);
	_cleanup_fd_ int far = -1;

	(void)state;
	if (bind(listener, (void *)&name, len) || listen(listener, 1) ||
	    getsockname(listener, (void *)&name, &len) || connect(near, (void *)&name, len))
		skip();
	far = accept(listener, NULL, NULL);
	assert_true(far >= 0);
	assert_int_equal(get(listener, TCP_STATE), SOCKET_LISTEN);
	assert_int_equal(get(near, TCP_STATE), SOCKET_ESTABLISHED);
	assert_int_equal(get(near, TCP_DELIVERY_RATE_BPS), UINT64_MAX);
	assert_in_range(get(near, TCP_RTT_US), 1, 10000000);
	assert_int_equal(get(near, TCP_SEGS_OUT), 2);
	assert_int_equal(get(near, TCP_REHASH) == 0 || get(near, TCP_REHASH) == UINT64_MAX, 1);
	if (get(far, TCP_RCV_WND_BYTES) != UINT64_MAX)
		assert_int_equal(get(far, TCP_RCV_WND_BYTES), get(near, TCP_SND_WND_BYTES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shorter_answer_has_fewer_fields),
		cmocka_unit_test(values_are_read_whole),
		cmocka_unit_test(what_was_not_measured_is_unknown),
		cmocka_unit_test(states_without_traffic),
		cmocka_unit_test(the_running_kernel_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
