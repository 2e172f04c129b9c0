/* sock/diag_request.h - what NETLINK_SOCK_DIAG is asked: the part of a filter the kernel knows. */
#ifndef SOCK_DIAG_REQUEST_H
#define SOCK_DIAG_REQUEST_H

#include <netlink/msg.h>

#include "sock/diag.h"

/* A list the kernel keeps, and so one dump. */
struct sock_diag_list {
	const char *what;   /* "TCP over IPv4" */
	const char *module; /* of the kernel, that dumps it */
	int family, protocol;
	uint32_t kinds; /* 1 << enum socket_kind */
};
extern const struct sock_diag_list sock_diag_lists[];
extern const size_t n_sock_diag_lists;

/* Whether the list can hold anything that the filter lets through. */
bool sock_diag_is_wanted(const struct sock_diag_list *list, const struct sock_filter *filter)
	__attribute__((nonnull));
/* The request for a dump; free it with nlmsg_free(). */
struct nl_msg *sock_diag_request(const struct sock_diag_list *list,
				 const struct sock_filter *filter, uint32_t sequence)
	__attribute__((nonnull, returns_nonnull));
/* What the kernel did not leave out: all that is not wanted. */
bool sock_diag_passes(const struct sock_filter *filter, const struct socket_record *record)
	__attribute__((nonnull));

#endif
