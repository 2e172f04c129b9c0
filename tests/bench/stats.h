/* tests/bench/stats.h - time, and the order statistics of samples. */
#ifndef TESTS_BENCH_STATS_H
#define TESTS_BENCH_STATS_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t stats_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static inline int stats_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The nearest-rank percentile; sorts the samples. */
static inline uint64_t stats_percentile(uint64_t *samples, size_t count, unsigned percent)
{
	size_t rank = (count * percent + 99) / 100;

	qsort(samples, count, sizeof(*samples), stats_compare);
	return samples[rank > 0 ? rank - 1 : 0];
}

#endif
