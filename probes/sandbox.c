/* probes/sandbox.c - see sandbox.h. */
#include "probes/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "confine/calls.h"

enum {
	NOBODY = 65534 /* kernel.overflowuid: owns nothing */
};

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

static int give_up_rights(struct err *err)
{
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
			       setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return err_set(err, errno, "cannot become user %d: %s", NOBODY, strerror(errno));
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(err, EPERM, "cannot give up capabilities");
	return 0;
}

/* A change of user undoes PR_SET_PDEATHSIG (prctl(2)); the parent may have ended in between. */
static int end_with_parent(pid_t parent, struct err *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		return err_set(err, ESRCH, "whoever asked for this has ended");
	return 0;
}

int sandbox_enter(const int *more, struct err *err)
{
	pid_t parent = getppid();
	int r = give_up_rights(err);

	if (r == 0)
		r = end_with_parent(parent, err);
	return r < 0 ? r : confine_calls(every_probe, more, err);
}
