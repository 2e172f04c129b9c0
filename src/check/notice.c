/* check/notice.c - findings that no built-in rule makes, see rule.h. */
#include "check/rule.h"

#include <fnmatch.h>

static const char of_profile[] = "profile-format.md, beside fettle's other documentation";

const struct check_rule check_notices[] = {
	{"sysctl.*", SEVERITY_WARNING, "a key of the profile",
	 "What a profile's `settings` ask of a key. `fettle explain KEY` says what the key means.",
	 "the key does not hold what the profile expects; the setting may give another severity",
	 NULL, "the command in the finding, or `fettle apply`", of_profile, 0},
	{"sockets.*", SEVERITY_WARNING, "a rule of the profile about sockets",
	 "What a profile's `sockets` ask of every socket that the rule means.",
	 "one of them, in this process, does not meet it; the rule may give another severity",
	 "how many met it and how many did not, one that did not",
	 "set the option in the application, or change the profile", of_profile, 0},
	{"limits.*", SEVERITY_WARNING, "a rule of the profile about limits",
	 "What a profile's `limits` ask of every process that the rule means.",
	 "this process has less left of its limit than the profile asks for; the rule may give "
	 "another severity",
	 "what is in use, and the limit", "raise the limit, or find what leaks", of_profile, 0},
	{"paths.*", SEVERITY_WARNING, "a rule of the profile about a path",
	 "What a profile's `paths` ask of the way to one address.",
	 "what was measured or set for it does not meet the rule, which may give another severity",
	 NULL, NULL, of_profile, 0},
	{"profile.*", SEVERITY_INFO, "the profile as a whole",
	 "The profile does not apply to this host: nothing of it was checked.",
	 "never fails; not applicable where the profile's `when` does not hold", NULL, NULL,
	 of_profile, 0},
	{"socket.coverage", SEVERITY_INFO, "sockets looked at",
	 "How much was seen of the host's sockets. What was not seen is judged by nobody: it may "
	 "hide what the rules look for.",
	 "never fails; unknown when sockets, their owners or options could not be read",
	 "sockets seen and read fully, those without a known owner, where options came from, how "
	 "many namespaces and looks",
	 "run it as root; options of all sockets take Linux 5.15 with BTF", "sock_diag(7)", 0},
	{"netns.enter", SEVERITY_WARNING, "network namespace",
	 "A network namespace that was asked for could not be entered: nothing in it was checked.",
	 "never fails; unreadable when the kernel refuses", NULL, "run it as root", "setns(2)", 0},
	{"limit.contradiction", SEVERITY_WARNING, "a setting that is not what happens",
	 "What /proc/sys says is a claim, what a socket gets is the proof: who tunes by this key "
	 "tunes nothing.",
	 "`fettle probe limits` sees a socket get what the key's value rules out",
	 "what was asked and got, the key and its value",
	 "look for BPF programs that change what sockets get (`bpftool cgroup tree`), and for what "
	 "is mounted over /proc/sys (`findmnt --submounts /proc`)",
	 "Documentation/bpf/prog_cgroup_sockopt.rst of the kernel", 0},
	{"path.address-fails", SEVERITY_WARNING, "an address that does not answer",
	 "Programs that try the addresses of a name in turn wait for this one until it times out.",
	 "one address of the name takes no connection while another does; info where this host has "
	 "no route to it, as that is passed over at once",
	 "the address and the error", "mend that address, or take it out of the name", "RFC 8305",
	 0},
	{"path.handshake-fails", SEVERITY_WARNING, "handshakes that fail",
	 "Some connections to a host that answers are never made.",
	 "one of the handshakes fails, while the first did not", "handshakes, and how many failed",
	 "look at the far end's accept queue, at its firewall's limits, and for loss on the way",
	 "tcp(7)", 0},
	{"path.handshake-slow", SEVERITY_WARNING, "SYNs sent again",
	 "A lost SYN is sent again after a second, then after two more: a user waits.",
	 "a SYN was sent again", "handshakes, how many were slow, SYNs sent again",
	 "look for loss on the way, and for a full accept queue at the far end", "RFC 6298", 0},
	{"path.no-window-scaling", SEVERITY_WARNING, "no window scaling",
	 "Without it a window is 64 KiB at most: 5 Mbit/s on a path of 100 ms.",
	 "the connection did not negotiate it", "the setting here, if this host is why",
	 "net.ipv4.tcp_window_scaling = 1 at both ends; else find what strips TCP options",
	 "RFC 7323", 0},
	{"path.no-sack", SEVERITY_WARNING, "no selective acknowledgements",
	 "Each loss in a window then costs a round trip of its own.",
	 "the connection did not negotiate them", "the setting here, if this host is why",
	 "net.ipv4.tcp_sack = 1 at both ends; else find what strips TCP options", "RFC 2018", 0},
	{"path.no-timestamps", SEVERITY_INFO, "no timestamps",
	 "Round trips are measured less often, and old segments are not told from new ones once "
	 "sequence numbers come again.",
	 "the connection did not negotiate them", "the setting here, if this host is why",
	 "net.ipv4.tcp_timestamps = 1 at both ends", "RFC 7323", 0},
	{"path.ecn-not-negotiated", SEVERITY_INFO, "no ECN",
	 "Congestion is then only told by loss.",
	 "this host asks for it (net.ipv4.tcp_ecn 1, 3 or 4) and the connection is without",
	 "the setting here", "net.ipv4.tcp_ecn at the far end; or nothing, it is no fault",
	 "RFC 3168", 0},
	{"path.mtu-black-hole", SEVERITY_CRITICAL, "large packets vanish",
	 "A connection is made, and hangs once it sends much; pings work.",
	 "large packets are lost in each of four rounds in which small ones are answered, and no "
	 "router says why; warning where the MSS keeps TCP below what vanishes",
	 "the largest size that arrived, the least that did not, how often each was tried",
	 "let ICMP \"fragmentation needed\" or \"packet too big\" through, correct the MTU of the "
	 "link, clamp the MSS, or net.ipv4.tcp_mtu_probing = 1",
	 "RFC 2923, RFC 4821", 0},
	{"path.mtu-below-1280", SEVERITY_CRITICAL, "a link too small for IPv6",
	 "Every link of IPv6 must carry packets of 1280 bytes; not all hosts cope with less.",
	 "a packet of 1280 bytes is refused or lost", "the MTU",
	 "correct the MTU of that link or tunnel", "RFC 8200, section 5", 0},
	{"path.pmtu-smaller-than-interface", SEVERITY_INFO, "a smaller link on the way",
	 "Each new path begins with a packet too many; nothing hangs.",
	 "the path's MTU was found, and is less than the interface's", "both MTUs",
	 "none is needed; the MTU of the route, if it should be told from the start", "RFC 1191",
	 0},
	{"path.routing-loop", SEVERITY_CRITICAL, "packets go round",
	 "They never arrive, and fill the links on which they go round.",
	 "the same routers come again and again, and the host is not reached",
	 "the first hop of it, and how many routers", "tell whoever runs those routers",
	 "RFC 1812, section 5.3.1", 0},
	{"path.loss-at-destination", SEVERITY_WARNING, "probes that are not answered",
	 "Loss slows every connection; or the host answers less often than it is asked.",
	 "the host leaves one of the UDP probes unanswered that came more than a second apart",
	 "probes sent and answered", "look for loss hop by hop", "RFC 1122, section 3.2.2.1", 0},
	{NULL, SEVERITY_INFO, NULL, NULL, NULL, NULL, NULL, NULL, 0},
};

const struct check_rule *check_notice_find(const char *id)
{
	for (const struct check_rule *notice = check_notices; notice->id; notice++)
		if (fnmatch(notice->id, id, 0) == 0)
			return notice;
	return NULL;
}
