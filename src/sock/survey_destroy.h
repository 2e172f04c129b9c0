/* sock/survey_destroy.h - TCP connections when they close: the kernel's last word on each.
 *
 * SKNLGRP_INET_TCP_DESTROY and SKNLGRP_INET6_TCP_DESTROY of NETLINK_SOCK_DIAG (linux/sock_diag.h,
 * since 4.2) bring the tcp_info of every TCP socket that is destroyed, and neither buffers nor
 * congestion control. Kernel 6.18 lets anybody join, tried as nobody with no capability; one that
 * wants CAP_NET_ADMIN says EPERM, and that is told. */
#ifndef SOCK_SURVEY_DESTROY_H
#define SOCK_SURVEY_DESTROY_H

#include "proc/netns.h"
#include "sock/diag.h"

struct survey_destroy;
/* Joins in each namespace (NULL: our own). One that cannot be joined is said in `coverage`; when
 * none can, listening sees nothing. Join before the first look, or what closes between is lost. */
struct survey_destroy *survey_destroy_open(const struct netns_list *namespaces,
					   struct socket_coverage *coverage)
	__attribute__((nonnull(2), returns_nonnull, warn_unused_result));
void survey_destroy_free(struct survey_destroy *destroy);
MEM_DEFINE_FREEP(struct survey_destroy, survey_destroy)
/* A test that plays the kernel gives its end of a pair of datagram sockets, which then is ours. */
struct survey_destroy *survey_destroy_adopt(int fd) __attribute__((returns_nonnull));

/* Visits what closes within `ms`, and at least all that waits already; `tick`, which may be NULL,
 * is called about five times a second. */
void survey_destroy_listen(struct survey_destroy *destroy, uint64_t ms, sock_visit *visit,
			   void (*tick)(void *context, uint64_t elapsed_ms), void *context)
	__attribute__((nonnull(1, 3)));
/* At the end: messages that the kernel could not deliver, and those that made no sense. */
void survey_destroy_cover(struct survey_destroy *destroy, struct socket_coverage *coverage)
	__attribute__((nonnull));

#endif
