/* catalog/net_core.c - keys below net.bridge and net.core. */
#include "base/mem.h"
#include "catalog/tables.h"

static const struct catalog_key keys[] = {
	KEY("net.bridge.bridge-nf-call-arptables",
	    "Bridged ARP frames pass through arptables. With it on, a firewall meant for the host "
	    "also sees traffic between bridge ports.",
	    IP_SYSCTL, KIND(INTEGER), MODULE("br_netfilter")),
	KEY("net.bridge.bridge-nf-call-ip6tables",
	    "Bridged IPv6 packets pass through ip6tables. Container and VM networking depends on "
	    "it one way or the other; it costs CPU for every bridged packet.",
	    IP_SYSCTL, KIND(INTEGER), MODULE("br_netfilter")),
	KEY("net.bridge.bridge-nf-call-iptables",
	    "Bridged IPv4 packets pass through iptables. Kubernetes services need it on; plain VM "
	    "bridges are faster and safer with it off.",
	    IP_SYSCTL, KIND(INTEGER), MODULE("br_netfilter")),
	KEY("net.bridge.bridge-nf-filter-pppoe-tagged",
	    "Bridged PPPoE frames are opened up and passed to the IP firewalls as well.", IP_SYSCTL,
	    KIND(INTEGER), MODULE("br_netfilter")),
	KEY("net.bridge.bridge-nf-filter-vlan-tagged",
	    "Bridged frames with a VLAN tag are passed to the ARP and IP firewalls as well.",
	    IP_SYSCTL, KIND(INTEGER), MODULE("br_netfilter")),
	KEY("net.bridge.bridge-nf-pass-vlan-input-dev",
	    "The firewall sees the VLAN device above the bridge as the input device, where there "
	    "is one.",
	    IP_SYSCTL, KIND(INTEGER), MODULE("br_netfilter")),
	KEY("net.core.bpf_jit_enable",
	    "Whether BPF programs run as machine code: 0 interpreted, 1 compiled, 2 compiled with "
	    "the code written to the kernel log, for debugging only. Kernels built to always "
	    "compile accept nothing but 1.",
	    SYSCTL_NET, KIND(INTEGER), RANGE(0, 2), FIRST_NETNS_ONLY),
	KEY("net.core.bpf_jit_harden",
	    "Hides constants in compiled BPF code against spraying attacks: 0 off, 1 for "
	    "unprivileged users, 2 for everybody. It slows programs down.",
	    SYSCTL_NET, KIND(INTEGER), RANGE(0, 2), FIRST_NETNS_ONLY),
	KEY("net.core.bpf_jit_kallsyms",
	    "Addresses of compiled BPF programs appear in /proc/kallsyms for privileged readers, "
	    "so that profilers can name them. No effect while bpf_jit_harden is on.",
	    SYSCTL_NET, KIND(INTEGER), RANGE(0, 1), FIRST_NETNS_ONLY),
	KEY("net.core.bpf_jit_limit",
	    "How much memory compiled BPF programs of unprivileged users may take in all.",
	    SYSCTL_NET, KIND(INTEGER), UNIT(BYTES), FIRST_NETNS_ONLY),
	KEY("net.core.busy_poll",
	    "How long poll(2) and select(2) spin on the device queue before they sleep. Trades CPU "
	    "and power for latency; only sockets that may busy-poll count.",
	    SYSCTL_NET, KIND(INTEGER), UNIT(MICROSECONDS), RANGE(0, INT32_MAX), FIRST_NETNS_ONLY),
	KEY("net.core.busy_read",
	    "How long a read of a socket spins on the device queue; the default of SO_BUSY_POLL "
	    "for every socket. Trades CPU and power for latency; setting the option per socket is "
	    "the gentler way.",
	    SYSCTL_NET, KIND(INTEGER), UNIT(MICROSECONDS), RANGE(0, INT32_MAX), FIRST_NETNS_ONLY),
	KEY("net.core.default_qdisc",
	    "The queueing discipline new devices get; existing ones keep theirs. \"fq\" paces what "
	    "TCP sends and goes well with bbr, \"fq_codel\" keeps queues short between flows.",
	    SYSCTL_NET, KIND(STRING), FIRST_NETNS_ONLY),
	KEY("net.core.dev_weight",
	    "How many packets one round of NAPI processing takes from a device's queue on a CPU.",
	    SYSCTL_NET, KIND(INTEGER), RANGE(1, INT32_MAX), FIRST_NETNS_ONLY),
	KEY("net.core.dev_weight_rx_bias",
	    "Factor on dev_weight for the backlog that receive packet steering works through.",
	    SYSCTL_NET, KIND(INTEGER), RANGE(1, INT32_MAX), FIRST_NETNS_ONLY),
	KEY("net.core.dev_weight_tx_bias",
	    "Factor on dev_weight for the work of sending in one round.", SYSCTL_NET, KIND(INTEGER),
	    RANGE(1, INT32_MAX), FIRST_NETNS_ONLY),
	KEY("net.core.devconf_inherit_init_net",
	    "Where a new network namespace takes its conf.all and conf.default from: 0 IPv4 from "
	    "the first one and IPv6 from the kernel's defaults, 1 both from the first one, 2 both "
	    "from the defaults, 3 both from the namespace it was made in.",
	    SYSCTL_NET, KIND(INTEGER), RANGE(0, 3), FIRST_NETNS_ONLY),
	KEY("net.core.fb_tunnels_only_for_init_net",
	    "Whether tunnel modules make their fallback devices (tunl0, sit0 and others) in every "
	    "network namespace (0), the first one only (1), or none (2).",
	    SYSCTL_NET, KIND(INTEGER), RANGE(0, 2), FIRST_NETNS_ONLY),
	KEY("net.core.flow_limit_cpu_bitmap",
	    "CPUs on which a flow that fills the backlog loses its packets first, so that one "
	    "flood does not starve the others.",
	    "kernel Documentation/networking/scaling.rst", KIND(BITMAP), FIRST_NETNS_ONLY),
	KEY("net.core.flow_limit_table_len",
	    "Buckets of the table that flow limiting counts flows in; read when a CPU is added to "
	    "flow_limit_cpu_bitmap.",
	    "kernel Documentation/networking/scaling.rst", KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.core.gro_normal_batch",
	    "How many segments GRO collects before it hands them to the stack together.",
	    SYSCTL_NET, KIND(INTEGER), RANGE(1, INT32_MAX), FIRST_NETNS_ONLY),
	KEY("net.core.high_order_alloc_disable",
	    "Makes socket buffers use single pages only. Of use on kernels before 5.14, where "
	    "larger pages were contended.",
	    SYSCTL_NET, KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.core.max_skb_frags",
	    "How many page fragments one packet buffer may have; the upper bound is set when the "
	    "kernel is built, 17 by default.",
	    "kernel net/core/sysctl_net_core.c", KIND(INTEGER), RANGE(1, 17), FIRST_NETNS_ONLY),
	KEY("net.core.mem_pcpu_rsv",
	    "Pages of protocol memory each CPU keeps in hand before it touches the global account.",
	    SYSCTL_NET, KIND(INTEGER), UNIT(PAGES), FIRST_NETNS_ONLY),
	KEY("net.core.message_burst",
	    "How many warnings about network events may be logged at once before message_cost "
	    "holds them back.",
	    SYSCTL_NET "; socket(7)", KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.core.message_cost",
	    "How long it takes to earn the right to log one more warning about network events; 0 "
	    "logs all of them.",
	    SYSCTL_NET "; socket(7)", KIND(INTEGER), UNIT(SECONDS), FIRST_NETNS_ONLY),
	KEY("net.core.netdev_budget",
	    "How many packets all devices of a CPU together may hand over in one softirq round. A "
	    "growing third column of /proc/net/softnet_stat says that rounds end too early.",
	    SYSCTL_NET, KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.core.netdev_budget_usecs",
	    "The time limit of a softirq round; whichever of this and netdev_budget is reached "
	    "first ends it.",
	    SYSCTL_NET, KIND(INTEGER), UNIT(MICROSECONDS), FIRST_NETNS_ONLY),
	KEY("net.core.netdev_max_backlog",
	    "How many packets a CPU's input queue holds when they come in faster than they are "
	    "processed, with receive steering and virtual devices. The second column of "
	    "/proc/net/softnet_stat counts what was dropped.",
	    SYSCTL_NET "; socket(7)", KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.core.netdev_rss_key", "The key drivers spread flows over queues with. Read-only.",
	    SYSCTL_NET, KIND(STRING), FIRST_NETNS_ONLY),
	KEY("net.core.netdev_tstamp_prequeue",
	    "Packets are stamped before they are queued to another CPU (1) or after (0).",
	    SYSCTL_NET, KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.core.netdev_unregister_timeout_secs",
	    "How long removing a device waits for its last user before the kernel warns.",
	    SYSCTL_NET, KIND(INTEGER), UNIT(SECONDS), RANGE(1, 3600), FIRST_NETNS_ONLY),
	KEY("net.core.optmem_max",
	    "How much ancillary data a socket may hold. Zero-copy sends are accounted here too, "
	    "and fail with ENOBUFS when it is small.",
	    SYSCTL_NET "; socket(7)", KIND(INTEGER), UNIT(BYTES), RANGE(0, INT32_MAX)),
	KEY("net.core.qdisc_max_burst",
	    "How many packets may wait in front of a queueing discipline. Newer kernels only.",
	    SYSCTL_NET, KIND(INTEGER)),
	KEY("net.core.rmem_default",
	    "The receive buffer a socket starts with, where its protocol has no setting of its "
	    "own: UDP and Unix sockets, not TCP, which takes tcp_rmem.",
	    SYSCTL_NET "; socket(7)", KIND(INTEGER), UNIT(BYTES), RANGE(2304, INT32_MAX),
	    FIRST_NETNS_ONLY),
	KEY("net.core.rmem_max",
	    "The most a program may ask for with SO_RCVBUF; larger requests are cut without an "
	    "error. It bounds no TCP buffer that sizes itself: that is tcp_rmem's third field.",
	    SYSCTL_NET "; socket(7)", KIND(INTEGER), UNIT(BYTES), RANGE(2304, INT32_MAX),
	    FIRST_NETNS_ONLY),
	KEY("net.core.rps_default_mask",
	    "CPUs that new devices spread their received packets over; none leaves receive packet "
	    "steering off.",
	    SYSCTL_NET, KIND(BITMAP)),
	KEY("net.core.rps_sock_flow_entries",
	    "Size of the table that steers flows to the CPU their reader runs on; 0 turns receive "
	    "flow steering off. Rounded up to a power of two.",
	    "kernel Documentation/networking/scaling.rst", KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.core.skb_defer_max",
	    "How many packet buffers a CPU may queue for the CPU that allocated them to free.",
	    SYSCTL_NET, KIND(INTEGER), RANGE(0, INT32_MAX), FIRST_NETNS_ONLY),
	KEY("net.core.somaxconn",
	    "The most a listening socket's accept queue may hold; a larger backlog in listen(2) is "
	    "cut to it without an error. Was 128 before Linux 5.4. A server must be restarted to "
	    "make use of a higher value.",
	    IP_SYSCTL "; listen(2)", KIND(INTEGER), RANGE(0, INT32_MAX)),
	KEY("net.core.tstamp_allow_data",
	    "Whether unprivileged programs get packet contents back along with transmit "
	    "timestamps.",
	    SYSCTL_NET, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.core.txq_reselection_ms",
	    "How often a busy flow may move to another transmit queue; 0 never. Newer kernels "
	    "only.",
	    SYSCTL_NET, KIND(INTEGER), UNIT(MILLISECONDS)),
	KEY("net.core.txrehash",
	    "Whether listening sockets pick a new hash, and with it perhaps another path, when a "
	    "connection seems stuck.",
	    SYSCTL_NET, KIND(INTEGER), RANGE(0, 1)),
	KEY("net.core.warnings",
	    "Has no effect any more; the messages it used to switch are debug messages now.",
	    SYSCTL_NET, KIND(INTEGER), FIRST_NETNS_ONLY),
	KEY("net.core.wmem_default",
	    "The send buffer a socket starts with, where its protocol has no setting of its own: "
	    "UDP and Unix sockets, not TCP, which takes tcp_wmem.",
	    SYSCTL_NET "; socket(7)", KIND(INTEGER), UNIT(BYTES), RANGE(4608, INT32_MAX),
	    FIRST_NETNS_ONLY),
	KEY("net.core.wmem_max",
	    "The most a program may ask for with SO_SNDBUF; larger requests are cut without an "
	    "error. It bounds no TCP buffer that sizes itself: that is tcp_wmem's third field.",
	    SYSCTL_NET "; socket(7)", KIND(INTEGER), UNIT(BYTES), RANGE(4608, INT32_MAX),
	    FIRST_NETNS_ONLY),
	KEY("net.core.xfrm_acq_expires",
	    "How long the kernel waits for a key daemon to answer a request for an IPsec "
	    "association.",
	    "kernel Documentation/networking/xfrm_proc.rst"
	    "; net/xfrm/xfrm_sysctl.c",
	    KIND(INTEGER), UNIT(SECONDS)),
	KEY("net.core.xfrm_aevent_etime",
	    "How often IPsec replay state is reported, in units of 100 ms.",
	    "kernel Documentation/networking/xfrm_sync.rst", KIND(INTEGER)),
	KEY("net.core.xfrm_aevent_rseqth", "After how many packets IPsec replay state is reported.",
	    "kernel Documentation/networking/xfrm_sync.rst", KIND(INTEGER)),
	KEY("net.core.xfrm_larval_drop",
	    "Packets that wait for an IPsec association are dropped (1) instead of held back (0).",
	    "kernel net/xfrm/xfrm_sysctl.c", KIND(INTEGER)),
};

const struct catalog_table catalog_net_core = {keys, ARRAY_SIZE(keys)};
