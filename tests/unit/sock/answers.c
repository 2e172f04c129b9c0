/* tests/unit/sock/answers.c - see answers.h. */
#include "tests/unit/sock/answers.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/unix_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/socket.h"

void answer_add(struct answer *answer, const void *data, size_t len)
{
	if (answer->len + len + 8 > sizeof(answer->bytes))
		abort();
	if (len)
		memcpy(answer->bytes + answer->len, data, len);
	answer->len += len;
	while (answer->len % NLMSG_ALIGNTO)
		answer->bytes[answer->len++] = 0;
}

void answer_attribute(struct answer *answer, unsigned type, const void *data, size_t len)
{
	const struct nlattr head = {
		.nla_len = (uint16_t)(sizeof(head) + len),
		.nla_type = (uint16_t)type,
	};

	answer_add(answer, &head, sizeof(head));
	answer_add(answer, data, len);
}

struct answer answer_inet(void)
{
	struct answer answer = {.len = 0};
	struct inet_diag_msg head = {
		.idiag_family = AF_INET,
		.idiag_state = SOCKET_ESTABLISHED,
		.idiag_timer = 2,
		.idiag_retrans = 1,
		.id = {.idiag_sport = htons(80), .idiag_dport = htons(50000)},
		.idiag_expires = 1500,
		.idiag_rqueue = 10,
		.idiag_wqueue = 20,
		.idiag_uid = 1000,
		.idiag_inode = 77,
	};

	head.id.idiag_src[0] = htonl(0xc0000201);
	head.id.idiag_dst[0] = htonl(0xc0000202);
	head.id.idiag_cookie[0] = 5;
	head.id.idiag_cookie[1] = 1;
	answer_add(&answer, &head, sizeof(head));
	return answer;
}

struct answer answer_unix(void)
{
	struct answer answer = {.len = 0};
	const struct unix_diag_msg head = {
		.udiag_family = AF_UNIX,
		.udiag_type = SOCK_STREAM,
		.udiag_state = SOCKET_LISTEN,
		.udiag_ino = 78,
		.udiag_cookie = {6, 0},
	};

	answer_add(&answer, &head, sizeof(head));
	return answer;
}

void answer_wrap(struct answer *out, unsigned type, unsigned flags, uint32_t sequence,
		 const void *body, size_t len)
{
	const struct nlmsghdr head = {
		.nlmsg_len = (uint32_t)(sizeof(head) + len),
		.nlmsg_type = (uint16_t)type,
		.nlmsg_flags = (uint16_t)(NLM_F_MULTI | flags),
		.nlmsg_seq = sequence,
	};

	answer_add(out, &head, sizeof(head));
	answer_add(out, body, len);
}
