/* check/rule_host.c - the rules that look at processes, namespaces and the whole host; see
 * rule.h. */
#include "check/rule.h"

#define ROW(rule) [(rule)-RULES_OF_SOCKETS]

const struct check_rule rules_of_host[RULES_OF_HOST] = {
	ROW(RULE_DESCRIPTORS) =
		{"process.descriptors", SEVERITY_CRITICAL, "descriptors nearly used up",
		 "At its limit a process gets EMFILE for every socket and file it wants: a server "
		 "accepts nobody any more.",
		 "a process uses 80 % of its soft RLIMIT_NOFILE or more",
		 "descriptors in use (/proc/PID/fd), soft and hard limit (/proc/PID/limits)",
		 "find out what leaks; or raise the limit (LimitNOFILE= of systemd.exec(5))",
		 "getrlimit(2), RLIMIT_NOFILE", 0},
	ROW(RULE_FILE_TABLE) = {"process.file-table", SEVERITY_CRITICAL,
				"open files of the host nearly used up",
				"At fs.file-max every process without CAP_SYS_ADMIN gets ENFILE.",
				"75 % of fs.file-max is in use", "fs.file-nr",
				"find out which process holds them; or raise fs.file-max",
				"proc_sys_fs(5); kernel Documentation/admin-guide/sysctl/fs.rst",
				0},
	ROW(RULE_LISTEN_OVERFLOWS) =
		{"net.listen-overflows", SEVERITY_CRITICAL, "connections dropped at listeners",
		 "Handshakes were dropped because an accept queue was full or a connection could "
		 "not "
		 "be set up: clients wait a second or more and try again.",
		 "ListenOverflows or ListenDrops moved between the looks",
		 "both counters since boot and between the looks (/proc/net/netstat)",
		 "see socket.accept-queue-full for the listener; raise its backlog and "
		 "net.core.somaxconn, or make it accept faster",
		 "kernel Documentation/networking/snmp_counter.rst, TcpExtListenOverflows",
		 RULE_NEEDS_LOOKS},
	ROW(RULE_TIME_WAIT_BUCKETS) =
		{"net.time-wait-buckets", SEVERITY_WARNING, "TIME-WAIT table nearly full",
		 "At tcp_max_tw_buckets connections are closed without TIME-WAIT: late segments of "
		 "an "
		 "old connection may then meet a new one.",
		 "75 % of net.ipv4.tcp_max_tw_buckets is in use",
		 "TCP tw (/proc/net/sockstat), net.ipv4.tcp_max_tw_buckets",
		 "keep connections open and reuse them; or raise net.ipv4.tcp_max_tw_buckets",
		 "kernel Documentation/networking/ip-sysctl.rst, tcp_max_tw_buckets", 0},
	ROW(RULE_TIME_WAIT_OVERFLOW) =
		{"net.time-wait-overflow", SEVERITY_WARNING, "TIME-WAIT table full",
		 "Connections are closed without TIME-WAIT: late segments of an old connection may "
		 "meet a new one.",
		 "TCPTimeWaitOverflow moved between the looks",
		 "TCPTimeWaitOverflow since boot and between the looks (/proc/net/netstat)",
		 "keep connections open and reuse them; or raise net.ipv4.tcp_max_tw_buckets",
		 "kernel Documentation/networking/snmp_counter.rst", RULE_NEEDS_LOOKS},
	ROW(RULE_TCP_MEMORY) = {"net.tcp-memory", SEVERITY_WARNING, "TCP memory nearly used up",
				"Near the second field of tcp_mem buffers stop growing; at the "
				"third sends fail and "
				"connections are reset.",
				"75 % of net.ipv4.tcp_mem's second field (pressure) is in use; "
				"critical at 75 % of "
				"the third (the most)",
				"TCP mem in pages (/proc/net/sockstat), net.ipv4.tcp_mem",
				"find the connections with the largest queues (fettle sockets); "
				"lower the maxima of "
				"tcp_rmem and tcp_wmem, or raise net.ipv4.tcp_mem",
				"tcp(7), tcp_mem", 0},
	ROW(RULE_TCP_PRESSURE) =
		{"net.tcp-memory-pressure", SEVERITY_WARNING, "TCP came under memory pressure",
		 "Buffers are cut and the rates of connections with them.",
		 "TCPMemoryPressures moved between the looks",
		 "TCPMemoryPressures since boot and between the looks (/proc/net/netstat)",
		 "find the connections with the largest queues (fettle sockets); lower the maxima "
		 "of "
		 "tcp_rmem and tcp_wmem, or raise net.ipv4.tcp_mem",
		 "tcp(7), tcp_mem; kernel Documentation/networking/snmp_counter.rst",
		 RULE_NEEDS_LOOKS},
	ROW(RULE_SYN_BACKLOG) =
		{"net.syn-backlog", SEVERITY_WARNING, "half-open connections nearly at their limit",
		 "At the limit new connections are refused, or kept by SYN cookies, which lose "
		 "options of the handshake.",
		 "75 % of net.ipv4.tcp_max_syn_backlog is half open",
		 "connections in SYN-RECV (sock_diag), net.ipv4.tcp_max_syn_backlog",
		 "find out whether it is an attack (many sources that never finish); else raise "
		 "net.ipv4.tcp_max_syn_backlog, net.core.somaxconn and the backlog",
		 "tcp(7), tcp_max_syn_backlog", RULE_NEEDS_SOCKETS},
	ROW(RULE_SYN_QUEUE_FULL) =
		{"net.syn-queue-full", SEVERITY_WARNING, "SYN queue full",
		 "Listeners could not keep half-open connections: they answered with cookies, or "
		 "not "
		 "at all.",
		 "TCPReqQFullDoCookies or TCPReqQFullDrop moved between the looks",
		 "both counters since boot and between the looks (/proc/net/netstat)",
		 "find out whether it is an attack (many sources that never finish); else raise "
		 "net.ipv4.tcp_max_syn_backlog, net.core.somaxconn and the backlog",
		 "tcp(7), tcp_syncookies; kernel Documentation/networking/snmp_counter.rst",
		 RULE_NEEDS_LOOKS},
	ROW(RULE_SYNCOOKIES) =
		{"net.syncookies-ineffective", SEVERITY_WARNING, "SYN cookies that nobody returns",
		 "Cookies came back wrong and none right: they help nobody here, or an attacker "
		 "guesses.",
		 "SyncookiesFailed is at least 1024 and SyncookiesRecv 0 since boot",
		 "SyncookiesSent, SyncookiesRecv, SyncookiesFailed (/proc/net/netstat)",
		 "look where the answers come from; net.ipv4.tcp_syncookies=1 sends cookies only "
		 "when the queue is full, 2 always",
		 "tcp(7), tcp_syncookies", 0},
	ROW(RULE_SOFTNET_DROPS) =
		{"net.softnet-drops", SEVERITY_WARNING, "packets dropped before the stack",
		 "A processor's input queue was full: packets are lost before any socket sees "
		 "them.",
		 "drops between the looks, as a rate, reach 1/32 of net.core.netdev_max_backlog a "
		 "minute",
		 "dropped (/proc/net/softnet_stat, all processors), net.core.netdev_max_backlog",
		 "spread the load over processors (RSS, RPS), or raise net.core.netdev_max_backlog",
		 "kernel Documentation/admin-guide/sysctl/net.rst, netdev_max_backlog; "
		 "Documentation/networking/scaling.rst",
		 RULE_NEEDS_LOOKS},
	ROW(RULE_SOFTNET_SQUEEZED) =
		{"net.softnet-squeezed", SEVERITY_INFO, "packet processing cut short",
		 "Packets were left when the time or budget of one round was over: under load this "
		 "adds latency and, in the end, loss.",
		 "time_squeeze rises from each look to the next",
		 "time_squeeze between the looks (/proc/net/softnet_stat, all processors)",
		 "raise net.core.netdev_budget and net.core.netdev_budget_usecs",
		 "kernel Documentation/admin-guide/sysctl/net.rst, netdev_budget",
		 RULE_NEEDS_LOOKS},
	ROW(RULE_NEIGHBOURS) =
		{"net.neighbours-full", SEVERITY_WARNING, "neighbour table nearly full",
		 "At gc_thresh3 no new neighbour can be reached: connections to hosts on the same "
		 "link fail.",
		 "75 % of net.ipv4.neigh.default.gc_thresh3, or of IPv6's, is in use",
		 "entries (/proc/net/stat/arp_cache, ndisc_cache), gc_thresh3",
		 "raise gc_thresh1, gc_thresh2 and gc_thresh3 of net.ipv4.neigh.default and "
		 "net.ipv6.neigh.default",
		 "arp(7), gc_thresh3", 0},
	ROW(RULE_NEIGHBOUR_OVERFLOW) =
		{"net.neighbour-overflow", SEVERITY_CRITICAL, "neighbour table full",
		 "Neighbours could not be added: connections to hosts on the same link fail.",
		 "table_fulls moved between the looks",
		 "table_fulls since boot and between the looks (/proc/net/stat/arp_cache, "
		 "ndisc_cache)",
		 "raise gc_thresh1, gc_thresh2 and gc_thresh3 of net.ipv4.neigh.default and "
		 "net.ipv6.neigh.default",
		 "arp(7), gc_thresh3", RULE_NEEDS_LOOKS},
	ROW(RULE_FRAGMENT_MEMORY) =
		{"net.fragment-memory", SEVERITY_WARNING, "fragment memory nearly used up",
		 "At ipfrag_high_thresh fragments are dropped, and with each the whole datagram.",
		 "75 % of net.ipv4.ipfrag_high_thresh, or of IPv6's, is in use",
		 "FRAG memory in bytes (/proc/net/sockstat, sockstat6), the key",
		 "avoid fragments (smaller datagrams, path MTU discovery); or raise "
		 "net.ipv4.ipfrag_high_thresh",
		 "kernel Documentation/networking/ip-sysctl.rst, ipfrag_high_thresh", 0},
	ROW(RULE_FRAGMENT_FAILURES) =
		{"net.fragment-failures", SEVERITY_WARNING, "datagrams not put together",
		 "Fragments arrived whose rest did not: the datagrams are lost.",
		 "at least 10 reassemblies failed between the looks, and 10 % of the fragments "
		 "that "
		 "came",
		 "ReasmFails and ReasmReqds between the looks (/proc/net/snmp, snmp6)",
		 "avoid fragments (smaller datagrams, path MTU discovery); look for loss on the "
		 "path",
		 "RFC 8900; kernel Documentation/networking/snmp_counter.rst", RULE_NEEDS_LOOKS},
};
