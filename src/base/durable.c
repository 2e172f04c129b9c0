/* base/durable.c - see durable.h. */
#include "base/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fault.h"
#include "base/mem.h"

/* Makes an entry of the folder that holds `path` outlive a power loss. */
static int sync_parent(const char *path)
{
	_cleanup_free_ char *parent = mem_strdup(path);
	char *slash = strrchr(parent, '/');
	_cleanup_fd_ int fd = -1;

	if (slash)
		slash[slash == parent] = '\0';
	fd = open(slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int create_folder(const char *path, unsigned flags, struct err *err)
{
	int r = 0;

	if (FAULT_IO("mkdir", mkdir(path, flags & DURABLE_PRIVATE ? 0700 : 0755)) < 0)
		r = errno == EEXIST ? 0 : -errno;
	else
		r = sync_parent(path);
	return r < 0 ? err_set(err, -r, "cannot make the folder %s: %s", path, strerror(-r)) : 0;
}

/* What lies in a folder that others can write to may be theirs. */
static int check_private(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, errno, "cannot examine %s: %s", path, strerror(errno));
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & 022))
		return err_set(
			err, EPERM,
			"%s may be written to by others (owner %u, mode %04o): expected a folder "
			"of root's with mode 0700",
			path, st.st_uid, st.st_mode & 07777);
	return 0;
}

int durable_folder_open(const char *path, unsigned flags, struct durable_folder *out,
			struct err *err)
{
	int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (flags & DURABLE_LINK ? 0 : O_NOFOLLOW);
	_cleanup_fd_ int fd = open(path, how);
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT && (flags & DURABLE_CREATE)) {
		r = create_folder(path, flags, err);
		if (r < 0)
			return r;
		fd = open(path, how);
	}
	/* O_DIRECTORY with O_NOFOLLOW says ENOTDIR of a link, where ELOOP says more */
	if (fd < 0 && errno == ENOTDIR && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return err_set(err, ELOOP, "%s is a symbolic link: expected a folder", path);
	if (fd < 0)
		return err_set(err, errno, "cannot open the folder %s: %s", path, strerror(errno));
	r = flags & DURABLE_PRIVATE ? check_private(fd, path, err) : 0;
	if (r < 0)
		return r;
	*out = (struct durable_folder){.fd = TAKE_FD(fd), .path = mem_strdup(path)};
	return 0;
}

void durable_folder_fini(struct durable_folder *folder)
{
	if (folder->path)
		close(folder->fd);
	free(folder->path);
	*folder = (struct durable_folder){.fd = -1};
}

int durable_write_all(int fd, const void *data, size_t len)
{
	const char *rest = data;

	while (len) {
		ssize_t done = FAULT_IO("write", write(fd, rest, len));

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		rest += done;
		len -= (size_t)done;
	}
	return 0;
}

static int check_target(const struct durable_folder *folder, const char *name, struct err *err)
{
	struct stat st;

	if (fstatat(folder->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0
				       : err_set(err, errno, "cannot examine %s/%s: %s",
						 folder->path, name, strerror(errno));
	if (S_ISLNK(st.st_mode))
		return err_set(err, EINVAL, "%s/%s is a symbolic link: it is left alone",
			       folder->path, name);
	if (!S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "%s/%s is not a regular file: it is left alone",
			       folder->path, name);
	return 0;
}

/* The temporary file, complete and on the disk. */
static int write_temporary(int folder_fd, const char *name, const void *data, size_t len,
			   mode_t mode)
{
	_cleanup_fd_ int fd = -1;
	int r;

	/* one that a crash left behind */
	if (unlinkat(folder_fd, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = FAULT_IO("create", openat(folder_fd, name,
				       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (fd < 0)
		return -errno;
	FAULT_POINT("temporary made");
	r = durable_write_all(fd, data, len);
	if (r < 0)
		return r;
	FAULT_POINT("temporary written");
	if (fchmod(fd, mode) < 0 || FAULT_IO("fsync", fsync(fd)) < 0)
		return -errno;
	return 0;
}

int durable_write(const struct durable_folder *folder, const char *name, const void *data,
		  size_t len, mode_t mode, struct err *err)
{
	_cleanup_free_ char *temporary = mem_printf(".%s.new", name);
	int r = check_target(folder, name, err);

	if (r < 0)
		return r;
	r = write_temporary(folder->fd, temporary, data, len, mode);
	FAULT_POINT("temporary synced");
	if (r == 0 && FAULT_IO("rename", renameat(folder->fd, temporary, folder->fd, name)) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(folder->fd, temporary, 0);
		return err_set(err, -r, "cannot write %s/%s: %s", folder->path, name, strerror(-r));
	}
	FAULT_POINT("renamed");
	if (FAULT_IO("fsync", fsync(folder->fd)) < 0)
		return err_set(err, errno, "cannot sync the folder %s: %s", folder->path,
			       strerror(errno));
	return 0;
}

int durable_remove(const struct durable_folder *folder, const char *name, struct err *err)
{
	int r = check_target(folder, name, err);

	if (r < 0)
		return r;
	if (FAULT_IO("unlink", unlinkat(folder->fd, name, 0)) < 0)
		return errno == ENOENT ? 0
				       : err_set(err, errno, "cannot remove %s/%s: %s",
						 folder->path, name, strerror(errno));
	FAULT_POINT("removed");
	if (FAULT_IO("fsync", fsync(folder->fd)) < 0)
		return err_set(err, errno, "cannot sync the folder %s: %s", folder->path,
			       strerror(errno));
	return 0;
}
