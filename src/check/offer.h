/* check/offer.h - what a key may be set to, where another key lists that. */
#ifndef CHECK_OFFER_H
#define CHECK_OFFER_H

#include "catalog/catalog.h"
#include "check/host.h"
#include "model/expect.h"

/* The first operand that the kernel lists for the key, or would load a module for when chosen.
 * Returns 0 with `chosen` pointing into `expect`, -EINVAL when nothing lists what the key takes,
 * -ENOTSUP naming what is listed when none is, or what reading the list said. */
int check_first_offered(const struct host *host, const char *name, const struct catalog_key *known,
			const struct expect *expect, const struct quantity **chosen,
			struct err *err)
	__attribute__((nonnull(1, 2, 4, 5, 6), warn_unused_result));

/* What a key such as tcp_available_congestion_control lists: a set, the caller's. Returns 0, or
 * what reading it said. */
int check_read_list(const struct host *host, const char *list, struct value **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
