/* check/live_path.c - destinations whose connections a buffer holds back; see live_path.h.
 *
 * Only the end that sends knows what stopped it: rwnd_limited and sndbuf_limited of tcp_info. A
 * connection that its window bounds carries one window in a round trip and no more, so its rate
 * times its round trip is that window; when it is much more than the window is now, the far end's
 * application does not read, and no buffer helps. */
#include "check/live_path.h"

#include <inttypes.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "sock/survey.h"

enum {
	SHORT_PATH_US = 1000,
	LEAST_ROUND_TRIPS = 10, /* of busy time: before that a window is still growing */
	LEAST_BUSY_US = 100000, /* for a mean rate: busy_time is counted in jiffies */
	NEED_TIMES = 2,         /* a buffer that tunes itself keeps room for so many products */
	GROW_TIMES = 2,         /* what is measured under a limit says not how much is enough */
};

/* What a connection's times were when it was first seen. */
struct start {
	struct start_key {
		uint64_t cookie;
		uint32_t ns, pad;
	} key;
	bool begun;
	unsigned look;
	uint64_t busy_us, window_us, buffer_us, acked;
};

/* One that a buffer bounds, by its two ends. */
struct bounded {
	struct bounded_key {
		unsigned char from[16], to[16];
		uint16_t from_port, to_port, family, pad;
	} key;
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
		table_of(sizeof(struct bounded_key), sizeof(struct bounded), LIVE_MOST_TRACKED);
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

struct times {
	uint64_t busy_us, window_us, buffer_us, acked;
};

static bool read_times(const struct socket_record *record, struct times *times)
{
	return live_tcp(record, TCP_BUSY_TIME_US, &times->busy_us) &&
	       live_tcp(record, TCP_RWND_LIMITED_US, &times->window_us) &&
	       live_tcp(record, TCP_SNDBUF_LIMITED_US, &times->buffer_us) &&
	       live_tcp(record, TCP_BYTES_ACKED, &times->acked);
}

static struct start_key start_key_of(const struct live_ns *ns, const struct socket_record *record)
{
	return (struct start_key){.cookie = record->cookie, .ns = ns->index};
}

static void note_start(struct live *live, const struct live_ns *ns,
		       const struct socket_record *record)
{
	const struct start_key key = start_key_of(ns, record);
	struct times times;
	struct start *start;

	if (live_is_last(live) || !read_times(record, &times))
		return;
	start = table_get(&live->paths->starts, &key);
	if (!start || start->begun)
		return;
	start->begun = true;
	start->look = live->look;
	start->busy_us = times.busy_us;
	start->window_us = times.window_us;
	start->buffer_us = times.buffer_us;
	start->acked = times.acked;
}

static uint64_t since(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* The kernel's rate is that of one round trip, and may be far from what the connection does: the mean
 * of the time that data was in flight is at least that. */
static void take_mean_rate(const struct times *times, struct live_path *path)
{
	uint64_t mean;

	if (times->busy_us < LEAST_BUSY_US || times->busy_us < path->min_rtt_us * LEAST_ROUND_TRIPS)
		return;
	mean = (uint64_t)((double)times->acked * 1e6 / (double)times->busy_us);
	if (mean <= path->rate_Bps)
		return;
	path->has_rate = true;
	path->rate_Bps = mean;
}

/* One that is seen for the first time, or beyond those that are followed, is judged by its life. */
static void take_times(const struct live *live, const struct live_ns *ns,
		       const struct socket_record *record, struct times times,
		       struct live_path *path)
{
	const struct start_key key = start_key_of(ns, record);
	const struct start *start = live->paths ? table_find(&live->paths->starts, &key) : NULL;

	if (start) {
		path->over_looks = true;
		times.busy_us = since(times.busy_us, start->busy_us);
		times.window_us = since(times.window_us, start->window_us);
		times.buffer_us = since(times.buffer_us, start->buffer_us);
		times.acked = since(times.acked, start->acked);
	}
	take_mean_rate(&times, path);
	path->busy_us = times.busy_us;
	path->limited_us = times.window_us > times.buffer_us ? times.window_us : times.buffer_us;
	if (path->busy_us >= path->min_rtt_us * LEAST_ROUND_TRIPS &&
	    path->limited_us * 100 >= path->busy_us * SURVEY_LIMITED_SHARE)
		path->bound = times.window_us > times.buffer_us ? BOUND_WINDOW : BOUND_SEND_BUFFER;
}

static void take_window(const struct socket_record *record, struct live_path *path)
{
	uint64_t options;

	if (!live_tcp(record, TCP_SND_WND_BYTES, &path->limit_bytes))
		path->why = "the kernel does not tell the far end's window";
	else if (path->bdp_bytes > path->limit_bytes * 2)
		path->limit_bytes = 0;
	path->unscaled = live_tcp(record, TCP_OPTIONS, &options) && !(options & TCPI_OPT_WSCALE);
}

static void take_send_buffer(const struct live_ns *ns, const struct socket_record *record,
			     struct live_path *path)
{
	uint64_t most, size;
	int64_t locked = 0;
	bool known = live_option(record, SOCKOPT_SNDBUF_LOCKED, &locked);

	if (record->n_memory <= SOCKMEM_SNDBUF || !live_key(ns, KEY_TCP_WMEM, 2, &most)) {
		path->why = "the size of its send buffer or net.ipv4.tcp_wmem is not known";
		return;
	}
	size = record->memory[SOCKMEM_SNDBUF];
	path->locked = locked;
	if (locked)
		path->limit_bytes = size;
	else if (size * 100 >= most * LIVE_NEARLY_FULL)
		path->limit_bytes = most;
	else if (!known)
		path->why = live_gap(record, SOCKOPT_SNDBUF_LOCKED);
}

/* Whether the limit is below what so large a product needs. */
static bool binds(const struct live_path *path, uint64_t bdp_bytes)
{
	if (!path->limit_bytes)
		return false;
	return path->bound == BOUND_WINDOW ? bdp_bytes * 100 >= path->limit_bytes * LIVE_NEARLY_FULL
					   : path->limit_bytes < bdp_bytes * NEED_TIMES;
}

/* False: it has measured nothing. */
static bool view(const struct live *live, const struct live_ns *ns,
		 const struct socket_record *record, struct live_path *path)
{
	struct times times;
	uint64_t app_limited = 1;

	*path = (struct live_path){0};
	if (!live_tcp(record, TCP_MIN_RTT_US, &path->min_rtt_us))
		return false;
	path->has_rate = live_tcp(record, TCP_DELIVERY_RATE_BPS, &path->rate_Bps);
	live_tcp(record, TCP_APP_LIMITED, &app_limited);
	path->app_limited = app_limited;
	if (read_times(record, &times))
		take_times(live, ns, record, times, path);
	else
		path->why = "the kernel does not tell what bounds a connection";
	path->bdp_bytes = (uint64_t)((double)path->rate_Bps * (double)path->min_rtt_us / 1e6);
	if (path->bound == BOUND_WINDOW)
		take_window(record, path);
	else if (path->bound == BOUND_SEND_BUFFER)
		take_send_buffer(ns, record, path);
	path->binds = !path->why && path->bound && binds(path, path->bdp_bytes);
	return true;
}

static bool has_rules(const struct live *live)
{
	for (size_t i = 0; live->profile && i < live->profile->n_rules; i++)
		if (strcmp(live->profile->rules[i].family, "paths") == 0)
			return true;
	return false;
}

static struct bounded_key bounded_key_of(const struct socket_address *from,
					 const struct socket_address *to)
{
	struct bounded_key key;

	memset(&key, 0, sizeof(key));
	memcpy(key.from, from->bytes, sizeof(key.from));
	memcpy(key.to, to->bytes, sizeof(key.to));
	key.from_port = from->port;
	key.to_port = to->port;
	key.family = (uint16_t)from->family;
	return key;
}

static void note_bounded(struct live *live, const struct live_ns *ns,
			 const struct socket_record *record, const struct live_path *path)
{
	const struct bounded_key key = bounded_key_of(&record->local, &record->remote);
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
	if (record->n_owners) {
		bounded->pid = record->owners->pid;
		snprintf(bounded->comm, sizeof(bounded->comm), "%s",
			 record->owners->comm ? record->owners->comm : "");
	}
}

void live_path_told(struct live *live, const struct socket_record *record)
{
	const struct bounded_key key = bounded_key_of(&record->remote, &record->local);
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

char *live_path_text(const struct live_path *path)
{
	_cleanup_free_ char *limit =
		path->bound == BOUND_WINDOW
			? mem_printf("the far end's receive window of %" PRIu64 " bytes",
				     path->limit_bytes)
		: path->locked
			? mem_printf("SO_SNDBUF of %" PRIu64 " bytes, set by the application,",
				     path->limit_bytes)
			: mem_printf("the maximum of net.ipv4.tcp_wmem, %" PRIu64 " bytes,",
				     path->limit_bytes);

	return mem_printf("%s bounds it for %" PRIu64 " %% of the %" PRIu64
			  " ms in which data was in flight: %.3g Mbit/s",
			  limit, path->limited_us * 100 / path->busy_us, path->busy_us / 1000,
			  (double)path->rate_Bps * 8 / 1e6);
}

/* How large a buffer to advise: with room for the product, and in any case twice that of now. A
 * window is about half of the buffer that it is of (0.47 on kernel 6.1, 0.61 on 6.18). */
static uint64_t need_of(const struct live_path *path, uint64_t bdp_bytes)
{
	uint64_t room = path->limit_bytes * (path->bound == BOUND_WINDOW ? NEED_TIMES : 1);

	return room * GROW_TIMES > bdp_bytes * NEED_TIMES ? room * GROW_TIMES
							  : bdp_bytes * NEED_TIMES;
}

char *live_path_remedy(const struct live_ns *ns, const struct live_path *path,
		       const struct socket_address *remote, const char *comm, uint64_t bdp_bytes)
{
	static const char *const again =
		"then make the connections anew and look again, for the path may "
		"carry more";
	const struct live_value *wmem = &ns->keys[KEY_TCP_WMEM];
	uint64_t need = need_of(path, bdp_bytes);
	char host[SOCKET_ADDRESS_SIZE];

	socket_address_print(remote, host);
	*strrchr(host, ':') = '\0';
	if (path->bound == BOUND_WINDOW && path->unscaled)
		return mem_printf("window scaling is off, and without it 65535 bytes are the most: "
				  "set net.ipv4.tcp_window_scaling=1 here and on %s, and look for "
				  "a firewall between that strips the option",
				  host);
	if (path->bound == BOUND_WINDOW)
		return mem_printf("on the far end, %s: raise the third field of "
				  "net.ipv4.tcp_rmem to %" PRIu64
				  " or more, and leave SO_RCVBUF alone in what receives there; %s",
				  host, need, again);
	if (path->locked)
		return mem_printf("on this host, in %s: leave SO_SNDBUF alone and let "
				  "net.ipv4.tcp_wmem bound the tuning, or set it to %" PRIu64
				  " or more, which the kernel doubles; %s",
				  comm[0] ? comm : "the application", need / 2, again);
	return mem_printf("on this host: sysctl -w net.ipv4.tcp_wmem=\"%" PRIu64 " %" PRIu64
			  " %" PRIu64 "\"; %s",
			  wmem->nums[0], wmem->nums[1], need, again);
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
		if (binds(&bounded->path, bdp))
			fail(live, bounded, bdp);
	}
}

void live_paths_report(const struct live *live, struct report *report)
{
	live_path_rules_report(live, live->paths ? live->paths->rules : NULL, report);
}
