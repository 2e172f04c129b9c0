/* sock/source_pidfd.c - owners from /proc/PID/fd, options through duplicates: see duplicate.h.
 *
 * All of it happens in a child that has let go of every descriptor it was born with: nothing that
 * a duplicate does can hold up our own process, and we hold none of what we look at. The child
 * tells what it found through a pipe. */
#include "sock/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "proc/fds.h"
#include "sock/duplicate.h"
#include "sock/source_proc.h"

enum {
	PIPE_FD = 3, /* of the child, behind the standard ones */
	PIPE_BUFFER = 64 * 1024,
	MOST_SILENCE_MS = 60000,
	FIRST_SEEN = 1024,
};

enum message_kind {
	MESSAGE_OWNER,
	MESSAGE_OPTIONS, /* an owner, and a struct sock_options follows */
	MESSAGE_END,     /* a struct summary follows */
	MESSAGE_FAILED,  /* a struct err follows */
};

/* They go through the pipe as they are, so nothing in them is padding. */
struct message {
	uint64_t inode, kind; /* enum message_kind */
	pid_t pid;
	int fd;
};

struct summary {
	struct fds_shortfall shortfall;
	size_t read, denied, beyond, failed, changed; /* sockets */
	uint64_t failure;                             /* errno of the first of `failed` */
	uint64_t longest_ns;
};

/* What became of a socket; the higher wins. */
enum fate {
	FATE_NONE,    /* of a kind that has no options here */
	FATE_CHANGED, /* closed, or its descriptor another socket's by then */
	FATE_FAILED,
	FATE_DENIED,
	FATE_BEYOND,
	FATE_READ,
};

struct seen {
	uint64_t inode; /* 0: free */
	enum fate fate;
};

struct child {
	FILE *out;
	pid_t self;
	size_t most;
	struct seen *seen; /* open addressing; `room` is a power of two, at most half in use */
	size_t n_seen, room;
	pid_t pid; /* whose descriptors come in */
	int pidfd;
	bool may_not; /* duplicate from it */
	struct summary summary;
};

static struct seen *slot_of(struct seen *seen, size_t room, uint64_t inode)
{
	size_t at = (size_t)(inode * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (room - 1);

	while (seen[at].inode && seen[at].inode != inode)
		at = (at + 1) & (room - 1);
	return &seen[at];
}

static struct seen *seen_of(struct child *child, uint64_t inode)
{
	struct seen *slot = child->room ? slot_of(child->seen, child->room, inode) : NULL;
	struct seen *larger;
	size_t room;

	if (slot && slot->inode)
		return slot;
	if (child->n_seen * 2 >= child->room) {
		room = child->room ? child->room * 2 : FIRST_SEEN;
		larger = mem_alloc_array(room, sizeof(*larger));
		for (size_t i = 0; i < child->room; i++) {
			if (child->seen[i].inode)
				*slot_of(larger, room, child->seen[i].inode) = child->seen[i];
		}
		free(child->seen);
		child->seen = larger;
		child->room = room;
		slot = slot_of(larger, room, inode);
	}
	child->n_seen++;
	slot->inode = inode;
	return slot;
}

static void send_part(const struct child *child, const void *part, size_t size)
{
	if (fwrite(part, size, 1, child->out) != 1)
		_exit(EXIT_FAILURE); /* whoever started us has ended */
}

static void turn_to(struct child *child, pid_t pid)
{
	if (child->pid == pid)
		return;
	if (child->pidfd >= 0)
		close(child->pidfd);
	child->pidfd = -1;
	child->pid = pid;
	child->may_not = false;
}

/* Tries to read the options of a socket that nobody gave yet. */
static enum fate read_socket(struct child *child, int fd, uint64_t inode, enum socket_kind kind,
			     struct sock_options *options)
{
	uint64_t held = 0;
	int r;

	if (child->most && child->summary.read >= child->most)
		return FATE_BEYOND;
	if (child->may_not)
		return FATE_DENIED;
	if (child->pidfd < 0)
		child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	r = duplicate_read(child->pidfd, fd, inode, kind, options, &held);
	if (held > child->summary.longest_ns)
		child->summary.longest_ns = held;
	switch (r) {
	case 0:
		child->summary.read++;
		return FATE_READ;
	case -EPERM:
		child->may_not = true;
		return FATE_DENIED;
	case -EBADF:
	case -ESRCH:
	case -ESTALE:
		return FATE_CHANGED;
	default:
		if (!child->summary.failure)
			child->summary.failure = (uint64_t)-r;
		return FATE_FAILED;
	}
}

static int found(void *context, pid_t pid, int fd, uint64_t inode)
{
	struct child *child = context;
	struct message message = {.kind = MESSAGE_OWNER, .pid = pid, .fd = fd, .inode = inode};
	struct sock_options options;
	enum socket_kind kind;
	struct seen *seen;
	enum fate fate;

	if (pid == child->self)
		return 0;
	turn_to(child, pid);
	seen = seen_of(child, inode);
	if (seen->fate < FATE_READ && duplicate_kind(pid, fd, &kind)) {
		fate = read_socket(child, fd, inode, kind, &options);
		if (fate == FATE_READ)
			message.kind = MESSAGE_OPTIONS;
		if (fate > seen->fate)
			seen->fate = fate;
	}
	send_part(child, &message, sizeof(message));
	if (message.kind == MESSAGE_OPTIONS)
		send_part(child, &options, sizeof(options));
	return 0;
}

static void sum_up(struct child *child)
{
	for (size_t i = 0; i < child->room; i++) {
		child->summary.denied += child->seen[i].fate == FATE_DENIED;
		child->summary.beyond += child->seen[i].fate == FATE_BEYOND;
		child->summary.failed += child->seen[i].fate == FATE_FAILED;
		child->summary.changed += child->seen[i].fate == FATE_CHANGED;
	}
}

static _Noreturn void run_child(int pipe, const struct sock_source_options *options)
{
	struct child child = {.self = getpid(), .pidfd = -1, .most = options->most};
	struct message last = {.kind = MESSAGE_END};
	struct err err = {0};
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pipe != PIPE_FD && dup2(pipe, PIPE_FD) < 0)
		_exit(EXIT_FAILURE);
	fd_close_range(PIPE_FD + 1, UINT_MAX);
	child.out = fdopen(PIPE_FD, "w");
	if (!child.out)
		_exit(EXIT_FAILURE);
	setvbuf(child.out, NULL, _IOFBF, PIPE_BUFFER);
	r = duplicate_prepare();
	if (r < 0)
		r = err_set(&err, -r, "cannot start a timer: %s", strerror(-r));
	else
		r = fds_walk(found, &child, &child.summary.shortfall, &err);
	sum_up(&child);
	if (r < 0)
		last.kind = MESSAGE_FAILED;
	send_part(&child, &last, sizeof(last));
	if (r < 0)
		send_part(&child, &err, sizeof(err));
	else
		send_part(&child, &child.summary, sizeof(child.summary));
	_exit(fflush(child.out) ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* The parent's end. */
struct stream {
	int fd;
	size_t at, len;
	char bytes[PIPE_BUFFER];
};

/* The next `size` bytes; -ETIMEDOUT, -EPIPE at the end, or what read(2) said. */
static int take(struct stream *stream, void *out, size_t size)
{
	while (stream->len - stream->at < size) {
		struct pollfd poll_fd = {.fd = stream->fd, .events = POLLIN};
		ssize_t got;
		int r;

		memmove(stream->bytes, stream->bytes + stream->at, stream->len - stream->at);
		stream->len -= stream->at;
		stream->at = 0;
		r = poll(&poll_fd, 1, MOST_SILENCE_MS);
		if (!r)
			return -ETIMEDOUT;
		got = r < 0 ? -1
			    : read(stream->fd, stream->bytes + stream->len,
				   sizeof(stream->bytes) - stream->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -EPIPE;
		stream->len += (size_t)got;
	}
	memcpy(out, stream->bytes + stream->at, size);
	stream->at += size;
	return 0;
}

/* Adds what the child tells, until it has told all. */
static int take_all(struct stream *stream, struct owners *owners, struct summary *summary,
		    struct err *err)
{
	for (;;) {
		struct sock_options options;
		struct message message;
		int r = take(stream, &message, sizeof(message));

		if (!r && message.kind == MESSAGE_END)
			r = take(stream, summary, sizeof(*summary));
		else if (!r && message.kind == MESSAGE_FAILED)
			r = take(stream, err, sizeof(*err));
		else if (!r && message.kind == MESSAGE_OPTIONS)
			r = take(stream, &options, sizeof(options));
		if (r == -ETIMEDOUT)
			return err_set(err, -r,
				       "the process that reads sockets said nothing for "
				       "%d s",
				       MOST_SILENCE_MS / 1000);
		if (r < 0)
			return err_set(err, -r, "the process that reads sockets ended early");
		if (message.kind == MESSAGE_END)
			return 0;
		if (message.kind == MESSAGE_FAILED)
			return -err->code;
		owners_add(owners, message.inode, message.pid, message.fd,
			   message.kind == MESSAGE_OPTIONS ? &options : NULL);
	}
}

/* Why a process of the same user can be closed to us; the caller's, "" when there is no such
 * reason. Documentation/admin-guide/LSM/Yama.rst */
static char *yama_reason(void)
{
	_cleanup_free_ char *text = NULL;
	struct err ignored;
	size_t len;

	if (file_read(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", 16, &text, &len, &ignored) <
		    0 ||
	    !len || *text < '1' || *text > '9')
		return mem_strdup("");
	if (*text == '1')
		return mem_strdup("; without it kernel.yama.ptrace_scope=1 allows a process its "
				  "descendants only");
	return mem_printf("; kernel.yama.ptrace_scope=%c allows it to %s", *text,
			  *text == '2' ? "nobody without it" : "nobody at all");
}

static void say(const struct summary *summary, size_t most, struct socket_coverage *coverage)
{
	_cleanup_free_ char *yama = yama_reason(), *why = NULL;

	source_proc_say(&summary->shortfall, coverage);
	if (summary->denied) {
		why = mem_printf("pidfd_getfd(2) of another user's process, or of one with more "
				 "rights, needs CAP_SYS_PTRACE%s",
				 yama);
		socket_coverage_add(coverage, SHORTFALL_OPTIONS, "options of sockets", why,
				    summary->denied);
	}
	if (summary->beyond) {
		free(why);
		why = mem_printf("reading them disturbs, so only the first %zu sockets were read",
				 most);
		socket_coverage_add(coverage, SHORTFALL_OPTIONS, "options of sockets", why,
				    summary->beyond);
	}
	if (summary->failed) {
		free(why);
		why = mem_printf("pidfd_getfd(2): %s", strerror((int)summary->failure));
		socket_coverage_add(coverage, SHORTFALL_OPTIONS, "options of sockets", why,
				    summary->failed);
	}
	if (summary->changed)
		socket_coverage_add(coverage, SHORTFALL_OPTIONS, "options of sockets",
				    "their descriptors changed while they were read",
				    summary->changed);
	if (summary->read) {
		free(why);
		why = mem_printf("sockets held open by one more process while they were read, one "
				 "at a time, the longest for %" PRIu64 " us",
				 (summary->longest_ns + 999) / 1000);
		socket_coverage_add(coverage, SHORTFALL_NOTE, "disturbance", why, summary->read);
	}
}

static int collect(const struct sock_source_options *options, struct owners *owners,
		   struct socket_coverage *coverage, struct err *err)
{
	_cleanup_free_ struct stream *stream = mem_alloc(sizeof(*stream));
	struct summary summary = {0};
	int fds[2], r;
	pid_t pid;

	r = duplicate_available(err);
	if (r < 0)
		return r;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, errno, "cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (!pid)
		run_child(fds[1], options);
	r = pid < 0 ? err_set(err, errno, "cannot start a process: %s", strerror(errno)) : 0;
	close(fds[1]);
	stream->fd = fds[0];
	if (!r)
		r = take_all(stream, owners, &summary, err);
	close(fds[0]);
	if (pid > 0) {
		kill(pid, SIGKILL); /* it has told all, or never will */
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (r < 0)
		return r;
	coverage->options_source = "pidfd";
	say(&summary, options->most, coverage);
	return 0;
}

const struct sock_source sock_source_pidfd = {.name = "pidfd", .collect = collect};
