/* probes/flow_send.c - the sending end; see flow.h. */
#include "probes/flow.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "model/tcp_info.h"
#include "probes/net.h"

enum {
	CHUNK = 128 * 1024,
	SAMPLE_LEAST_US = 2000,
	SAMPLE_MOST_US = 20000,
	STALL_LEAST_US = 5000000,
	STALL_TRIPS = 8,
	DRAIN_LEAST_US = 2000000,
	UNSENT_LEAST = 64 * 1024, /* what waits in the kernel for its turn */
	UNSENT_US = 20000,        /* and how long it lasts when nobody wakes us */
	INFO_SIZE = 512,
};

/* What is sent does not compress. */
static const char *chunk(void)
{
	static char bytes[CHUNK];
	static bool made;
	uint64_t random = UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; !made && i < sizeof(bytes); i += sizeof(random)) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		memcpy(bytes + i, &random, sizeof(random));
	}
	made = true;
	return bytes;
}

static void set_number(int fd, int level, int option, uint64_t value)
{
	int number = value > INT32_MAX ? INT32_MAX : (int)value;

	/* an old kernel that lacks one measures all the same */
	if (setsockopt(fd, level, option, &number, sizeof(number)) < 0)
		return;
}

static void set_pacing(const struct flow_sender *sender)
{
	uint64_t rate = estimate_cap_Bps(&sender->estimate);

	/* 64 bits wide from Linux 4.20 on, socket(7) */
	if (rate && setsockopt(sender->fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, sizeof(rate)) < 0)
		set_number(sender->fd, SOL_SOCKET, SO_MAX_PACING_RATE, rate);
}

void flow_sender_init(struct flow_sender *sender, int fd, const struct flow_limits *limits)
{
	socklen_t len = FLOW_NAME_SIZE - 1;

	*sender = (struct flow_sender){.fd = fd, .limits = *limits};
	estimate_init(&sender->estimate, limits->own_Bps, limits->far_Bps);
	sender->began_us = sender->progress_us = net_now_us();
	set_pacing(sender);
	sender->room_bytes = UNSENT_LEAST;
	if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, sender->sent.congestion, &len) < 0)
		sender->sent.congestion[0] = '\0';
}

void flow_sender_fini(struct flow_sender *sender)
{
	estimate_fini(&sender->estimate);
}

/* Segments that arrived, in order or not: what is acknowledged in order jumps when a lost one is
 * made good. Kernels before 4.18 tell that alone. */
static uint64_t delivered_bytes(const void *info, size_t len)
{
	uint64_t segments = flow_field(info, len, TCP_DELIVERED);

	return segments ? segments * flow_field(info, len, TCP_SND_MSS_BYTES)
			: flow_field(info, len, TCP_BYTES_ACKED);
}

static void note(struct flow_sender *sender, const void *info, size_t len, uint64_t now)
{
	struct flow_sent *sent = &sender->sent;
	uint64_t app_limited = flow_field(info, len, TCP_APP_LIMITED);
	const struct sample sample = {
		.at_us = now,
		.delivered_bytes = delivered_bytes(info, len),
		.delivery_Bps = app_limited ? 0 : flow_field(info, len, TCP_DELIVERY_RATE_BPS),
		.rtt_us = flow_field(info, len, TCP_RTT_US),
		.min_rtt_us = flow_field(info, len, TCP_MIN_RTT_US),
		.busy_us = flow_field(info, len, TCP_BUSY_TIME_US),
		.rwnd_us = flow_field(info, len, TCP_RWND_LIMITED_US),
		.sndbuf_us = flow_field(info, len, TCP_SNDBUF_LIMITED_US),
		.retransmits = flow_field(info, len, TCP_TOTAL_RETRANS),
		.segments = flow_field(info, len, TCP_DATA_SEGS_OUT),
		.mss_bytes = flow_field(info, len, TCP_SND_MSS_BYTES),
	};
	uint64_t waiting = flow_field(info, len, TCP_NOTSENT_BYTES);
	uint64_t flight = flow_field(info, len, TCP_UNACKED) * sample.mss_bytes + waiting;
	uint64_t window = flow_field(info, len, TCP_SND_WND_BYTES), most;
	struct flow_path path;

	if (sample.delivered_bytes > sender->delivered)
		sender->progress_us = now;
	sender->delivered = sample.delivered_bytes;
	sent->rtt_us = sample.rtt_us;
	flow_path_take(sender->fd, info, len, &path);
	sent->mss_bytes = path.mss_bytes;
	sent->packet_bytes = path.packet_bytes;
	sent->retransmits = sample.retransmits;
	sent->segments = sample.segments;
	sent->window_bytes = window > sent->window_bytes ? window : sent->window_bytes;
	sent->flight_bytes = flight > sent->flight_bytes ? flight : sent->flight_bytes;
	if (!sender->ending_us)
		estimate_add(&sender->estimate, &sample);
	else
		sender->finished = !flight;
	/* the congestion window may be twice as large in a round trip */
	most = UNSENT_LEAST + flow_field(info, len, TCP_SND_CWND) * sample.mss_bytes +
	       sender->estimate.rate_Bps * UNSENT_US / 1000000;
	sender->room_bytes = most > waiting ? most - waiting : 0;
}

static int take_sample(struct flow_sender *sender, uint64_t now, struct err *err)
{
	uint64_t every_us = sender->estimate.min_rtt_us / 8;
	char info[INFO_SIZE];
	socklen_t len = sizeof(info);

	every_us = every_us < SAMPLE_LEAST_US  ? SAMPLE_LEAST_US
		   : every_us > SAMPLE_MOST_US ? SAMPLE_MOST_US
					       : every_us;
	sender->sample_us = now + every_us;
	if (getsockopt(sender->fd, IPPROTO_TCP, TCP_INFO, info, &len) < 0)
		return err_set(err, errno, "TCP_INFO: %s", strerror(errno));
	note(sender, info, len, now);
	return 0;
}

/* One send for each time the socket is said to be writable: one more adds to the last segment, of
 * which the congestion window takes a part at once, and so on, whatever is under way already
 * (tcp_sendmsg_locked(); tried on 6.18: 760 KB under way with a send buffer of 128). What is to be
 * seen here is a send buffer that is a limit, as it is to programs that write now and then. */
static int write_some(struct flow_sender *sender, struct err *err)
{
	uint64_t left = sender->limits.bytes - sender->written, most = CHUNK;
	ssize_t sent;

	if (most > sender->room_bytes)
		most = sender->room_bytes;
	if (most > left)
		most = left;
	sent = send(sender->fd, chunk(), (size_t)most, MSG_NOSIGNAL);

	if (sent > 0) {
		sender->written += (uint64_t)sent;
		sender->room_bytes -= (uint64_t)sent;
	} else if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
		return err_set(err, errno, "sending broke off after %llu bytes: %s",
			       (unsigned long long)sender->delivered, strerror(errno));
	}
	return 0;
}

static bool is_over(const struct flow_sender *sender, uint64_t now)
{
	return now - sender->began_us >= sender->limits.time_us ||
	       sender->written >= sender->limits.bytes || estimate_has_converged(&sender->estimate);
}

static void begin_end(struct flow_sender *sender, uint64_t now)
{
	struct flow_sent *sent = &sender->sent;
	const struct estimate *estimate = &sender->estimate;
	uint64_t cap_Bps = estimate_cap_Bps(estimate);
	socklen_t len = sizeof(int);
	int sndbuf = 0;

	if (getsockopt(sender->fd, SOL_SOCKET, SO_SNDBUF, &sndbuf, &len) == 0)
		sent->sndbuf_bytes = (uint64_t)sndbuf;
	/* a window of one that is paced may be above what it is paced to */
	sent->rate_Bps = estimate->rate_Bps;
	if (cap_Bps && sent->rate_Bps > cap_Bps)
		sent->rate_Bps = cap_Bps;
	sent->min_rtt_us = estimate->min_rtt_us;
	sent->limited_by = estimate_limited_by(estimate);
	sent->confidence = estimate_confidence(estimate);
	sent->converged = estimate_has_converged(estimate);
	sender->ending_us = now;
	shutdown(sender->fd, SHUT_WR);
}

static uint64_t patience_us(const struct flow_sender *sender, uint64_t least)
{
	uint64_t trips = STALL_TRIPS * sender->sent.rtt_us;

	return trips > least ? trips : least;
}

static void end(struct flow_sender *sender, uint64_t now)
{
	const struct linger at_once = {.l_onoff = 1};

	sender->sent.bytes = sender->written;
	sender->sent.whole = sender->finished;
	sender->sent.elapsed_us = now - sender->began_us;
	/* what is still under way is not worth waiting for */
	if (!sender->finished &&
	    setsockopt(sender->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0)
		return;
}

int flow_sender_step(struct flow_sender *sender, short revents, struct err *err)
{
	uint64_t now;
	int r = 0;

	if (!sender->ending_us && sender->room_bytes && sender->written < sender->limits.bytes &&
	    (revents & (POLLOUT | POLLERR | POLLHUP)))
		r = write_some(sender, err);
	now = net_now_us(); /* writing may have taken long */
	if (r == 0 && now >= sender->sample_us)
		r = take_sample(sender, now, err);
	if (r < 0)
		return r;
	if (!sender->ending_us && is_over(sender, now))
		begin_end(sender, now);
	if (sender->ending_us &&
	    (sender->finished || now - sender->ending_us > patience_us(sender, DRAIN_LEAST_US))) {
		end(sender, now);
		return 1;
	}
	if (now - sender->progress_us > patience_us(sender, STALL_LEAST_US))
		return err_set(err, ETIMEDOUT,
			       "nothing gets through any more: %llu bytes were acknowledged, none "
			       "in the last %llu s",
			       (unsigned long long)sender->delivered,
			       (unsigned long long)((now - sender->progress_us) / 1000000));
	return 0;
}

short flow_sender_events(const struct flow_sender *sender)
{
	return sender->ending_us || sender->written >= sender->limits.bytes || !sender->room_bytes
		       ? 0
		       : POLLOUT;
}

uint64_t flow_sender_next_us(const struct flow_sender *sender)
{
	return sender->sample_us;
}
