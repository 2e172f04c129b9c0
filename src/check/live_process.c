/* check/live_process.c - what a process holds: connections it does not close, descriptors, Unix
 * sockets of root; see live_state.h. */
#include "check/live_state.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum {
	AGED_MS = 60 * 1000,
	AGED_LEAST = 5,
	GROWING_LEAST = 20,
	DESCRIPTORS_FREE_MILLI = 20000, /* thousandths of a percent */
};

struct close_waits {
	struct close_waits_key {
		uint32_t ns, pad;
		int64_t pid;
	} key;
	struct finding_owner owner;
	uint64_t counts[LIVE_LOOKS];
	uint64_t aged, unaged; /* in the last look; unaged: it was not told how long ago */
	uint64_t oldest_ms;
	char *example;
};

static const char not_followed[] = "more processes than are followed";

static void set_example(struct close_waits *entry, const struct socket_record *record)
{
	char local[SOCKET_ADDRESS_SIZE], remote[SOCKET_ADDRESS_SIZE];

	free(entry->example);
	entry->example = mem_printf("%s -> %s", socket_local_print(record, local),
				    socket_address_print(&record->remote, remote));
}

/* A leak goes on: the young ones of today say nothing of the old ones. */
static void note_age(struct close_waits *entry, const struct socket_record *record)
{
	uint64_t quiet_ms;

	if (!live_tcp(record, TCP_LAST_ACK_RECV_MS, &quiet_ms)) {
		entry->unaged++;
		return;
	}
	if (quiet_ms <= AGED_MS)
		return;
	if (!entry->aged++)
		set_example(entry, record);
	if (quiet_ms > entry->oldest_ms)
		entry->oldest_ms = quiet_ms;
}

void live_close_wait(struct live *live, struct live_ns *ns, const struct socket_record *record)
{
	struct finding_owner owner = live_owner(record);
	struct close_waits_key key = {.ns = ns->index, .pid = owner.pid};
	struct close_waits *entry;

	if (!owner.pid && !record->owners_unknown)
		return; /* closed by now, or not accepted yet: nobody to leak it */
	if (!live->close_waits.key_size)
		live->close_waits = table_of(sizeof(key), sizeof(*entry), LIVE_MOST_TRACKED);
	entry = table_get(&live->close_waits, &key);
	if (!entry && live_is_last(live)) {
		live_unknown(live, RULE_CLOSE_WAIT_AGED, not_followed);
		live_unknown(live, RULE_CLOSE_WAIT_GROWING, not_followed);
	}
	if (!entry)
		return;
	if (!entry->example) {
		entry->owner = (struct finding_owner){.pid = owner.pid,
						      .comm = mem_strdup(owner.comm),
						      .unit = mem_strdup(owner.unit),
						      .container = mem_strdup(owner.container)};
		set_example(entry, record);
	}
	entry->counts[live->look]++;
	if (live_is_last(live))
		note_age(entry, record);
}

static struct finding *fail(struct live *live, enum rule_id rule, const struct close_waits *entry,
			    uint64_t count)
{
	const struct hit hit = {.rule = rule,
				.ns = &live->ns[entry->key.ns],
				.owner = entry->owner.pid ? &entry->owner : NULL,
				.subject = "",
				.weight = count};
	struct finding *finding = live_fail(live, &hit);

	if (finding)
		live_evidence(finding, "socket", "%s", entry->example);
	return finding;
}

static void judge_age(struct live *live, const struct close_waits *entry, uint64_t count)
{
	struct finding *finding;

	if (entry->aged < AGED_LEAST && entry->aged + entry->unaged >= AGED_LEAST) {
		live_unknown(live, RULE_CLOSE_WAIT_AGED, "the kernel did not tell how long ago");
		return;
	}
	live_judged(live, RULE_CLOSE_WAIT_AGED);
	finding = entry->aged >= AGED_LEAST ? fail(live, RULE_CLOSE_WAIT_AGED, entry, entry->aged)
					    : NULL;
	if (!finding)
		return;
	finding->actual = mem_printf("%" PRIu64 " of %" PRIu64 " connections in CLOSE-WAIT for "
				     "over %d s, the oldest for %" PRIu64 " s",
				     entry->aged, count, AGED_MS / 1000, entry->oldest_ms / 1000);
	finding->expected = mem_strdup("connections closed soon after the far end closed");
	live_evidence(finding, "close-wait", "%" PRIu64, count);
	live_evidence(finding, "aged", "%" PRIu64, entry->aged);
	live_evidence(finding, "oldest_last_ack_recv_ms", "%" PRIu64, entry->oldest_ms);
}

/* A leak is a trend: one look more or less at a busy server is none. */
static void judge_growth(struct live *live, const struct close_waits *entry, uint64_t count)
{
	struct strbuf counts = {0};
	struct finding *finding;
	bool grows = count >= GROWING_LEAST && live->n_looks == LIVE_LOOKS;

	for (unsigned i = 1; i < live->n_looks; i++)
		grows = grows && entry->counts[i] > entry->counts[i - 1];
	live_judged(live, RULE_CLOSE_WAIT_GROWING);
	finding = grows ? fail(live, RULE_CLOSE_WAIT_GROWING, entry, count) : NULL;
	if (!finding)
		return;
	for (unsigned i = 0; i < live->n_looks; i++)
		strbuf_printf(&counts, "%s%" PRIu64, i ? ", " : "", entry->counts[i]);
	finding_add_evidence(finding, "close-wait", counts.text);
	live_evidence(finding, "over_ms", "%" PRIu64,
		      (live->at_us[live->n_looks - 1] - live->at_us[0]) / 1000);
	finding->actual = mem_printf("connections in CLOSE-WAIT: %s", counts.text);
	finding->expected = mem_strdup("connections closed soon after the far end closed");
	strbuf_fini(&counts);
}

void live_close_waits_end(struct live *live)
{
	const struct close_waits *entry;

	for (size_t i = 0; (entry = table_at(&live->close_waits, i)); i++) {
		uint64_t count = entry->counts[live->n_looks - 1];

		if (!entry->owner.pid) {
			if (entry->aged + entry->unaged >= AGED_LEAST)
				live_unknown(live, RULE_CLOSE_WAIT_AGED,
					     "whose they are is not known");
			if (count >= GROWING_LEAST)
				live_unknown(live, RULE_CLOSE_WAIT_GROWING,
					     "whose they are is not known");
			continue;
		}
		judge_age(live, entry, count);
		judge_growth(live, entry, count);
	}
}

void live_close_waits_fini(struct live *live)
{
	struct close_waits *entry;

	for (size_t i = 0; (entry = table_at(&live->close_waits, i)); i++) {
		free(entry->owner.comm);
		free(entry->owner.unit);
		free(entry->owner.container);
		free(entry->example);
	}
	table_fini(&live->close_waits);
}

const char live_no_headroom[] = "its soft limit is 0, so that it opens no more";

bool live_headroom(const struct fds_use *use, uint64_t *free_milli)
{
	uint64_t free_fds = use->used < use->soft ? use->soft - use->used : 0;

	*free_milli = 100000;
	if (use->soft != UINT64_MAX && use->soft)
		*free_milli = (uint64_t)((double)free_fds * 100000 / (double)use->soft);
	return use->soft;
}

void live_descriptors(struct live *live, const struct live_ns *ns,
		      const struct finding_owner *owner, const struct fds_use *use)
{
	const struct hit hit = {.rule = RULE_DESCRIPTORS,
				.ns = ns,
				.owner = owner,
				.subject = "",
				.weight = use->used};
	struct finding *finding;
	uint64_t free_milli;

	if (!live_headroom(use, &free_milli)) {
		live_not_here(live, RULE_DESCRIPTORS, live_no_headroom);
		return;
	}
	live_judged(live, RULE_DESCRIPTORS);
	if (free_milli > DESCRIPTORS_FREE_MILLI)
		return;
	finding = live_fail(live, &hit);
	if (!finding)
		return;
	finding->actual =
		mem_printf("%" PRIu64 " of %" PRIu64 " descriptors in use (%" PRIu64 " %%)",
			   use->used, use->soft, use->used * 100 / use->soft);
	finding->expected = mem_printf("less than %" PRIu64, use->soft * 4 / 5);
	live_evidence(finding, "descriptors", "%" PRIu64, use->used);
	live_evidence(finding, "soft-limit", "%" PRIu64, use->soft);
	if (use->hard == UINT64_MAX)
		live_evidence(finding, "hard-limit", "unlimited");
	else
		live_evidence(finding, "hard-limit", "%" PRIu64, use->hard);
}

/* Services of root that are meant for every local user and check who asks. */
static const struct {
	const char *path; /* a pattern of fnmatch(3); an abstract name begins with "@" */
	const char *why;
} open_by_design[] = {
	{"/run/dbus/system_bus_socket", "the bus checks each message against its policy"},
	{"/run/systemd/*", "systemd asks SO_PEERCRED and polkit; sd_notify and the journal take "
			   "messages from all"},
	{"/run/udev/control", "udev takes messages of root alone (SO_PASSCRED)"},
	{"/run/nscd/socket", "answers look-ups of names that anyone may read"},
	{"/run/lldpd.socket", "lldpd answers what anyone may read"},
	{"/run/rpcbind.sock", "a port mapper answers everyone, as over the network"},
	{"/run/pcscd/pcscd.comm", "pcscd asks polkit"},
	{"/run/avahi-daemon/socket", "answers look-ups of names"},
	{"/run/cups/cups.sock", "CUPS asks for a password or SO_PEERCRED"},
	{"/run/snapd.socket", "snapd asks SO_PEERCRED and polkit for each call"},
	{"/run/snapd-snap.socket", "snapd asks SO_PEERCRED for each call"},
	{"/run/acpid.socket", "acpid only tells events"},
	{"/run/gssproxy.default.sock", "gssproxy asks SO_PEERCRED"},
	{"/var/lib/gssproxy/default.sock", "gssproxy asks SO_PEERCRED"},
	{"/run/uuidd/request", "hands out identifiers"},
	{"/run/docker/metrics.sock", "tells counters alone"},
	{"/var/lib/sss/pipes/*",
	 "SSSD answers look-ups; its private pipes are in a folder of root"},
	{"*/dev/log", "syslog(3) is for all; in a chroot too, where rsyslog has one more"},
	{"/tmp/.X11-unix/X*", "X asks for a cookie, or who it is: Xsecurity(7)"},
	{"@/tmp/.X11-unix/X*", "the same"},
	{"@/org/kernel/linux/storage/multipathd", "multipathd asks SO_PEERCRED, and only tells "
						  "others than root"},
	{"@ISCSIADM_ABSTRACT_NAMESPACE", "iscsid asks SO_PEERCRED for root"},
	{"@/org/freedesktop/plymouthd", "plymouthd asks SO_PEERCRED for root"},
	{"@/var/lib/lxc/*/command", "LXC asks SCM_CREDENTIALS"},
	{"/run/fettle/fettle.sock", "fettle asks SO_PEERCRED and has a level for each method"},
	{FETTLE_RUNDIR "/fettle.sock", "the same, where this one was configured to have it"},
};

static bool is_open_by_design(const char *path)
{
	if (str_starts(path, "/var/run/"))
		path += strlen("/var");
	for (size_t i = 0; i < ARRAY_SIZE(open_by_design); i++) {
		if (fnmatch(open_by_design[i].path, path, 0) == 0)
			return true;
	}
	return false;
}

/* fettled, wherever --socket put it: it asks as said above. Its front is called otherwise, see
 * daemon/supervise.c. What root made and calls itself so has nothing to gain by it. */
static bool is_of_fettled(const struct socket_record *record)
{
	for (size_t i = 0; i < record->n_owners; i++)
		if (str_equal(record->owners[i].comm, "fettled") ||
		    str_equal(record->owners[i].comm, "fettled-front"))
			return true;
	return false;
}

/* Of datagram sockets one with a peer takes from it alone (net/unix/af_unix.c, unix_may_send());
 * the state tells nothing, as connect(2) changes that of both ends. Many only have an abstract name
 * to be answered at, which the kernel chose. */
static bool takes_from_others(const struct socket_record *record)
{
	if (record->kind == SOCKET_UNIX_DGRAM)
		return !record->peer_inode && record->path[0] == '/';
	return (record->kind == SOCKET_UNIX_STREAM || record->kind == SOCKET_UNIX_SEQPACKET) &&
	       record->state == SOCKET_LISTEN &&
	       (record->path[0] == '/' || live_unix_is_abstract(record));
}

bool live_unix_is_abstract(const struct socket_record *record)
{
	return record->path && record->path[0] == '@';
}

bool live_unix_matters(const struct socket_record *record)
{
	return record->path && takes_from_others(record) && (!record->has_uid || !record->uid) &&
	       !is_open_by_design(record->path) && !is_of_fettled(record);
}

void live_unix(struct live *live, struct live_ns *ns, const struct socket_record *record,
	       bool writable)
{
	struct finding *finding;

	live_judged(live, RULE_UNIX_WRITABLE);
	if (!writable)
		return;
	finding = live_socket_fail(live, RULE_UNIX_WRITABLE, ns, record, 1);
	if (!finding)
		return;
	live_evidence(finding, "path", "%s", record->path);
	if (live_unix_is_abstract(record)) {
		finding->severity = SEVERITY_INFO;
		finding->actual = mem_strdup("an abstract name has no mode: any process of this "
					     "network namespace may connect");
		finding->expected = mem_strdup("a path with a mode, or a check of SO_PEERCRED");
		return;
	}
	finding->actual = mem_printf("any local user may %s it",
				     record->kind == SOCKET_UNIX_DGRAM ? "send to" : "connect to");
	finding->expected = mem_strdup("a mode, or a folder, that keeps others out");
}
