/* probes/flow_receive.c - the receiving end; see flow.h.
 *
 * The kernel stamps each packet's arrival (SO_TIMESTAMPNS, for TCP since 4.13), so that it does not
 * matter when this process wakes up. */
#include "probes/flow.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/mem.h"
#include "model/tcp_info.h"
#include "probes/net.h"

enum {
	SMALL_READ = 16 * 1024, /* so that there is a time for every few packets */
	LARGE_READ = 256 * 1024,
	SMALL_UNTIL = 64 * 1024 * 1024,
	MOST_ARRIVALS = 65536,
	IDLE_MOST_US = 15000000,
	TRAIN_LEAST = 24 * 1024,
	TRAIN_SHORT = 5 * 1024,
	TRAIN_US = 3000,
	READS_AT_ONCE = 32,
	INFO_SIZE = 512,
	NS_PER_S = 1000000000,
	ALLOWANCE = 256 * 1024, /* what a sender may have written before it looks at its limits */
	HOLD_US = 10000,
	STRETCH_LEAST_US =
		40000, /* half of what estimate.c takes for a window, as is a round trip */
};

void flow_receiver_init(struct flow_receiver *receiver, int fd, const struct flow_limits *limits)
{
	struct flow_path path;
	int on = 1;

	*receiver = (struct flow_receiver){
		.fd = fd, .most_bytes = limits->bytes, .most_Bps = limits->own_Bps};
	receiver->arrivals = mem_alloc_array(MOST_ARRIVALS, sizeof(*receiver->arrivals));
	receiver->began_us = receiver->last_us = net_now_us();
	flow_path_read(fd, &path);
	receiver->stretch_us = path.min_rtt_us;
	if (receiver->stretch_us < STRETCH_LEAST_US)
		receiver->stretch_us = STRETCH_LEAST_US;
	receiver->deadline_us = receiver->began_us + limits->time_us + 2 * (uint64_t)IDLE_MOST_US;
	/* without, there is no rate of trains, and all else */
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0)
		return;
}

void flow_receiver_fini(struct flow_receiver *receiver)
{
	free(receiver->arrivals);
	receiver->arrivals = NULL;
}

static uint64_t stamp_of(struct msghdr *message)
{
	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control;
	     control = CMSG_NXTHDR(message, control)) {
		struct timespec at;

		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SO_TIMESTAMPNS)
			continue;
		memcpy(&at, CMSG_DATA(control), sizeof(at));
		return (uint64_t)at.tv_sec * NS_PER_S + (uint64_t)at.tv_nsec;
	}
	return 0;
}

/* Stretches begin with what arrives after the one before: pauses are in none. */
static void note_stretch(struct flow_receiver *receiver, size_t bytes)
{
	uint64_t Bps;

	if (receiver->last_us - receiver->stretch_began_us >= receiver->stretch_us) {
		receiver->stretch_began_us = receiver->last_us;
		receiver->stretch_bytes = 0;
	}
	receiver->stretch_bytes += bytes;
	Bps = receiver->stretch_bytes * 1000000 / receiver->stretch_us;
	if (Bps > receiver->received.best_Bps)
		receiver->received.best_Bps = Bps;
}

static void arrived(struct flow_receiver *receiver, uint64_t at_ns, size_t bytes)
{
	receiver->received.bytes += bytes;
	receiver->last_us = net_now_us();
	note_stretch(receiver, bytes);
	if (!at_ns)
		return;
	if (!receiver->first_ns)
		receiver->first_ns = at_ns;
	receiver->newest_ns = at_ns;
	if (receiver->n_arrivals < MOST_ARRIVALS)
		receiver->arrivals[receiver->n_arrivals++] =
			(struct flow_arrival){at_ns, receiver->received.bytes};
}

static void note_window(struct flow_receiver *receiver)
{
	char info[INFO_SIZE];
	socklen_t len = sizeof(info), size = sizeof(int);
	uint64_t window = 0;
	int rcvbuf = 0;

	if (getsockopt(receiver->fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, &size) == 0)
		receiver->received.rcvbuf_bytes = (uint64_t)rcvbuf;
	if (getsockopt(receiver->fd, IPPROTO_TCP, TCP_INFO, info, &len) == 0 &&
	    tcp_info_get(info, len, TCP_RCV_WND_BYTES, &window) &&
	    window > receiver->received.window_bytes)
		receiver->received.window_bytes = window;
}

static int finish(struct flow_receiver *receiver)
{
	struct flow_received *received = &receiver->received;

	received->elapsed_us = receiver->newest_ns
				       ? (receiver->newest_ns - receiver->first_ns) / 1000
				       : receiver->last_us - receiver->began_us;
	received->burst_Bps = flow_burst_Bps(receiver->arrivals, receiver->n_arrivals);
	return 1;
}

/* How much may be read now. */
static uint64_t room_bytes(const struct flow_receiver *receiver)
{
	uint64_t most;
	double us;

	if (!receiver->most_Bps)
		return LARGE_READ;
	us = (double)(net_now_us() - receiver->began_us);
	most = ALLOWANCE + (uint64_t)((double)receiver->most_Bps * us / 1e6);
	return most > receiver->received.bytes ? most - receiver->received.bytes : 0;
}

/* 1: some came; 2: the sender closed; 0: nothing is there. */
static int read_some(struct flow_receiver *receiver, size_t most, struct err *err)
{
	static char data[LARGE_READ];
	struct iovec part = {.iov_base = data, .iov_len = most};
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	ssize_t got = recvmsg(receiver->fd, &message, 0);

	if (got > 0) {
		arrived(receiver, stamp_of(&message), (size_t)got);
		return 1;
	}
	if (got < 0 && errno == EINTR)
		return 1;
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	/* a sender that ran out of time does not wait for the rest */
	receiver->received.whole = got == 0;
	if (got == 0 || errno == ECONNRESET)
		return 2;
	return err_set(err, errno, "receiving broke off after %llu bytes: %s",
		       (unsigned long long)receiver->received.bytes, strerror(errno));
}

int flow_receiver_step(struct flow_receiver *receiver, struct err *err)
{
	uint64_t now = net_now_us();
	int r = 1;

	if (now >= receiver->held_until_us)
		receiver->held_until_us = 0;
	for (int i = 0; i < READS_AT_ONCE && r == 1 && !receiver->held_until_us; i++) {
		size_t most = receiver->received.bytes < SMALL_UNTIL ? SMALL_READ : LARGE_READ;
		uint64_t room = room_bytes(receiver);

		if (room)
			r = read_some(receiver, room < most ? room : most, err);
		else
			receiver->held_until_us = now + HOLD_US;
		if (i == 0 && r == 1)
			note_window(receiver);
	}
	if (r < 0)
		return r;
	if (receiver->received.bytes > receiver->most_bytes + ALLOWANCE)
		return err_set(err, EMSGSIZE,
			       "more came than was granted: %llu bytes, and not %llu",
			       (unsigned long long)receiver->received.bytes,
			       (unsigned long long)receiver->most_bytes);
	if (r == 2)
		return finish(receiver);
	if (now > receiver->last_us + IDLE_MOST_US || now > receiver->deadline_us)
		return err_set(err, ETIMEDOUT, "nothing comes any more: %llu bytes did",
			       (unsigned long long)receiver->received.bytes);
	return 0;
}

void flow_receiver_add(struct flow_receiver *receiver, size_t bytes)
{
	arrived(receiver, 0, bytes);
}

short flow_receiver_events(const struct flow_receiver *receiver)
{
	return receiver->held_until_us ? 0 : POLLIN;
}

uint64_t flow_receiver_next_us(const struct flow_receiver *receiver)
{
	uint64_t idle = receiver->last_us + IDLE_MOST_US + 1;

	if (receiver->held_until_us)
		return receiver->held_until_us;
	return idle < receiver->deadline_us ? idle : receiver->deadline_us + 1;
}

static int by_rate(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The upper quartile of the rates over `train` bytes: most such windows lie inside a train, and one
 * that a late packet made short does not count. */
static uint64_t train_Bps(const struct flow_arrival *arrivals, size_t count, uint64_t train)
{
	_cleanup_free_ uint64_t *rates = mem_alloc_array(count + 1, sizeof(*rates));
	size_t n = 0, to = 0;

	for (size_t from = 0; from < count; from++) {
		uint64_t ns;

		while (to < count && arrivals[to].bytes - arrivals[from].bytes < train)
			to++;
		if (to == count)
			break;
		ns = arrivals[to].at_ns - arrivals[from].at_ns;
		if (arrivals[to].at_ns > arrivals[from].at_ns)
			rates[n++] =
				(uint64_t)((double)(arrivals[to].bytes - arrivals[from].bytes) *
					   1e9 / (double)ns);
	}
	qsort(rates, n, sizeof(*rates), by_rate);
	return n ? rates[n * 3 / 4] : 0;
}

uint64_t flow_burst_Bps(const struct flow_arrival *arrivals, size_t count)
{
	uint64_t small = train_Bps(arrivals, count, TRAIN_SHORT);
	uint64_t first = train_Bps(arrivals, count, TRAIN_LEAST);
	uint64_t train = first / 1000000 * TRAIN_US;

	/* trains that are shorter than what was looked for have gaps in them */
	if (small > 2 * first)
		return small;
	/* one must take so long that when the clock was read does not matter */
	if (train <= TRAIN_LEAST)
		return first;
	train = train_Bps(arrivals, count, train);
	return train * 10 >= first * 7 ? train : first;
}
