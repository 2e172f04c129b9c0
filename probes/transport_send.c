/* probes/transport_send.c - see transport_send.h.
 *
 * All send the same bytes, which are of no interest: what was taken in part is followed by the next
 * chunk. */
#include "probes/transport_send.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/mem.h"
#include "probes/net.h"

enum {
	FILE_SIZE = 32 * TRANSPORT_CHUNK,
	PARTS = 8,            /* of writev(2) */
	UNDER_WAY_MOST = 128, /* zero-copy sends whose end was not heard of */
	SETTLE_US = 1000 * 1000,
};

static _Alignas(4096) char chunk[TRANSPORT_CHUNK];

int transport_file(struct err *err)
{
	_cleanup_fd_ int fd = memfd_create("fettle-probe", MFD_CLOEXEC);

	if (fd < 0)
		return err_set(err, errno, "cannot make a memfd: %s", strerror(errno));
	memset(chunk, 'x', sizeof(chunk));
	for (size_t done = 0; done < FILE_SIZE;) {
		ssize_t n = write(fd, chunk, sizeof(chunk));

		if (n < 0 && errno != EINTR)
			return err_set(err, errno, "cannot fill a memfd: %s", strerror(errno));
		done += n > 0 ? (size_t)n : 0;
	}
	return TAKE_FD(fd);
}

static ssize_t checked(ssize_t n)
{
	return n < 0 ? -errno : n;
}

static size_t size_of(const struct transport_sender *sender)
{
	return sender->size ? sender->size : sizeof(chunk);
}

static const char *bytes_of(const struct transport_sender *sender)
{
	return sender->size ? sender->message : chunk;
}

static ssize_t send_write(struct transport_sender *sender)
{
	return checked(write(sender->fd, bytes_of(sender), size_of(sender)));
}

static ssize_t send_writev(struct transport_sender *sender)
{
	size_t size = size_of(sender), each = size / PARTS;
	struct iovec parts[PARTS];

	for (size_t i = 0; i < PARTS; i++)
		parts[i] = (struct iovec){.iov_base = (char *)bytes_of(sender) + i * each,
					  .iov_len = each};
	parts[PARTS - 1].iov_len = size - (PARTS - 1) * each;
	return checked(writev(sender->fd, parts, PARTS));
}

static void rewind_file(struct transport_sender *sender)
{
	if (sender->at > FILE_SIZE - TRANSPORT_CHUNK)
		sender->at = 0;
}

static ssize_t send_file(struct transport_sender *sender)
{
	rewind_file(sender);
	return checked(sendfile(sender->fd, sender->file, &sender->at, size_of(sender)));
}

static ssize_t send_splice(struct transport_sender *sender)
{
	ssize_t n;

	if (!sender->in_pipe) {
		rewind_file(sender);
		n = splice(sender->file, &sender->at, sender->pipe[1], NULL, size_of(sender), 0);
		if (n <= 0)
			return checked(n);
		sender->in_pipe = (size_t)n;
	}
	n = splice(sender->pipe[0], NULL, sender->fd, NULL, sender->in_pipe, 0);
	if (n > 0)
		sender->in_pipe -= (size_t)n;
	return checked(n);
}

/* Zero-copy (Documentation/networking/msg_zerocopy.rst): each send has a number; the error queue
 * tells of ranges of them that the kernel is through with, and whether it had copied after all. */

static void take_notice(struct transport_sender *sender, const struct cmsghdr *part)
{
	struct sock_extended_err notice;

	if (!(part->cmsg_level == SOL_IP && part->cmsg_type == IP_RECVERR) &&
	    !(part->cmsg_level == SOL_IPV6 && part->cmsg_type == IPV6_RECVERR))
		return;
	memcpy(&notice, CMSG_DATA(part), sizeof(notice));
	if (notice.ee_origin != SO_EE_ORIGIN_ZEROCOPY || notice.ee_errno)
		return;
	sender->done += notice.ee_data - notice.ee_info + UINT64_C(1);
	if (notice.ee_code & SO_EE_CODE_ZEROCOPY_COPIED)
		sender->was_copied = true;
}

static void take_notices(struct transport_sender *sender)
{
	for (;;) {
		_Alignas(struct cmsghdr) char control[256];
		struct msghdr header = {.msg_control = control, .msg_controllen = sizeof(control)};

		if (recvmsg(sender->fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		for (struct cmsghdr *part = CMSG_FIRSTHDR(&header); part;
		     part = CMSG_NXTHDR(&header, part))
			take_notice(sender, part);
	}
}

/* Until at most `left` are under way. */
static int wait_for_notices(struct transport_sender *sender, uint64_t left)
{
	uint64_t end = net_now_us() + SETTLE_US;

	for (take_notices(sender); sender->sent - sender->done > left; take_notices(sender)) {
		int r = net_wait(sender->fd, 0, end); /* POLLERR comes without being asked for */

		if (r <= 0)
			return r < 0 ? r : -ETIMEDOUT;
	}
	return 0;
}

static ssize_t send_zerocopy(struct transport_sender *sender)
{
	uint64_t under_way = sender->sent - sender->done;
	ssize_t n;

	if (under_way >= UNDER_WAY_MOST) {
		int r = wait_for_notices(sender, UNDER_WAY_MOST / 2);

		if (r < 0)
			return r;
		under_way = sender->sent - sender->done;
	}
	n = send(sender->fd, bytes_of(sender), size_of(sender), MSG_ZEROCOPY | MSG_NOSIGNAL);
	if (n > 0)
		sender->sent++;
	/* RLIMIT_MEMLOCK bounds what is pinned, net.core.optmem_max what is told */
	if (n < 0 && errno == ENOBUFS && under_way)
		return wait_for_notices(sender, under_way - 1);
	return checked(n);
}

static int prepare_zerocopy(struct transport_sender *sender)
{
	const int on = 1;

	return setsockopt(sender->fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) < 0 ? -errno : 0;
}

static const struct {
	const char *name;
	int (*prepare)(struct transport_sender *sender);
	ssize_t (*send)(struct transport_sender *sender);
} hows[TRANSPORT_HOWS] = {
	[TRANSPORT_WRITE] = {"write", NULL, send_write},
	[TRANSPORT_WRITEV] = {"writev", NULL, send_writev},
	[TRANSPORT_SENDFILE] = {"sendfile", NULL, send_file},
	[TRANSPORT_SPLICE] = {"splice", NULL, send_splice},
	[TRANSPORT_ZEROCOPY] = {"zerocopy", prepare_zerocopy, send_zerocopy},
};

const char *transport_how_name(enum transport_how how)
{
	return hows[how].name;
}

int transport_sender_prepare(struct transport_sender *sender, enum transport_how how)
{
	return hows[how].prepare ? hows[how].prepare(sender) : 0;
}

ssize_t transport_send(struct transport_sender *sender, enum transport_how how)
{
	ssize_t n = hows[how].send(sender);

	if (n == -EINTR)
		return 0;
	return n == -EAGAIN ? -ETIMEDOUT : n;
}

int transport_sender_settle(struct transport_sender *sender)
{
	return wait_for_notices(sender, 0);
}
