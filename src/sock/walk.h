/* sock/walk.h - all sockets of one or more network namespaces, with owners and options. */
#ifndef SOCK_WALK_H
#define SOCK_WALK_H

#include "proc/netns.h"
#include "sock/diag.h"
#include "sock/source.h"

struct sock_walk_options {
	struct sock_filter filter;
	enum sock_source_kind source;
	struct sock_source_options source_options;
	const struct netns_list *namespaces; /* NULL: our own */
	bool bare; /* what sock_diag tells alone: nobody looks for owners and options */
};

/* Visits every socket with all that is known of it. Memory grows by the join of owners.h alone.
 * A namespace that cannot be entered is said in `coverage`; an error when none can, or when the
 * source that was asked for cannot work. Nonzero of `visit` stops the walk and is returned. */
int sock_walk(const struct sock_walk_options *options, sock_visit *visit, void *context,
	      struct socket_coverage *coverage, struct err *err)
	__attribute__((nonnull(1, 2, 4, 5), warn_unused_result));

#endif
