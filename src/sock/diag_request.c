/* sock/diag_request.c - see diag_request.h. */
#include "sock/diag_request.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <sys/socket.h>

enum {
	EVERY_STATE = (1 << SOCKET_STATE_COUNT) - 2, /* there is no state 0 */
	MOST_ALTERNATIVES = 4 * 64,
	OPS_OF_ALTERNATIVE = 3 /* compare, its port, jump */
};

#define KIND(kind)        (UINT32_C(1) << (kind))
#define EXTENSION(number) (1 << ((number)-1))

const struct sock_diag_list sock_diag_lists[] = {
	{"TCP over IPv4", "tcp_diag", AF_INET, IPPROTO_TCP, KIND(SOCKET_TCP)},
	{"TCP over IPv6", "tcp_diag", AF_INET6, IPPROTO_TCP, KIND(SOCKET_TCP)},
	{"UDP over IPv4", "udp_diag", AF_INET, IPPROTO_UDP, KIND(SOCKET_UDP)},
	{"UDP over IPv6", "udp_diag", AF_INET6, IPPROTO_UDP, KIND(SOCKET_UDP)},
	{"Unix sockets", "unix_diag", AF_UNIX, 0,
	 KIND(SOCKET_UNIX_STREAM) | KIND(SOCKET_UNIX_DGRAM) | KIND(SOCKET_UNIX_SEQPACKET)},
};
const size_t n_sock_diag_lists = ARRAY_SIZE(sock_diag_lists);

static bool has_ports(const struct sock_filter *filter)
{
	return filter->n_local || filter->n_remote || filter->n_either;
}

bool sock_diag_is_wanted(const struct sock_diag_list *list, const struct sock_filter *filter)
{
	return (!filter->kinds || filter->kinds & list->kinds) &&
	       (list->family != AF_UNIX || !has_ports(filter));
}

/* The program that the kernel runs on each socket (net/ipv4/inet_diag.c, inet_diag_bc_run()): ops
 * of 4 bytes that jump forward by `yes` or by `no` bytes. To arrive at the end is to pass, to
 * arrive 4 bytes behind it is to fail. A comparison has its port in the op behind it.
 *
 * Groups that must all hold come one after the other; in a group, each comparison but the last is
 * followed by a jump to the group's end:
 *	S_EQ 80 else next; JMP end; S_EQ 443 else fail; end: ... */
struct program {
	struct inet_diag_bc_op ops[MOST_ALTERNATIVES * OPS_OF_ALTERNATIVE];
	size_t count, total;
};

static void add(struct program *program, int code, size_t yes, size_t no)
{
	program->ops[program->count++] = (struct inet_diag_bc_op){
		.code = (unsigned char)code,
		.yes = (unsigned char)(yes * sizeof(program->ops[0])),
		.no = (unsigned short)(no * sizeof(program->ops[0])),
	};
}

static void add_group(struct program *program, const int codes[2], size_t n_codes,
		      const uint16_t *ports, size_t n_ports)
{
	size_t n = n_ports * n_codes;
	size_t end = program->count + n * OPS_OF_ALTERNATIVE - 1;

	for (size_t i = 0; i < n; i++) {
		bool is_last = i + 1 == n;

		add(program, codes[i % n_codes], 2,
		    is_last ? program->total - program->count + 1 : OPS_OF_ALTERNATIVE);
		program->ops[program->count++] = (struct inet_diag_bc_op){.no = ports[i / n_codes]};
		if (!is_last)
			add(program, INET_DIAG_BC_JMP, 1, end - program->count);
	}
}

static void add_ports(struct nl_msg *message, const struct sock_filter *filter)
{
	static const int both[] = {INET_DIAG_BC_S_EQ, INET_DIAG_BC_D_EQ};
	const struct {
		const int *codes;
		size_t n_codes;
		const uint16_t *ports;
		size_t n_ports;
	} groups[] = {
		{&both[0], 1, filter->local_ports, filter->n_local},
		{&both[1], 1, filter->remote_ports, filter->n_remote},
		{both, 2, filter->either_ports, filter->n_either},
	};
	struct program program = {.count = 0};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].n_ports)
			program.total +=
				groups[i].n_ports * groups[i].n_codes * OPS_OF_ALTERNATIVE - 1;
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].n_ports)
			add_group(&program, groups[i].codes, groups[i].n_codes, groups[i].ports,
				  groups[i].n_ports);
	nla_put(message, INET_DIAG_REQ_BYTECODE, (int)(program.count * sizeof(program.ops[0])),
		program.ops);
}

static void ask_inet(struct nl_msg *message, const struct sock_diag_list *list,
		     const struct sock_filter *filter)
{
	struct inet_diag_req_v2 request = {
		.sdiag_family = (uint8_t)list->family,
		.sdiag_protocol = (uint8_t)list->protocol,
		.idiag_states = filter->states ? filter->states : EVERY_STATE,
	};

	if (!filter->brief)
		request.idiag_ext = EXTENSION(INET_DIAG_SKMEMINFO);
	if (!filter->brief && list->protocol == IPPROTO_TCP)
		request.idiag_ext |= EXTENSION(INET_DIAG_INFO) | EXTENSION(INET_DIAG_CONG);
	nlmsg_append(message, &request, sizeof(request), NLMSG_ALIGNTO);
	if (has_ports(filter))
		add_ports(message, filter);
}

static void ask_unix(struct nl_msg *message, const struct sock_filter *filter)
{
	struct unix_diag_req request = {
		.sdiag_family = AF_UNIX,
		.udiag_states = filter->states ? filter->states : EVERY_STATE,
		.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID,
	};

	if (!filter->brief)
		request.udiag_show |= UDIAG_SHOW_MEMINFO;
	nlmsg_append(message, &request, sizeof(request), NLMSG_ALIGNTO);
}

struct nl_msg *sock_diag_request(const struct sock_diag_list *list,
				 const struct sock_filter *filter, uint32_t sequence)
{
	struct nl_msg *message = nlmsg_alloc_size(8192); /* the longest program has 3 KiB */

	if (!message)
		abort();
	nlmsg_put(message, NL_AUTO_PORT, sequence, SOCK_DIAG_BY_FAMILY, 0,
		  NLM_F_REQUEST | NLM_F_DUMP);
	if (list->family == AF_UNIX)
		ask_unix(message, filter);
	else
		ask_inet(message, list, filter);
	return message;
}

static bool is_among(uint16_t port, const uint16_t *ports, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ports[i] == port)
			return true;
	return false;
}

bool sock_diag_passes(const struct sock_filter *filter, const struct socket_record *record)
{
	uint16_t local = record->local.port, remote = record->remote.port;

	if (filter->kinds && !(filter->kinds & KIND(record->kind)))
		return false;
	if (filter->states && !(filter->states & (UINT32_C(1) << record->state)))
		return false;
	return (!filter->n_local || is_among(local, filter->local_ports, filter->n_local)) &&
	       (!filter->n_remote || is_among(remote, filter->remote_ports, filter->n_remote)) &&
	       (!filter->n_either || is_among(local, filter->either_ports, filter->n_either) ||
		is_among(remote, filter->either_ports, filter->n_either));
}
