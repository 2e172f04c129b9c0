/* tests/unit/check/live_fixture.c - see live_fixture.h. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "tests/unit/check/live_fixture.h"

static const struct {
	enum live_key key;
	const char *text;
} healthy_keys[] = {
	{KEY_SOMAXCONN, "4096"},
	{KEY_PORT_RANGE, "40000\t40099"},
	{KEY_RESERVED_PORTS, ""},
	{KEY_MAX_TW_BUCKETS, "1000"},
	{KEY_TW_REUSE, "2"},
	{KEY_CONGESTION, "cubic"},
	{KEY_TCP_RMEM, "4096\t131072\t6291456"},
	{KEY_TCP_WMEM, "4096\t16384\t4194304"},
	{KEY_RMEM_MAX, "1000000"},
	{KEY_RMEM_DEFAULT, "212992"},
	{KEY_MAX_SYN_BACKLOG, "100"},
	{KEY_FRAG_HIGH, "4194304"},
	{KEY_FRAG6_HIGH, "4194304"},
	{KEY_TCP_MEM, "1000\t2000\t3000"},
	{KEY_NETDEV_BACKLOG, "1000"},
	{KEY_NEIGH_MOST, "1024"},
	{KEY_NEIGH6_MOST, "1024"},
	{KEY_FILE_NR, "1000\t0\t100000"},
};

/* Every counter a rule asks for, so that none is unknown. */
static const char *const all_counters[] = {
	"TcpExt.ListenOverflows",
	"TcpExt.ListenDrops",
	"TcpExt.TCPTimeWaitOverflow",
	"TcpExt.TCPMemoryPressures",
	"TcpExt.TCPReqQFullDoCookies",
	"TcpExt.TCPReqQFullDrop",
	"TcpExt.SyncookiesSent",
	"TcpExt.SyncookiesRecv",
	"TcpExt.SyncookiesFailed",
	"Ip.ReasmReqds",
	"Ip.ReasmFails",
	"Udp.RcvbufErrors",
	"Ip6.ReasmReqds",
	"Ip6.ReasmFails",
	"Udp6.RcvbufErrors",
	"sockstat.TCP.tw",
	"sockstat.TCP.mem",
	"sockstat.FRAG.memory",
	"sockstat6.FRAG6.memory",
	"softnet.dropped",
	"softnet.time_squeeze",
	"arp_cache.entries",
	"arp_cache.table_fulls",
	"ndisc_cache.entries",
	"ndisc_cache.table_fulls",
};

static unsigned long value_of(const char *counters, const char *name)
{
	_cleanup_free_ char *wanted = mem_printf(" %s=", name);
	_cleanup_free_ char *padded = mem_printf(" %s", counters);
	const char *at = strstr(padded, wanted);

	return at ? strtoul(at + strlen(wanted), NULL, 10) : 0;
}

/* "Tcp: A B" and "Tcp: 1 2", as /proc/net/snmp and netstat have them. */
static void add_group(struct strbuf *out, const char *group, const char *counters)
{
	_cleanup_strbuf_ struct strbuf values = {0};
	size_t len = strlen(group);

	strbuf_printf(out, "%s:", group);
	strbuf_printf(&values, "%s:", group);
	for (size_t i = 0; i < ARRAY_SIZE(all_counters); i++) {
		const char *name = all_counters[i];

		if (strncmp(name, group, len) != 0 || name[len] != '.')
			continue;
		strbuf_printf(out, " %s", name + len + 1);
		strbuf_printf(&values, " %lu", value_of(counters, name));
	}
	strbuf_printf(out, "\n%s\n", values.text);
}

void world_counters(struct world *world, unsigned look, const char *counters)
{
	_cleanup_strbuf_ struct strbuf snmp = {0}, netstat = {0}, text = {0};
	_cleanup_free_ char *folder = tree_path(world->base.tree, "net");
	struct err err;

	add_group(&snmp, "Ip", counters);
	add_group(&snmp, "Udp", counters);
	tree_put(world->base.tree, "net/snmp", snmp.text);
	add_group(&netstat, "TcpExt", counters);
	tree_put(world->base.tree, "net/netstat", netstat.text);
	strbuf_printf(&text, "Ip6ReasmReqds %lu\nIp6ReasmFails %lu\nUdp6RcvbufErrors %lu\n",
		      value_of(counters, "Ip6.ReasmReqds"), value_of(counters, "Ip6.ReasmFails"),
		      value_of(counters, "Udp6.RcvbufErrors"));
	tree_put(world->base.tree, "net/snmp6", text.text);
	strbuf_fini(&text);
	strbuf_printf(&text,
		      "sockets: used 9\nTCP: inuse 1 orphan 0 tw %lu alloc 1 mem %lu\n"
		      "FRAG: inuse 0 memory %lu\n",
		      value_of(counters, "sockstat.TCP.tw"), value_of(counters, "sockstat.TCP.mem"),
		      value_of(counters, "sockstat.FRAG.memory"));
	tree_put(world->base.tree, "net/sockstat", text.text);
	strbuf_fini(&text);
	strbuf_printf(&text, "FRAG6: inuse 0 memory %lu\n",
		      value_of(counters, "sockstat6.FRAG6.memory"));
	tree_put(world->base.tree, "net/sockstat6", text.text);
	strbuf_fini(&text);
	strbuf_printf(&text, "%08x %08lx %08lx 0 0 0 0 0 0 0 0 0 0 0 0\n", 5,
		      value_of(counters, "softnet.dropped"),
		      value_of(counters, "softnet.time_squeeze"));
	tree_put(world->base.tree, "net/softnet_stat", text.text);
	strbuf_fini(&text);
	strbuf_printf(&text, "entries table_fulls\n%08lx %08lx\n",
		      value_of(counters, "arp_cache.entries"),
		      value_of(counters, "arp_cache.table_fulls"));
	tree_put(world->base.tree, "net/stat/arp_cache", text.text);
	strbuf_fini(&text);
	strbuf_printf(&text, "entries table_fulls\n%08lx %08lx\n",
		      value_of(counters, "ndisc_cache.entries"),
		      value_of(counters, "ndisc_cache.table_fulls"));
	tree_put(world->base.tree, "net/stat/ndisc_cache", text.text);
	counters_free(world->ns->counters[look]);
	world->ns->counters[look] = NULL;
	if (counters_read(folder, &world->ns->counters[look], &err) < 0)
		fail_msg("%s", err.text);
}

void world_init(struct world *world, unsigned looks, const char *yaml)
{
	*world = (struct world){0};
	fixture_init(&world->base);
	if (yaml)
		world->profile = fixture_profile(&world->base, yaml);
	live_init(&world->live, world->base.host, world->profile);
	world->live.n_looks = looks;
	world->ns = live_add_ns(&world->live, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(healthy_keys); i++)
		live_key_set(world->ns, healthy_keys[i].key, healthy_keys[i].text);
	for (unsigned look = 0; look < looks; look++)
		world_counters(world, look, "");
	live_rules_resolve(&world->live, world->ns);
}

void world_fini(struct world *world)
{
	report_free(world->report);
	live_fini(&world->live);
	profile_free(world->profile);
	fixture_fini(&world->base);
}

void world_look(struct world *world, unsigned look)
{
	world->live.look = look;
	world->live.at_us[look] = 5000000 + look * 1000000UL;
}

char *world_fails(struct world *world)
{
	struct strbuf out = {0};

	world->live.look = world->live.n_looks - 1;
	world->report = report_new();
	live_end(&world->live, world->report);
	report_sort(world->report);
	for (size_t i = 0; i < world->report->n_findings; i++)
		if (world->report->findings[i].status == STATUS_FAIL)
			strbuf_printf(&out, "%s%s", out.len ? " " : "",
				      world->report->findings[i].id);
	return strbuf_take(&out);
}

const struct finding *world_finding(struct world *world, const char *id)
{
	return fixture_finding(world->report, id);
}

void sample_tcp(struct sample *sample, enum socket_state state, uint16_t local, uint16_t remote,
		bool far)
{
	static uint64_t cookie;

	*sample = (struct sample){0};
	sample->owner = (struct socket_owner){
		.pid = 100, .fd = 5, .comm = "server", .unit = "server.service"};
	sample->tcp.info.tcpi_state = (uint8_t)state;
	sample->tcp.info.tcpi_snd_mss = 1448;
	sample->tcp.info.tcpi_snd_cwnd = 10;
	sample->tcp.info.tcpi_snd_wnd = 65535;
	sample->tcp.info.tcpi_min_rtt = 100;
	sample->tcp.info.tcpi_rtt = 200;
	sample->record = (struct socket_record){
		.kind = SOCKET_TCP,
		.state = state,
		.local = {.family = AF_INET, .bytes = {127, 0, 0, 1}, .port = local},
		.remote = {.family = AF_INET, .bytes = {127, 0, 0, 1}, .port = remote},
		.inode = 1000,
		.cookie = ++cookie,
		.has_uid = true,
		.has_queues = true,
		.n_memory = SOCKMEM_COUNT,
		.memory = {[SOCKMEM_RCVBUF] = 131072, [SOCKMEM_SNDBUF] = 87040},
		.congestion = "cubic",
		.tcp_info = &sample->tcp,
		.tcp_info_len = sizeof(sample->tcp),
		.owners = &sample->owner,
		.n_owners = 1,
		.known = socket_options_of(SOCKET_TCP),
		.options = {[SOCKOPT_REUSEADDR] = 1, [SOCKOPT_LINGER] = -1},
	};
	if (far) {
		memcpy(sample->record.local.bytes, (unsigned char[]){192, 0, 2, 1}, 4);
		memcpy(sample->record.remote.bytes, (unsigned char[]){198, 51, 100, 7}, 4);
	}
}
