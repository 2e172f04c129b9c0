/* catalog/net_ip.c - keys below net.ipv4 up to the letter s: interfaces, ICMP, neighbours, routes.
 */
#include "base/mem.h"
#include "catalog/tables.h"

static const struct catalog_key keys[] = {
	KEY("net.ipv4.conf.*.accept_local",
	    "Accepts packets that carry one of this host's own addresses as their source. Needed "
	    "where traffic between two local interfaces goes over the wire; elsewhere it helps "
	    "spoofing.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.accept_redirects",
	    "Whether ICMP redirects change the routes of this host. A forged one diverts traffic, "
	    "so hosts with one router and all routers do without. On a host, either of conf.all "
	    "and the interface turns it on; on a router both must.",
	    IP_SYSCTL "; RFC 1122", KIND(INTEGER)),
	KEY("net.ipv4.conf.*.accept_source_route",
	    "Accepts packets that name their own route, which defeats address-based filters. Only "
	    "effective where conf.all has it on too.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.arp_accept",
	    "Whether an unasked ARP announcement of an unknown address makes a new entry: 0 no, 1 "
	    "yes, 2 only from the interface's own subnet.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.arp_announce",
	    "Which source address ARP requests carry: 0 any local one, 1 one of the target's "
	    "subnet where possible, 2 always the best for the target. Load balancers with direct "
	    "routing use 2. The larger of conf.all and the interface counts.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.arp_evict_nocarrier",
	    "Forgets the neighbours of an interface whose carrier is lost; roaming wireless hosts "
	    "may want to keep them.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.arp_filter",
	    "Answers ARP for an address only on the interface the reply would be routed through. "
	    "For several interfaces on one subnet, together with source routing.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.arp_ignore",
	    "Which ARP requests are answered: 0 for any local address, 1 only for addresses of the "
	    "interface asked on, 2 also only from its subnet, 3 not for host-scope addresses, 8 "
	    "none. Load balancers with direct routing use 1. The larger of conf.all and the "
	    "interface counts.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.arp_notify",
	    "Announces the address by ARP when the device comes up or its hardware address "
	    "changes.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.bc_forwarding",
	    "Forwards broadcasts directed at a subnet behind this router, which amplification "
	    "attacks make use of. Both conf.all and the interface must have it on.",
	    IP_SYSCTL "; RFC 2644", KIND(INTEGER)),
	KEY("net.ipv4.conf.*.bootp_relay", "Meant for BOOTP relays; has never been implemented.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.disable_policy", "IPsec policies do not apply to this interface.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.disable_xfrm",
	    "No IPsec transformation on this interface, whatever the policy says.", IP_SYSCTL,
	    KIND(INTEGER)),
	KEY("net.ipv4.conf.*.drop_gratuitous_arp",
	    "Drops ARP announcements nobody asked for, where a trusted ARP proxy makes them "
	    "unnecessary.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.drop_unicast_in_l2_multicast",
	    "Drops IP packets for this host alone that arrive in a multicast or broadcast frame.",
	    IP_SYSCTL "; RFC 1122", KIND(INTEGER)),
	KEY("net.ipv4.conf.*.force_igmp_version",
	    "Speaks this version of IGMP whatever the router speaks; 0 follows the router.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.forwarding",
	    "Forwards packets that arrive on this interface. conf.all is the same switch as "
	    "net.ipv4.ip_forward.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.igmpv2_unsolicited_report_interval",
	    "How long until an unsolicited IGMPv1 or v2 report is repeated.", IP_SYSCTL,
	    KIND(INTEGER), UNIT(MILLISECONDS)),
	KEY("net.ipv4.conf.*.igmpv3_unsolicited_report_interval",
	    "How long until an unsolicited IGMPv3 report is repeated.", IP_SYSCTL, KIND(INTEGER),
	    UNIT(MILLISECONDS)),
	KEY("net.ipv4.conf.*.ignore_routes_with_linkdown",
	    "Routes over a link without carrier are not used, so that traffic moves to another one "
	    "at once.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.log_martians",
	    "Logs packets with addresses that cannot be right, at a limited rate. Either of "
	    "conf.all and the interface turns it on.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.mc_forwarding",
	    "Whether multicast routing is on; set by the routing daemon through its socket, "
	    "read-only here.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.medium_id",
	    "Tells interfaces on the same medium from others, for proxy ARP; 0 is a medium of its "
	    "own, -1 unknown.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.promote_secondaries",
	    "When an interface's first address is removed, the next one of its subnet takes its "
	    "place instead of going too.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.proxy_arp",
	    "Answers ARP for addresses this host routes to. Either of conf.all and the interface "
	    "turns it on.",
	    IP_SYSCTL "; arp(7)", KIND(INTEGER)),
	KEY("net.ipv4.conf.*.proxy_arp_pvlan",
	    "Answers ARP for hosts behind the same port, for switches that keep their ports apart.",
	    IP_SYSCTL "; RFC 3069", KIND(INTEGER)),
	KEY("net.ipv4.conf.*.route_localnet",
	    "Lets 127.0.0.0/8 be routed, so that what listens on loopback can be reached from "
	    "outside. Kubernetes node ports used it; a firewall rule must then guard loopback "
	    "services.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.rp_filter",
	    "Drops packets whose source could not be reached back: 0 off, 1 only through the same "
	    "interface, 2 through any. Strict (1) breaks asymmetric routes. The larger of conf.all "
	    "and the interface counts, so conf.all=1 cannot be undone by an interface.",
	    IP_SYSCTL "; RFC 3704", KIND(INTEGER)),
	KEY("net.ipv4.conf.*.secure_redirects",
	    "Takes ICMP redirects only to routers it already knows. No effect while shared_media "
	    "is on; only of interest where accept_redirects is on.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.send_redirects",
	    "As a router, tells hosts of a better first hop. Either of conf.all and the interface "
	    "turns it on, so both must be 0 to stop it.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.shared_media",
	    "Assumes that several IP networks share the medium and redirects between them are "
	    "fine. Overrides secure_redirects.",
	    IP_SYSCTL "; RFC 1620", KIND(INTEGER)),
	KEY("net.ipv4.conf.*.src_valid_mark",
	    "The packet's mark takes part in reverse-path filtering, for routing by mark in both "
	    "directions. VPN clients such as wg-quick set it.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.conf.*.tag",
	    "A number for the administrator's own use; the kernel does nothing with it.", IP_SYSCTL,
	    KIND(INTEGER)),
	KEY("net.ipv4.fib_multipath_hash_fields",
	    "The packet fields that choose among equal routes under policy 3, as a sum of bits.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(1, 4095)),
	KEY("net.ipv4.fib_multipath_hash_policy",
	    "What chooses among equal routes: 0 addresses, 1 addresses and ports, 2 the addresses "
	    "of the inner packet, 3 the fields in fib_multipath_hash_fields.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 3)),
	KEY("net.ipv4.fib_multipath_hash_seed",
	    "Seed of the choice among equal routes, for IPv6 as well; 0 takes a random one.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, UINT32_MAX)),
	KEY("net.ipv4.fib_multipath_use_neigh",
	    "Leaves next hops that do not answer out of multipath routes.", IP_SYSCTL,
	    KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.fib_notify_on_flag_change",
	    "Whether listeners hear of routes that move to or from hardware: 0 no, 1 yes, 2 only "
	    "of failures.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 2)),
	KEY("net.ipv4.fib_sync_mem",
	    "How much memory freed route entries may hold before the kernel waits for it to be "
	    "reusable.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(BYTES), RANGE(65536, 67108864), FIRST_NETNS_ONLY),
	KEY("net.ipv4.fwmark_reflect",
	    "Replies the kernel makes itself (resets, echo replies) carry the mark of the packet "
	    "they answer, so that they take the same route.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.icmp_echo_enable_probe",
	    "Answers PROBE requests, which tell a stranger about interfaces.",
	    IP_SYSCTL "; RFC 8335", KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.icmp_echo_ignore_all",
	    "Does not answer ping. Hides little and takes away a way to tell faults apart.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.icmp_echo_ignore_broadcasts",
	    "Does not answer ping and timestamp requests sent to a broadcast or multicast address, "
	    "which amplification attacks use.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.icmp_errors_use_inbound_ifaddr",
	    "ICMP errors carry the address of the interface the packet came in on, which makes a "
	    "router's traces readable.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.icmp_ignore_bogus_error_responses",
	    "Does not log answers to broadcasts from broken routers.", IP_SYSCTL "; RFC 1122",
	    KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.icmp_msgs_burst", "How many rate-limited ICMP messages may leave at once.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("net.ipv4.icmp_msgs_per_sec",
	    "How many ICMP messages of the types in icmp_ratemask this host sends in a second, to "
	    "everybody together.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("net.ipv4.icmp_ratelimit",
	    "The least time between two ICMP messages of the types in icmp_ratemask to one target; "
	    "0 for no limit.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(MILLISECONDS)),
	KEY("net.ipv4.icmp_ratemask",
	    "Which ICMP types are rate-limited, as a sum of bits: bit 3 for destination "
	    "unreachable, and so on.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.igmp_link_local_mcast_reports",
	    "Reports membership of groups in 224.0.0.0/24 too, which snooping switches may need.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.igmp_max_memberships", "How many multicast groups a socket may join.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.igmp_max_msf", "How many sources a multicast source filter may name.",
	    IP_SYSCTL, KIND(INTEGER)),
	KEY("net.ipv4.igmp_qrv", "How many lost IGMP messages are made up for by repeating.",
	    IP_SYSCTL "; RFC 3376", KIND(INTEGER), RANGE(1, INT32_MAX)),
	KEY("net.ipv4.inet_peer_maxttl",
	    "How long an unused entry on a peer is kept while memory is plenty.", IP_SYSCTL,
	    KIND(INTEGER), UNIT(SECONDS), FIRST_NETNS_ONLY),
	KEY("net.ipv4.inet_peer_minttl", "How long an entry on a peer is kept at least.", IP_SYSCTL,
	    KIND(INTEGER), UNIT(SECONDS), FIRST_NETNS_ONLY),
	KEY("net.ipv4.inet_peer_threshold",
	    "From how many entries on, unused ones about peers are thrown away early.", IP_SYSCTL,
	    KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.ipv4.ip_autobind_reuse",
	    "bind(2) without a port may pick one that is in use with SO_REUSEADDR. "
	    "IP_BIND_ADDRESS_NO_PORT is the better answer to a shortage of ports.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.ip_default_ttl", "How many routers a packet sent from here may cross.",
	    IP_SYSCTL "; ip(7)", KIND(INTEGER), RANGE(1, 255)),
	KEY("net.ipv4.ip_dynaddr",
	    "Rewrites the source of connections being opened when a dial-up address changes; above "
	    "1 it logs that too.",
	    IP_SYSCTL "; ip(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.ip_early_demux",
	    "Looks up the socket before the route for established traffic. A pure router is faster "
	    "with it off.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.ip_forward",
	    "Makes this host a router. Changing it resets other IPv4 settings of all interfaces to "
	    "the defaults of a host or of a router, so it must be set before them.",
	    IP_SYSCTL "; ip(7)", KIND(INTEGER)),
	KEY("net.ipv4.ip_forward_update_priority",
	    "Takes a forwarded packet's queueing priority from its TOS field.", IP_SYSCTL,
	    KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.ip_forward_use_pmtu",
	    "A router trusts the path MTUs it has learned, which can be forged; only of use with "
	    "programs that rely on it.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.ip_local_port_range",
	    "The ports outgoing connections are given; their number bounds how many can be open to "
	    "one address and port at a time. The two should differ in parity, and the first must "
	    "not be below ip_unprivileged_port_start.",
	    IP_SYSCTL "; ip(7)", KIND(VECTOR), FIELDS("first", "last")),
	KEY("net.ipv4.ip_local_reserved_ports",
	    "Ports that are never given out by themselves, for services which bind them later. "
	    "Writing replaces the whole list.",
	    IP_SYSCTL, KIND(RANGES)),
	KEY("net.ipv4.ip_no_pmtu_disc",
	    "0 discovers the path MTU, 1 sends with fragmentation allowed, 2 ignores what routers "
	    "say too, 3 believes only what a protocol can verify. Anything but 0 costs throughput; "
	    "tcp_mtu_probing deals with paths that swallow the messages.",
	    IP_SYSCTL "; ip(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.ip_nonlocal_bind",
	    "Lets programs bind an address this host does not have (yet), as failover pairs and "
	    "transparent proxies need.",
	    IP_SYSCTL "; ip(7)", KIND(INTEGER), RANGE(0, 255)),
	KEY("net.ipv4.ip_unprivileged_port_start",
	    "The first port that needs no privilege to bind. Must not exceed the start of "
	    "ip_local_port_range.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 65535)),
	KEY("net.ipv4.ipfrag_high_thresh",
	    "How much memory incomplete IPv4 packets may take; beyond it new fragments are "
	    "dropped.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(BYTES)),
	KEY("net.ipv4.ipfrag_low_thresh",
	    "Has no effect since Linux 4.17; must still not be above ipfrag_high_thresh.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(BYTES)),
	KEY("net.ipv4.ipfrag_max_dist",
	    "How many fragments of other packets from the same sender may come between two of one "
	    "packet; large values risk joining fragments of different packets, 0 does not check.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("net.ipv4.ipfrag_secret_interval",
	    "Has no effect any more; the hash of fragments is no longer reseeded.",
	    "kernel net/ipv4/ip_fragment.c", KIND(INTEGER), UNIT(SECONDS), FIRST_NETNS_ONLY),
	KEY("net.ipv4.ipfrag_time", "How long a fragment waits for the rest of its packet.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(SECONDS)),
	KEY("net.ipv4.neigh.*.anycast_delay",
	    "The most an answer to an IPv6 solicitation for an anycast address is delayed.",
	    "arp(7)", KIND(INTEGER), UNIT(JIFFIES)),
	KEY("net.ipv4.neigh.*.app_solicit",
	    "How many probes go to a user-space ARP daemon before multicast ones.",
	    IP_SYSCTL "; arp(7)", KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("net.ipv4.neigh.*.base_reachable_time",
	    "About how long a neighbour that answered counts as reachable; the kernel draws "
	    "between half and one and a half of it. base_reachable_time_ms is the same with a "
	    "finer unit.",
	    "arp(7)", KIND(INTEGER), UNIT(SECONDS)),
	KEY("net.ipv4.neigh.*.base_reachable_time_ms",
	    "About how long a neighbour that answered counts as reachable; the kernel draws "
	    "between half and one and a half of it.",
	    "arp(7)", KIND(INTEGER), UNIT(MILLISECONDS), RANGE(0, INT32_MAX)),
	KEY("net.ipv4.neigh.*.delay_first_probe_time",
	    "How long a stale neighbour may prove itself through upper layers before it is probed.",
	    "arp(7)", KIND(INTEGER), UNIT(SECONDS)),
	KEY("net.ipv4.neigh.*.gc_stale_time",
	    "How long an unused entry stays before it may be collected.", "arp(7)", KIND(INTEGER),
	    UNIT(SECONDS)),
	KEY("net.ipv4.neigh.*.interval_probe_time_ms",
	    "How often neighbours the kernel was told to keep alive are probed.", IP_SYSCTL,
	    KIND(INTEGER), UNIT(MILLISECONDS), RANGE(1, INT32_MAX)),
	KEY("net.ipv4.neigh.*.locktime",
	    "How long an ARP entry is safe from being replaced, against two hosts with one address "
	    "fighting over it.",
	    "arp(7)", KIND(INTEGER), UNIT(JIFFIES)),
	KEY("net.ipv4.neigh.*.mcast_resolicit",
	    "How many multicast probes follow unicast ones before a neighbour is given up.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("net.ipv4.neigh.*.mcast_solicit",
	    "How many times an unknown neighbour is asked for by broadcast or multicast.",
	    IP_SYSCTL "; arp(7)", KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("net.ipv4.neigh.*.proxy_delay",
	    "The most an answer of proxy ARP is delayed, at random; 0 answers at once.",
	    IP_SYSCTL "; arp(7)", KIND(INTEGER), UNIT(JIFFIES)),
	KEY("net.ipv4.neigh.*.proxy_qlen", "How many proxied requests may wait for their delay.",
	    "arp(7)", KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("net.ipv4.neigh.*.retrans_time",
	    "How long until a neighbour is asked again; retrans_time_ms is the same in "
	    "milliseconds.",
	    "arp(7)", KIND(INTEGER), UNIT(JIFFIES)),
	KEY("net.ipv4.neigh.*.retrans_time_ms", "How long until a neighbour is asked again.",
	    "arp(7)", KIND(INTEGER), UNIT(MILLISECONDS), RANGE(0, INT32_MAX)),
	KEY("net.ipv4.neigh.*.ucast_solicit",
	    "How many times a known neighbour is asked directly before the daemon or multicast is "
	    "tried.",
	    IP_SYSCTL "; arp(7)", KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("net.ipv4.neigh.*.unres_qlen",
	    "How many packets wait for a neighbour's address. Derived from unres_qlen_bytes since "
	    "Linux 3.3, which is the one to set.",
	    IP_SYSCTL "; arp(7)", KIND(INTEGER)),
	KEY("net.ipv4.neigh.*.unres_qlen_bytes",
	    "How many bytes of packets wait for a neighbour's address; more push the oldest out.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(BYTES), RANGE(0, INT32_MAX), SINCE(3, 3)),
	KEY("net.ipv4.neigh.default.gc_interval",
	    "How often the neighbour table is looked through for entries to collect.", "arp(7)",
	    KIND(INTEGER), UNIT(SECONDS), FIRST_NETNS_ONLY),
	KEY("net.ipv4.neigh.default.gc_thresh1",
	    "Up to this many IPv4 neighbours nothing is collected.", IP_SYSCTL "; arp(7)",
	    KIND(INTEGER), RANGE(0, INT32_MAX), FIRST_NETNS_ONLY),
	KEY("net.ipv4.neigh.default.gc_thresh2",
	    "Above this many IPv4 neighbours, entries older than 5 seconds are collected.",
	    IP_SYSCTL "; arp(7)", KIND(INTEGER), RANGE(0, INT32_MAX), FIRST_NETNS_ONLY),
	KEY("net.ipv4.neigh.default.gc_thresh3",
	    "The most IPv4 neighbours there can be, all network namespaces together; beyond it new "
	    "ones fail and the kernel logs a neighbour table overflow. Large flat subnets and "
	    "container hosts exceed 1024.",
	    IP_SYSCTL "; arp(7)", KIND(INTEGER), RANGE(0, INT32_MAX), FIRST_NETNS_ONLY),
	KEY("net.ipv4.nexthop_compat_mode",
	    "Route messages spell out the next hops of nexthop objects, for programs that do not "
	    "know them. Off saves much work with many routes.",
	    IP_SYSCTL, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.ping_group_range",
	    "Groups whose members may open ICMP echo sockets without privilege; \"1 0\" means "
	    "nobody.",
	    IP_SYSCTL "; icmp(7)", KIND(VECTOR), FIELDS("first", "last")),
	KEY("net.ipv4.raw_l3mdev_accept",
	    "A raw socket that is bound to no VRF receives packets of all of them.", IP_SYSCTL,
	    KIND(INTEGER), RANGE(0, 1)),
	KEY("net.ipv4.route.error_burst",
	    "How many unreachable messages may be sent at once, in the kernel's own ticks "
	    "(CONFIG_HZ).",
	    "kernel net/ipv4/route.c", KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.ipv4.route.error_cost",
	    "What one unreachable message costs of that allowance, in the kernel's own ticks "
	    "(CONFIG_HZ).",
	    "kernel net/ipv4/route.c", KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.ipv4.route.flush",
	    "Write-only: any value written drops cached exceptions such as learned path MTUs. "
	    "There is nothing to read, so it cannot be audited.",
	    "kernel net/ipv4/route.c"
	    "; Linux 3.6 and later",
	    KIND(INTEGER)),
	KEY("net.ipv4.route.gc_elasticity",
	    "Has no effect: it tuned the IPv4 route cache, which was removed in Linux 3.6.",
	    "kernel net/ipv4/route.c", KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.ipv4.route.gc_interval",
	    "Has no effect: it tuned the IPv4 route cache, which was removed in Linux 3.6.",
	    "kernel net/ipv4/route.c", KIND(INTEGER), UNIT(SECONDS), FIRST_NETNS_ONLY),
	KEY("net.ipv4.route.gc_min_interval",
	    "Has no effect: it tuned the IPv4 route cache, which was removed in Linux 3.6.",
	    "kernel net/ipv4/route.c", KIND(INTEGER), UNIT(SECONDS), FIRST_NETNS_ONLY),
	KEY("net.ipv4.route.gc_min_interval_ms",
	    "Has no effect: it tuned the IPv4 route cache, which was removed in Linux 3.6.",
	    "kernel net/ipv4/route.c", KIND(INTEGER), UNIT(MILLISECONDS), FIRST_NETNS_ONLY),
	KEY("net.ipv4.route.gc_thresh",
	    "Has no effect: it tuned the IPv4 route cache, which was removed in Linux 3.6.",
	    "kernel net/ipv4/route.c", KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.ipv4.route.gc_timeout",
	    "Has no effect: it tuned the IPv4 route cache, which was removed in Linux 3.6.",
	    "kernel net/ipv4/route.c", KIND(INTEGER), UNIT(SECONDS), FIRST_NETNS_ONLY),
	KEY("net.ipv4.route.max_size",
	    "Has no effect since Linux 3.6, which removed the IPv4 route cache it bounded; it does "
	    "not limit the number of routes.",
	    IP_SYSCTL, KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.ipv4.route.min_adv_mss",
	    "The least segment size advertised, whatever the first hop's MTU.", IP_SYSCTL,
	    KIND(INTEGER), UNIT(BYTES)),
	KEY("net.ipv4.route.min_pmtu",
	    "The least path MTU that is believed; smaller reports are taken as this. Raising it "
	    "guards against forged ones.",
	    IP_SYSCTL, KIND(INTEGER), UNIT(BYTES), RANGE(68, INT32_MAX)),
	KEY("net.ipv4.route.mtu_expires", "How long a learned path MTU is kept.", IP_SYSCTL,
	    KIND(INTEGER), UNIT(SECONDS)),
	KEY("net.ipv4.route.redirect_load",
	    "Base of the growing pause between ICMP redirects to one host, in the kernel's own "
	    "ticks (CONFIG_HZ).",
	    "kernel net/ipv4/route.c", KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.ipv4.route.redirect_number",
	    "How many ICMP redirects a host may ignore before none are sent to it.",
	    "kernel net/ipv4/route.c", KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.ipv4.route.redirect_silence",
	    "After how long a silence a host is sent ICMP redirects again, in the kernel's own "
	    "ticks (CONFIG_HZ).",
	    "kernel net/ipv4/route.c", KIND(INTEGER), FIRST_NETNS_ONLY),
};

const struct catalog_table catalog_net_ip = {keys, ARRAY_SIZE(keys)};
