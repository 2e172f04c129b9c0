/* probes/sandbox.c - see sandbox.h. */
#include "probes/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "confine/calls.h"
#include "confine/nobody.h"

/* Sockets, time, memory (qsort(3) asks sysinfo(2) how much there is), standard output, ending. */
static const int every_probe[] = {
	SCMP_SYS(accept4),
	SCMP_SYS(bind),
	SCMP_SYS(brk),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(close),
	SCMP_SYS(connect),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(fcntl),
	SCMP_SYS(fstat),
	SCMP_SYS(futex),
	SCMP_SYS(getpeername),
	SCMP_SYS(getpid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(gettid),
	SCMP_SYS(listen),
	SCMP_SYS(lseek),
	SCMP_SYS(madvise),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(newfstatat),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(read),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(socket),
	SCMP_SYS(sysinfo),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	CONFINE_END,
};

/* The other end of the pipe is closed: whoever asked ended before it could be told of (prctl(2),
 * PR_SET_PDEATHSIG). */
static bool is_read_by_nobody(void)
{
	struct pollfd output = {.fd = STDOUT_FILENO};

	return poll(&output, 1, 0) > 0 && output.revents & POLLERR;
}

int sandbox_enter(const int *more, struct err *err)
{
	int r = confine_to_nobody(SIGTERM, err);

	if (r == 0 && is_read_by_nobody())
		return err_set(err, EPIPE, "whoever asked for this has ended");
	return r < 0 ? r : confine_calls(every_probe, more, err);
}
