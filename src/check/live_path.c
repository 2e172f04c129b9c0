/* check/live_path.c - destinations whose connections a buffer holds back; see live_path.h.
 *
 * Only the end that sends knows what stopped it: rwnd_limited and sndbuf_limited of tcp_info. What
 * one connection shows is judged together with the best that any has measured to where it leads. */
#include "check/live_path.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "sock/survey.h"

enum {
	SHORT_PATH_US = 1000
};

/* What a connection's times were when it was first seen. */
struct start {
	struct start_key {
		uint64_t cookie;
		uint32_t ns, pad;
	} key;
	bool begun;
	struct live_path_times times;
};

/* One that a buffer bounds, by its two ends. */
struct bounded {
	struct socket_ends key;
	bool is_told; /* by a rule of the end that receives */
	bool is_bounded;
	struct live_path path;
	struct survey_key destination;
	const struct live_ns *ns;
	struct socket_address local, remote;
	long pid;
	char comm[16];
};

struct live_paths {
	struct survey *survey;
	struct table starts, bounded;
	struct path_rules *rules;
};

static struct live_paths *paths_of(struct live *live)
{
	struct live_paths *paths = live->paths;

	if (paths)
		return paths;
	paths = mem_alloc(sizeof(*paths));
	paths->survey = survey_new();
	paths->starts = table_of(sizeof(struct start_key), sizeof(struct start), LIVE_MOST_TRACKED);
	paths->bounded =
		table_of(sizeof(struct socket_ends), sizeof(struct bounded), LIVE_MOST_TRACKED);
	live->paths = paths;
	return paths;
}

void live_paths_fini(struct live *live)
{
	if (!live->paths)
		return;
	survey_free(live->paths->survey);
	table_fini(&live->paths->starts);
	table_fini(&live->paths->bounded);
	live_path_rules_free(live->paths->rules);
	free(live->paths);
	live->paths = NULL;
}

static struct start_key start_key_of(const struct live_ns *ns, const struct socket_record *record)
{
	return (struct start_key){.cookie = record->cookie, .ns = ns->index};
}

static void note_start(struct live *live, const struct live_ns *ns,
		       const struct socket_record *record)
{
	const struct start_key key = start_key_of(ns, record);
	struct live_path_times times;
	struct start *start;

	if (live_is_last(live) || !live_path_times(record, &times))
		return;
	start = table_get(&live->paths->starts, &key);
	if (!start || start->begun)
		return;
	start->begun = true;
	start->times = times;
}

/* One that is seen for the first time, or beyond those that are followed, is judged by its life. */
static bool view(const struct live *live, const struct live_ns *ns,
		 const struct socket_record *record, struct live_path *path)
{
	const struct start_key key = start_key_of(ns, record);
	const struct start *start = table_find(&live->paths->starts, &key);

	return live_path_view(ns, record, start ? &start->times : NULL, path);
}

static bool has_rules(const struct live *live)
{
	for (size_t i = 0; live->profile && i < live->profile->n_rules; i++)
		if (strcmp(live->profile->rules[i].family, "paths") == 0)
			return true;
	return false;
}

static void note_bounded(struct live *live, const struct live_ns *ns,
			 const struct socket_record *record, const struct live_path *path)
{
	const struct socket_ends key = socket_ends_of(&record->local, &record->remote);
	const struct socket_owner *owner = socket_main_owner(record);
	struct bounded *bounded = table_get(&live->paths->bounded, &key);

	if (!bounded) {
		live_unknown(live, RULE_PATH_BUFFERS, "more connections than are followed");
		return;
	}
	bounded->is_bounded = true;
	bounded->path = *path;
	bounded->destination = survey_key_of(live->paths->survey, record);
	bounded->ns = ns;
	bounded->local = record->local;
	bounded->remote = record->remote;
	if (owner) {
		bounded->pid = owner->pid;
		snprintf(bounded->comm, sizeof(bounded->comm), "%s",
			 owner->comm ? owner->comm : "");
	}
}

void live_path_told(struct live *live, const struct socket_record *record)
{
	const struct socket_ends key = socket_ends_of(&record->remote, &record->local);
	struct bounded *bounded = table_get(&paths_of(live)->bounded, &key);

	if (bounded)
		bounded->is_told = true;
}

/* The built-in rule is about other hosts, and about paths long enough for a window to matter. */
static void judge(struct live *live, const struct live_ns *ns, const struct socket_record *record,
		  const struct live_path *path)
{
	if (path->min_rtt_us <= SHORT_PATH_US) {
		live_judged(live, RULE_PATH_BUFFERS);
	} else if (path->why) {
		live_unknown(live, RULE_PATH_BUFFERS, path->why);
	} else {
		live_judged(live, RULE_PATH_BUFFERS);
		if (path->bound)
			note_bounded(live, ns, record, path);
	}
}

void live_path(struct live *live, struct live_ns *ns, const struct socket_record *record)
{
	struct live_paths *paths = paths_of(live);
	bool is_here, rules = has_rules(live);
	struct live_path path;

	if (record->state == SOCKET_LISTEN)
		survey_add(paths->survey, record, false);
	if (record->state != SOCKET_ESTABLISHED)
		return;
	is_here = survey_key_of(paths->survey, record).family == AF_UNSPEC;
	if (is_here && !rules)
		return;
	survey_add(paths->survey, record, false);
	note_start(live, ns, record);
	if (!live_is_last(live) || !view(live, ns, record, &path))
		return;
	if (!is_here)
		judge(live, ns, record, &path);
	if (rules)
		live_path_rules(live, &paths->rules, ns, record, &path);
}

bool live_path_tells(const struct live *live, const struct live_ns *ns,
		     const struct socket_record *record)
{
	struct live_path path;

	return live->paths && survey_key_of(live->paths->survey, record).family != AF_UNSPEC &&
	       view(live, ns, record, &path) && path.min_rtt_us > SHORT_PATH_US && path.binds &&
	       path.bound == BOUND_SEND_BUFFER;
}

static void add_evidence(const struct bounded *bounded, const struct survey_destination *of,
			 struct finding *finding)
{
	const struct live_path *path = &bounded->path;
	char local[SOCKET_ADDRESS_SIZE], remote[SOCKET_ADDRESS_SIZE];
	const char *name = path->bound == BOUND_WINDOW ? "snd_wnd_bytes"
			   : path->locked              ? "SO_SNDBUF"
						       : "net.ipv4.tcp_wmem";

	live_evidence(finding, "socket", "%s -> %s", socket_address_print(&bounded->local, local),
		      socket_address_print(&bounded->remote, remote));
	if (bounded->pid)
		live_evidence(finding, "process", "%s (pid %ld)", bounded->comm, bounded->pid);
	live_evidence(finding, "bound-on", "%s",
		      path->bound == BOUND_WINDOW ? "the far end" : "this host");
	live_evidence(finding, name, "%" PRIu64, path->limit_bytes);
	live_evidence(finding,
		      path->bound == BOUND_WINDOW ? "rwnd_limited_us" : "sndbuf_limited_us",
		      "%" PRIu64, path->limited_us);
	live_evidence(finding, "busy_us", "%" PRIu64 ", %s", path->busy_us,
		      path->over_looks ? "between the looks" : "over its life");
	live_evidence(finding, "delivery_rate_Bps", "%" PRIu64, path->rate_Bps);
	live_evidence(finding, "min_rtt_us", "%" PRIu64, path->min_rtt_us);
	if (of)
		live_evidence(finding, "connections", "%" PRIu32, of->connections);
}

static void fail(struct live *live, const struct bounded *bounded, uint64_t bdp_bytes)
{
	const struct survey_key *key = &bounded->destination;
	char subject[LIVE_SUBJECT_SIZE], where[SOCKET_ADDRESS_SIZE];
	struct hit hit = {.rule = RULE_PATH_BUFFERS,
			  .ns = bounded->ns,
			  .subject = subject,
			  .weight = bounded->path.limited_us};
	struct finding *finding;

	snprintf(subject, sizeof(subject), "%s %s port %u", key->served ? "from" : "to",
		 survey_destination_print(key, where), key->port);
	finding = live_fail(live, &hit);
	if (!finding)
		return;
	finding->actual = live_path_text(&bounded->path);
	finding->expected = mem_printf(
		"room for the bandwidth-delay product, %" PRIu64 " bytes or more", bdp_bytes);
	free(finding->remedy);
	finding->remedy = live_path_remedy(bounded->ns, &bounded->path, &bounded->remote,
					   bounded->comm, bdp_bytes);
	add_evidence(bounded, survey_find(live->paths->survey, key), finding);
	live_evidence(finding, "bdp_bytes", "%" PRIu64, bdp_bytes);
}

void live_paths_end(struct live *live)
{
	const struct survey_destination *of;
	const struct bounded *bounded;

	if (!live->paths)
		return;
	survey_finish(live->paths->survey);
	for (size_t i = 0; (bounded = table_at(&live->paths->bounded, i)); i++) {
		uint64_t bdp = bounded->path.bdp_bytes, best;

		if (!bounded->is_bounded ||
		    (bounded->is_told && bounded->path.bound == BOUND_WINDOW))
			continue;
		of = survey_find(live->paths->survey, &bounded->destination);
		if (of && survey_get(of, SURVEY_BDP_BYTES, &best) && best > bdp)
			bdp = best;
		if (live_path_binds(&bounded->path, bdp))
			fail(live, bounded, bdp);
	}
}

void live_paths_report(const struct live *live, struct report *report)
{
	live_path_rules_report(live, live->paths ? live->paths->rules : NULL, report);
}
