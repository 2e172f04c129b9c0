/* sock/diag_parse.c - an answer of NETLINK_SOCK_DIAG to a record: see diag.h.
 *
 * The kernel appends attributes from release to release and leaves out what the asker may not know,
 * so each is optional; one that is there must be long enough for what it says. */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "sock/diag.h"

enum {
	TIMER_TIME_WAIT = 3,    /* of idiag_timer: net/ipv4/inet_diag.c, inet_twsk_diag_fill() */
	MOST_NAME = 109,        /* sun_path, and the NUL the kernel puts behind a full one */
	NAME_SIZE = 4 * 109 + 2 /* each byte as \xNN, behind an @ */
};

/* Calls `take` for each attribute behind the fixed part of a message. */
static int each_attribute(const char *at, size_t left, struct socket_record *out,
			  int (*take)(struct socket_record *out, unsigned type, const void *data,
				      size_t len),
			  struct err *err)
{
	while (left >= sizeof(struct nlattr)) {
		struct nlattr head;
		unsigned type;
		size_t len, padded;

		memcpy(&head, at, sizeof(head));
		type = head.nla_type & ~(unsigned)(NLA_F_NESTED | NLA_F_NET_BYTEORDER);
		len = head.nla_len;
		if (len < sizeof(head) || len > left)
			return err_set(err, EBADMSG,
				       "attribute %u of a socket says it has %zu bytes, where %zu "
				       "are left",
				       type, len, left);
		if (take(out, type, at + sizeof(head), len - sizeof(head)))
			return err_set(err, EBADMSG,
				       "attribute %u of a socket makes no sense in %zu bytes", type,
				       len - sizeof(head));
		padded = (len + NLA_ALIGNTO - 1) / NLA_ALIGNTO * NLA_ALIGNTO;
		if (padded > left)
			padded = left;
		at += padded;
		left -= padded;
	}
	return 0;
}

static int take_u32(const void *data, size_t len, uint32_t *out)
{
	if (len < sizeof(*out))
		return -EBADMSG;
	memcpy(out, data, sizeof(*out));
	return 0;
}

static void know(struct socket_record *out, enum socket_option option, int64_t value)
{
	out->known |= SOCKOPT_BIT(option);
	out->options[option] = value;
}

static int take_memory(struct socket_record *out, const void *data, size_t len)
{
	size_t count = len / sizeof(out->memory[0]);

	out->n_memory = (unsigned)(count < SOCKMEM_COUNT ? count : SOCKMEM_COUNT);
	memcpy(out->memory, data, out->n_memory * sizeof(out->memory[0]));
	if (out->n_memory > SOCKMEM_RCVBUF)
		know(out, SOCKOPT_RCVBUF, out->memory[SOCKMEM_RCVBUF]);
	if (out->n_memory > SOCKMEM_SNDBUF)
		know(out, SOCKOPT_SNDBUF, out->memory[SOCKMEM_SNDBUF]);
	return 0;
}

static int take_inet(struct socket_record *out, unsigned type, const void *data, size_t len)
{
	uint32_t mark;

	switch (type) {
	case INET_DIAG_SKMEMINFO:
		return take_memory(out, data, len);
	case INET_DIAG_INFO:
		if (out->kind == SOCKET_TCP && len) {
			out->tcp_info = data;
			out->tcp_info_len = len;
		}
		return 0;
	case INET_DIAG_CONG:
		if (!len || strnlen(data, len) == len)
			return -EBADMSG;
		out->congestion = data;
		out->known |= SOCKOPT_BIT(SOCKOPT_CONGESTION);
		return 0;
	case INET_DIAG_SKV6ONLY:
		if (!len)
			return -EBADMSG;
		out->has_v6only = true;
		out->v6only = *(const unsigned char *)data != 0;
		return 0;
	case INET_DIAG_MARK:
		if (take_u32(data, len, &mark))
			return -EBADMSG;
		know(out, SOCKOPT_MARK, mark);
		return 0;
	case INET_DIAG_CGROUP_ID:
		if (len < sizeof(out->cgroup_id))
			return -EBADMSG;
		memcpy(&out->cgroup_id, data, sizeof(out->cgroup_id));
		return 0;
	default:
		return 0;
	}
}

static struct socket_address address(const struct inet_diag_msg *message, const void *bytes,
				     uint16_t port)
{
	struct socket_address out = {.family = message->idiag_family, .port = ntohs(port)};
	size_t len = message->idiag_family == AF_INET ? 4 : 16;

	memcpy(out.bytes, bytes, len);
	/* fe80::/10 means something on one link only */
	if (len == 16 && out.bytes[0] == 0xfe && (out.bytes[1] & 0xc0) == 0x80)
		out.ifindex = message->id.idiag_if;
	return out;
}

static bool is_nowhere(const struct socket_address *address)
{
	static const unsigned char zero[sizeof(address->bytes)];

	return !address->port && memcmp(address->bytes, zero, sizeof(zero)) == 0;
}

static uint64_t cookie(const uint32_t halves[2])
{
	return (uint64_t)halves[1] << 32 | halves[0];
}

int sock_diag_parse_inet(const void *message, size_t len, int protocol, struct socket_record *out,
			 struct err *err)
{
	struct inet_diag_msg head;
	struct socket_record record = {0};
	int r;

	if (len < sizeof(head))
		return err_set(err, EBADMSG, "a socket is told in %zu bytes; it takes %zu", len,
			       sizeof(head));
	memcpy(&head, message, sizeof(head));
	if ((head.idiag_family != AF_INET && head.idiag_family != AF_INET6) || !head.idiag_state ||
	    head.idiag_state >= SOCKET_STATE_COUNT)
		return err_set(err, EBADMSG, "a socket of family %u in state %u", head.idiag_family,
			       head.idiag_state);
	record.kind = protocol == IPPROTO_TCP ? SOCKET_TCP : SOCKET_UDP;
	record.state = (enum socket_state)head.idiag_state;
	/* The kernel tells requests as SYN_RECV too: inet_req_diag_fill(). */
	if (record.state == SOCKET_SYN_RECV && !head.idiag_inode)
		record.state = SOCKET_NEW_SYN_RECV;
	record.local = address(&head, head.id.idiag_src, head.id.idiag_sport);
	record.remote = address(&head, head.id.idiag_dst, head.id.idiag_dport);
	if (is_nowhere(&record.remote))
		record.remote = (struct socket_address){.family = AF_UNSPEC};
	record.inode = head.idiag_inode;
	record.cookie = cookie(head.id.idiag_cookie);
	record.has_uid = record.inode; /* else 0, or root's: sock_i_uid() of net/core/sock.c */
	record.uid = head.idiag_uid;
	record.has_queues = record.state != SOCKET_NEW_SYN_RECV &&
			    (record.inode || head.idiag_timer != TIMER_TIME_WAIT);
	if (record.has_queues) {
		record.recv_queue = head.idiag_rqueue;
		record.send_queue = head.idiag_wqueue;
	}
	record.has_timer = record.kind == SOCKET_TCP;
	record.timer = head.idiag_timer;
	record.retransmits = head.idiag_retrans;
	record.timer_ms = head.idiag_expires;
	r = each_attribute((const char *)message + NLMSG_ALIGN(sizeof(head)), len - sizeof(head),
			   &record, take_inet, err);
	if (!r)
		*out = record;
	return r;
}

/* A name in the abstract namespace, which may hold any byte, NUL too: "@", and what would harm a
 * terminal as \xNN. */
static size_t print_abstract(const char *name, size_t len, char buf[NAME_SIZE])
{
	size_t end = 0;

	buf[end++] = '@';
	while (len) {
		char piece[MOST_NAME + 1];
		size_t piece_len = strnlen(name, len);

		memcpy(piece, name, piece_len);
		piece[piece_len] = '\0';
		_cleanup_free_ char *printable = str_printable(piece);
		size_t printable_len = strlen(printable);

		memcpy(buf + end, printable, printable_len);
		end += printable_len;
		name += piece_len;
		len -= piece_len;
		for (; len && !*name; name++, len--, end += 4)
			memcpy(buf + end, "\\x00", 4);
	}
	buf[end] = '\0';
	return end;
}

static int take_name(struct socket_record *out, const char *name, size_t len)
{
	static _Thread_local char text[NAME_SIZE];

	if (len > MOST_NAME)
		return -EBADMSG;
	if (!len)
		return 0;
	out->path = text;
	if (name[0]) {
		out->path_len = strnlen(name, len);
		memcpy(text, name, out->path_len);
		text[out->path_len] = '\0';
	} else {
		out->path_len = print_abstract(name + 1, len - 1, text);
	}
	return 0;
}

static int take_unix(struct socket_record *out, unsigned type, const void *data, size_t len)
{
	struct unix_diag_rqlen queues;
	uint32_t peer;

	switch (type) {
	case UNIX_DIAG_NAME:
		return take_name(out, data, len);
	case UNIX_DIAG_PEER:
		if (take_u32(data, len, &peer))
			return -EBADMSG;
		out->peer_inode = peer;
		return 0;
	case UNIX_DIAG_RQLEN:
		if (len < sizeof(queues))
			return -EBADMSG;
		memcpy(&queues, data, sizeof(queues));
		out->has_queues = true;
		out->recv_queue = queues.udiag_rqueue;
		out->send_queue = queues.udiag_wqueue;
		return 0;
	case UNIX_DIAG_MEMINFO:
		return take_memory(out, data, len);
	case UNIX_DIAG_UID:
		out->has_uid = out->inode;
		return take_u32(data, len, &out->uid);
	default:
		return 0;
	}
}

int sock_diag_parse_unix(const void *message, size_t len, struct socket_record *out,
			 struct err *err)
{
	static const struct {
		unsigned type;
		enum socket_kind kind;
	} kinds[] = {
		{SOCK_STREAM, SOCKET_UNIX_STREAM},
		{SOCK_DGRAM, SOCKET_UNIX_DGRAM},
		{SOCK_SEQPACKET, SOCKET_UNIX_SEQPACKET},
	};
	struct unix_diag_msg head;
	struct socket_record record = {0};
	size_t kind = 0;
	int r;

	if (len < sizeof(head))
		return err_set(err, EBADMSG, "a Unix socket is told in %zu bytes; it takes %zu",
			       len, sizeof(head));
	memcpy(&head, message, sizeof(head));
	while (kind < ARRAY_SIZE(kinds) && kinds[kind].type != head.udiag_type)
		kind++;
	if (head.udiag_family != AF_UNIX || kind == ARRAY_SIZE(kinds) || !head.udiag_state ||
	    head.udiag_state >= SOCKET_STATE_COUNT)
		return err_set(err, EBADMSG, "a Unix socket of family %u, type %u in state %u",
			       head.udiag_family, head.udiag_type, head.udiag_state);
	record.kind = kinds[kind].kind;
	record.state = (enum socket_state)head.udiag_state;
	record.local.family = AF_UNIX;
	record.inode = head.udiag_ino;
	record.cookie = cookie(head.udiag_cookie);
	r = each_attribute((const char *)message + NLMSG_ALIGN(sizeof(head)), len - sizeof(head),
			   &record, take_unix, err);
	if (!r)
		*out = record;
	return r;
}
