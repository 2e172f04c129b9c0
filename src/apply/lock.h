/* apply/lock.h - one transaction at a time. */
#ifndef APPLY_LOCK_H
#define APPLY_LOCK_H

#include "base/durable.h"

/* Takes the lock of a state folder, waiting half a second at most; `fd` is the caller's, closing
 * it lets go.
 * -EBUSY, with who holds it, or what open(2) said. It is bound to the open file, not to the
 * process: a child that keeps the descriptor keeps the lock. */
int lock_take(const struct durable_folder *folder, int *fd, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
