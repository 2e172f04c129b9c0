/* probes/sandbox.h - the end of every right, before anything from a network is read. */
#ifndef PROBES_SANDBOX_H
#define PROBES_SANDBOX_H

#include "base/err.h"

/* Becomes nobody when it was root, without capabilities, without a way to get one, and with the
 * system calls of measuring and `more` (as confine/calls.h has them; may be NULL); any other ends
 * the process. No file can be opened after this. SIGTERM comes when the parent ends. */
int sandbox_enter(const int *more, struct err *err) __attribute__((nonnull(2), warn_unused_result));

#endif
