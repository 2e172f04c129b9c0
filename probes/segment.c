/* probes/segment.c - see segment.h. */
#include "probes/segment.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "model/tcp_info.h"

enum {
	US_PER_MS = 1000,
	LOOK_US = 20000,
	CONNECT_MS = 2000,
	RESENT = 3, /* times that are enough to call it lost: 1.4 s where a round trip is short */
	MSS_MOST = 65536,
	TCP_HEADER = 20,
	TIMESTAMPS_BYTES = 12,
	V4_HEADER = 20,
	V6_HEADER = 40,
};

struct look {
	uint64_t acked, resent, mss_bytes, options;
};

static bool look(int fd, struct look *out)
{
	unsigned char info[512];
	socklen_t len = sizeof(info);

	*out = (struct look){0};
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len) < 0)
		return false;
	return tcp_info_get(info, len, TCP_BYTES_ACKED, &out->acked) &&
	       tcp_info_get(info, len, TCP_TOTAL_RETRANS, &out->resent) &&
	       tcp_info_get(info, len, TCP_SND_MSS_BYTES, &out->mss_bytes) &&
	       tcp_info_get(info, len, TCP_OPTIONS, &out->options);
}

/* snd_mss is without TCP's options (tcp_sync_mss()), of which each segment has only timestamps. */
uint32_t segment_packet_bytes(uint32_t mss_bytes, uint64_t options, int family)
{
	return mss_bytes + TCP_HEADER + (options & TCPI_OPT_TIMESTAMPS ? TIMESTAMPS_BYTES : 0) +
	       (family == AF_INET6 ? V6_HEADER : V4_HEADER);
}

static uint32_t packet_bytes(const struct look *look, int family)
{
	return segment_packet_bytes((uint32_t)look->mss_bytes, look->options, family);
}

static int open_connection(const struct net_address *to, unsigned mss_bytes, uint64_t until_us)
{
	uint64_t now_us = net_now_us();
	uint64_t left_ms = until_us > now_us ? (until_us - now_us) / US_PER_MS : 0;
	struct err err;
	_cleanup_fd_ int fd = net_socket(to->at.ss_family, NULL, &err);
	const int on = 1, mss = (int)mss_bytes;

	if (fd < 0 || !left_ms || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    (mss && setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &mss, sizeof(mss)) < 0) ||
	    net_connect_socket(fd, to, left_ms < CONNECT_MS ? (unsigned)left_ms : CONNECT_MS,
			       &err) < 0)
		return -1;
	return TAKE_FD(fd);
}

/* A reset answers the segment too: it can only come from where the segment arrived. */
static bool was_reset(int fd)
{
	int code = 0;
	socklen_t len = sizeof(code);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) == 0 &&
	       (code == ECONNRESET || code == EPIPE);
}

static void wait_for_answer(int fd, int family, const struct look *before, uint64_t until_us,
			    struct segment *out)
{
	struct look now = *before;

	while (net_now_us() < until_us) {
		net_pause(LOOK_US);
		if (!look(fd, &now))
			return;
		out->sent = (unsigned)(now.resent - before->resent) + 1;
		if (now.acked > before->acked || was_reset(fd)) {
			out->outcome = SEGMENT_ACKNOWLEDGED;
			/* smaller than it was when an ICMP error has come meanwhile */
			out->packet_bytes = packet_bytes(&now, family);
			return;
		}
		if (now.resent - before->resent >= RESENT) {
			out->outcome = SEGMENT_LOST;
			return;
		}
	}
}

void segment_try(const struct net_address *to, unsigned mss_bytes, uint64_t until_us,
		 struct segment *out)
{
	_cleanup_fd_ int fd = open_connection(to, mss_bytes, until_us);
	char blanks[MSS_MOST];
	struct look before;
	size_t len;

	*out = (struct segment){.outcome = SEGMENT_UNKNOWN};
	if (fd < 0 || !look(fd, &before))
		return;
	len = before.mss_bytes < MSS_MOST ? (size_t)before.mss_bytes : MSS_MOST;
	for (size_t i = 0; i < len; i++)
		blanks[i] = i % 2 ? '\n' : '\r';
	out->packet_bytes = packet_bytes(&before, to->at.ss_family);
	if (send(fd, blanks, len, MSG_NOSIGNAL) != (ssize_t)len)
		return;
	wait_for_answer(fd, to->at.ss_family, &before, until_us, out);
}
