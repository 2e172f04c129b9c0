/* base/histogram.c - see histogram.h. */
#include "base/histogram.h"

/* Beyond 64 bits: UINT64_MAX. */
static uint64_t decimal(size_t bucket)
{
	static const uint64_t steps[] = {1, 2, 5};
	uint64_t value = steps[bucket % 3];

	for (size_t i = 0; i < bucket / 3; i++)
		value = value > UINT64_MAX / 10 ? UINT64_MAX : value * 10;
	return value;
}

static uint64_t power_4(size_t bucket)
{
	return bucket < 32 ? UINT64_C(1) << 2 * bucket : UINT64_MAX;
}

uint64_t histogram_from(const struct histogram *histogram, size_t bucket)
{
	if (!bucket)
		return 0;
	return histogram->scale == HISTOGRAM_DECIMAL ? decimal(bucket - 1) : power_4(bucket - 1);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	size_t bucket = 0;

	while (bucket + 1 < HISTOGRAM_BUCKETS && value >= histogram_from(histogram, bucket + 1))
		bucket++;
	histogram->counts[bucket]++;
	if (histogram->first == histogram->end) {
		histogram->first = bucket;
		histogram->end = bucket + 1;
	}
	if (bucket < histogram->first)
		histogram->first = bucket;
	if (bucket >= histogram->end)
		histogram->end = bucket + 1;
}
