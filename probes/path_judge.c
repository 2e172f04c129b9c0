/* probes/path_judge.c - what is wrong with a path: findings, each with its evidence; and what could
 * not be measured, which is no finding and never a pass. */
#include "probes/path_state.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/tcp.h>
#include <string.h>

#include "base/errno_name.h"
#include "base/mem.h"
#include "model/finding.h"

enum {
	V6_LEAST_MTU = 1280, /* RFC 8200, 5 */
	WINDOW_BYTES = 65535 /* the most that the header can say (RFC 9293, 3.1) */
};

struct judging {
	const struct path_state *path;
	json_t *by_severity[SEVERITY_COUNT];
};

/* Takes `evidence` and `text`. */
static void add(struct judging *j, const char *id, enum severity severity, json_t *evidence,
		char *text)
{
	json_array_append_new(j->by_severity[severity],
			      json_pack("{s:s, s:s, s:s, s:o}", "id", id, "severity",
					severity_name(severity), "text", text, "evidence",
					evidence));
	free(text);
}

static bool negotiated(const struct path_state *path, unsigned bit, bool *out)
{
	uint64_t options;

	if (!path->connected || !handshake_get(path_first(path), TCP_OPTIONS, &options))
		return false;
	*out = options & bit;
	return true;
}

/* Whose doing it is that an option is missing. The caller's. */
static char *say_whose(const struct path_state *path, enum path_setting setting, const char *key)
{
	if (path->ours[setting] == 0)
		return mem_printf("this host does not offer it: %s is 0", key);
	if (path->ours[setting] < 0)
		return mem_printf("whether this host offers it is not known: %s could not be read",
				  key);
	return mem_strdup(
		"this host offers it; the far end, or something on the way, does not take "
		"it");
}

static json_t *setting_evidence(const struct path_state *path, enum path_setting setting,
				const char *key)
{
	return path->ours[setting] < 0 ? json_pack("{s:n}", key)
				       : json_pack("{s:I}", key, (json_int_t)path->ours[setting]);
}

/* What one window a round trip comes to, ": 12.3 Mbit/s at this one"; the caller's. */
static char *say_rate(const struct path_state *path)
{
	uint64_t rtt_us;

	if (!handshake_get(path_first(path), TCP_RTT_US, &rtt_us) || !rtt_us)
		return mem_strdup("");
	return mem_printf(", %.1f Mbit/s with this one of %.3f ms",
			  WINDOW_BYTES * 8.0 / (double)rtt_us, (double)rtt_us / 1000);
}

static void judge_window(struct judging *j)
{
	static const char key[] = "net.ipv4.tcp_window_scaling";
	_cleanup_free_ char *whose = say_whose(j->path, OURS_WINDOW_SCALING, key), *rate = NULL;
	bool on;

	if (!negotiated(j->path, TCPI_OPT_WSCALE, &on) || on)
		return;
	rate = say_rate(j->path);
	add(j, "path.no-window-scaling", SEVERITY_WARNING,
	    setting_evidence(j->path, OURS_WINDOW_SCALING, key),
	    mem_printf("no window scaling: at most 64 KiB are under way each round trip%s; %s",
		       rate, whose));
}

static void judge_options(struct judging *j)
{
	static const struct {
		const char *id, *key, *text;
		enum path_setting setting;
		unsigned bit;
		enum severity severity;
	} options[] = {
		{"path.no-sack", "net.ipv4.tcp_sack",
		 "no selective acknowledgements: each loss costs a round trip of its own",
		 OURS_SACK, TCPI_OPT_SACK, SEVERITY_WARNING},
		{"path.no-timestamps", "net.ipv4.tcp_timestamps",
		 "no timestamps: round trips are measured less often, and sequence numbers that "
		 "come again on a fast path are not recognised",
		 OURS_TIMESTAMPS, TCPI_OPT_TIMESTAMPS, SEVERITY_INFO},
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		_cleanup_free_ char *whose = say_whose(j->path, options[i].setting, options[i].key);
		bool on;

		if (negotiated(j->path, options[i].bit, &on) && !on)
			add(j, options[i].id, options[i].severity,
			    setting_evidence(j->path, options[i].setting, options[i].key),
			    mem_printf("%s; %s", options[i].text, whose));
	}
}

/* Only where this host asks for it: 1 ECN, 3 and 4 AccECN (ip-sysctl of 6.18); the default 2 takes
 * it when asked. */
static void judge_ecn(struct judging *j)
{
	long ours = j->path->ours[OURS_ECN];
	bool on;

	if ((ours != 1 && ours != 3 && ours != 4) || !negotiated(j->path, TCPI_OPT_ECN, &on) || on)
		return;
	add(j, "path.ecn-not-negotiated", SEVERITY_INFO,
	    setting_evidence(j->path, OURS_ECN, "net.ipv4.tcp_ecn"),
	    mem_strdup("ECN was not negotiated: this host asks for it; the far end, or something "
		       "on the way, does not take it, so congestion is only told by loss"));
}

static void judge_addresses(struct judging *j)
{
	const struct path_state *path = j->path;

	for (size_t i = 0; path->connected && i < path->addresses.count; i++) {
		const struct handshake *tried = &path->tried[i];
		_cleanup_free_ char *reason = NULL;
		char text[NET_TEXT_SIZE];
		bool skipped;

		if (!tried->code)
			continue;
		/* what this host has no route to, programs pass over without waiting */
		skipped = !tried->heard &&
			  (tried->code == ENETUNREACH || tried->code == EADDRNOTAVAIL);
		reason = handshake_reason(tried);
		net_print(&path->addresses.list[i], text);
		add(j, "path.address-fails", skipped ? SEVERITY_INFO : SEVERITY_WARNING,
		    json_pack("{s:s, s:s}", "address", text, "error", errno_name(tried->code)),
		    mem_printf("%s, an address of the same name, does not answer: %s", text,
			       reason));
	}
}

static void judge_handshakes(struct judging *j)
{
	const struct path_state *path = j->path;
	unsigned slow = 0, again = 0, failed = 0;

	for (size_t i = 0; path->connected && i < path->n_handshakes; i++) {
		unsigned resent = handshake_again(&path->handshakes[i]);

		failed += path->handshakes[i].code != 0;
		slow += resent > 0;
		again += resent;
	}
	if (failed)
		add(j, "path.handshake-fails", SEVERITY_WARNING,
		    json_pack("{s:I, s:i}", "handshakes", (json_int_t)path->n_handshakes, "failed",
			      (int)failed),
		    mem_printf("%u of %zu handshakes failed, with a host that answers", failed,
			       path->n_handshakes));
	if (slow)
		add(j, "path.handshake-slow", SEVERITY_WARNING,
		    json_pack("{s:I, s:i, s:i}", "handshakes", (json_int_t)path->n_handshakes,
			      "slow", (int)slow, "syn_retransmits", (int)again),
		    mem_printf("the SYN of %u of %zu handshakes was sent again, which costs a "
			       "second and more: packets are lost, or the far end's queue of "
			       "connections is full",
			       slow, path->n_handshakes));
}

/* "; they still reach 10.0.0.1 (hop 1), and no longer 10.0.1.2 (hop 2)"; the caller's. */
static char *say_where(const struct path_state *path)
{
	const struct path_mtu *mtu = &path->mtu;
	const struct net_address *passes =
		mtu->passes_ttl ? hops_router(&path->hops, &path->volley, mtu->passes_ttl) : NULL;
	const struct net_address *lost =
		mtu->lost_ttl ? hops_router(&path->hops, &path->volley, mtu->lost_ttl) : NULL;
	char a[NET_TEXT_SIZE], b[NET_TEXT_SIZE];

	if (passes && lost)
		return mem_printf("; they still reach %s (hop %u), and no longer %s (hop %u)",
				  net_print_host(passes, a), mtu->passes_ttl,
				  net_print_host(lost, b), mtu->lost_ttl);
	if (lost)
		return mem_printf("; they do not even reach %s (hop %u)", net_print_host(lost, b),
				  mtu->lost_ttl);
	return mem_strdup("");
}

/* The largest packet that TCP makes here, which an MSS may keep below what vanishes; 0: unknown. */
static uint32_t tcp_packet_bytes(const struct path_state *path)
{
	uint64_t mss, options;

	if (!path->connected || !handshake_get(path_first(path), TCP_SND_MSS_BYTES, &mss) ||
	    !handshake_get(path_first(path), TCP_OPTIONS, &options))
		return 0;
	return segment_packet_bytes((uint32_t)mss, options, path->volley.to.at.ss_family);
}

static void judge_black_hole(struct judging *j)
{
	const struct path_mtu *mtu = &j->path->mtu;
	uint32_t tcp = tcp_packet_bytes(j->path);
	bool spared = tcp && tcp <= mtu->bytes;
	_cleanup_free_ char *where = NULL, *proof = NULL;

	if (mtu->verdict != PATH_MTU_BLACK_HOLE)
		return;
	where = say_where(j->path);
	if (mtu->by_tcp)
		proof = mem_printf("a TCP segment of %u bytes was sent %u times and never "
				   "acknowledged, one of %u bytes was",
				   mtu->full.packet_bytes, mtu->full.sent, mtu->bytes);
	else
		proof = mem_printf("%u of them were lost while %u small ones sent with them were "
				   "answered",
				   mtu->lost, mtu->controls);
	add(j, "path.mtu-black-hole", spared ? SEVERITY_WARNING : SEVERITY_CRITICAL,
	    json_pack("{s:i, s:i, s:i, s:i, s:s}", "arrived_bytes", (int)mtu->bytes, "lost_bytes",
		      (int)mtu->search.lost_bytes, "lost", (int)mtu->lost, "controls_answered",
		      (int)mtu->controls, "by", mtu->by_tcp ? "tcp" : "udp"),
	    mem_printf("packets of %u bytes vanish and nobody says so, those of %u bytes arrive: "
		       "%s%s. %s: let ICMP \"%s\" through, correct the MTU of that link, or clamp "
		       "the MSS",
		       mtu->search.lost_bytes, mtu->bytes, proof, where,
		       spared ? "TCP is spared by its MSS, UDP and tunnels are not"
			      : "Connections hang once they send much",
		       j->path->volley.to.at.ss_family == AF_INET6 ? "packet too big"
								   : "fragmentation needed"));
}

/* The least MTU that is known of; 0: none. */
static uint32_t least_mtu(const struct path_mtu *mtu)
{
	uint32_t least = mtu->exact ? mtu->bytes : 0;

	if (mtu->search.lost_bytes && mtu->search.lost_bytes <= V6_LEAST_MTU)
		least = mtu->search.lost_bytes - 1;
	for (size_t i = 0; i < mtu->n_reports; i++) {
		uint32_t said = mtu->reports[i].mtu_bytes;

		if (said && (!least || said < least))
			least = said;
	}
	return least;
}

static void judge_mtu(struct judging *j)
{
	const struct path_mtu *mtu = &j->path->mtu;
	uint32_t least = least_mtu(mtu), interface = mtu->search.interface_bytes;

	judge_black_hole(j);
	if (j->path->volley.to.at.ss_family == AF_INET6 && least && least < V6_LEAST_MTU)
		add(j, "path.mtu-below-1280", SEVERITY_CRITICAL,
		    json_pack("{s:i}", "mtu_bytes", (int)least),
		    mem_printf("the path's MTU is %u bytes, and IPv6 needs links of 1280 (RFC "
			       "8200): a link or tunnel on the way is set up wrongly",
			       least));
	if (mtu->verdict == PATH_MTU_FOUND && mtu->exact && mtu->bytes < interface)
		add(j, "path.pmtu-smaller-than-interface", SEVERITY_INFO,
		    json_pack("{s:i, s:i}", "path_mtu_bytes", (int)mtu->bytes,
			      "interface_mtu_bytes", (int)interface),
		    mem_printf(
			    "the path takes packets of %u bytes, less than the interface's %u; "
			    "larger ones are refused with a word to the sender, so nothing hangs",
			    mtu->bytes, interface));
}

static void judge_hops(struct judging *j)
{
	const struct hops *hops = &j->path->hops;

	if (hops->loop.period)
		add(j, "path.routing-loop", SEVERITY_CRITICAL,
		    json_pack("{s:i, s:i}", "from_ttl", hops->loop.first, "routers",
			      hops->loop.period),
		    mem_printf(
			    "packets go round: from hop %u on the same %u routers come again and "
			    "again, and the host is never reached",
			    hops->loop.first, hops->loop.period));
	if (hops->paced_heard < hops->paced)
		add(j, "path.loss-at-destination", SEVERITY_WARNING,
		    json_pack("{s:i, s:i}", "sent", (int)hops->paced, "answered",
			      (int)hops->paced_heard),
		    mem_printf("%u of %u UDP probes were not answered by the host, though they "
			       "were more than a second apart: packets are lost, or it answers "
			       "still less often",
			       hops->paced - hops->paced_heard, hops->paced));
}

json_t *path_judge(const struct path_state *path)
{
	struct judging j = {.path = path};
	json_t *all = json_array();

	for (int i = 0; i < SEVERITY_COUNT; i++)
		j.by_severity[i] = json_array();
	judge_window(&j);
	judge_options(&j);
	judge_ecn(&j);
	judge_addresses(&j);
	judge_handshakes(&j);
	if (!path->no_udp) {
		judge_mtu(&j);
		judge_hops(&j);
	}
	for (int i = SEVERITY_COUNT; i-- > 0;) {
		json_array_extend(all, j.by_severity[i]);
		json_decref(j.by_severity[i]);
	}
	return all;
}

static void add_unmeasured(json_t *list, const char *what, const char *reason)
{
	json_array_append_new(list, json_pack("{s:s, s:s}", "what", what, "reason", reason));
}

/* Why the host is not the last hop. The caller's. */
static char *say_unreached(const struct path_state *path)
{
	const struct hops *hops = &path->hops;
	char host[NET_TEXT_SIZE] = "somebody";
	const struct net_address *router;

	if (hops->failed)
		return mem_printf("this host cannot send there: %s", strerror(hops->failed));
	if (hops->loop.period)
		return mem_strdup("packets go round in a loop and never reach the host");
	if (hops->stopped) {
		router = hops_router(hops, &path->volley, hops->stopped);
		return mem_printf("%s (hop %u) lets them go no further",
				  router ? net_print_host(router, host) : host, hops->stopped);
	}
	if (!hops->answered)
		return mem_strdup("nobody answered UDP, not even the first router");
	return mem_printf(
		"nobody behind hop %u answers UDP: it is filtered, or the path ends there%s",
		hops->answered,
		path->connected ? "; and no connection of a limited TTL reached the host" : "");
}

json_t *path_unmeasured(const struct path_state *path)
{
	_cleanup_free_ char *reason = NULL, *unreached = NULL;
	json_t *list = json_array();

	if (!path->connected) {
		reason = handshake_reason(path_first(path));
		add_unmeasured(list, "tcp", reason);
	}
	if (path->no_udp) {
		add_unmeasured(list, "hops", path->no_udp);
		add_unmeasured(list, "mtu", path->no_udp);
		return list;
	}
	if (!path->hops.destination_answers && !path->hops.tcp_destination) {
		unreached = say_unreached(path);
		add_unmeasured(list, "hops", unreached);
	}
	if (path->mtu.verdict == PATH_MTU_UNKNOWN)
		add_unmeasured(list, "mtu", path->mtu.why ? path->mtu.why : "there was no time");
	return list;
}
