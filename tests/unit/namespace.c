/* tests/unit/namespace.c - see namespace.h. */
#include "tests/unit/unit.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/namespace.h"

enum {
	NOT_ALLOWED = 255
};

/* A line has more bits than an exit status: it comes through a pipe. */
void run_in_namespace(int (*part)(void))
{
	int fds[2], line = -1, status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 && unshare(CLONE_NEWNET) < 0)
			_exit(NOT_ALLOWED);
		line = part();
		_exit(write(fds[1], &line, sizeof(line)) != sizeof(line));
	}
	close(fds[1]);
	if (read(fds[0], &line, sizeof(line)) != sizeof(line))
		line = -1;
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED)
		skip();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	if (line)
		fail_msg("line %d does not hold", line);
}

int namespace_raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	_cleanup_fd_ int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return ioctl(fd, SIOCSIFFLAGS, &request);
}
