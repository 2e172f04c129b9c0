/* apply/order.c - see order.h.
 *
 * Tried on Linux 6.18: every key below net/ was written in a network namespace with a veth pair,
 * and all others compared before and after. Sources are named where the kernel documents it. */
#include "apply/order.h"

#include <string.h>

#include "base/str.h"
#include "sysctl/name.h"
#include "sysctl/normalise.h"

enum {
	RANK_ANY = 1
};

/* The first row that matches; lower ranks go first. */
static const struct {
	const char *pattern;
	int rank;
} ranks[] = {
	/* "This variable is special, its change resets all configuration parameters to their
	 * default state" (Documentation/networking/ip-sysctl.rst); today: forwarding of every
	 * interface, and conf.all.accept_redirects */
	{"net.ipv4.ip_forward", 0},
	{"net.ipv4.conf.all.forwarding", 0},
	{"net.ipv6.conf.all.forwarding", 0},
	{"net.ipv6.conf.all.disable_ipv6", 0},
	{"net.ipv4.tcp_congestion_control", 2}, /* after tcp_allowed_congestion_control */
	{"net.ipv[46].conf.all.*", RANK_ANY},
	{"net.ipv[46].conf.default.*", 2}, /* resets interfaces that were never set on their own */
	{"net.ipv[46].conf.*.*", 3},
	{"net.ipv[46].neigh.*.*_ms", 3}, /* the finer of two names for one value */
	{"net.ipv[46].neigh.*.unres_qlen_bytes", 3},
	{"net.ipv[46].route.gc_min_interval_ms", 3},
	/* one way until the next boot (Documentation/admin-guide/sysctl/kernel.rst): last, when
	 * nothing can fail any more */
	{"kernel.modules_disabled", 9},
	{"kernel.kexec_load_disabled", 9},
	{"kernel.unprivileged_bpf_disabled", 9},
};

/* The kernel refuses a write after which low > high: EINVAL. */
static const struct {
	const char *low, *high;
} pairs[] = {
	{"net.ipv4.ipfrag_low_thresh", "net.ipv4.ipfrag_high_thresh"},
	{"net.ipv6.ip6frag_low_thresh", "net.ipv6.ip6frag_high_thresh"},
	{"net.netfilter.nf_conntrack_frag6_low_thresh",
	 "net.netfilter.nf_conntrack_frag6_high_thresh"},
	/* its first field */
	{"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_port_range"},
};

#define SAME_LEAF "=" /* the same last component in every folder beside this one */

/* `also`: a whole pattern, SAME_LEAF, or another last component in the same folder. */
static const struct {
	const char *pattern;
	const char *also[3];
} spreads[] = {
	{"net.ipv4.ip_forward",
	 {"net.ipv4.conf.*.forwarding", "net.ipv4.conf.all.accept_redirects"}},
	{"net.ipv4.conf.all.forwarding",
	 {SAME_LEAF, "net.ipv4.conf.all.accept_redirects", "net.ipv4.ip_forward"}},
	{"net.ipv4.conf.default.*", {SAME_LEAF}},
	/* off clears force_forwarding of every interface, even when it was off (6.17 and later) */
	{"net.ipv6.conf.all.forwarding", {SAME_LEAF, "net.ipv6.conf.*.force_forwarding"}},
	{"net.ipv6.conf.all.force_forwarding", {SAME_LEAF}},
	{"net.ipv6.conf.all.disable_ipv6", {SAME_LEAF}},
	{"net.ipv6.conf.all.addr_gen_mode", {SAME_LEAF}},
	{"net.ipv6.conf.all.ignore_routes_with_linkdown", {SAME_LEAF}},
	{"net.ipv[46].neigh.*.base_reachable_time", {"base_reachable_time_ms"}},
	{"net.ipv[46].neigh.*.base_reachable_time_ms", {"base_reachable_time"}},
	{"net.ipv[46].neigh.*.retrans_time", {"retrans_time_ms"}},
	{"net.ipv[46].neigh.*.retrans_time_ms", {"retrans_time"}},
	{"net.ipv[46].neigh.*.unres_qlen", {"unres_qlen_bytes"}},
	{"net.ipv[46].neigh.*.unres_qlen_bytes", {"unres_qlen"}},
	{"net.ipv[46].route.gc_min_interval", {"gc_min_interval_ms"}},
	{"net.ipv[46].route.gc_min_interval_ms", {"gc_min_interval"}},
	{"net.mptcp.pm_type", {"path_manager"}},
	{"net.mptcp.path_manager", {"pm_type"}},
	/* choosing one opens it to all users (net/ipv4/tcp_cong.c: TCP_CONG_NON_RESTRICTED) */
	{"net.ipv4.tcp_congestion_control", {"tcp_allowed_congestion_control"}},
};

static const struct {
	const char *pattern, *to; /* NULL: any value */
	const char *why;
} lasting[] = {
	{"net.ipv6.conf.*.disable_ipv6", "1",
	 "takes away every IPv6 address and route of the interface; an undo turns IPv6 on again, "
	 "but "
	 "only link-local addresses come back"},
	{"kernel.modules_disabled", NULL, "cannot be undone before the next boot"},
	{"kernel.kexec_load_disabled", NULL, "cannot be undone before the next boot"},
	{"kernel.unprivileged_bpf_disabled", "1", "cannot be undone before the next boot"},
};

static int rank_of(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranks); i++) {
		if (sysctl_name_matches(ranks[i].pattern, key))
			return ranks[i].rank;
	}
	return RANK_ANY;
}

bool order_is_behind(const char *key, const char *other)
{
	return rank_of(key) > rank_of(other);
}

static struct order_item *find(struct order_item *items, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(items[i].key, key) == 0)
			return &items[i];
	}
	return NULL;
}

/* The first number of a text; false when there is none. */
static bool first_number(const char *text, struct num *out)
{
	return text && num_parse(text, strcspn(text, " \t\n"), out) == 0;
}

/* Going up, the high one makes room first; going down, the low one. Either order of the two slots
 * keeps every other item in its place. */
static void order_pair(struct order_item *low, struct order_item *high)
{
	bool high_is_first = high < low, raise, lower;
	struct num old_low, new_low, old_high, new_high;

	if (!first_number(low->from, &old_low) || !first_number(low->to, &new_low) ||
	    !first_number(high->from, &old_high) || !first_number(high->to, &new_high))
		return;
	raise = num_compare(new_low, old_high) > 0;
	lower = num_compare(new_high, old_low) < 0;
	if ((raise && !high_is_first) || (lower && high_is_first)) {
		struct order_item kept = *low;

		*low = *high;
		*high = kept;
	}
}

void order_sort(struct order_item *items, size_t count)
{
	struct order_item *sorted = mem_alloc_array(count, sizeof(*items));
	int *rank = mem_alloc_array(count, sizeof(*rank));
	size_t done = 0;

	for (size_t i = 0; i < count; i++)
		rank[i] = rank_of(items[i].key);
	for (int want = 0; done < count; want++) {
		for (size_t i = 0; i < count; i++) {
			if (rank[i] == want)
				sorted[done++] = items[i];
		}
	}
	if (count)
		memcpy(items, sorted, count * sizeof(*items));
	free(sorted);
	free(rank);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct order_item *low = find(items, count, pairs[i].low);
		struct order_item *high = find(items, count, pairs[i].high);

		if (low && high)
			order_pair(low, high);
	}
}

/* `folders` components are left of `key`, then come a "*" where asked for, and the last one. */
static char *sibling(const char *key, const char *also)
{
	const char *leaf = strrchr(key, '.');
	int folder = (int)(leaf - key);

	if (strchr(also, '.'))
		return mem_strdup(also);
	if (strcmp(also, SAME_LEAF) != 0)
		return mem_printf("%.*s.%s", folder, key, also);
	while (key[folder - 1] != '.')
		folder--;
	return mem_printf("%.*s*%s", folder, key, leaf);
}

char **order_spread(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(spreads); i++) {
		char **patterns;

		if (!sysctl_name_matches(spreads[i].pattern, key))
			continue;
		patterns = mem_alloc_array(ARRAY_SIZE(spreads[i].also) + 1, sizeof(*patterns));
		for (size_t j = 0; j < ARRAY_SIZE(spreads[i].also) && spreads[i].also[j]; j++)
			patterns[j] = sibling(key, spreads[i].also[j]);
		return patterns;
	}
	return NULL;
}

void order_spread_free(char **patterns)
{
	for (size_t i = 0; patterns && patterns[i]; i++)
		free(patterns[i]);
	free(patterns);
}

const char *order_lasting(const char *key, const char *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(lasting); i++) {
		if (sysctl_name_matches(lasting[i].pattern, key) &&
		    (!lasting[i].to || strcmp(lasting[i].to, to) == 0))
			return lasting[i].why;
	}
	return NULL;
}
