/* profile/waiver.h - deviations that somebody answers for. */
#ifndef PROFILE_WAIVER_H
#define PROFILE_WAIVER_H

#include "base/err.h"
#include "profile/doc.h"
#include "profile/profile.h"

/* Reader for a row, into a struct profile: adds to its waivers. */
int waivers_decode(const struct node *node, void *slot, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void waiver_fini(struct waiver *waiver) __attribute__((nonnull));

#endif
