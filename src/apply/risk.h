/* apply/risk.h - could larger buffers exhaust the host's memory? */
#ifndef APPLY_RISK_H
#define APPLY_RISK_H

#include "apply/plan.h"

/* TCP sockets of this network namespace, or 0 when that cannot be told. */
uint64_t risk_count_sockets(void);
/* Adds a warning to the plan when it raises the largest TCP buffers, or lowers tcp_mem, so that
 * `sockets` of them at their largest hold more than tcp_mem or the host's memory, or when it raises
 * tcp_mem above that memory. */
void risk_assess(const struct apply_context *context, uint64_t sockets, struct plan *plan)
	__attribute__((nonnull));

#endif
