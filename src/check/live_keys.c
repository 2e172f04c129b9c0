/* check/live_keys.c - the sysctls and counters of a namespace that rules compare with; see
 * live_state.h. */
#include "check/live_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "sysctl/normalise.h"
#include "sysctl/read.h"

static const char *const key_names[LIVE_KEYS] = {
	[KEY_SOMAXCONN] = "net.core.somaxconn",
	[KEY_PORT_RANGE] = "net.ipv4.ip_local_port_range",
	[KEY_RESERVED_PORTS] = "net.ipv4.ip_local_reserved_ports",
	[KEY_MAX_TW_BUCKETS] = "net.ipv4.tcp_max_tw_buckets",
	[KEY_TW_REUSE] = "net.ipv4.tcp_tw_reuse",
	[KEY_CONGESTION] = "net.ipv4.tcp_congestion_control",
	[KEY_TCP_RMEM] = "net.ipv4.tcp_rmem",
	[KEY_TCP_WMEM] = "net.ipv4.tcp_wmem",
	[KEY_RMEM_MAX] = "net.core.rmem_max",
	[KEY_RMEM_DEFAULT] = "net.core.rmem_default",
	[KEY_MAX_SYN_BACKLOG] = "net.ipv4.tcp_max_syn_backlog",
	[KEY_FRAG_HIGH] = "net.ipv4.ipfrag_high_thresh",
	[KEY_FRAG6_HIGH] = "net.ipv6.ip6frag_high_thresh",
	[KEY_TCP_MEM] = "net.ipv4.tcp_mem",
	[KEY_NETDEV_BACKLOG] = "net.core.netdev_max_backlog",
	[KEY_NEIGH_MOST] = "net.ipv4.neigh.default.gc_thresh3",
	[KEY_NEIGH6_MOST] = "net.ipv6.neigh.default.gc_thresh3",
	[KEY_FILE_NR] = "fs.file-nr",
};

const char *live_key_name(enum live_key key)
{
	return key_names[key];
}

void live_key_set(struct live_ns *ns, enum live_key key, const char *text)
{
	struct live_value *value = &ns->keys[key];
	const char *at = text;

	mem_replace(&value->text, text);
	for (char *tab = value->text; (tab = strchr(tab, '\t'));)
		*tab = ' ';
	value->n_nums = 0;
	while (value->n_nums < LIVE_KEY_FIELDS) {
		char *end;
		unsigned long long number;

		at += strspn(at, " \t\n");
		if (*at < '0' || *at > '9')
			break;
		number = strtoull(at, &end, 10);
		value->nums[value->n_nums++] = number;
		at = end;
	}
}

/* Anew in every look: somebody may tune while we look. Those of the whole host are read once, by
 * the first namespace; another has no such key. */
void live_keys_read(struct live *live, struct live_ns *ns)
{
	for (unsigned i = 0; i < LIVE_KEYS; i++) {
		struct live_value *value = &ns->keys[i];
		_cleanup_free_ char *text = NULL;
		struct err err;
		int r;

		if (i >= KEY_TCP_MEM && ns->index)
			return;
		r = sysctl_read(live->host->root, key_names[i], &text, &err);
		if (r == 0) {
			live_key_set(ns, (enum live_key)i, text);
			continue;
		}
		mem_replace(&value->text, NULL);
		mem_replace(&value->why, err.text);
		value->absent = r == -ENOENT;
		value->n_nums = 0;
	}
}

bool live_key(const struct live_ns *ns, enum live_key key, size_t field, uint64_t *out)
{
	const struct live_value *value = &ns->keys[key];

	if (field >= value->n_nums)
		return false;
	*out = value->nums[field];
	return true;
}

bool live_ports(const struct live_ns *ns, uint64_t *count)
{
	const char *text = ns->keys[KEY_RESERVED_PORTS].text;
	_cleanup_(value_freep) struct value *reserved = NULL;
	uint64_t first, last, ports;
	struct err err;

	if (!live_key(ns, KEY_PORT_RANGE, 0, &first) || !live_key(ns, KEY_PORT_RANGE, 1, &last) ||
	    last < first || !text || sysctl_value_parse(VALUE_RANGES, text, &reserved, &err) < 0)
		return false;
	ports = last - first + 1;
	for (size_t i = 0; i < reserved->n_ranges; i++) {
		uint64_t from = reserved->ranges[i].first, to = reserved->ranges[i].last;

		from = from < first ? first : from;
		to = to > last ? last : to;
		if (from <= to)
			ports -= to - from + 1;
	}
	*count = ports;
	return true;
}

bool live_level(const struct live *live, const struct live_ns *ns, const char *counter,
		uint64_t *out)
{
	const struct counters *counters = ns->counters[live->n_looks - 1];

	return counters && counters_get(counters, counter, out);
}

bool live_moved(const struct live *live, const struct live_ns *ns, const char *counter,
		uint64_t *out)
{
	uint64_t before, after;

	if (live->n_looks < 2 || !ns->counters[0] ||
	    !counters_get(ns->counters[0], counter, &before) ||
	    !live_level(live, ns, counter, &after))
		return false;
	*out = after > before ? after - before : 0;
	return true;
}
