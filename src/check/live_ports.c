/* check/live_ports.c - ephemeral ports towards each destination, TIME-WAIT, half-open connections,
 * in the last look; see live_state.h. */
#include "check/live_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	PORTS_NEARLY_USED = 80, /* percent */
};

/* A connection is its four ends: towards one destination from one address only the local port is
 * left to differ (RFC 9293, 3.3.1). */
struct destination {
	struct destination_key {
		uint32_t ns;
		uint16_t family, remote_port;
		unsigned char local[16], remote[16];
		uint32_t ifindex;
	} key;
	uint32_t in_use, time_wait;
	struct finding_owner owner; /* whose first live connection it was; comm is cut */
	char comm[16], unit[64];
};

struct tw_port {
	struct tw_port_key {
		uint32_t ns, port;
	} key;
	uint64_t ip4, ip6;
};

/* Those of one local address. */
struct tw_address {
	struct tw_address_key {
		uint32_t ns, ifindex;
		uint16_t family, port;
		unsigned char address[16];
	} key;
	uint64_t count;
};

/* IPv6 sockets that talk IPv4 take their ports from the same four ends: tcp_v6_connect() of
 * net/ipv6/tcp_ipv6.c goes on as tcp_v4_connect(). */
static struct destination_key key_of(const struct live_ns *ns, const struct socket_record *record)
{
	struct socket_address local = socket_address_plain(&record->local),
			      remote = socket_address_plain(&record->remote);
	struct destination_key key;

	memset(&key, 0, sizeof(key));
	key.ns = ns->index;
	key.family = (uint16_t)local.family;
	key.remote_port = remote.port;
	key.ifindex = remote.ifindex;
	memcpy(key.local, local.bytes, sizeof(key.local));
	memcpy(key.remote, remote.bytes, sizeof(key.remote));
	return key;
}

static void note_owner(struct destination *destination, const struct socket_record *record)
{
	const struct socket_owner *owner = socket_main_owner(record);

	if (destination->owner.pid || !owner)
		return;
	destination->owner.pid = owner->pid;
	snprintf(destination->comm, sizeof(destination->comm), "%s",
		 owner->comm ? owner->comm : "");
	snprintf(destination->unit, sizeof(destination->unit), "%s",
		 owner->unit ? owner->unit : "");
}

static struct tw_address_key tw_key_of(const struct live_ns *ns, const struct socket_address *local)
{
	struct tw_address_key key = {.ns = ns->index,
				     .ifindex = local->ifindex,
				     .family = (uint16_t)local->family,
				     .port = local->port};

	memcpy(key.address, local->bytes, sizeof(key.address));
	return key;
}

static void note_time_wait(struct live *live, const struct live_ns *ns,
			   const struct socket_record *record)
{
	struct socket_address local = socket_address_plain(&record->local);
	const struct tw_address_key key = tw_key_of(ns, &local);
	const struct tw_port_key port_key = {.ns = ns->index, .port = local.port};
	struct tw_address *at;
	struct tw_port *port;

	if (!live->tw_ports.key_size) {
		live->tw_ports = table_of(sizeof(port_key), sizeof(*port), LIVE_MOST_TRACKED);
		live->tw_addresses = table_of(sizeof(key), sizeof(*at), LIVE_MOST_TRACKED);
	}
	port = table_get(&live->tw_ports, &port_key);
	if (port && local.family == AF_INET)
		port->ip4++;
	else if (port)
		port->ip6++;
	at = table_get(&live->tw_addresses, &key);
	if (at)
		at->count++;
}

/* A port that is served, or lies outside the range, was not chosen by connect(2). */
static bool is_ephemeral(const struct live_ns *ns, uint16_t port)
{
	uint64_t first, last;

	return !live_is_served(ns, port) && live_key(ns, KEY_PORT_RANGE, 0, &first) &&
	       live_key(ns, KEY_PORT_RANGE, 1, &last) && port >= first && port <= last;
}

void live_port(struct live *live, struct live_ns *ns, const struct socket_record *record)
{
	struct destination *destination;
	struct destination_key key;
	bool half_open = record->state == SOCKET_SYN_RECV || record->state == SOCKET_NEW_SYN_RECV;

	if (!live_is_last(live))
		return;
	ns->syn_recv += half_open;
	if (record->state == SOCKET_TIME_WAIT)
		note_time_wait(live, ns, record);
	if (half_open || !record->remote.port || !is_ephemeral(ns, record->local.port))
		return;
	if (!live->destinations.key_size)
		live->destinations = table_of(sizeof(key), sizeof(*destination), LIVE_MOST_TRACKED);
	key = key_of(ns, record);
	destination = table_get(&live->destinations, &key);
	if (!destination)
		return;
	destination->in_use++;
	if (record->state == SOCKET_TIME_WAIT)
		destination->time_wait++;
	else
		note_owner(destination, record);
}

static uint64_t time_waits_of_port(const struct live *live, const struct live_ns *ns, uint16_t port,
				   bool ip4, bool ip6)
{
	const struct tw_port_key key = {.ns = ns->index, .port = port};
	const struct tw_port *entry = table_find(&live->tw_ports, &key);

	return entry ? (ip4 ? entry->ip4 : 0) + (ip6 ? entry->ip6 : 0) : 0;
}

uint64_t live_time_waits(const struct live *live, const struct live_ns *ns,
			 const struct socket_address *local, bool v6only)
{
	static const unsigned char any[sizeof(local->bytes)];
	struct socket_address plain = socket_address_plain(local);
	const struct tw_address_key key = tw_key_of(ns, &plain);
	const struct tw_address *entry;
	bool ip6 = plain.family == AF_INET6;

	if (memcmp(plain.bytes, any, sizeof(any)) == 0)
		return time_waits_of_port(live, ns, plain.port, !ip6 || !v6only, ip6);
	entry = table_find(&live->tw_addresses, &key);
	return entry ? entry->count : 0;
}

uint16_t live_time_wait_port(const struct live *live, const struct live_ns *ns, uint64_t *count)
{
	const struct tw_port *entry;
	uint16_t port = 0;

	*count = 0;
	for (size_t i = 0; (entry = table_at(&live->tw_ports, i)); i++) {
		uint64_t waiting = entry->ip4 + entry->ip6;

		if (entry->key.ns != ns->index || waiting <= *count)
			continue;
		*count = waiting;
		port = (uint16_t)entry->key.port;
	}
	return port;
}

static struct finding *fail(struct live *live, enum rule_id rule, struct destination *destination,
			    uint32_t count, uint64_t ports)
{
	const struct live_ns *ns = &live->ns[destination->key.ns];
	struct socket_address local = {.family = destination->key.family},
			      remote = {.family = destination->key.family,
					.port = destination->key.remote_port,
					.ifindex = destination->key.ifindex};
	char from[SOCKET_ADDRESS_SIZE], to[SOCKET_ADDRESS_SIZE], subject[LIVE_SUBJECT_SIZE];
	struct hit hit = {.rule = rule, .ns = ns, .subject = subject, .weight = count};
	struct finding *finding;

	memcpy(local.bytes, destination->key.local, sizeof(local.bytes));
	memcpy(remote.bytes, destination->key.remote, sizeof(remote.bytes));
	socket_address_print(&local, from);
	socket_address_print(&remote, to);
	snprintf(subject, sizeof(subject), "%.*s to %s", (int)strlen(from) - 2, from, to);
	destination->owner.comm = destination->comm[0] ? destination->comm : NULL;
	destination->owner.unit = destination->unit[0] ? destination->unit : NULL;
	if (destination->owner.pid)
		hit.owner = &destination->owner;
	finding = live_fail(live, &hit);
	if (!finding)
		return NULL;
	live_evidence(finding, "in-use", "%u", destination->in_use);
	live_evidence(finding, "time-wait", "%u", destination->time_wait);
	live_evidence(finding, "ports", "%" PRIu64, ports);
	live_evidence(finding, "net.ipv4.ip_local_port_range", "%s", ns->keys[KEY_PORT_RANGE].text);
	return finding;
}

/* tcp_tw_reuse: 1 everywhere, 2 on loopback alone (Documentation/networking/ip-sysctl.rst); needs
 * timestamps, which are on unless somebody turned them off. */
static bool may_be_taken(const struct live *live, const struct destination *destination)
{
	const struct live_ns *ns = &live->ns[destination->key.ns];
	struct socket_address remote = {.family = destination->key.family};
	uint64_t reuse;

	memcpy(remote.bytes, destination->key.remote, sizeof(remote.bytes));
	return live_key(ns, KEY_TW_REUSE, 0, &reuse) &&
	       (reuse == 1 || (reuse == 2 && socket_address_is_loopback(&remote)));
}

static void judge(struct live *live, struct destination *destination)
{
	bool reusable = may_be_taken(live, destination);
	uint32_t in_use = destination->in_use, waiting = destination->time_wait;
	struct finding *finding = NULL;
	uint64_t ports;

	if (!live_ports(&live->ns[destination->key.ns], &ports))
		return;
	if ((uint64_t)(in_use - (reusable ? waiting : 0)) * 100 >= ports * PORTS_NEARLY_USED)
		finding = fail(live, RULE_EPHEMERAL_PORTS, destination, in_use, ports);
	if (finding) {
		finding->actual =
			mem_printf("%u of %" PRIu64 " ports in use (%" PRIu64 " %%)", in_use, ports,
				   ports ? (uint64_t)in_use * 100 / ports : 100);
		finding->expected =
			mem_printf("less than %" PRIu64, ports * PORTS_NEARLY_USED / 100);
	}
	if (!waiting || (uint64_t)waiting * 100 < ports * LIVE_NEARLY_FULL)
		return;
	finding = fail(live, RULE_TIME_WAIT_PORTS, destination, waiting, ports);
	if (!finding)
		return;
	finding->severity = reusable ? SEVERITY_INFO : SEVERITY_WARNING;
	finding->actual = mem_printf("%u of %" PRIu64 " ports in TIME-WAIT%s", waiting, ports,
				     reusable ? ", which connect(2) may take after a second" : "");
	finding->expected = mem_printf("less than %" PRIu64, ports * LIVE_NEARLY_FULL / 100);
	if (live->ns[destination->key.ns].keys[KEY_TW_REUSE].text)
		live_evidence(finding, "net.ipv4.tcp_tw_reuse", "%s",
			      live->ns[destination->key.ns].keys[KEY_TW_REUSE].text);
}

void live_ports_end(struct live *live)
{
	struct destination *destination;

	for (size_t i = 0; i < live->n_ns; i++) {
		uint64_t ports;

		if (live_ports(&live->ns[i], &ports)) {
			live_judged(live, RULE_EPHEMERAL_PORTS);
			live_judged(live, RULE_TIME_WAIT_PORTS);
		} else {
			live_unknown(live, RULE_EPHEMERAL_PORTS, "the port range is not known");
			live_unknown(live, RULE_TIME_WAIT_PORTS, "the port range is not known");
		}
	}
	for (size_t i = 0; (destination = table_at(&live->destinations, i)); i++)
		judge(live, destination);
	if (live->destinations.overflowed) {
		live_unknown(live, RULE_EPHEMERAL_PORTS, "more destinations than are counted");
		live_unknown(live, RULE_TIME_WAIT_PORTS, "more destinations than are counted");
	}
	if (live->tw_ports.overflowed || live->tw_addresses.overflowed)
		live_unknown(live, RULE_NO_REUSEADDR, "more ports in TIME-WAIT than are counted");
}
