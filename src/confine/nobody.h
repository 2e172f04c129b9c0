/* confine/nobody.h - a process that gives up all its rights, for good. */
#ifndef CONFINE_NOBODY_H
#define CONFINE_NOBODY_H

#include "base/err.h"

/* Becomes nobody when it was root, without capabilities and without a way to get one. The signal
 * comes when the parent ends, which a change of user would undo. */
int confine_to_nobody(int when_parent_ends, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
