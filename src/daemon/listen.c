/* daemon/listen.c - see listen.h. */
#include "daemon/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/unix_address.h"

enum {
	LISTEN_FDS_START = 3
}; /* sd_listen_fds(3) */

static int socket_option(int fd, int name)
{
	socklen_t size = sizeof(int);
	int value = -1;

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) < 0 ? -1 : value;
}

/* $LISTEN_FDS, or NULL when it speaks to another process. */
static const char *passed_to_us(void)
{
	const char *pid = getenv("LISTEN_PID");

	return pid && strtol(pid, NULL, 10) == getpid() ? getenv("LISTEN_FDS") : NULL;
}

unsigned listener_count_passed(void)
{
	const char *count = passed_to_us();
	long number = count ? strtol(count, NULL, 10) : 0;

	return number > 0 && number < INT_MAX - LISTEN_FDS_START ? (unsigned)number : 0;
}

/* Returns 1 with a socket that was passed, 0 when none was. */
static int take_passed(struct listener *out, struct err *err)
{
	const char *count = passed_to_us();
	int fd = LISTEN_FDS_START;

	if (!count)
		return 0;
	if (strtol(count, NULL, 10) != 1)
		return err_set(err, EINVAL, "LISTEN_FDS=%s: expected one socket", count);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (socket_option(fd, SO_DOMAIN) != AF_UNIX || socket_option(fd, SO_TYPE) != SOCK_STREAM ||
	    socket_option(fd, SO_ACCEPTCONN) != 1)
		return err_set(err, EINVAL,
			       "the file descriptor passed in is no listening Unix stream socket "
			       "(ListenStream= with a path)");
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return err_set(err, errno, "cannot use the socket passed in: %s", strerror(errno));
	out->fd = fd;
	return 1;
}

/* Locks the folder, so that of two daemons starting at once the second finds the first one's socket
 * already answering. Returns the file descriptor that holds the lock. */
static int lock_folder(const char *path, struct err *err)
{
	_cleanup_free_ char *copy = mem_strdup(path);
	const char *folder = dirname(copy);
	_cleanup_fd_ int fd = -1;

	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return err_set(err, errno, "cannot make the folder %s for the socket: %s", folder,
			       strerror(errno));
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return err_set(err, errno, "cannot lock the folder %s: %s", folder,
			       strerror(errno));
	return TAKE_FD(fd);
}

static int remove_stale(const struct sockaddr_un *address, struct err *err)
{
	const char *path = address->sun_path;
	_cleanup_fd_ int fd = -1;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_set(err, errno, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, EEXIST, "%s exists and is no socket: not touching it", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(err, errno, "cannot make a socket: %s", strerror(errno));
	/* EAGAIN: its backlog is full, so somebody does listen */
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)) || errno == EAGAIN)
		return err_set(err, EADDRINUSE, "another daemon answers on %s already", path);
	if (errno != ECONNREFUSED)
		return err_set(err, errno, "%s: cannot tell whether it is in use: %s", path,
			       strerror(errno));
	if (unlink(path) < 0 && errno != ENOENT)
		return err_set(err, errno, "cannot remove the old %s: %s", path, strerror(errno));
	return 0;
}

static int bind_and_listen(const struct sockaddr_un *address, struct listener *out, struct err *err)
{
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const char *path = address->sun_path;
	struct stat st;
	mode_t mask;
	int r;

	if (fd < 0)
		return err_set(err, errno, "cannot make a socket: %s", strerror(errno));
	/* connect(2) needs write permission: nobody else has it between bind and chmod */
	mask = umask(0177);
	r = bind(fd, (const struct sockaddr *)address, sizeof(*address));
	umask(mask);
	if (r < 0)
		return err_set(err, errno, "cannot listen on %s: %s", path, strerror(errno));
	/* as many as net.core.somaxconn lets wait: the constant of that name is 128 in musl */
	if (listen(fd, INT_MAX) < 0 || lstat(path, &st) < 0) {
		err_set(err, errno, "cannot listen on %s: %s", path, strerror(errno));
		unlink(path);
		return -err->code;
	}
	*out = (struct listener){.fd = TAKE_FD(fd),
				 .path = mem_strdup(path),
				 .device = st.st_dev,
				 .inode = st.st_ino};
	return 0;
}

int listener_open(const char *path, struct listener *out, struct err *err)
{
	_cleanup_fd_ int lock = -1;
	struct sockaddr_un address;
	int r;

	*out = (struct listener){.fd = -1};
	r = take_passed(out, err);
	if (r)
		return r < 0 ? r : 0;
	r = unix_address_make(path, &address, err);
	if (r < 0)
		return r;
	lock = lock_folder(path, err);
	if (lock < 0)
		return lock;
	r = remove_stale(&address, err);
	if (r < 0)
		return r;
	return bind_and_listen(&address, out, err);
}

int listener_open_to_all(const struct listener *listener, struct err *err)
{
	if (listener->path && chmod(listener->path, 0666) < 0)
		return err_set(err, errno, "cannot open %s to clients: %s", listener->path,
			       strerror(errno));
	return 0;
}

void listener_fini(struct listener *listener)
{
	struct stat st;

	if (listener->path && !lstat(listener->path, &st) && st.st_dev == listener->device &&
	    st.st_ino == listener->inode)
		unlink(listener->path);
	if (listener->fd >= 0)
		close(listener->fd);
	free(listener->path);
	*listener = (struct listener){.fd = -1};
}
