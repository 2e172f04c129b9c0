/* check/live.c - the looks: namespaces, their sysctls and counters, one walk over all sockets, the
 * processes; then the judges' verdicts. See live.h. */
#include "check/live.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/str.h"
#include "check/live_path.h"
#include "check/live_state.h"
#include "proc/process.h"
#include "sock/walk.h"

struct session {
	struct live *live;
	const struct live_options *options;
	const struct netns_list *list;
	struct socket_coverage coverage; /* of the last look */
	struct process_cache *processes;
};

struct visit_ns {
	struct live *live;
	struct live_ns *ns;
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int read_inside(void *context, struct err *err)
{
	const struct visit_ns *visit = context;
	struct live *live = visit->live;

	live_keys_read(live, visit->ns);
	if (live_is_last(live))
		live_rules_resolve(live, visit->ns);
	return counters_read(NULL, &visit->ns->counters[live->look], err);
}

static void read_namespaces(struct session *session)
{
	struct live *live = session->live;

	for (size_t i = 0; i < session->list->count; i++) {
		struct visit_ns visit = {.live = live, .ns = &live->ns[i]};
		struct err err;

		if (netns_run(&session->list->items[i], read_inside, &visit, &err) < 0)
			mem_replace(&live->ns[i].why, err.text);
	}
}

static void judge_access(struct live *live, const struct socket_record *record)
{
	struct live_ns *ns = live_unix_matters(record) ? live_find_ns(live, record->netns) : NULL;
	bool writable;
	struct err err;

	if (!ns)
		return;
	if (!record->has_uid)
		live_unknown(live, RULE_UNIX_WRITABLE, "the kernel did not tell who made it");
	else if (live_unix_is_abstract(record))
		live_unix(live, ns, record, true);
	else if (!record->n_owners)
		live_unknown(live, RULE_UNIX_WRITABLE,
			     record->owners_unknown ? record->owners_unknown
						    : "no process holds it");
	else if (live_unix_access(record->owners[0].pid, record->path, &writable, &err) < 0)
		live_unknown(live, RULE_UNIX_WRITABLE, err.text);
	else
		live_unix(live, ns, record, writable);
}

static int take_socket(void *context, struct socket_record *record)
{
	struct live *live = context;

	live_socket(live, record);
	if (live_is_last(live))
		judge_access(live, record);
	return 0;
}

/* Duplicating descriptors disturbs, so the looks before the last do without options. */
static void walk_sockets(struct session *session)
{
	struct live *live = session->live;
	struct sock_walk_options options = {.source = session->options->source,
					    .namespaces = session->list};
	const struct socket_shortfall *unseen;
	struct err err;

	if (options.source == SOCK_SOURCE_PIDFD && !live_is_last(live))
		options.source = SOCK_SOURCE_PROC;
	options.source_options.most = session->options->pidfd_most;
	socket_coverage_fini(&session->coverage);
	if (sock_walk(&options, take_socket, live, &session->coverage, &err) < 0)
		mem_replace(&live->sockets_why, err.text);
	unseen = socket_coverage_find(&session->coverage, SHORTFALL_SOCKETS);
	if (unseen && !live->sockets_why)
		live->sockets_why = mem_printf("%s: %s", unseen->what, unseen->why);
}

/* False: in none of the namespaces that are looked at. One that may not be asked is looked at. */
static bool is_in_view(const struct session *session, pid_t pid, const struct live_ns **ns)
{
	_cleanup_free_ char *path = mem_printf("/proc/%d/ns/net", (int)pid);
	struct stat st;

	*ns = NULL;
	if (stat(path, &st) < 0)
		return true;
	for (size_t i = 0; i < session->list->count; i++) {
		if (session->list->items[i].inode == st.st_ino) {
			*ns = &session->live->ns[i];
			return true;
		}
	}
	return false;
}

static void judge_process(struct session *session, pid_t pid)
{
	const struct process *process;
	struct finding_owner owner;
	const struct live_ns *ns;
	struct fds_use use;
	struct err err;
	int r;

	if (!is_in_view(session, pid, &ns))
		return;
	r = fds_use(pid, &use, &err);
	if (r == -ENOENT || r == -ESRCH)
		return;
	process = process_get(session->processes, pid);
	owner = (struct finding_owner){.pid = pid,
				       .comm = process->comm,
				       .unit = process->unit,
				       .container = process->container};
	if (r < 0)
		live_unknown(session->live, RULE_DESCRIPTORS, err.text);
	else
		live_descriptors(session->live, ns, &owner, &use);
	if (session->live->profile)
		live_rules_process(session->live, &owner, r < 0 ? NULL : &use, err.text);
}

static void walk_processes(struct session *session)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	if (!proc) {
		session->live->processes_why = mem_strdup("/proc cannot be listed");
		live_unknown(session->live, RULE_DESCRIPTORS, session->live->processes_why);
		return;
	}
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			judge_process(session, (pid_t)atol(entry->d_name));
	closedir(proc);
}

static void wait_until(uint64_t then_us)
{
	const struct timespec then = {.tv_sec = (time_t)(then_us / 1000000),
				      .tv_nsec = (long)(then_us % 1000000 * 1000)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) == EINTR)
		;
}

static void look(struct session *session)
{
	struct live *live = session->live;
	uint64_t start_us = now_us(), step_us = 0;

	if (live->n_looks > 1)
		step_us = (uint64_t)session->options->sample_ms * 1000 / (live->n_looks - 1);
	for (live->look = 0; live->look < live->n_looks; live->look++) {
		wait_until(start_us + live->look * step_us);
		live->at_us[live->look] = now_us();
		read_namespaces(session);
		walk_sockets(session);
	}
	live->look = live->n_looks - 1;
	walk_processes(session);
}

static void add_coverage(const struct session *session, struct report *report)
{
	const struct socket_coverage *coverage = &session->coverage;
	struct finding *finding = report_add(report);
	struct strbuf missing = {0};

	finding->id = mem_strdup("socket.coverage");
	finding->subject = mem_strdup("sockets looked at");
	finding->severity = SEVERITY_INFO;
	finding->status = STATUS_PASS;
	live_evidence(finding, "seen", "%zu", coverage->seen);
	live_evidence(finding, "fully-read", "%zu", coverage->fully_read);
	live_evidence(finding, "without-owner", "%zu", coverage->without_owner);
	live_evidence(finding, "options-from", "%s",
		      coverage->options_source ? coverage->options_source : "none");
	live_evidence(finding, "namespaces", "%zu", session->live->n_ns);
	live_evidence(finding, "looks", "%u", session->live->n_looks);
	for (size_t i = 0; i < coverage->n_shortfalls; i++) {
		const struct socket_shortfall *shortfall = &coverage->shortfalls[i];

		if (shortfall->kind == SHORTFALL_NOTE) {
			live_evidence(finding, shortfall->what, "%s (%zu)", shortfall->why,
				      shortfall->count);
			continue;
		}
		strbuf_printf(&missing, "%s%s", missing.len ? "; " : "", shortfall->what);
		if (shortfall->count)
			strbuf_printf(&missing, " (%zu)", shortfall->count);
		strbuf_printf(&missing, ": %s", shortfall->why);
	}
	if (!missing.len && session->live->sockets_why)
		strbuf_puts(&missing, session->live->sockets_why);
	if (!missing.len)
		return;
	finding->status = STATUS_UNKNOWN;
	finding->reason = strbuf_take(&missing);
}

void live_end(struct live *live, struct report *report)
{
	live_ports_end(live);
	live_listeners_end(live);
	live_close_waits_end(live);
	live_udp_end(live);
	live_paths_end(live);
	live_counters(live);
	live_report(live, report);
	if (!live->profile)
		return;
	live_rules_report(live, report);
	live_paths_report(live, report);
}

void check_live(const struct host *host, const struct profile *profile,
		const struct live_options *options, struct report *report)
{
	struct netns_list own = {0};
	struct live live;
	struct session session = {.live = &live, .options = options, .list = options->namespaces};
	struct err err;

	live_init(&live, host, profile);
	live.n_looks = options->sample_ms ? LIVE_LOOKS : 1;
	if (!session.list) {
		if (netns_find("self", &own, &err) < 0)
			live.sockets_why = mem_strdup(err.text);
		session.list = &own;
	}
	for (size_t i = 0; i < session.list->count; i++) {
		const char *name = session.list->items[i].name;

		live_add_ns(&live, name[0] ? name : NULL);
	}
	session.processes = process_cache_new();
	look(&session);
	live_end(&live, report);
	add_coverage(&session, report);
	socket_coverage_fini(&session.coverage);
	process_cache_free(session.processes);
	live_fini(&live);
	netns_list_fini(&own);
}
