/* profile/computed.h - quantities that are worked out: {bdp: {rate: 10Gbit, rtt: 80ms}, times: 2}
 * and {sysctl: KEY}. */
#ifndef PROFILE_COMPUTED_H
#define PROFILE_COMPUTED_H

#include "base/err.h"
#include "model/expect.h"
#include "profile/doc.h"

int computed_decode(const struct node *node, struct quantity *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Thousandths as people write them: "2", "1.5". */
char *computed_format_times(uint32_t milli) __attribute__((returns_nonnull, warn_unused_result));

#endif
