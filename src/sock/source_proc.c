/* sock/source_proc.c - owners from /proc/PID/fd: works everywhere, disturbs nobody, and tells no
 * option. */
#include "sock/source_proc.h"

#include "sock/source.h"

void source_proc_say(const struct fds_shortfall *shortfall, struct socket_coverage *coverage)
{
	_cleanup_free_ char *what = NULL;

	if (!shortfall->denied)
		return;
	what = mem_printf("owners: sockets of %zu of %zu processes", shortfall->denied,
			  shortfall->processes);
	socket_coverage_add(coverage, SHORTFALL_OWNERS, what,
			    "reading /proc/PID/fd of another user's process, or of one with more "
			    "rights, needs CAP_SYS_PTRACE",
			    0);
}

static int found(void *context, pid_t pid, int fd, uint64_t inode)
{
	owners_add(context, inode, pid, fd, NULL);
	return 0;
}

static int collect(const struct sock_source_options *options, struct owners *owners,
		   struct socket_coverage *coverage, struct err *err)
{
	struct fds_shortfall shortfall;
	int r = fds_walk(found, owners, &shortfall, err);

	(void)options;
	if (r < 0)
		return r;
	coverage->options_source = "none";
	source_proc_say(&shortfall, coverage);
	return 0;
}

const struct sock_source sock_source_proc = {.name = "proc", .collect = collect};
