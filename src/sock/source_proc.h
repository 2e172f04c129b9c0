/* sock/source_proc.h - what the sources that walk /proc/PID/fd say alike. */
#ifndef SOCK_SOURCE_PROC_H
#define SOCK_SOURCE_PROC_H

#include "model/socket.h"
#include "proc/fds.h"

/* Says which processes could not be looked into, if any. */
void source_proc_say(const struct fds_shortfall *shortfall, struct socket_coverage *coverage)
	__attribute__((nonnull));

#endif
