/* apply/owner.h - keys that another program goes on setting: they are left to it.
 *
 * Asked are the tuners that a boot of the root above etc_dir starts, see boot/tuner.h. */
#ifndef APPLY_OWNER_H
#define APPLY_OWNER_H

#include "apply/plan.h"

/* Blocks each change to a key that a tuner sets to another value. One that gives way to what is in
 * /etc is not in the way of what can be made to last there. */
void owner_block(const struct apply_context *context, struct plan *plan) __attribute__((nonnull));

#endif
