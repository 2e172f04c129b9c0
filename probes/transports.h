/* probes/transports.h - the arithmetic of `fettle probe transports`. */
#ifndef PROBES_TRANSPORTS_H
#define PROBES_TRANSPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The smallest value that at least `percent` of them do not exceed (nearest rank). `values` rise;
 * there is one at least, and `percent` is from 1 to 100. */
uint64_t transports_percentile(const uint64_t *values, size_t count, unsigned percent)
	__attribute__((nonnull));
/* True for what sendfile(2) and its like say where they cannot be had, false for a fault. */
bool transports_is_inapplicable(int code);
/* "9.1 % of what was sent was lost, ...", the caller's; NULL when all arrived. */
char *transports_tell_loss(uint64_t sent, uint64_t received) __attribute__((warn_unused_result));

#endif
