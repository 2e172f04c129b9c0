/* base/histogram.h - how many values have each size, in logarithmic buckets. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum {
	HISTOGRAM_BUCKETS = 48
};

enum histogram_scale {
	HISTOGRAM_DECIMAL, /* 0, 1, 2, 5, 10, 20, 50, ...: for times and rates */
	HISTOGRAM_POWER_4, /* 0, 1, 4, 16, 64, ...: for bytes */
};

struct histogram {
	enum histogram_scale scale; /* starts as {.scale = ...} */
	size_t counts[HISTOGRAM_BUCKETS];
	size_t first, end; /* the buckets that have any, and those between; equal: none has */
};

void histogram_add(struct histogram *histogram, uint64_t value) __attribute__((nonnull));
/* The least value of a bucket; that of the next one is above all of it. */
uint64_t histogram_from(const struct histogram *histogram, size_t bucket) __attribute__((nonnull));

#endif
