/* rpc/netns.h - which network namespace an end of the socket is in.
 *
 * Most of net/ below /proc/sys is each namespace's own, and shows that of whoever reads it: an
 * answer about it means little without this. A Unix socket with a path leads from one namespace
 * into another. */
#ifndef RPC_NETNS_H
#define RPC_NETNS_H

/* Of this process, as the kernel names it: "net:[4026531840]" (namespaces(7)); "" where /proc does
 * not say. The caller's. */
char *rpc_netns(void) __attribute__((returns_nonnull, warn_unused_result));

#endif
