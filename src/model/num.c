/* model/num.c - see num.h. */
#include "model/num.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

int num_parse(const char *text, size_t len, struct num *out)
{
	bool negative = len && text[0] == '-';
	size_t i = len && (text[0] == '-' || text[0] == '+');
	uint64_t magnitude = 0;

	if (i == len)
		return -EINVAL;
	for (; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(magnitude, (uint64_t)10, &magnitude) ||
		    __builtin_add_overflow(magnitude, (uint64_t)(text[i] - '0'), &magnitude))
			return -ERANGE;
	}
	if (negative && magnitude > (uint64_t)INT64_MAX + 1)
		return -ERANGE;
	*out = (struct num){.magnitude = magnitude, .negative = negative && magnitude};
	return 0;
}

int num_compare(struct num a, struct num b)
{
	int order = a.magnitude < b.magnitude ? -1 : a.magnitude > b.magnitude;

	if (a.negative != b.negative)
		return a.negative ? -1 : 1;
	return a.negative ? -order : order;
}

const char *num_format(struct num n, char buf[static NUM_TEXT_SIZE])
{
	snprintf(buf, NUM_TEXT_SIZE, "%s%" PRIu64, n.negative ? "-" : "", n.magnitude);
	return buf;
}
