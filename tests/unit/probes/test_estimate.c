/* tests/unit/probes/test_estimate.c - made-up connections, and what is said of them. */
#include "tests/unit/unit.h"

#include "base/mem.h"
#include "probes/estimate.h"

enum {
	MSS = 1448,
	STEP_US = 5000,
};

/* A path of `rate_Bps` and `rtt_us` with a queue of `queue_bytes`; a sender that doubles what it
 * has under way each round trip, up to `window_bytes`. */
struct simulation {
	uint64_t rate_Bps, rtt_us, queue_bytes, window_bytes;
	unsigned rwnd, sndbuf, busy; /* percent of the time that they were so */
	unsigned lost;               /* one of so many segments; 0: none */
};

/* Acknowledgements that are held back from one time to another and then come at once, and the best
 * that the kernel measured itself; 0: nothing. */
struct hiccup {
	uint64_t from_us, until_us, kernel_Bps;
};

static void run_with(const struct simulation *path, const struct hiccup *hiccup,
		     struct estimate *estimate, uint64_t most_us)
{
	struct sample sample = {.min_rtt_us = path->rtt_us, .mss_bytes = MSS};
	double flight = 10 * MSS, delivered = 0;
	double bdp = (double)path->rate_Bps * (double)path->rtt_us / 1e6;
	uint64_t rate_Bps = 0;

	for (uint64_t at = 0; at < most_us && !estimate_has_converged(estimate); at += STEP_US) {
		double queue = flight > bdp ? flight - bdp : 0;
		double rtt = (double)path->rtt_us + queue * 1e6 / (double)path->rate_Bps;
		double rate = flight * 1e6 / rtt;

		if (at >= path->rtt_us) { /* before that nothing is acknowledged */
			delivered += rate * STEP_US / 1e6;
			flight *= 1 + (double)STEP_US / rtt;
		}
		if (flight > (double)path->window_bytes)
			flight = (double)path->window_bytes;
		if (flight > bdp + (double)path->queue_bytes)
			flight = bdp + (double)path->queue_bytes / 2;
		sample.at_us = at + 1;
		if (at < hiccup->from_us || at >= hiccup->until_us)
			sample.delivered_bytes = (uint64_t)delivered;
		sample.delivery_Bps = hiccup->kernel_Bps;
		sample.rtt_us = (uint64_t)rtt;
		sample.busy_us = at * path->busy / 100;
		sample.rwnd_us = sample.busy_us * path->rwnd / 100;
		sample.sndbuf_us = sample.busy_us * path->sndbuf / 100;
		sample.segments = sample.delivered_bytes / MSS;
		sample.retransmits = path->lost ? sample.segments / path->lost : 0;
		rate_Bps = estimate->grown_Bps ? estimate->rate_Bps : 0;
		estimate_add(estimate, &sample);
		/* whatever ends it in the middle finds what whole windows have seen by then */
		if (!hiccup->until_us)
			assert_true(estimate->rate_Bps * 100 >= rate_Bps * 95);
	}
}

static void run(const struct simulation *path, struct estimate *estimate, uint64_t most_us)
{
	run_with(path, &(struct hiccup){0}, estimate, most_us);
}

static void what_limits(void **state)
{
	static const struct {
		struct simulation path;
		uint64_t own, far;
		enum limited_by limited_by;
		enum confidence confidence;
		uint64_t rate_Bps;
	} cases[] = {
		{{12500000, 40000, 500000, 1 << 30, 0, 0, 100, 0},
		 0,
		 0,
		 LIMITED_PATH,
		 CONFIDENCE_HIGH,
		 12500000},
		{{250000, 100000, 25000, 1 << 30, 0, 0, 100, 0},
		 0,
		 0,
		 LIMITED_PATH,
		 CONFIDENCE_HIGH,
		 250000},
		{{12500000, 40000, 500000, 80000, 95, 0, 100, 0},
		 0,
		 0,
		 LIMITED_RECEIVE_WINDOW,
		 CONFIDENCE_HIGH,
		 2000000},
		{{12500000, 40000, 500000, 80000, 0, 20, 100, 0},
		 0,
		 0,
		 LIMITED_SEND_BUFFER,
		 CONFIDENCE_HIGH,
		 2000000},
		{{12500000, 40000, 500000, 80000, 0, 0, 30, 0},
		 0,
		 0,
		 LIMITED_SENDER,
		 CONFIDENCE_HIGH,
		 2000000},
		{{12500000, 40000, 500000, 80000, 0, 0, 100, 0},
		 2000000,
		 0,
		 LIMITED_SENDER,
		 CONFIDENCE_HIGH,
		 2000000},
		{{12500000, 40000, 500000, 80000, 0, 0, 100, 0},
		 9000000,
		 2000000,
		 LIMITED_FAR_END,
		 CONFIDENCE_HIGH,
		 2000000},
		{{12500000, 40000, 500000, 80000, 0, 0, 100, 100},
		 0,
		 0,
		 LIMITED_LOSS,
		 CONFIDENCE_MEDIUM,
		 2000000},
		/* it neither fills the path nor meets a bound: time ran out */
		{{12500000, 40000, 500000, 80000, 0, 0, 100, 0},
		 0,
		 0,
		 LIMITED_CONGESTION_WINDOW,
		 CONFIDENCE_LOW,
		 2000000},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct estimate estimate;

		estimate_init(&estimate, cases[i].own, cases[i].far);
		run(&cases[i].path, &estimate, 10000000);
		assert_int_equal(estimate_limited_by(&estimate), cases[i].limited_by);
		assert_int_equal(estimate_confidence(&estimate), cases[i].confidence);
		assert_in_range(estimate.rate_Bps, cases[i].rate_Bps * 96 / 100,
				cases[i].rate_Bps * 104 / 100);
		estimate_fini(&estimate);
	}
}

/* A window that is full of what waits in the queue bounds nothing. */
static void a_window_in_a_queue_is_the_path(void **state)
{
	const struct simulation path = {12500000, 40000, 1 << 30, 1000000, 95, 0, 100, 0};
	struct estimate estimate;

	(void)state;
	estimate_init(&estimate, 0, 0);
	run(&path, &estimate, 10000000);
	assert_int_equal(estimate_limited_by(&estimate), LIMITED_PATH);
	estimate_fini(&estimate);
}

/* What it takes is a few round trips from when the path is full, however slowly it began. */
static void a_slow_beginning_costs_no_time(void **state)
{
	static const struct simulation paths[] = {
		{1250000, 200000, 250000, 1 << 30, 0, 0, 100, 0},
		{12500000, 200000, 2500000, 1 << 30, 0, 0, 100, 0},
		{125000000, 80000, 10000000, 1 << 30, 0, 0, 100, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct estimate estimate;

		estimate_init(&estimate, 0, 0);
		run(&paths[i], &estimate, 10000000);
		assert_int_equal(estimate_confidence(&estimate), CONFIDENCE_HIGH);
		assert_in_range(estimate.last.at_us, 12 * paths[i].rtt_us / 2,
				14 * paths[i].rtt_us);
		estimate_fini(&estimate);
	}
}

/* Two windows of a path of 80 kbit/s are half a minute. */
static void a_slow_path_takes_its_time(void **state)
{
	const struct simulation path = {10000, 20000, 30000, 1 << 30, 0, 0, 100, 0};
	struct estimate estimate;

	(void)state;
	estimate_init(&estimate, 0, 0);
	run(&path, &estimate, 60000000);
	assert_true(estimate_has_converged(&estimate));
	assert_int_equal(estimate_limited_by(&estimate), LIMITED_PATH);
	assert_int_equal(estimate_confidence(&estimate), CONFIDENCE_HIGH);
	assert_in_range(estimate.last.at_us, 28000000, 45000000);
	assert_in_range(estimate.rate_Bps, 9600, 10400);
	estimate_fini(&estimate);
}

/* A machine or a link that stands still for a moment and makes up for it: a window that begins in
 * that moment is as steep as no path is. Wherever it falls, and also when the kernel took one such
 * measurement for the best there was. */
static void what_comes_late_is_not_counted_twice(void **state)
{
	const struct simulation path = {6250000, 40000, 250000, 1 << 30, 0, 0, 100, 0};

	(void)state;
	for (unsigned i = 0; i < 2 * 60; i++) {
		uint64_t from_us = i / 2 * 2 * (uint64_t)STEP_US;
		const struct hiccup hiccup = {from_us, from_us + 30000, i % 2 ? 7500000 : 0};
		struct estimate estimate;

		estimate_init(&estimate, 0, 0);
		run_with(&path, &hiccup, &estimate, 3000000);
		assert_int_equal(estimate_limited_by(&estimate), LIMITED_PATH);
		assert_in_range(estimate.rate_Bps, 6250000 * 97 / 100, 6250000 * 103 / 100);
		estimate_fini(&estimate);
	}
}

/* Acknowledgements at a rate, and with a round trip, for a while. */
static void feed(struct estimate *estimate, struct sample *sample, uint64_t rate_Bps,
		 uint64_t rtt_us, uint64_t for_us)
{
	for (uint64_t us = 0; us < for_us; us += STEP_US) {
		sample->at_us += STEP_US;
		sample->busy_us += STEP_US;
		sample->delivered_bytes += rate_Bps * STEP_US / 1000000;
		sample->segments = sample->delivered_bytes / MSS;
		sample->rtt_us = rtt_us;
		estimate_add(estimate, sample);
	}
}

/* A queue that is too short overflows once the path is full, and the sender is slow from then on:
 * its rate is the path's only when the queue has built up again. */
static void a_queue_that_drained_proves_nothing(void **state)
{
	enum {
		RATE_Bps = 2500000,
		SLOW_Bps = RATE_Bps * 7 / 10,
		RTT_US = 40000
	};
	struct sample sample = {.at_us = 1, .min_rtt_us = RTT_US, .mss_bytes = MSS};
	struct estimate estimate;

	(void)state;
	estimate_init(&estimate, 0, 0);
	feed(&estimate, &sample, RATE_Bps / 4, RTT_US, 3 * RTT_US);
	feed(&estimate, &sample, RATE_Bps, RTT_US * 5 / 4, 2 * RTT_US);
	sample.retransmits = 20;
	feed(&estimate, &sample, SLOW_Bps, RTT_US, 15 * RTT_US);
	assert_true(estimate.was_full);
	assert_false(estimate_has_converged(&estimate));
	assert_int_equal(estimate_confidence(&estimate), CONFIDENCE_LOW);
	feed(&estimate, &sample, SLOW_Bps, RTT_US, 25 * RTT_US);
	assert_true(estimate_has_converged(&estimate)); /* it will not be better */
	assert_int_equal(estimate_confidence(&estimate), CONFIDENCE_MEDIUM);
	assert_int_equal(estimate_limited_by(&estimate), LIMITED_LOSS);
	feed(&estimate, &sample, RATE_Bps, RTT_US * 5 / 4, 15 * RTT_US);
	assert_int_equal(estimate_confidence(&estimate), CONFIDENCE_HIGH);
	assert_int_equal(estimate_limited_by(&estimate), LIMITED_PATH);
	assert_in_range(estimate.rate_Bps, RATE_Bps * 97 / 100, RATE_Bps * 103 / 100);
	estimate_fini(&estimate);
}

/* One that ends before a window is whole has a rate, but not one to build on. */
static void a_beginning_alone_is_little(void **state)
{
	const struct simulation path = {250000, 40000, 50000, 1 << 30, 0, 0, 100, 0};
	struct estimate estimate;

	(void)state;
	estimate_init(&estimate, 0, 0);
	run(&path, &estimate, 300000);
	assert_int_equal(estimate.grown_Bps, 0);
	assert_in_range(estimate.rate_Bps, 100000, 260000);
	assert_int_equal(estimate_confidence(&estimate), CONFIDENCE_LOW);
	estimate_fini(&estimate);
}

/* Nothing, one sample, samples that stand still: no rate, and no division by nothing. */
static void nothing_is_made_up(void **state)
{
	const struct sample still = {.at_us = 7, .rtt_us = 40000, .min_rtt_us = 40000};
	struct estimate estimate;

	(void)state;
	estimate_init(&estimate, 0, 0);
	assert_false(estimate_has_converged(&estimate));
	assert_int_equal(estimate_limited_by(&estimate), LIMITED_UNKNOWN);
	assert_int_equal(estimate_confidence(&estimate), CONFIDENCE_NONE);
	for (uint64_t i = 0; i < 10000; i++) {
		struct sample sample = still;

		sample.at_us += i / 2 * STEP_US; /* twice at the same time */
		estimate_add(&estimate, &sample);
		assert_false(estimate_has_converged(&estimate));
	}
	assert_int_equal(estimate.rate_Bps, 0);
	assert_int_equal(estimate_confidence(&estimate), CONFIDENCE_NONE);
	estimate_fini(&estimate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_limits),
		cmocka_unit_test(a_window_in_a_queue_is_the_path),
		cmocka_unit_test(what_comes_late_is_not_counted_twice),
		cmocka_unit_test(a_queue_that_drained_proves_nothing),
		cmocka_unit_test(a_beginning_alone_is_little),
		cmocka_unit_test(a_slow_beginning_costs_no_time),
		cmocka_unit_test(a_slow_path_takes_its_time),
		cmocka_unit_test(nothing_is_made_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
