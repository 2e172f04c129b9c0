/* sock/duplicate.c - see duplicate.h. */
#include "sock/duplicate.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_CLOSE_US = 5000, /* the wait of SO_LINGER is cut to, at most */
	SNDBUF_LOCK = 1,      /* SOCK_SNDBUF_LOCK, SOCK_RCVBUF_LOCK of linux/socket.h, 5.14 */
	RCVBUF_LOCK = 2,
};

int duplicate_available(struct err *err)
{
	static const struct {
		const char *name;
		long number, args[3];
	} calls[] = {
		{"pidfd_open", SYS_pidfd_open, {-1, 0, 0}},
		{"pidfd_getfd", SYS_pidfd_getfd, {-1, -1, 0}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		/* no process and no descriptor is -1: EINVAL and EBADF are the good answers */
		syscall(calls[i].number, calls[i].args[0], calls[i].args[1], calls[i].args[2]);
		if (errno == ENOSYS)
			return err_set(err, ENOTSUP, "%s(2): this kernel lacks it: since Linux 5.6",
				       calls[i].name);
		if (errno == EPERM || errno == EACCES)
			return err_set(err, EPERM, "%s(2): a filter of system calls forbids it",
				       calls[i].name);
	}
	return 0;
}

static void wake(int signal)
{
	(void)signal;
}

int duplicate_prepare(void)
{
	/* a tick at a time rather than a timer for each close: two system calls less */
	static const struct itimerval ticks = {{0, MOST_CLOSE_US}, {0, MOST_CLOSE_US}};
	/* with a handler it is delivered, which is what ends the wait; writes go on */
	struct sigaction action = {.sa_handler = wake, .sa_flags = SA_RESTART};
	sigset_t set;

	sigemptyset(&action.sa_mask);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	if (sigaction(SIGALRM, &action, NULL) < 0 || sigprocmask(SIG_UNBLOCK, &set, NULL) < 0 ||
	    setitimer(ITIMER_REAL, &ticks, NULL) < 0)
		return -errno;
	return 0;
}

bool duplicate_kind(pid_t pid, int fd, enum socket_kind *out)
{
	/* The name of the struct proto; Unix sockets have one for streams since 5.15, which is no
	 * matter here: all their kinds have the same options. */
	static const struct {
		const char *name;
		enum socket_kind kind;
	} protocols[] = {
		{"TCP", SOCKET_TCP},         {"TCPv6", SOCKET_TCP},
		{"UDP", SOCKET_UDP},         {"UDPv6", SOCKET_UDP},
		{"UNIX", SOCKET_UNIX_DGRAM}, {"UNIX-STREAM", SOCKET_UNIX_STREAM},
	};
	char path[64], name[33];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	len = getxattr(path, "system.sockprotoname", name, sizeof(name) - 1);
	if (len <= 0)
		return false;
	name[len] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (!strcmp(protocols[i].name, name)) {
			*out = protocols[i].kind;
			return true;
		}
	}
	return false;
}

/* Each reads what `get` is for into `values`, and returns the options that are now known. */
struct reader {
	int fd;
	const struct socket_option_info *info;
	struct sock_options *out;
};

static bool get(const struct reader *reader, void *value, socklen_t size)
{
	socklen_t len = size;

	return !getsockopt(reader->fd, reader->info->level, reader->info->optname, value, &len) &&
	       len == size;
}

/* Bits of a mark and sizes up to 4 GiB come as an int. */
static bool get_number(const struct reader *reader, enum socket_option option)
{
	int value;

	if (!get(reader, &value, sizeof(value)))
		return false;
	reader->out->values[option] = (uint32_t)value;
	return true;
}

static bool get_switch(const struct reader *reader, enum socket_option option)
{
	if (!get_number(reader, option))
		return false;
	reader->out->values[option] = reader->out->values[option] != 0;
	return true;
}

static bool get_lock(const struct reader *reader, enum socket_option option)
{
	int value;

	if (!get(reader, &value, sizeof(value)))
		return false;
	reader->out->values[option] =
		(value & (option == SOCKOPT_SNDBUF_LOCKED ? SNDBUF_LOCK : RCVBUF_LOCK)) != 0;
	return true;
}

static bool get_time(const struct reader *reader, enum socket_option option)
{
	struct timeval value;

	if (!get(reader, &value, sizeof(value)))
		return false;
	reader->out->values[option] = (int64_t)value.tv_sec * 1000000 + value.tv_usec;
	return true;
}

static bool get_linger(const struct reader *reader, enum socket_option option)
{
	struct linger value;

	if (!get(reader, &value, sizeof(value)))
		return false;
	reader->out->values[option] = value.l_onoff ? value.l_linger : -1;
	return true;
}

static bool get_congestion(const struct reader *reader, enum socket_option option)
{
	socklen_t len = sizeof(reader->out->congestion) - 1;

	(void)option;
	return !getsockopt(reader->fd, reader->info->level, reader->info->optname,
			   reader->out->congestion, &len) &&
	       reader->out->congestion[0];
}

/* NULL: a switch, or a number. */
static bool (*const getters[SOCKOPT_COUNT])(const struct reader *, enum socket_option) = {
	[SOCKOPT_RCVBUF_LOCKED] = get_lock, [SOCKOPT_SNDBUF_LOCKED] = get_lock,
	[SOCKOPT_LINGER] = get_linger,      [SOCKOPT_RCVTIMEO_US] = get_time,
	[SOCKOPT_SNDTIMEO_US] = get_time,   [SOCKOPT_CONGESTION] = get_congestion,
};

static void read_options(int fd, uint32_t wanted, struct sock_options *out)
{
	for (enum socket_option i = 0; i < SOCKOPT_COUNT; i++) {
		const struct reader reader = {fd, &socket_options[i], out};
		bool got;

		if (!(wanted & SOCKOPT_BIT(i)))
			continue;
		if (getters[i])
			got = getters[i](&reader, i);
		else if (socket_options[i].is_switch)
			got = get_switch(&reader, i);
		else
			got = get_number(&reader, i);
		if (got)
			out->known |= SOCKOPT_BIT(i);
	}
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int duplicate_read(int pidfd, int fd, uint64_t inode, enum socket_kind kind,
		   struct sock_options *out, uint64_t *held_ns)
{
	static const uint32_t of_diag = SOCKOPT_BIT(SOCKOPT_RCVBUF) | SOCKOPT_BIT(SOCKOPT_SNDBUF);
	struct sock_options options;
	struct stat st;
	uint64_t since;
	int duplicate, r;

	memset(&options, 0, sizeof(options));
	since = now_ns();
	duplicate = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (duplicate < 0)
		return -errno;
	r = fstat(duplicate, &st) < 0 || st.st_ino != inode ? -ESTALE : 0;
	if (!r)
		read_options(duplicate, socket_options_of(kind) & ~of_diag, &options);
	close(duplicate); /* EINTR: is closed all the same */
	*held_ns = now_ns() - since;
	if (!r)
		*out = options;
	return r;
}
