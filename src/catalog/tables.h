/* catalog/tables.h - the rows, a file per part of the tree; only catalog.c includes the tables.
 *
 * Rows are in order of name within a file, and the files in order of their names' prefixes, so that
 * a search needs no index (a test keeps it so). Ranges are those Linux 6.18 enforced when values
 * just inside and just outside were written in a network namespace; of keys that exist only in the
 * first one, the bounds in the kernel's tables. */
#ifndef CATALOG_TABLES_H
#define CATALOG_TABLES_H

#include "catalog/catalog.h"

struct catalog_table {
	const struct catalog_key *keys;
	size_t count;
};

extern const struct catalog_table catalog_fs, catalog_kernel, catalog_net_core, catalog_net_ip,
	catalog_net_tcp, catalog_net_ipv6, catalog_net_other, catalog_vm;

/* A row: name, text, source, then what else is known of it. */
#define KEY(key, about, from, ...)                                                                 \
	{                                                                                          \
		.name = key, .text = about, .source = from, __VA_ARGS__                            \
	}
#define KIND(k)       .kind = VALUE_##k
#define UNIT(u)       .unit = UNIT_##u
#define FIELDS(...)   .fields = {__VA_ARGS__}
#define RANGE(lo, hi) .ranged = true, .least = {.magnitude = (lo)}, .most = {.magnitude = (hi)}
#define RANGE_MINUS(lo, hi)                                                                        \
	.ranged = true, .least = {.magnitude = (lo), .negative = true}, .most = {.magnitude = (hi)}
#define SINCE(first, second)   .since = {.major = (first), .minor = (second)}
#define REMOVED(first, second) .removed = {.major = (first), .minor = (second)}
#define MODULE(m)              .module = m
#define AVAILABLE(key)         .available = key
#define FIRST_NETNS_ONLY       .first_netns_only = true

#define IP_SYSCTL        "kernel Documentation/networking/ip-sysctl.rst"
#define SYSCTL_NET       "kernel Documentation/admin-guide/sysctl/net.rst"
#define SYSCTL_VM        "kernel Documentation/admin-guide/sysctl/vm.rst"
#define SYSCTL_FS        "kernel Documentation/admin-guide/sysctl/fs.rst"
#define SYSCTL_KERNEL    "kernel Documentation/admin-guide/sysctl/kernel.rst"
#define SYSCTL_CONNTRACK "kernel Documentation/networking/nf_conntrack-sysctl.rst"
#define SYSCTL_MPTCP     "kernel Documentation/networking/mptcp-sysctl.rst"

#endif
