/* probes/icmp_answer.c - see icmp_answer.h. */
#include "probes/icmp_answer.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>

#include "base/mem.h"

enum {
	CONTROL_ROOM = 512,
	QUOTE_ROOM = 64, /* of the datagram that is sent back with it: nobody needs it */
};

/* A code of "destination unreachable"; `code` NONE: the type has no codes of interest. */
struct meaning {
	uint8_t type, code;
	enum icmp_answer_kind kind;
	const char *reason;
};

/* RFC 792, 1122 (3.2.2.1) and 1812 (5.2.7.1). */
static const struct meaning meanings_v4[] = {
	{ICMP_UNREACH, ICMP_UNREACH_NET, ANSWER_UNREACHABLE, "network unreachable"},
	{ICMP_UNREACH, ICMP_UNREACH_HOST, ANSWER_UNREACHABLE, "host unreachable"},
	{ICMP_UNREACH, ICMP_UNREACH_PROTOCOL, ANSWER_UNREACHABLE, "protocol unreachable"},
	{ICMP_UNREACH, ICMP_UNREACH_PORT, ANSWER_NO_PORT, "port unreachable"},
	{ICMP_UNREACH, ICMP_UNREACH_NEEDFRAG, ANSWER_TOO_BIG, "fragmentation needed"},
	{ICMP_UNREACH, ICMP_UNREACH_NET_PROHIB, ANSWER_UNREACHABLE, "network prohibited"},
	{ICMP_UNREACH, ICMP_UNREACH_HOST_PROHIB, ANSWER_UNREACHABLE, "host prohibited"},
	{ICMP_UNREACH, ICMP_UNREACH_FILTER_PROHIB, ANSWER_UNREACHABLE,
	 "administratively prohibited"},
	{ICMP_TIMXCEED, ICMP_TIMXCEED_INTRANS, ANSWER_EXPIRED, "time exceeded"},
};

/* RFC 4443. */
static const struct meaning meanings_v6[] = {
	{ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE, ANSWER_UNREACHABLE, "no route"},
	{ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN, ANSWER_UNREACHABLE,
	 "administratively prohibited"},
	{ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_BEYONDSCOPE, ANSWER_UNREACHABLE,
	 "beyond the scope of the source address"},
	{ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR, ANSWER_UNREACHABLE, "address unreachable"},
	{ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT, ANSWER_NO_PORT, "port unreachable"},
	{ICMP6_DST_UNREACH, 5, ANSWER_UNREACHABLE, "refused by a policy"},
	{ICMP6_DST_UNREACH, 6, ANSWER_UNREACHABLE, "rejected by a route"},
	{ICMP6_PACKET_TOO_BIG, 0, ANSWER_TOO_BIG, "packet too big"},
	{ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT, ANSWER_EXPIRED, "time exceeded"},
};

static const struct meaning *find_meaning(bool v6, uint8_t type, uint8_t code)
{
	const struct meaning *table = v6 ? meanings_v6 : meanings_v4;
	size_t count = v6 ? ARRAY_SIZE(meanings_v6) : ARRAY_SIZE(meanings_v4);

	for (size_t i = 0; i < count; i++) {
		if (table[i].type == type && table[i].code == code)
			return &table[i];
	}
	return NULL;
}

const char *icmp_answer_reason(const struct icmp_answer *answer)
{
	const struct meaning *meaning =
		find_meaning(answer->from.at.ss_family == AF_INET6, answer->type, answer->code);

	return meaning ? meaning->reason : "an error of another kind";
}

/* The address behind the error; AF_UNSPEC when the kernel does not know it. */
static void read_offender(const unsigned char *at, size_t len, struct net_address *out)
{
	sa_family_t family;
	size_t wanted;

	if (len < sizeof(family))
		return;
	memcpy(&family, at, sizeof(family));
	wanted = family == AF_INET    ? sizeof(struct sockaddr_in)
		 : family == AF_INET6 ? sizeof(struct sockaddr_in6)
				      : 0;
	if (!wanted || len < wanted)
		return;
	memcpy(&out->at, at, wanted);
	out->len = (socklen_t)wanted;
}

static bool read_error(const unsigned char *data, size_t len, struct icmp_answer *out)
{
	struct sock_extended_err error;
	const struct meaning *meaning;

	if (len < sizeof(error))
		return false;
	memcpy(&error, data, sizeof(error));
	switch (error.ee_origin) {
	case SO_EE_ORIGIN_LOCAL:
		if (error.ee_errno != EMSGSIZE)
			return false;
		out->kind = ANSWER_LOCAL_TOO_BIG;
		out->mtu_bytes = error.ee_info;
		return true;
	case SO_EE_ORIGIN_ICMP:
	case SO_EE_ORIGIN_ICMP6:
		break;
	default:
		return false;
	}
	meaning = find_meaning(error.ee_origin == SO_EE_ORIGIN_ICMP6, error.ee_type, error.ee_code);
	out->kind = meaning ? meaning->kind : ANSWER_OTHER;
	out->type = error.ee_type;
	out->code = error.ee_code;
	/* ee_info is the MTU of the next link, which a router older than RFC 1191 leaves 0 */
	out->mtu_bytes = out->kind == ANSWER_TOO_BIG ? error.ee_info : 0;
	read_offender(data + sizeof(error), len - sizeof(error), &out->from);
	return true;
}

static void read_ttl(const unsigned char *data, size_t len, struct icmp_answer *out)
{
	int ttl;

	if (len < sizeof(ttl))
		return;
	memcpy(&ttl, data, sizeof(ttl));
	out->ttl = ttl > 0 && ttl <= UINT8_MAX ? (uint8_t)ttl : 0;
}

static uint16_t read_port(const struct msghdr *message)
{
	const struct sockaddr *name = message->msg_name;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (name && message->msg_namelen >= sizeof(v4) && name->sa_family == AF_INET) {
		memcpy(&v4, name, sizeof(v4));
		return ntohs(v4.sin_port);
	}
	if (name && message->msg_namelen >= sizeof(v6) && name->sa_family == AF_INET6) {
		memcpy(&v6, name, sizeof(v6));
		return ntohs(v6.sin6_port);
	}
	return 0;
}

bool icmp_answer_parse(const struct msghdr *message, struct icmp_answer *out)
{
	struct msghdr *walked = (struct msghdr *)message;
	struct icmp_answer answer = {.port = read_port(message)};
	bool found = false;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(walked); c; c = CMSG_NXTHDR(walked, c)) {
		const unsigned char *data = CMSG_DATA(c);
		size_t len = c->cmsg_len - CMSG_LEN(0);
		bool v4 = c->cmsg_level == IPPROTO_IP, v6 = c->cmsg_level == IPPROTO_IPV6;

		if (c->cmsg_len < CMSG_LEN(0))
			break;
		if ((v4 && c->cmsg_type == IP_RECVERR) || (v6 && c->cmsg_type == IPV6_RECVERR))
			found = read_error(data, len, &answer);
		else if ((v4 && c->cmsg_type == IP_TTL) || (v6 && c->cmsg_type == IPV6_HOPLIMIT))
			read_ttl(data, len, &answer);
	}
	if (found)
		*out = answer;
	return found;
}

int icmp_answer_read(int fd, struct icmp_answer *out)
{
	for (;;) {
		_Alignas(struct cmsghdr) unsigned char control[CONTROL_ROOM];
		unsigned char quote[QUOTE_ROOM];
		struct sockaddr_storage name;
		struct iovec vector = {quote, sizeof(quote)};
		struct msghdr message = {.msg_name = &name,
					 .msg_namelen = sizeof(name),
					 .msg_iov = &vector,
					 .msg_iovlen = 1,
					 .msg_control = control,
					 .msg_controllen = sizeof(control)};

		if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
			if (errno == EINTR)
				continue;
			return 0;
		}
		if (icmp_answer_parse(&message, out))
			return 1;
	}
}

int icmp_answer_ask(int fd, int family)
{
	const int on = 1;
	bool v6 = family == AF_INET6;

	if (setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &on,
		       sizeof(on)) < 0)
		return -errno;
	return 0;
}
