/* model/num.h - whole numbers as the kernel prints them: from -2^63 to 2^64-1.
 *
 * kernel.shmmax reads 18446744073692774399 and tcp_low_latency-style ints read -1; no one C type
 * holds both, so sign and magnitude are apart. Zero is never negative. */
#ifndef MODEL_NUM_H
#define MODEL_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct num {
	uint64_t magnitude;
	bool negative;
};

enum {
	NUM_TEXT_SIZE = 24
}; /* room for any number, its sign and its NUL */

static inline struct num num_of(uint64_t magnitude)
{
	return (struct num){.magnitude = magnitude};
}

/* Decimal with an optional sign, nothing around it.
 * Returns 0, -EINVAL (not a number) or -ERANGE. */
int num_parse(const char *text, size_t len, struct num *out)
	__attribute__((nonnull, warn_unused_result));
int num_compare(struct num a, struct num b); /* <0, 0, >0 */
const char *num_format(struct num n, char buf[static NUM_TEXT_SIZE]);

#endif
