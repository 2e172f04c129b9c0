/* check/live_path_view.c - what bounds one connection, as the end that sends knows it, and what to
 * do about it; see live_path.h.
 *
 * A connection that its window bounds carries one window in a round trip and no more, so its rate
 * times its round trip is that window; when it is much more than the window is now, the far end's
 * application does not read, and no buffer helps. */
#include <inttypes.h>
#include <linux/tcp.h>
#include <string.h>

#include "check/live_path.h"
#include "sock/survey.h"

enum {
	LEAST_ROUND_TRIPS = 10, /* of busy time: before that a window is still growing */
	LEAST_BUSY_US = 100000, /* for a mean rate: busy_time is counted in jiffies */
	NEED_TIMES = 2,         /* a buffer that tunes itself keeps room for so many products */
	WINDOW_BUFFER_TIMES = 3,
	GROW_TIMES = 2, /* what is measured under a limit says not how much is enough */
};

bool live_path_times(const struct socket_record *record, struct live_path_times *out)
{
	return live_tcp(record, TCP_BUSY_TIME_US, &out->busy_us) &&
	       live_tcp(record, TCP_RWND_LIMITED_US, &out->window_us) &&
	       live_tcp(record, TCP_SNDBUF_LIMITED_US, &out->buffer_us) &&
	       live_tcp(record, TCP_BYTES_ACKED, &out->acked);
}

static uint64_t since(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* The kernel's rate is that of one round trip, and may be far from what the connection does: the
 * mean of the time that data was in flight is at least that. */
static void take_mean_rate(const struct live_path_times *times, struct live_path *path)
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

static void take_times(struct live_path_times times, const struct live_path_times *before,
		       struct live_path *path)
{
	if (before) {
		path->over_looks = true;
		times.busy_us = since(times.busy_us, before->busy_us);
		times.window_us = since(times.window_us, before->window_us);
		times.buffer_us = since(times.buffer_us, before->buffer_us);
		times.acked = since(times.acked, before->acked);
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

bool live_path_binds(const struct live_path *path, uint64_t bdp_bytes)
{
	if (!path->limit_bytes)
		return false;
	return path->bound == BOUND_WINDOW ? bdp_bytes * 100 >= path->limit_bytes * LIVE_NEARLY_FULL
					   : path->limit_bytes < bdp_bytes * NEED_TIMES;
}

bool live_path_view(const struct live_ns *ns, const struct socket_record *record,
		    const struct live_path_times *before, struct live_path *out)
{
	struct live_path_times times;
	uint64_t app_limited = 1;

	*out = (struct live_path){0};
	if (!live_tcp(record, TCP_MIN_RTT_US, &out->min_rtt_us))
		return false;
	out->has_rate = live_tcp(record, TCP_DELIVERY_RATE_BPS, &out->rate_Bps);
	live_tcp(record, TCP_APP_LIMITED, &app_limited);
	out->app_limited = app_limited;
	if (live_path_times(record, &times))
		take_times(times, before, out);
	else
		out->why = "the kernel does not tell what bounds a connection";
	out->bdp_bytes = (uint64_t)((double)out->rate_Bps * (double)out->min_rtt_us / 1e6);
	if (out->bound == BOUND_WINDOW)
		take_window(record, out);
	else if (out->bound == BOUND_SEND_BUFFER)
		take_send_buffer(ns, record, out);
	out->binds = !out->why && out->bound && live_path_binds(out, out->bdp_bytes);
	return true;
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

/* How large a buffer to advise: with room for the product, and in any case twice what is now. What
 * share of its buffer the far end's window is cannot be seen from here: 0.47 on kernel 6.1, 0.61 on
 * 6.18, and it depends on the driver. Half of it would be too little on 6.1, a third is not. */
static uint64_t need_of(const struct live_path *path, uint64_t bdp_bytes)
{
	uint64_t grown = path->limit_bytes * GROW_TIMES;

	if (path->bound == BOUND_WINDOW)
		return WINDOW_BUFFER_TIMES * (grown > bdp_bytes ? grown : bdp_bytes);
	return grown > bdp_bytes * NEED_TIMES ? grown : bdp_bytes * NEED_TIMES;
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
