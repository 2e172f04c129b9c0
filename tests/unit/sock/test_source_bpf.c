/* tests/unit/sock/test_source_bpf.c - from what the kernel keeps to what getsockopt(2) gives. What
 * needs the kernel is in tests/scenario/sock_bpf.py. */
#include "tests/unit/unit.h"

#include <string.h>

#include "sock/source_bpf.h"

static struct sock_iter_record with(enum sock_iter_value value, int64_t is)
{
	struct sock_iter_record record = {.known = UINT32_C(1) << value};

	record.values[value] = is;
	return record;
}

static void each_value_has_its_unit(void **state)
{
	static const struct {
		enum sock_iter_value value;
		int64_t is;
		enum socket_option option;
		int64_t gives; /* with 250 jiffies a second */
	} cases[] = {
		{SOCK_ITER_KEEPALIVE, 1, SOCKOPT_KEEPALIVE, 1},
		{SOCK_ITER_NODELAY, 1, SOCKOPT_NODELAY, 1},
		{SOCK_ITER_KEEPIDLE, 1800000, SOCKOPT_KEEPIDLE, 7200},
		{SOCK_ITER_KEEPINTVL, 18750, SOCKOPT_KEEPINTVL, 75},
		{SOCK_ITER_KEEPCNT, 9, SOCKOPT_KEEPCNT, 9},
		{SOCK_ITER_RCVBUF_LOCKED, 1, SOCKOPT_RCVBUF_LOCKED, 1},
		{SOCK_ITER_SNDBUF_LOCKED, 0, SOCKOPT_SNDBUF_LOCKED, 0},
		{SOCK_ITER_LINGER, -1, SOCKOPT_LINGER, -1},
		{SOCK_ITER_LINGER, 0, SOCKOPT_LINGER, 0},
		{SOCK_ITER_LINGER, 2500, SOCKOPT_LINGER, 10},
		{SOCK_ITER_REUSEADDR, 1, SOCKOPT_REUSEADDR, 1},
		{SOCK_ITER_REUSEPORT, 1, SOCKOPT_REUSEPORT, 1},
		{SOCK_ITER_USER_TIMEOUT, 30000, SOCKOPT_USER_TIMEOUT, 30000},
		{SOCK_ITER_DEFER_ACCEPT, 0, SOCKOPT_DEFER_ACCEPT, 0},
		{SOCK_ITER_DEFER_ACCEPT, 1, SOCKOPT_DEFER_ACCEPT, 1},
		{SOCK_ITER_DEFER_ACCEPT, 4, SOCKOPT_DEFER_ACCEPT, 15},
		{SOCK_ITER_DEFER_ACCEPT, 7, SOCKOPT_DEFER_ACCEPT, 127},
		{SOCK_ITER_DEFER_ACCEPT, 9, SOCKOPT_DEFER_ACCEPT, 367},
		{SOCK_ITER_FASTOPEN, 16, SOCKOPT_FASTOPEN, 16},
		{SOCK_ITER_NOTSENT_LOWAT, 16384, SOCKOPT_NOTSENT_LOWAT, 16384},
		{SOCK_ITER_NOTSENT_LOWAT, UINT32_MAX, SOCKOPT_NOTSENT_LOWAT, UINT32_MAX},
		{SOCK_ITER_MARK, 0x80000001, SOCKOPT_MARK, 0x80000001},
		{SOCK_ITER_MAXSEG, 1448, SOCKOPT_MAXSEG, 1448},
		{SOCK_ITER_RCVTIMEO, 0, SOCKOPT_RCVTIMEO_US, 0},
		{SOCK_ITER_RCVTIMEO, 251, SOCKOPT_RCVTIMEO_US, 1004000},
		{SOCK_ITER_SNDTIMEO, INT64_C(500000000000), SOCKOPT_SNDTIMEO_US,
		 INT64_C(2000000000000000)},
		{SOCK_ITER_MARK, 0x2a, SOCKOPT_MARK, 0x2a},
		{SOCK_ITER_PRIORITY, 6, SOCKOPT_PRIORITY, 6},
		{SOCK_ITER_BUSY_POLL, 50, SOCKOPT_BUSY_POLL, 50},
		{SOCK_ITER_QUICKACK, 1, SOCKOPT_QUICKACK, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sock_iter_record record = with(cases[i].value, cases[i].is);
		struct sock_options wanted = {.known = SOCKOPT_BIT(cases[i].option)}, got;

		wanted.values[cases[i].option] = cases[i].gives;
		source_bpf_convert(&record, 250, &got);
		assert_memory_equal(&got, &wanted, sizeof(got));
	}
}

/* 300 jiffies a second do not divide a second of microseconds. */
static void rounds_as_the_kernel_does(void **state)
{
	struct sock_iter_record record = with(SOCK_ITER_RCVTIMEO, 301);
	struct sock_options got;

	(void)state;
	source_bpf_convert(&record, 300, &got);
	assert_int_equal(got.values[SOCKOPT_RCVTIMEO_US], 1003333);
}

static void unknown_is_not_zero(void **state)
{
	struct sock_iter_record record = {0};
	struct sock_options got, none = {0};

	(void)state;
	memset(record.values, 0x5a, sizeof(record.values));
	source_bpf_convert(&record, 250, &got);
	assert_memory_equal(&got, &none, sizeof(got));

	/* Without the length of a jiffy what is kept in them is not known; the rest is. */
	record.known = UINT32_MAX;
	source_bpf_convert(&record, 0, &got);
	assert_int_equal(got.known & SOCKOPT_BIT(SOCKOPT_KEEPIDLE), 0);
	assert_int_equal(got.known & SOCKOPT_BIT(SOCKOPT_RCVTIMEO_US), 0);
	assert_int_equal(got.known & SOCKOPT_BIT(SOCKOPT_LINGER), 0);
	assert_int_not_equal(got.known & SOCKOPT_BIT(SOCKOPT_MARK), 0);
}

/* SO_RCVBUF and SO_SNDBUF come from sock_diag; a name that fills its field is ended. */
static void everything_at_once(void **state)
{
	struct sock_iter_record record = {.known = UINT32_MAX};
	struct sock_options got;

	(void)state;
	memcpy(record.congestion, "0123456789abcdef", sizeof(record.congestion));
	source_bpf_convert(&record, 1000, &got);
	assert_int_equal(got.known,
			 (SOCKOPT_BIT(SOCKOPT_COUNT) - 1) &
				 ~(SOCKOPT_BIT(SOCKOPT_RCVBUF) | SOCKOPT_BIT(SOCKOPT_SNDBUF)));
	assert_string_equal(got.congestion, "0123456789abcde");
}

static void who_chose_the_congestion_control(void **state)
{
	static const struct {
		int64_t set, locked;
		enum socket_congestion_by by;
	} cases[] = {
		{0, 0, CONGESTION_BY_DEFAULT},
		{1, 0, CONGESTION_BY_SETSOCKOPT},
		{0, 1, CONGESTION_BY_ROUTE},
		{1, 1, CONGESTION_BY_ROUTE}, /* what was asked for before it was connected */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sock_iter_record record = with(SOCK_ITER_CONGESTION_SET, cases[i].set);
		struct sock_options got;

		source_bpf_convert(&record, 250, &got);
		assert_int_equal(got.congestion_by, CONGESTION_BY_UNKNOWN);
		record.known |= UINT32_C(1) << SOCK_ITER_CONGESTION_LOCKED;
		record.values[SOCK_ITER_CONGESTION_LOCKED] = cases[i].locked;
		source_bpf_convert(&record, 250, &got);
		assert_int_equal(got.congestion_by, cases[i].by);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_has_its_unit),
		cmocka_unit_test(rounds_as_the_kernel_does),
		cmocka_unit_test(unknown_is_not_zero),
		cmocka_unit_test(everything_at_once),
		cmocka_unit_test(who_chose_the_congestion_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
