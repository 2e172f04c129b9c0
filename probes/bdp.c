/* probes/bdp.c - a path's bandwidth and round trip, measured with a reflector at its far end; see
 * protocol.h, flow.h and estimate.h. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/errno_name.h"
#include "base/mem.h"
#include "base/str.h"
#include "probes/advice.h"
#include "probes/believe.h"
#include "probes/combine.h"
#include "probes/exchange.h"
#include "probes/net.h"
#include "probes/probe.h"
#include "probes/protocol.h"
#include "probes/tcp_most.h"

enum {
	CONNECT_MS = 10000,
	PROGRESS_US = 200000,
	DEFAULT_TIME_MS = 10000,
	LONGEST_TIME_MS = 600000,
};
#define DEFAULT_BYTES (UINT64_C(1) << 30)

struct bdp {
	struct auth_token token;
	struct flow_limits asked, limits; /* of ours, and what both ends allow */
	struct tcp_most most;
	struct net_address address;
	struct lines control;
	int up_fd, down_fd; /* -1: not that way */
	bool owes_word;     /* the far end, of a way that it began */
	uint64_t told_us;
	char id[PROTOCOL_ID_DIGITS + 1];
	const char *congestion; /* that was asked for, and this kernel has; or NULL */
};

static json_int_t bits(uint64_t payload_Bps, uint64_t mss_bytes, uint64_t packet_bytes)
{
	double packets = mss_bytes ? (double)packet_bytes / (double)mss_bytes : 1;

	return (json_int_t)((double)payload_Bps * 8 * packets);
}

/* What is not known yet is left out. */
static void tell(struct bdp *bdp, const char *way, const struct flow_path *path, uint64_t Bps,
		 uint64_t bytes, uint64_t elapsed_us)
{
	uint64_t now = net_now_us();
	json_int_t rate_bps = bits(Bps, path->mss_bytes, path->packet_bytes);
	json_t *progress;

	if (now - bdp->told_us < PROGRESS_US)
		return;
	bdp->told_us = now;
	progress = json_pack("{s:s, s:I, s:f}", "direction", way, "bytes", (json_int_t)bytes,
			     "elapsed_s", (double)elapsed_us / 1e6);
	if (Bps)
		json_object_set_new(progress, "rate_bps", json_integer(rate_bps));
	if (path->min_rtt_us)
		json_object_set_new(progress, "min_rtt_us",
				    json_integer((json_int_t)path->min_rtt_us));
	if (Bps && path->min_rtt_us)
		json_object_set_new(progress, "bdp_bytes",
				    json_integer((json_int_t)((double)rate_bps / 8 *
							      (double)path->min_rtt_us / 1e6)));
	probe_progress(progress);
}

static int open_control(struct bdp *bdp, struct err *err)
{
	char line[LINES_MOST + 1];
	int r = exchange_greet(&bdp->control, &bdp->token, err);

	if (r == 0)
		r = lines_send(bdp->control.fd, err, "control");
	if (r == 0)
		r = lines_wait(&bdp->control, net_now_us() + PROTOCOL_PATIENCE_US, line, err);
	if (r < 0)
		return r;
	if (lines_begins(line, "no"))
		return err_set(err, EBUSY, "the far end refuses:%s", line + strlen("no"));
	if (!lines_begins(line, "granted") || !lines_text(line, "id", bdp->id, sizeof(bdp->id)))
		return err_set(err, EPROTO, "the far end does not grant what it should");
	protocol_bound(line, &bdp->limits);
	return 0;
}

/* What is left in `lines` came behind the far end's "go": it is data already. */
static int open_data(struct bdp *bdp, struct lines *lines, const char *way, struct err *err)
{
	char line[LINES_MOST + 1], limits[128];
	bool names = bdp->congestion && strcmp(way, "down") == 0;
	int r = net_connect_socket(lines->fd, &bdp->address, CONNECT_MS, err);

	if (r == 0)
		r = exchange_greet(lines, &bdp->token, err);
	protocol_print_limits(&bdp->limits, limits, sizeof(limits));
	if (r == 0)
		r = lines_send(lines->fd, err, "data id=%s way=%s %s%s%s", bdp->id, way, limits,
			       names ? " congestion=" : "", names ? bdp->congestion : "");
	if (r == 0)
		r = lines_wait(lines, net_now_us() + PROTOCOL_PATIENCE_US, line, err);
	if (r == 0 && lines_begins(line, "no"))
		return err_set(err, EOPNOTSUPP, "the far end refuses:%s", line + strlen("no"));
	if (r == 0 && strncmp(line, "go", 3) != 0)
		r = err_set(err, EPROTO, "the far end does not begin");
	bdp->owes_word = r == 0;
	return r;
}

/* What the far end says of a way when it is over. */
static int wait_for_word(struct bdp *bdp, char line[LINES_MOST + 1], struct err *err)
{
	int r = lines_wait(&bdp->control, net_now_us() + 3 * (uint64_t)PROTOCOL_PATIENCE_US, line,
			   err);

	if (r < 0)
		return err_prefix(err, "waiting for what the far end measured: ");
	bdp->owes_word = false;
	return 0;
}

static int go_up(struct bdp *bdp, struct way *way, struct err *err)
{
	_cleanup_(flow_sender_fini) struct flow_sender sender = {0};
	const struct linger at_once = {.l_onoff = 1};
	struct lines lines = {.fd = bdp->up_fd};
	char line[LINES_MOST + 1];
	int ready = 1, r = open_data(bdp, &lines, "up", err);

	if (r < 0)
		return r;
	flow_sender_init(&sender, bdp->up_fd, &bdp->limits);
	while ((r = flow_sender_step(&sender, ready ? POLLOUT : 0, err)) == 0) {
		const struct flow_path path = {sender.estimate.min_rtt_us, sender.sent.mss_bytes,
					       sender.sent.packet_bytes};

		tell(bdp, "up", &path, sender.estimate.rate_Bps, sender.written,
		     net_now_us() - sender.began_us);
		ready = net_wait(bdp->up_fd, flow_sender_events(&sender),
				 flow_sender_next_us(&sender));
		if (ready < 0)
			return err_set(err, -ready, "poll: %s", strerror(-ready));
	}
	way->sent = sender.sent;
	/* or else the far end waits for what no longer comes */
	if (r < 0 && setsockopt(bdp->up_fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0)
		return r;
	close(bdp->up_fd);
	bdp->up_fd = -1;
	if (r < 0)
		return r;
	r = wait_for_word(bdp, line, err);
	if (r == 0)
		r = protocol_read_received(line, &way->received, &way->receiver_most, err);
	return r < 0 ? r : believe_received(way, err);
}

static void take_less(uint64_t *value, uint64_t other)
{
	if (other && (!*value || other < *value))
		*value = other;
}

/* Of the way down: the connection for data, which sends nothing, and the one for control. */
static void read_path(const struct bdp *bdp, struct flow_path *path)
{
	struct flow_path control;

	flow_path_read(bdp->control.fd, &control);
	flow_path_read(bdp->down_fd, path);
	take_less(&path->min_rtt_us, control.min_rtt_us);
}

static int go_down(struct bdp *bdp, struct way *way, struct err *err)
{
	_cleanup_(flow_receiver_fini) struct flow_receiver receiver = {0};
	struct lines lines = {.fd = bdp->down_fd};
	char line[LINES_MOST + 1];
	uint64_t began_us = net_now_us();
	struct witness witness;
	struct flow_path path;
	int r = open_data(bdp, &lines, "down", err);

	if (r < 0)
		return r;
	flow_receiver_init(&receiver, bdp->down_fd, &bdp->limits);
	flow_receiver_add(&receiver, lines.len);
	read_path(bdp, &path);
	while ((r = flow_receiver_step(&receiver, err)) == 0) {
		uint64_t us = net_now_us() - receiver.began_us;

		tell(bdp, "down", &path, us ? receiver.received.bytes * 1000000 / us : 0,
		     receiver.received.bytes, us);
		r = net_wait(bdp->down_fd, flow_receiver_events(&receiver),
			     flow_receiver_next_us(&receiver));
		if (r < 0)
			return err_set(err, -r, "poll: %s", strerror(-r));
	}
	way->received = receiver.received;
	if (r < 0)
		return r;
	r = wait_for_word(bdp, line, err);
	if (r == 0)
		r = protocol_read_sent(line, &way->sent, &way->sender_most, err);
	/* seen from here: its own bound, where it has one, is the far end's, and what we asked for
	 * is ours */
	if (r == 0 && way->sent.limited_by == LIMITED_SENDER && bdp->limits.far_Bps)
		way->sent.limited_by = LIMITED_FAR_END;
	else if (r == 0 && way->sent.limited_by == LIMITED_FAR_END)
		way->sent.limited_by = LIMITED_SENDER;
	witness =
		(struct witness){.took_us = net_now_us() - began_us, .min_rtt_us = path.min_rtt_us};
	return r < 0 ? r : believe_sent(way, &witness, err);
}

static void put_number(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, value ? json_integer((json_int_t)value) : json_null());
}

/* What ended it: that more would tell nothing new, or a limit, and whose. NULL: cannot be told. */
static const char *what_ended(const struct bdp *bdp, const struct flow_sent *sent)
{
	const struct flow_limits *asked = &bdp->asked, *limits = &bdp->limits;

	if (sent->converged)
		return "converged";
	/* what is under way when the bytes are over takes time too */
	if (sent->bytes >= limits->bytes)
		return limits->bytes < asked->bytes ? "far-max-bytes" : "max-bytes";
	if (sent->elapsed_us >= limits->time_us)
		return limits->time_us < asked->time_us ? "far-max-time" : "max-time";
	return NULL;
}

static void put_text(json_t *object, const char *name, const char *text)
{
	json_object_set_new(object, name, text ? json_string(text) : json_null());
}

static json_t *describe(const struct bdp *bdp, struct way *way)
{
	const struct flow_sent *sent = &way->sent;
	json_t *object = json_object(), *advice;
	json_int_t rate_bps;
	uint64_t product;

	combine_measured(way);
	rate_bps = bits(sent->rate_Bps, sent->mss_bytes, sent->packet_bytes);
	advice = advice_make(way);
	product = (uint64_t)((double)rate_bps / 8 * (double)sent->min_rtt_us / 1e6);

	put_number(object, "rate_bps", (uint64_t)rate_bps);
	put_number(object, "goodput_bps", sent->rate_Bps * 8);
	put_number(object, "min_rtt_us", sent->min_rtt_us);
	put_number(object, "bdp_bytes", product);
	json_object_set_new(object, "limited_by", json_string(limited_names[sent->limited_by]));
	json_object_set_new(object, "confidence", json_string(confidence_names[sent->confidence]));
	json_object_set_new(object, "converged", json_boolean(sent->converged != 0));
	put_text(object, "ended_by", what_ended(bdp, sent));
	put_text(object, "congestion", sent->congestion[0] ? sent->congestion : NULL);
	put_text(object, "congestion_asked", bdp->congestion);
	put_number(object, "burst_bps",
		   (uint64_t)bits(way->received.burst_Bps, sent->mss_bytes, sent->packet_bytes));
	json_object_set_new(object, "bytes", json_integer((json_int_t)sent->bytes));
	json_object_set_new(object, "received_bytes",
			    json_integer((json_int_t)way->received.bytes));
	json_object_set_new(object, "elapsed_s", json_real((double)sent->elapsed_us / 1e6));
	json_object_set_new(object, "retransmits", json_integer((json_int_t)sent->retransmits));
	json_object_set_new(object, "segments", json_integer((json_int_t)sent->segments));
	put_number(object, "window_bytes", sent->window_bytes);
	put_number(object, "rcvbuf_bytes", way->received.rcvbuf_bytes);
	put_number(object, "sndbuf_bytes", sent->sndbuf_bytes);
	json_object_set_new(object, "profiles", advice_profiles(advice));
	json_object_set_new(object, "advice", advice);
	return object;
}

/* What the far end says of a way that failed here is not to be taken for its word of the next. */
static void hear_out(struct bdp *bdp)
{
	char line[LINES_MOST + 1];
	struct err ignored;

	if (bdp->owes_word &&
	    lines_wait(&bdp->control, net_now_us() + PROTOCOL_PATIENCE_US, line, &ignored) < 0)
		return;
	bdp->owes_word = false;
}

/* 0, or what the first way failed for when none was measured: one that failed takes nothing from
 * the other. */
static int measure_ways(struct bdp *bdp, json_t *result, struct err *err)
{
	struct way ways[] = {{.name = "up",
			      .sender = "here",
			      .receiver = "there",
			      .sender_most = bdp->most.wmem_bytes},
			     {.name = "down",
			      .sender = "there",
			      .receiver = "here",
			      .receiver_most = bdp->most.rmem_bytes}};
	int (*const go[])(struct bdp *, struct way *, struct err *) = {go_up, go_down};
	const bool is_asked[] = {bdp->up_fd >= 0, bdp->down_fd >= 0};
	bool measured = false;
	int first = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct err why = {0};
		int r;

		if (!is_asked[i])
			continue;
		r = go[i](bdp, &ways[i], &why);
		json_object_set_new(result, ways[i].name,
				    r < 0 ? json_pack("{s:{s:s, s:s}}", "error", "code",
						      errno_name(-r), "text", why.text)
					  : describe(bdp, &ways[i]));
		measured = measured || r == 0;
		if (r < 0 && !first) {
			first = r;
			*err = why;
		}
		if (r < 0)
			hear_out(bdp);
	}
	return measured ? 0 : first;
}

static int run(void *context, json_t *result, struct err *err)
{
	struct bdp *bdp = context;
	char text[NET_TEXT_SIZE];
	int r = open_control(bdp, err);

	json_object_set_new(result, "far_end", json_string(net_print(&bdp->address, text)));
	return r < 0 ? r : measure_ways(bdp, result, err);
}

static int read_words(struct words *words, struct bdp *bdp, int *family, struct err *err)
{
	uint64_t time_ms = DEFAULT_TIME_MS, version = 0;
	int r = words_number(words, "time_ms", 100, LONGEST_TIME_MS, &time_ms, err);

	bdp->limits.bytes = DEFAULT_BYTES;
	if (r == 0)
		r = words_number(words, "bytes", 1, UINT64_C(1) << 50, &bdp->limits.bytes, err);
	if (r == 0)
		r = words_number(words, "rate_Bps", 1000, UINT64_C(1) << 44, &bdp->limits.own_Bps,
				 err);
	if (r == 0)
		r = words_number(words, "family", 4, 6, &version, err);
	bdp->limits.time_us = time_ms * 1000;
	bdp->asked = bdp->limits;
	*family = version == 4 ? AF_INET : version == 6 ? AF_INET6 : AF_UNSPEC;
	return r;
}

/* The congestion control may be one that takes a right to choose: all sockets are made here. */
static int prepare(struct words *words, void **context, struct err *err)
{
	struct bdp *bdp = *context = mem_alloc(sizeof(*bdp));
	const char *host = words_text(words, "host", ""), *way = words_text(words, "way", "both");
	struct net_options options = {.congestion = words_text(words, "congestion", NULL),
				      .timeout_ms = CONNECT_MS};
	struct net_addresses addresses;
	size_t which = 0;
	int family, r;

	bdp->control.fd = bdp->up_fd = bdp->down_fd = -1;
	bdp->congestion = options.congestion;
	r = read_words(words, bdp, &family, err);
	if (r == 0)
		r = auth_read_token(&bdp->token, err);
	if (r == 0)
		r = net_resolve(host, PROTOCOL_PORT, family, false, &addresses, err);
	if (r == 0)
		r = bdp->control.fd = net_connect(&addresses, &options, &which, err);
	if (r < 0)
		return r;
	bdp->address = addresses.list[which];
	if (!str_equal(way, "down")) {
		bdp->up_fd = net_socket(bdp->address.at.ss_family, options.congestion, err);
		if (bdp->up_fd < 0)
			return bdp->up_fd;
	}
	if (!str_equal(way, "up")) {
		bdp->down_fd = net_socket(bdp->address.at.ss_family, NULL, err);
		if (bdp->down_fd < 0)
			return bdp->down_fd;
	}
	tcp_most_read(&bdp->most);
	return 0;
}

static void release(void *context)
{
	struct bdp *bdp = context;

	if (!bdp)
		return;
	mem_closep(&bdp->control.fd);
	mem_closep(&bdp->up_fd);
	mem_closep(&bdp->down_fd);
	explicit_bzero(&bdp->token, sizeof(bdp->token));
	free(bdp);
}

const struct probe probe_bdp = {"bdp", prepare, run, release, NULL};
