/* probes/volley.c - see volley.h. */
#include "probes/volley.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

enum {
	FIRST_PORT = 33434,
	UDP_HEADER = 8,
	V4_HEADER = 20,
	V6_HEADER = 40,
	LENGTH_MOST = 65535, /* of an IPv4 packet, or of what an IPv6 header is followed by */
	SEND_TRIES = 4,
	SEND_PAUSE_US = 2000,
};

static bool is_v6(const struct volley *volley)
{
	return volley->to.at.ss_family == AF_INET6;
}

uint32_t volley_small_bytes(const struct volley *volley)
{
	return volley->header_bytes + VOLLEY_SMALL_PAYLOAD;
}

uint32_t volley_most_bytes(const struct volley *volley)
{
	return is_v6(volley) ? LENGTH_MOST + V6_HEADER : LENGTH_MOST;
}

static int set_options(int fd, int family)
{
	static const struct {
		int family, level, name, value;
	} options[] = {
		{AF_INET, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE},
		{AF_INET, IPPROTO_IP, IP_RECVTTL, 1},
		{AF_INET6, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE},
		{AF_INET6, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (options[i].family == family &&
		    setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			       sizeof(options[i].value)) < 0)
			return -errno;
	}
	return icmp_answer_ask(fd, family);
}

int volley_open(struct volley *volley, const struct net_address *to, struct err *err)
{
	_cleanup_fd_ int fd =
		socket(to->at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	int r;

	*volley = (struct volley){.fd = -1, .to = *to};
	volley->header_bytes = UDP_HEADER + (is_v6(volley) ? V6_HEADER : V4_HEADER);
	if (fd < 0)
		return err_set(err, errno, "cannot make a UDP socket: %s", strerror(errno));
	r = set_options(fd, to->at.ss_family);
	if (r < 0)
		return err_set(err, -r, "cannot ask for ICMP errors: %s", strerror(-r));
	volley->fd = TAKE_FD(fd);
	return 0;
}

void volley_fini(struct volley *volley)
{
	mem_closep(&volley->fd);
	free(volley->probes);
	*volley = (struct volley){.fd = -1};
}

/* An error that the kernel holds for the socket is told by the next call, whatever that is. */
static void clear_error(int fd)
{
	int code;
	socklen_t len = sizeof(code);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len);
}

static void take_answer(struct volley *volley, const struct icmp_answer *answer)
{
	size_t at = (size_t)answer->port - FIRST_PORT;
	struct volley_probe *probe;

	/* A local refusal is told within the call that sends, and for IPv4 without the port
	 * (kernel 6.18). */
	if (answer->kind == ANSWER_LOCAL_TOO_BIG)
		at = volley->count - 1;
	else if (answer->port < FIRST_PORT)
		return;
	if (at >= volley->count || volley->probes[at].heard)
		return;
	probe = &volley->probes[at];
	probe->heard = true;
	probe->heard_us = net_now_us();
	probe->answer = *answer;
}

static void take_answers(struct volley *volley)
{
	struct icmp_answer answer;

	while (icmp_answer_read(volley->fd, &answer) > 0)
		take_answer(volley, &answer);
	clear_error(volley->fd);
}

static int send_once(const struct volley *volley, const struct net_address *to, uint8_t ttl,
		     uint32_t payload)
{
	static unsigned char zeros[LENGTH_MOST];
	_Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec vector = {zeros, payload};
	struct msghdr message = {.msg_name = (void *)&to->at,
				 .msg_namelen = to->len,
				 .msg_iov = &vector,
				 .msg_iovlen = 1};
	const int value = ttl;
	struct cmsghdr *c;

	if (ttl) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = is_v6(volley) ? IPPROTO_IPV6 : IPPROTO_IP;
		c->cmsg_type = is_v6(volley) ? IPV6_HOPLIMIT : IP_TTL;
		c->cmsg_len = CMSG_LEN(sizeof(value));
		memcpy(CMSG_DATA(c), &value, sizeof(value));
	}
	return sendmsg(volley->fd, &message, 0) < 0 ? -errno : 0;
}

static struct net_address with_port(const struct net_address *to, size_t index)
{
	struct net_address address = *to;
	uint16_t port = htons((uint16_t)(FIRST_PORT + index));

	if (address.at.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&address.at)->sin6_port = port;
	else
		((struct sockaddr_in *)&address.at)->sin_port = port;
	return address;
}

size_t volley_send(struct volley *volley, uint8_t ttl, uint32_t size_bytes)
{
	size_t index = volley->count;
	struct volley_probe *probe;
	struct net_address to;
	int r = 0;

	take_answers(volley);
	to = with_port(&volley->to, index);
	probe = MEM_APPEND(volley->probes, volley->count);
	probe->ttl = ttl;
	probe->size_bytes = size_bytes;
	/* Again, because the error of an earlier one may have come in between; and because a full
	 * queue of the interface is told of where errors are asked for (ENOBUFS, udp(7)). */
	for (int i = 0; i < SEND_TRIES; i++) {
		probe->sent_us = net_now_us();
		r = send_once(volley, &to, ttl, size_bytes - volley->header_bytes);
		if (r == 0)
			break;
		if (r == -ENOBUFS || r == -EAGAIN)
			net_pause(SEND_PAUSE_US);
	}
	probe->failed = -r;
	if (r < 0)
		take_answers(volley);
	return index;
}

/* How many from `first` on are still to be heard of, and when the first answer came; 0: none. */
static size_t count_missing(const struct volley *volley, size_t first, uint64_t *earliest_us)
{
	size_t missing = 0;

	*earliest_us = 0;
	for (size_t i = first; i < volley->count; i++) {
		const struct volley_probe *probe = &volley->probes[i];

		if (probe->heard && (!*earliest_us || probe->heard_us < *earliest_us))
			*earliest_us = probe->heard_us;
		missing += !probe->heard && !probe->failed;
	}
	return missing;
}

void volley_wait(struct volley *volley, size_t first, uint64_t until_us, uint64_t settle_us)
{
	uint64_t end_us, earliest_us;

	do {
		take_answers(volley);
		if (!count_missing(volley, first, &earliest_us))
			return;
		end_us = until_us;
		if (settle_us && earliest_us && earliest_us + settle_us < end_us)
			end_us = earliest_us + settle_us;
	} while (net_now_us() < end_us && net_wait(volley->fd, 0, end_us) >= 0);
	take_answers(volley);
}

bool volley_arrived(const struct volley *volley, const struct volley_probe *probe)
{
	enum icmp_answer_kind kind = probe->answer.kind;

	return probe->heard && (kind == ANSWER_NO_PORT || kind == ANSWER_UNREACHABLE) &&
	       net_same_host(&probe->answer.from, &volley->to);
}
