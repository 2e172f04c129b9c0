/* probes/sandbox.c - see sandbox.h. */
#include "probes/sandbox.h"

#include <seccomp.h>
#include <signal.h>

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

int sandbox_enter(const int *more, struct err *err)
{
	int r = confine_to_nobody(SIGTERM, err);

	return r < 0 ? r : confine_calls(every_probe, more, err);
}
