/* sock/diag.c - see diag.h.
 *
 * One dump for each list of sockets that the kernel keeps. The messages are taken from the socket
 * into one large buffer and handed out from there: the kernel fills up to 32 KiB at a time when the
 * reader has room for it (net/netlink/af_netlink.c, netlink_dump()), which saves system calls.
 *
 * A dump is no snapshot. The kernel says so (NLM_F_DUMP_INTR) only where it counts changes, which
 * inet_diag and unix_diag do not: sockets that come and go meanwhile may be in it or not. */
#include "sock/diag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "sock/diag_request.h"

enum {
	BUFFER_SIZE = 64 * 1024,
	MOST_SILENCE_S = 60,
	ERRNO_MOST = 4095, /* MAX_ERRNO of include/linux/err.h, kernel 6.18 */
};

struct interface {
	uint32_t index;
	char name[IF_NAMESIZE]; /* "": gone */
};

/* A socket for each list: when netlink_dump() fails in the middle it is never resumed, and the
 * socket takes no other dump either (EBUSY, netlink_dump_start()). */
struct sock_diag {
	struct nl_sock **netlinks; /* NULL: adopted */
	int adopted;
	uint32_t sequence;
	char *buffer;
	struct interface *interfaces;
	size_t n_interfaces;
};

/* One dump while it lasts. */
struct dump {
	struct sock_diag *diag;
	const struct sock_diag_list *list;
	const struct sock_filter *filter;
	sock_visit *visit;
	void *context;
	int stopped;      /* what the visitor returned; the rest is read and dropped */
	size_t senseless; /* answers */
	bool is_interrupted;
	bool is_over;
	struct socket_coverage *coverage;
};

struct sock_diag *sock_diag_adopt(int fd)
{
	struct sock_diag *diag = mem_alloc(sizeof(*diag));

	diag->adopted = fd;
	diag->buffer = mem_alloc(BUFFER_SIZE);
	return diag;
}

static int open_one(struct nl_sock **out, struct err *err)
{
	static const struct timeval patience = {.tv_sec = MOST_SILENCE_S};
	struct nl_sock *netlink = nl_socket_alloc();
	int r;

	if (!netlink)
		return err_set(err, ENOMEM, "opening a socket of NETLINK_SOCK_DIAG: no memory");
	r = nl_connect(netlink, NETLINK_SOCK_DIAG);
	if (r < 0) {
		int code = errno ? errno : EIO;

		nl_socket_free(netlink);
		return err_set(err, code, "opening a socket of NETLINK_SOCK_DIAG: %s",
			       nl_geterror(r));
	}
	setsockopt(nl_socket_get_fd(netlink), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	*out = netlink;
	return 0;
}

int sock_diag_open(struct sock_diag **out, struct err *err)
{
	_cleanup_(sock_diag_freep) struct sock_diag *diag = sock_diag_adopt(-1);

	diag->netlinks = mem_alloc_array(n_sock_diag_lists, sizeof(struct nl_sock *));
	for (size_t i = 0; i < n_sock_diag_lists; i++) {
		int r = open_one(&diag->netlinks[i], err);

		if (r < 0)
			return r;
	}
	*out = TAKE_PTR(diag);
	return 0;
}

static int fd_of(const struct sock_diag *diag, const struct sock_diag_list *list)
{
	return diag->netlinks ? nl_socket_get_fd(diag->netlinks[list - sock_diag_lists])
			      : diag->adopted;
}

void sock_diag_free(struct sock_diag *diag)
{
	if (!diag)
		return;
	for (size_t i = 0; diag->netlinks && i < n_sock_diag_lists; i++)
		if (diag->netlinks[i])
			nl_socket_free(diag->netlinks[i]);
	free(diag->netlinks);
	if (diag->adopted >= 0)
		close(diag->adopted);
	free(diag->buffer);
	free(diag->interfaces);
	free(diag);
}

/* By an ioctl(2) on our own socket, as that is of the namespace that the sockets are of, wherever
 * the thread is by now. */
static const char *interface_name(struct sock_diag *diag, uint32_t index)
{
	struct interface *found = NULL;

	for (size_t i = 0; i < diag->n_interfaces && !found; i++)
		if (diag->interfaces[i].index == index)
			found = &diag->interfaces[i];
	if (!found) {
		struct ifreq request = {.ifr_ifindex = (int)index};

		found = MEM_APPEND(diag->interfaces, diag->n_interfaces);
		found->index = index;
		if (ioctl(fd_of(diag, sock_diag_lists), SIOCGIFNAME, &request) == 0)
			memcpy(found->name, request.ifr_name, sizeof(found->name) - 1);
	}
	return found->name[0] ? found->name : NULL;
}

static int visit_socket(struct dump *dump, const struct nlmsghdr *message)
{
	const void *data = nlmsg_data(message);
	size_t len = (size_t)nlmsg_datalen(message);
	struct socket_record record;
	struct inet_diag_msg head;
	struct err err;
	int r;

	if (dump->list->family == AF_UNIX)
		r = sock_diag_parse_unix(data, len, &record, &err);
	else
		r = sock_diag_parse_inet(data, len, dump->list->protocol, &record, &err);
	if (r) {
		dump->senseless++;
		return 0;
	}
	if (!sock_diag_passes(dump->filter, &record))
		return 0;
	if (dump->list->family != AF_UNIX) {
		memcpy(&head, data, sizeof(head));
		if (head.id.idiag_if)
			record.interface = interface_name(dump->diag, head.id.idiag_if);
	}
	return dump->visit(dump->context, &record);
}

static void fall_short(struct dump *dump, const char *why)
{
	socket_coverage_add(dump->coverage, SHORTFALL_SOCKETS, dump->list->what, why, 0);
}

/* The kernel refuses (NLMSG_ERROR), or says at the end what went wrong (NLMSG_DONE). */
static void take_error(struct dump *dump, const struct nlmsghdr *message, const char *when)
{
	_cleanup_free_ char *why = NULL;
	int code = 0;

	dump->is_over = true;
	if (nlmsg_datalen(message) >= (int)sizeof(code))
		memcpy(&code, nlmsg_data(message), sizeof(code));
	else if (message->nlmsg_type == NLMSG_ERROR)
		code = -EBADMSG;
	if (!code)
		return;
	if (code == -ENOENT)
		why = mem_printf("this kernel has no %s, and none could be loaded",
				 dump->list->module);
	else if (code < 0 && code >= -ERRNO_MOST)
		why = mem_printf("%s: %s", when, strerror(-code));
	else
		why = mem_printf("%s: an unknown error", when);
	fall_short(dump, why);
}

static void take_message(struct dump *dump, const struct nlmsghdr *message)
{
	if (message->nlmsg_seq != dump->diag->sequence)
		return; /* of an earlier dump */
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		dump->is_interrupted = true;
	switch (message->nlmsg_type) {
	case NLMSG_DONE:
		take_error(dump, message, "the kernel ended the list early");
		break;
	case NLMSG_ERROR:
		take_error(dump, message, "the kernel refused");
		break;
	case NLMSG_OVERRUN:
		fall_short(dump, "the kernel lost some of it: a buffer overran");
		break;
	case NLMSG_NOOP:
		break;
	default:
		if (!dump->stopped)
			dump->stopped = visit_socket(dump, message);
	}
}

static void take_datagram(struct dump *dump, size_t len)
{
	const struct nlmsghdr *message = (const void *)dump->diag->buffer;
	int left = (int)len;

	while (!dump->is_over && nlmsg_ok(message, left)) {
		take_message(dump, message);
		message = nlmsg_next((struct nlmsghdr *)message, &left);
	}
	if (!dump->is_over && left > 0) {
		fall_short(dump, "the list is torn: a message is longer than what was sent");
		dump->is_over = true;
	}
}

/* -EINTR: nothing to be taken from this one; -EAGAIN: nothing came. */
static int receive(const struct sock_diag *diag, int fd, size_t *len, bool *is_cut)
{
	struct sockaddr_nl from = {0};
	struct iovec part = {.iov_base = diag->buffer, .iov_len = BUFFER_SIZE};
	struct msghdr header = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1};
	ssize_t n = recvmsg(fd, &header, 0);

	if (n < 0)
		return -errno;
	if (from.nl_pid) /* not the kernel */
		return -EINTR;
	*len = (size_t)n;
	*is_cut = header.msg_flags & MSG_TRUNC;
	return 0;
}

static int dump_list(struct dump *dump, struct err *err)
{
	struct sock_diag *diag = dump->diag;
	struct nl_msg *request = sock_diag_request(dump->list, dump->filter, ++diag->sequence);
	const struct nlmsghdr *header = nlmsg_hdr(request);
	int fd = fd_of(diag, dump->list);
	ssize_t sent = send(fd, header, header->nlmsg_len, MSG_NOSIGNAL);
	int code = errno;

	nlmsg_free(request);
	if (sent < 0)
		return err_set(err, code, "asking the kernel for its list of %s: %s",
			       dump->list->what, strerror(code));
	while (!dump->is_over) {
		bool is_cut = false;
		size_t len = 0;
		int r = receive(diag, fd, &len, &is_cut);

		if (r == -EINTR)
			continue;
		if (r == -ENOBUFS || r == -EAGAIN) {
			fall_short(dump, r == -EAGAIN
						 ? "the kernel did not end the list in time"
						 : "the kernel lost some of it: a buffer overran");
			break;
		}
		if (r)
			return err_set(err, -r, "reading the kernel's list of %s: %s",
				       dump->list->what, strerror(-r));
		if (!len) {
			fall_short(dump, "the list ended early");
			break;
		}
		if (is_cut)
			fall_short(dump, "some of it was longer than our buffer");
		take_datagram(dump, len);
	}
	if (dump->is_interrupted)
		fall_short(dump, "the list changed while it was read: some may be missing");
	if (dump->senseless)
		socket_coverage_add(dump->coverage, SHORTFALL_SOCKETS, dump->list->what,
				    "the kernel's answer made no sense", dump->senseless);
	return 0;
}

int sock_diag_dump(struct sock_diag *diag, const struct sock_filter *filter, sock_visit *visit,
		   void *context, struct socket_coverage *coverage, struct err *err)
{
	for (size_t i = 0; i < n_sock_diag_lists; i++) {
		struct dump dump = {
			.diag = diag,
			.list = &sock_diag_lists[i],
			.filter = filter,
			.visit = visit,
			.context = context,
			.coverage = coverage,
		};
		int r;

		if (!sock_diag_is_wanted(dump.list, filter))
			continue;
		r = dump_list(&dump, err);
		if (r || dump.stopped)
			return r ? r : dump.stopped;
	}
	return 0;
}
