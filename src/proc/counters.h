/* proc/counters.h - the network stack's counters of one namespace: /proc/net/{snmp,snmp6,netstat,
 * sockstat,sockstat6,softnet_stat,stat/arp_cache,stat/ndisc_cache}, as names and numbers. */
#ifndef PROC_COUNTERS_H
#define PROC_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

struct counters;

/* Reads them all through /proc/thread-self/net: those of the namespace the thread is in. A file
 * that is not there (no IPv6, another kernel) leaves its names unknown; reading fails only when
 * none could be read. `dir` NULL: that folder; a test gives its own. */
int counters_read(const char *dir, struct counters **out, struct err *err)
	__attribute__((nonnull(2, 3), warn_unused_result));
struct counters *counters_new(void) __attribute__((returns_nonnull, warn_unused_result));
void counters_free(struct counters *counters);
MEM_DEFINE_FREEP(struct counters, counters)

/* Takes in the text of one of the files, "snmp", ..., "stat/arp_cache"; what makes no sense in it
 * stays unknown. False: no such file. */
bool counters_add(struct counters *counters, const char *file, const char *text)
	__attribute__((nonnull));

/* By name: "TcpExt.ListenOverflows", "Tcp.RetransSegs", "Udp.RcvbufErrors", "Udp6.InErrors",
 * "sockstat.TCP.mem" (pages), "sockstat.TCP.tw", "sockstat.UDP.mem", "sockstat.FRAG.memory",
 * "sockstat6.FRAG6.memory"; "softnet.processed|dropped|time_squeeze" (sums over cpus, of the host:
 * every namespace shows the same), "arp_cache.entries|table_fulls|...", "ndisc_cache. ..." (of the
 * host, and only the first namespace shows them: net/core/neighbour.c). False: this kernel does not
 * tell, or tells a negative number, as Tcp.MaxConn is where it has no meaning. */
bool counters_get(const struct counters *counters, const char *name, uint64_t *out)
	__attribute__((nonnull, warn_unused_result));

#endif
