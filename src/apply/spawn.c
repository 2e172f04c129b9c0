/* apply/spawn.c - see spawn.h. */
#include "apply/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void read_line(int fd, char *buf, size_t size)
{
	char rest[256];
	size_t used = 0;
	ssize_t got;

	do {
		char *to = used < size - 1 ? buf + used : rest;
		size_t room = used < size - 1 ? size - 1 - used : sizeof(rest);

		got = read(fd, to, room); /* to its end, or the writer gets SIGPIPE */
		if (got > 0 && to != rest)
			used += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	buf[used] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

static int spawn(const char *const *argv, int error_fd, pid_t *pid)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const environment[] = {path, NULL};
	posix_spawn_file_actions_t actions;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, error_fd, STDERR_FILENO);
	/* POSIX left out a const: the strings are not written to */
	r = posix_spawn(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int spawn_run(const char *const *argv, char *said, size_t size)
{
	int pipe_fds[2], status, r;
	pid_t pid;

	said[0] = '\0';
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	r = spawn(argv, pipe_fds[1], &pid);
	close(pipe_fds[1]);
	if (r == 0)
		read_line(pipe_fds[0], said, size);
	close(pipe_fds[0]);
	if (r < 0)
		return r;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECANCELED;
}

/* sd_booted(3) */
bool spawn_is_systemd_here(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

const char *spawn_find_systemd_run(void)
{
	static const char program[] = "/usr/bin/systemd-run";

	return spawn_is_systemd_here() && access(program, X_OK) == 0 ? program : NULL;
}
