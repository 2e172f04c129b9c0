/* confine/calls.h - a process that may make only the system calls of its list: seccomp(2). */
#ifndef CONFINE_CALLS_H
#define CONFINE_CALLS_H

#include "base/err.h"

/* Lists are of SCMP_SYS() of <seccomp.h> and end with CONFINE_END; `more` may be NULL. Besides them
 * memory that cannot be run may be mapped, and a process may end itself. Any other call ends it;
 * under a sanitizer, whose runtime makes calls of its own, it is only logged. */
enum {
	CONFINE_END = -0x7fffffff
};
int confine_calls(const int *calls, const int *more, struct err *err)
	__attribute__((nonnull(1, 3), warn_unused_result));

#endif
