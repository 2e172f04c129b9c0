/* sysctl/name.h - the names of keys, in both notations.
 *
 * sysctl.d(5): when the first separator is a dot, dots separate and a slash stands for a dot within
 * a component ("net.ipv4.conf.eth0/100.rp_filter"); when it is a slash, slashes separate and dots
 * are literal ("net/ipv4/conf/eth0.100/rp_filter"). The canonical form here is the dotted one. */
#ifndef SYSCTL_NAME_H
#define SYSCTL_NAME_H

#include <stdbool.h>

#include "base/err.h"

/* Either notation, with or without "/proc/sys/" in front, to the canonical form, the caller's.
 * Returns 0, or -EINVAL: empty components, "." or "..", control bytes, over 1024 bytes. */
int sysctl_name_parse(const char *text, char **canonical, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* A canonical name as a path below the root: "net/ipv4/conf/eth0.100/rp_filter"; the caller's. */
char *sysctl_name_path(const char *name)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* True when it holds "*", "?" or "[": a pattern over names, one component at a time. */
bool sysctl_name_is_glob(const char *name) __attribute__((nonnull));
/* Both canonical; a pattern's component never matches a dot between components. */
bool sysctl_name_matches(const char *pattern, const char *name) __attribute__((nonnull));

#endif
