/* boot/effect.c - see effect.h. */
#include "boot/effect.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum when {
	ALWAYS,
	ON_CHANGE,   /* the value is another than before */
	ON_SWITCHED, /* so, and it is no longer 0 */
	OFF_SWITCHED,
	WHEN_OFF, /* the value is 0, and may have been */
};

/* net/ipv4/devinet.c: devinet_sysctl_forward(), inet_forward_change(); net/ipv6/addrconf.c:
 * addrconf_fixup_forwarding(), addrconf_disable_ipv6() and their neighbours. */
static const struct {
	const char *key;
	enum when when;
	struct boot_effect effect;
} effects[] = {
	{"net.ipv4.ip_forward", ON_CHANGE, {.pattern = "net.ipv4.conf.*.forwarding"}},
	{"net.ipv4.ip_forward",
	 ON_SWITCHED,
	 {"net.ipv4.conf.all.accept_redirects", "0", false, false}},
	{"net.ipv4.ip_forward",
	 OFF_SWITCHED,
	 {"net.ipv4.conf.all.accept_redirects", "1", false, false}},
	{"net.ipv4.conf.all.forwarding", ON_CHANGE, {.pattern = "net.ipv4.conf.*.forwarding"}},
	{"net.ipv4.conf.all.forwarding", ON_CHANGE, {.pattern = "net.ipv4.ip_forward"}},
	{"net.ipv4.conf.all.forwarding",
	 ON_SWITCHED,
	 {"net.ipv4.conf.all.accept_redirects", "0", false, false}},
	{"net.ipv4.conf.all.forwarding",
	 OFF_SWITCHED,
	 {"net.ipv4.conf.all.accept_redirects", "1", false, false}},
	{"net.ipv6.conf.all.addr_gen_mode", ALWAYS, {.pattern = "net.ipv6.conf.*.addr_gen_mode"}},
	{"net.ipv6.conf.all.disable_ipv6", ALWAYS, {.pattern = "net.ipv6.conf.*.disable_ipv6"}},
	{"net.ipv6.conf.all.force_forwarding",
	 ON_CHANGE,
	 {.pattern = "net.ipv6.conf.*.force_forwarding", .is_for_interfaces = true}},
	{"net.ipv6.conf.all.forwarding", ALWAYS, {.pattern = "net.ipv6.conf.*.forwarding"}},
	{"net.ipv6.conf.all.forwarding",
	 WHEN_OFF,
	 {"net.ipv6.conf.*.force_forwarding", "0", false, true}},
	{"net.ipv6.conf.all.ignore_routes_with_linkdown",
	 ALWAYS,
	 {.pattern = "net.ipv6.conf.*.ignore_routes_with_linkdown"}},
};

static bool is_due(enum when when, const char *value, bool changes)
{
	bool is_on = strtol(value, NULL, 0) != 0;

	switch (when) {
	case ALWAYS:
		return true;
	case ON_CHANGE:
		return changes;
	case ON_SWITCHED:
		return changes && is_on;
	case OFF_SWITCHED:
		return changes && !is_on;
	case WHEN_OFF:
		return !is_on;
	}
	return false;
}

static const char ipv4_conf[] = "net.ipv4.conf.", ipv4_default[] = "net.ipv4.conf.default.";

/* Keys that have another handler than devinet_conf_proc(), which copies the default. */
static const char *const not_copied[] = {
	"disable_policy", "disable_xfrm",        "drop_unicast_in_l2_multicast",
	"forwarding",     "promote_secondaries", "route_localnet",
};

static bool is_leaf_copied(const char *leaf)
{
	for (size_t i = 0; i < ARRAY_SIZE(not_copied); i++)
		if (str_equal(leaf, not_copied[i]))
			return false;
	return true;
}

static bool is_copied(const char *key)
{
	return str_starts(key, ipv4_default) && is_leaf_copied(key + strlen(ipv4_default));
}

/* net/ipv4/devinet.c: ipv4_devconf_dflt, which interfaces are made from; all others start at 0.
 * conf.all differs in accept_source_route alone, and no other key follows that one. */
static const struct {
	const char *leaf, *value;
} starts[] = {
	{"accept_redirects", "1"},
	{"accept_source_route", "1"},
	{"arp_evict_nocarrier", "1"},
	{"igmpv2_unsolicited_report_interval", "10000"},
	{"igmpv3_unsolicited_report_interval", "1000"},
	{"secure_redirects", "1"},
	{"send_redirects", "1"},
	{"shared_media", "1"},
};

const char *boot_effect_start(const char *key)
{
	const char *leaf;

	for (size_t row = 0; row < ARRAY_SIZE(effects); row++)
		if (str_equal(effects[row].key, key))
			return "0";
	if (!str_starts(key, ipv4_conf))
		return NULL;
	leaf = strrchr(key, '.') + 1;
	if (!is_leaf_copied(leaf))
		return NULL;
	for (size_t row = 0; row < ARRAY_SIZE(starts); row++)
		if (str_equal(starts[row].leaf, leaf))
			return starts[row].value;
	return "0";
}

bool boot_effect_of(const char *key, const char *value, bool changes, size_t i,
		    struct boot_effect *out, char *buf)
{
	for (size_t row = 0; row < ARRAY_SIZE(effects); row++) {
		if (!str_equal(effects[row].key, key) ||
		    !is_due(effects[row].when, value, changes) || i--)
			continue;
		*out = effects[row].effect;
		return true;
	}
	if (i || !is_copied(key))
		return false;
	snprintf(buf, BOOT_EFFECT_ROOM, "net.ipv4.conf.*.%s", key + strlen(ipv4_default));
	*out = (struct boot_effect){buf, NULL, true, false};
	return true;
}
