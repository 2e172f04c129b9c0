/* model/expect.h - what a profile asks of a value: an operator and its operands, as written.
 *
 * Operands stay quantities ("64MiB", "2% of memory", a bandwidth-delay product) until they meet a
 * host and a key: check/resolve.h turns them into numbers in the key's own unit. */
#ifndef MODEL_EXPECT_H
#define MODEL_EXPECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "model/num.h"

enum quantity_kind {
	QUANTITY_TEXT,     /* a word or string; `text` alone */
	QUANTITY_NUMBER,   /* `number`, in the key's own unit */
	QUANTITY_BYTES,    /* `number` bytes */
	QUANTITY_DURATION, /* `number` microseconds */
	QUANTITY_RATE,     /* `number` bits per second */
	QUANTITY_MEMORY,   /* `share_ppm` millionths of the host's memory */
	QUANTITY_BDP,      /* `rate_bps` x `rtt_us` x `times_milli`/1000, in bytes */
	QUANTITY_SYSCTL,   /* what the key named `text` holds */
};

struct quantity {
	enum quantity_kind kind;
	char *text; /* as written in the profile, for people; the key for QUANTITY_SYSCTL */
	struct num number;
	uint32_t share_ppm;
	uint64_t rate_bps, rtt_us;
	uint32_t times_milli;
};

enum expect_op {
	EXPECT_EQUALS,          /* args: one value; several args are fields or words */
	EXPECT_AT_LEAST,        /* args[0] */
	EXPECT_AT_MOST,         /* args[0] */
	EXPECT_BETWEEN,         /* args[0] to args[1], both included */
	EXPECT_ONE_OF,          /* args: whole values */
	EXPECT_INCLUDES,        /* args: words, ports or bits that must be there */
	EXPECT_EXCLUDES,        /* args: words, ports or bits that must not */
	EXPECT_FIRST_AVAILABLE, /* args: the first that this kernel offers */
	EXPECT_ABSENT,          /* the key must not exist */
	EXPECT_FIELDS,          /* fields[i] for each position, NULL leaves it alone */
	EXPECT_OPS
};

struct expect {
	enum expect_op op;
	struct quantity *args;
	size_t n_args;
	struct quantity *set; /* what apply writes; n_set 0: the bound itself */
	size_t n_set;
	struct expect **fields;
	size_t n_fields;
};

const char *expect_op_name(enum expect_op op); /* as in a profile: "at-least" */
/* For people: ">= 64MiB", "one of 1, 2", "- / <= 1MiB / >= 2 x bdp(10Gbit, 80ms)". */
char *expect_describe(const struct expect *expect)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));

void quantity_fini(struct quantity *quantity) __attribute__((nonnull));
void expect_free(struct expect *expect);
MEM_DEFINE_FREEP(struct expect, expect)

#endif
