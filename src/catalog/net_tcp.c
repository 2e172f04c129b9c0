/* catalog/net_tcp.c - net.ipv4.tcp_*, udp_* and what follows them. */
#include "base/mem.h"
#include "catalog/tables.h"

static const struct catalog_key keys[] = {
	KEY("net.ipv4.tcp_abc",
	    "Counted acknowledged bytes instead of acknowledgements to grow the window. Gone since "
	    "Linux 3.9.",
	    "tcp(7)", KIND(INTEGER), REMOVED(3, 9)),
	KEY("net.ipv4.tcp_abort_on_overflow",
	    "Resets a connection when the accept queue is full, instead of letting the client try "
	    "again. Turns a short burst into errors; only for listeners that cannot be made "
	    "faster.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_adv_win_scale",
	    "Which share of a receive buffer counts as overhead. Has no effect since Linux 6.6, "
	    "which measures it.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE_MINUS(31, 31)),
	KEY("net.ipv4.tcp_allowed_congestion_control",
	    "The congestion controls that programs without privilege may choose. Every one listed "
	    "is open to all users.",
	    IP_SYSCTL "; tcp(7)", KIND(SET), AVAILABLE("net.ipv4.tcp_available_congestion_control"),
	    FIRST_NETNS_ONLY),
	KEY("net.ipv4.tcp_app_win",
	    "Which share of the window is kept for the application's buffer, as a power of two; 0 "
	    "keeps none.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 31)),
	KEY("net.ipv4.tcp_autocorking",
	    "Joins small writes while an earlier packet of the flow still waits in a queue. Costs "
	    "little latency; request-response programs with TCP_NODELAY may still want it off.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 1), SINCE(3, 14)),
	KEY("net.ipv4.tcp_available_congestion_control",
	    "The congestion controls that are loaded. Read-only; others may exist as modules.",
	    IP_SYSCTL "; tcp(7)", KIND(SET)),
	KEY("net.ipv4.tcp_available_ulp",
	    "The upper-layer protocols (tls, mptcp and others) that are loaded. Read-only.",
	    "kernel net/ipv4/sysctl_net_ipv4.c", KIND(SET), FIRST_NETNS_ONLY),
	KEY("net.ipv4.tcp_backlog_ack_defer",
	    "One acknowledgement answers all that queued up while the program held the socket.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.tcp_base_mss", "The segment size that probing for the path MTU starts from.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), UNIT(BYTES)),
	KEY("net.ipv4.tcp_challenge_ack_limit",
	    "How many challenge acknowledgements a namespace sends in a second. A shared limit can "
	    "be observed from outside, so it is unlimited by default.",
	    IP_SYSCTL "; RFC 5961", KIND(INTEGER)),
	KEY("net.ipv4.tcp_child_ehash_entries",
	    "Size of the connection table of network namespaces made from now on; 0 lets them "
	    "share the first one's.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 16777216)),
	KEY("net.ipv4.tcp_comp_sack_delay_ns",
	    "The most that sending selective acknowledgements is delayed to join them, in "
	    "nanoseconds.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.tcp_comp_sack_nr",
	    "How many selective acknowledgements may be joined into one; 0 sends each.", IP_SYSCTL,
	    KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_comp_sack_rtt_percent",
	    "The share of the round-trip time that selective acknowledgements may wait. Newer "
	    "kernels only.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(1, 1000)),
	KEY("net.ipv4.tcp_comp_sack_slack_ns",
	    "Slack of the timer that joins selective acknowledgements, in nanoseconds.", IP_SYSCTL,
	    KIND(INTEGER)),
	KEY("net.ipv4.tcp_congestion_control",
	    "The congestion control of new connections; accepted ones take the listener's. bbr "
	    "goes with the fq queueing discipline, though TCP paces by itself without it.",
	    IP_SYSCTL "; tcp(7)", KIND(STRING),
	    AVAILABLE("net.ipv4.tcp_available_congestion_control")),
	KEY("net.ipv4.tcp_dsack",
	    "Tells the sender of segments that came twice, so that it can undo a needless "
	    "slow-down.",
	    IP_SYSCTL "; tcp(7)"
		      "; RFC 2883",
	    KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_early_demux", "Looks up established TCP sockets before the route.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_early_retrans",
	    "Tail loss probes find a loss at the end of a burst without a timeout: 0 off, 3 or 4 "
	    "on.",
	    IP_SYSCTL "; RFC 8985", KIND(INTEGER), RANGE(0, 4)),
	KEY("net.ipv4.tcp_ecn",
	    "Explicit congestion notification: 0 never, 1 asked for and accepted, 2 accepted only. "
	    "Newer kernels take 3 to 5 for accurate ECN.",
	    IP_SYSCTL "; tcp(7)"
		      "; RFC 3168",
	    KIND(INTEGER)),
	KEY("net.ipv4.tcp_ecn_fallback",
	    "Retries a connection without ECN when the path does not carry it.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 1), SINCE(4, 1)),
	KEY("net.ipv4.tcp_ecn_option",
	    "When accurate ECN sends its option: 0 never, 1 sparingly, 2 whenever it fits.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 2)),
	KEY("net.ipv4.tcp_ecn_option_beacon",
	    "How many times a round trip accurate ECN sends its option at least.", IP_SYSCTL,
	    KIND(INTEGER), RANGE(0, 3)),
	KEY("net.ipv4.tcp_ehash_entries",
	    "Size of the table of connections; negative where it is shared with the first network "
	    "namespace. Read-only.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.tcp_fack",
	    "Has no effect any more; forward acknowledgement gave way to RACK.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_fastopen",
	    "Data in the opening segment, as a sum of bits: 1 as a client, 2 as a server, 4 "
	    "without a cookie as a client, 512 the same as a server, 1024 for all listeners. "
	    "Middleboxes that drop such segments cost a timeout.",
	    IP_SYSCTL "; tcp(7)"
		      "; RFC 7413",
	    KIND(INTEGER), SINCE(3, 7)),
	KEY("net.ipv4.tcp_fastopen_blackhole_timeout_sec",
	    "How long fast open stays off after a path swallowed it; 0 does not look.", IP_SYSCTL,
	    KIND(INTEGER), UNIT(SECONDS), RANGE(0, INT32_MAX)),
	KEY("net.ipv4.tcp_fastopen_key",
	    "The key, and perhaps a second one, that fast-open cookies are made with. A secret; "
	    "servers behind one address must share it.",
	    IP_SYSCTL "; tcp(7)", KIND(STRING), SINCE(3, 7)),
	KEY("net.ipv4.tcp_fin_timeout",
	    "How long a connection the program has closed waits for the other end to close too. "
	    "Not the length of TIME_WAIT, which is fixed at 60 seconds.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), UNIT(SECONDS)),
	KEY("net.ipv4.tcp_frto",
	    "Recognises timeouts that were none, of use where the round-trip time varies as on "
	    "wireless links.",
	    IP_SYSCTL "; tcp(7)"
		      "; RFC 5682",
	    KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_fwmark_accept",
	    "An accepted connection takes the mark of the packet that opened it.", IP_SYSCTL,
	    KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_invalid_ratelimit",
	    "The least time between acknowledgements of invalid segments, against loops of them; 0 "
	    "for no limit.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(MILLISECONDS)),
	KEY("net.ipv4.tcp_keepalive_intvl",
	    "The time between keepalive probes, for sockets that set SO_KEEPALIVE and no interval "
	    "of their own.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), UNIT(SECONDS)),
	KEY("net.ipv4.tcp_keepalive_probes",
	    "How many unanswered keepalive probes end a connection.", IP_SYSCTL "; tcp(7)",
	    KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_keepalive_time",
	    "How long a connection is idle before keepalive probes start, for sockets that set "
	    "SO_KEEPALIVE. The default of two hours is longer than most firewalls and load "
	    "balancers remember an idle connection.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), UNIT(SECONDS)),
	KEY("net.ipv4.tcp_l3mdev_accept",
	    "A listener bound to no VRF accepts connections from all of them.", IP_SYSCTL,
	    KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.tcp_limit_output_bytes",
	    "How much of one connection may wait below TCP, in queueing disciplines and the "
	    "device. Larger values help some wireless devices and raise latency.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(BYTES), RANGE_MINUS(2147483648, INT32_MAX)),
	KEY("net.ipv4.tcp_low_latency", "Has no effect since Linux 4.14.", IP_SYSCTL "; tcp(7)",
	    KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.ipv4.tcp_max_orphans",
	    "How many connections no program holds any more may exist; beyond it they are reset. "
	    "Each may hold up to 64 KiB of memory that cannot be swapped.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.ipv4.tcp_max_reordering",
	    "How far the kernel may go in taking late segments for reordered rather than lost. "
	    "Links that spread packets may need more.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(1, INT32_MAX)),
	KEY("net.ipv4.tcp_max_syn_backlog",
	    "How many half-open connections a listener remembers. The accept queue's length "
	    "(somaxconn and the backlog) bounds them as well, so raise both.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER)),
	KEY("net.ipv4.tcp_max_tw_buckets",
	    "How many connections may be in TIME_WAIT; beyond it they are dropped at once, which "
	    "is unsafe. Meant against attacks, not to be lowered.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER)),
	KEY("net.ipv4.tcp_mem",
	    "Memory of all TCP sockets together, in pages, not bytes: below the first TCP does not "
	    "care, above the second it saves, beyond the third it drops. The kernel's choice from "
	    "the size of memory is nearly always right.",
	    IP_SYSCTL "; tcp(7)", KIND(VECTOR), UNIT(PAGES), FIELDS("min", "pressure", "max"),
	    FIRST_NETNS_ONLY),
	KEY("net.ipv4.tcp_migrate_req",
	    "A connection waiting to be accepted moves to another listener of its port when its "
	    "own closes.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.tcp_min_rtt_wlen", "How long the least round-trip time seen is remembered.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(SECONDS), RANGE(0, 86400)),
	KEY("net.ipv4.tcp_min_snd_mss",
	    "The least segment size TCP will send with, against peers that ask for tiny ones to "
	    "waste memory (CVE-2019-11479).",
	    IP_SYSCTL, KIND(INTEGER), UNIT(BYTES), RANGE(48, 65535)),
	KEY("net.ipv4.tcp_min_tso_segs",
	    "How many segments a packet handed to the device for splitting has at least.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(1, 255)),
	KEY("net.ipv4.tcp_moderate_rcvbuf",
	    "Receive buffers size themselves, up to tcp_rmem's third field. A program that sets "
	    "SO_RCVBUF turns it off for that socket.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_mtu_probe_floor",
	    "The smallest segment that probing for the path MTU falls to.", IP_SYSCTL,
	    KIND(INTEGER), UNIT(BYTES), RANGE(48, 65535)),
	KEY("net.ipv4.tcp_mtu_probing",
	    "Finds the path MTU by trying instead of trusting ICMP: 0 never, 1 once a path "
	    "swallows large packets, 2 always. 1 is a good choice with jumbo frames or filtered "
	    "ICMP.",
	    IP_SYSCTL "; tcp(7)"
		      "; RFC 4821",
	    KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_no_metrics_save",
	    "Does not remember a finished connection's round-trip time and window for the next one "
	    "to the same host.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_no_ssthresh_metrics_save",
	    "Does not remember the slow-start threshold, whose value after one bad connection "
	    "would slow down the next.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.tcp_notsent_lowat",
	    "How much unsent data a socket may hold before it stops being writable. Low values "
	    "(such as 128 KiB) keep latency and memory down for servers that decide late what to "
	    "send.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(BYTES), RANGE(0, UINT32_MAX)),
	KEY("net.ipv4.tcp_orphan_retries",
	    "How often an end nobody holds any more repeats unacknowledged data before giving up; "
	    "0 stands for 8.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_pacing_ca_ratio",
	    "How much faster than the current rate TCP paces in congestion avoidance, in percent.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1000)),
	KEY("net.ipv4.tcp_pacing_ss_ratio",
	    "How much faster than the current rate TCP paces in slow start, in percent.", IP_SYSCTL,
	    KIND(INTEGER), RANGE(0, 1000)),
	KEY("net.ipv4.tcp_pingpong_thresh",
	    "After how many request-response turns TCP takes a connection for interactive and "
	    "delays acknowledgements.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(1, 255)),
	KEY("net.ipv4.tcp_plb_cong_thresh",
	    "The share of marked packets, of 256, that makes a round count as congested for path "
	    "changes.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 256)),
	KEY("net.ipv4.tcp_plb_enabled",
	    "Moves congested IPv6 connections to another path by changing their flow label, where "
	    "the congestion control supports it.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.tcp_plb_idle_rehash_rounds",
	    "After how many congested rounds an idle connection changes its path.", IP_SYSCTL,
	    KIND(INTEGER), RANGE(0, 31)),
	KEY("net.ipv4.tcp_plb_rehash_rounds",
	    "After how many congested rounds a busy connection changes its path.", IP_SYSCTL,
	    KIND(INTEGER), RANGE(0, 31)),
	KEY("net.ipv4.tcp_plb_suspend_rto_sec",
	    "How long a connection keeps its path after a timeout, at least.", IP_SYSCTL,
	    KIND(INTEGER), UNIT(SECONDS), RANGE(0, 255)),
	KEY("net.ipv4.tcp_probe_interval", "How often a larger path MTU is tried again.",
	    IP_SYSCTL "; RFC 4821", KIND(INTEGER), UNIT(SECONDS)),
	KEY("net.ipv4.tcp_probe_threshold",
	    "Probing for the path MTU stops when the search is narrower than this.", IP_SYSCTL,
	    KIND(INTEGER), UNIT(BYTES)),
	KEY("net.ipv4.tcp_rcvbuf_low_rtt",
	    "Below this round-trip time receive buffers grow more slowly, which keeps them in "
	    "cache. Newer kernels only.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(MICROSECONDS)),
	KEY("net.ipv4.tcp_recovery",
	    "How RACK finds losses, as a sum of bits: 1 on (always), 2 a fixed reordering window, "
	    "4 no threshold of duplicates.",
	    IP_SYSCTL "; RFC 8985", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_reflect_tos",
	    "A server answers with the class of service of the packet that opened the connection.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.tcp_reordering",
	    "How far out of order segments may come before one counts as lost, to begin with; the "
	    "kernel learns more, up to tcp_max_reordering.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(1, 300)),
	KEY("net.ipv4.tcp_retrans_collapse",
	    "Joins segments when repeating them, for printers with a broken TCP.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_retries1",
	    "After how many repetitions the network layer is asked for another route.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_retries2",
	    "How often unacknowledged data is repeated before a connection is given up; 15 takes "
	    "over 15 minutes, 8 about 100 seconds, the least RFC 1122 allows.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_rfc1337",
	    "Ignores resets for connections in TIME_WAIT, so that a late one cannot end it early.",
	    IP_SYSCTL "; tcp(7)"
		      "; RFC 1337",
	    KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_rmem",
	    "A TCP receive buffer's size: what each keeps under pressure, what it starts with, and "
	    "how far it grows by itself. The third field must hold the bandwidth-delay product for "
	    "full speed; a large second one only wastes memory.",
	    IP_SYSCTL "; tcp(7)", KIND(VECTOR), UNIT(BYTES), FIELDS("min", "default", "max")),
	KEY("net.ipv4.tcp_rto_max_ms",
	    "The longest pause between repetitions of unacknowledged data. tcp_retries2 should "
	    "change with it.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(MILLISECONDS), RANGE(1000, 120000)),
	KEY("net.ipv4.tcp_rto_min_us",
	    "The shortest retransmission timeout. The default of 200 ms is long inside a data "
	    "centre; below the peer's delayed acknowledgements it repeats for nothing.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(MICROSECONDS), RANGE(1, INT32_MAX)),
	KEY("net.ipv4.tcp_sack",
	    "Selective acknowledgements: repeats only what was lost. Off, one loss in a large "
	    "window costs many round trips.",
	    IP_SYSCTL "; tcp(7)"
		      "; RFC 2018",
	    KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_shrink_window",
	    "Takes back window that was offered when memory runs short, instead of keeping more "
	    "than the buffer.",
	    IP_SYSCTL "; RFC 7323", KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.tcp_slow_start_after_idle",
	    "A connection that was idle for a timeout starts slowly again. Off helps long-lived "
	    "connections with pauses, at the risk of a burst.",
	    IP_SYSCTL "; tcp(7)"
		      "; RFC 2861",
	    KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_stdurg",
	    "Takes the urgent pointer as RFC 1122 has it, not as everybody else does.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_syn_linear_timeouts",
	    "How many times the first segment is repeated at even intervals before the pauses "
	    "double.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 127)),
	KEY("net.ipv4.tcp_syn_retries",
	    "How often the opening of an outgoing connection is repeated; the default of 6 takes "
	    "over two minutes to fail.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(1, 127)),
	KEY("net.ipv4.tcp_synack_retries",
	    "How often the answer to an incoming connection is repeated; 5 holds a half-open "
	    "connection for about a minute.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_syncookies",
	    "Answers without remembering once a listener's queue of half-open connections is full: "
	    "0 off, 1 then, 2 always, for tests. A last resort against floods: such connections "
	    "lose TCP options when timestamps are off.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_thin_linear_timeouts",
	    "Streams with few packets in flight repeat at even intervals first, for interactive "
	    "traffic over lossy links.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_timestamps",
	    "Timestamps in every segment: 0 off, 1 with a random offset, 2 without. They measure "
	    "the round trip and guard against wrapped sequence numbers at high speed; the offset "
	    "hides the uptime that is said to leak.",
	    IP_SYSCTL "; tcp(7)"
		      "; RFC 7323",
	    KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_tso_rtt_log",
	    "Lets connections to near hosts hand larger packets to the device, by a power of two "
	    "of microseconds; 0 treats all alike.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 255), SINCE(5, 18)),
	KEY("net.ipv4.tcp_tso_win_divisor",
	    "Which part of the congestion window one packet handed to the device may fill.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_tw_recycle",
	    "Dropped connections from behind a NAT that seemed to come from the past. Removed in "
	    "Linux 4.12; do not look for it. Outgoing connections may use tcp_tw_reuse.",
	    "tcp(7)", KIND(INTEGER), REMOVED(4, 12)),
	KEY("net.ipv4.tcp_tw_reuse",
	    "An outgoing connection may take over a port in TIME_WAIT: 0 never, 1 where timestamps "
	    "make it safe, 2 on loopback only. Does nothing for a server's accepted connections.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 2)),
	KEY("net.ipv4.tcp_tw_reuse_delay",
	    "How long a connection is in TIME_WAIT before tcp_tw_reuse may take its port.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(MILLISECONDS), RANGE(1, 60000)),
	KEY("net.ipv4.tcp_window_scaling",
	    "Windows above 64 KiB. Without it no connection gets beyond 64 KiB a round trip.",
	    IP_SYSCTL "; tcp(7)"
		      "; RFC 7323",
	    KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.tcp_wmem",
	    "A TCP send buffer's size: what each keeps under pressure, what it starts with, and "
	    "how far it grows by itself. The third field must hold the bandwidth-delay product for "
	    "full speed.",
	    IP_SYSCTL "; tcp(7)", KIND(VECTOR), UNIT(BYTES), FIELDS("min", "default", "max")),
	KEY("net.ipv4.tcp_workaround_signed_windows",
	    "Treats peers without window scaling as if they read windows above 32 KiB as negative.",
	    IP_SYSCTL "; tcp(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.udp_child_hash_entries",
	    "Size of the UDP socket table of network namespaces made from now on; 0 lets them "
	    "share the first one's.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.udp_early_demux",
	    "Looks up connected UDP sockets before the route. Off where most traffic is to "
	    "unconnected ones.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.udp_hash_entries",
	    "Size of the table of UDP sockets; negative where it is shared with the first network "
	    "namespace. Read-only.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.udp_l3mdev_accept", "A UDP socket bound to no VRF receives from all of them.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.udp_mem",
	    "Memory of all UDP sockets together, in pages, not bytes. Beyond the third field "
	    "received packets are dropped.",
	    IP_SYSCTL "; udp(7)", KIND(VECTOR), UNIT(PAGES), FIELDS("min", "pressure", "max"),
	    FIRST_NETNS_ONLY),
	KEY("net.ipv4.udp_rmem_min",
	    "What each UDP socket may receive even when udp_mem is used up.", IP_SYSCTL "; udp(7)",
	    KIND(INTEGER), UNIT(BYTES), RANGE(1, INT32_MAX)),
	KEY("net.ipv4.udp_wmem_min", "Has no effect: the kernel does not account what UDP sends.",
	    IP_SYSCTL "; udp(7)", KIND(INTEGER), UNIT(BYTES), RANGE(1, INT32_MAX)),
	KEY("net.ipv4.xfrm4_gc_thresh",
	    "Has no effect since Linux 4.14; it bounded the IPsec route cache.", IP_SYSCTL,
	    KIND(INTEGER)),
};

const struct catalog_table catalog_net_tcp = {keys, ARRAY_SIZE(keys)};
