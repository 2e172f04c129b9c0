/* check/live_access.c - who may connect to a Unix socket by its path, in the mount namespace of the
 * process that listens. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "boot/root.h"
#include "check/live_state.h"

/* Links are followed as that process would, and never out of its root. */
static int examine(const struct boot_root *root, const char *path, struct stat *out)
{
	_cleanup_fd_ int fd = boot_root_fd(root, path, O_PATH);

	if (fd < 0)
		return fd;
	return fstat(fd, out) < 0 ? -errno : 0;
}

int live_unix_access(pid_t pid, const char *path, bool *writable, struct err *err)
{
	_cleanup_free_ char *root_path = mem_printf("/proc/%d/root", (int)pid);
	_cleanup_(boot_root_freep) struct boot_root *root = NULL;
	_cleanup_free_ char *part = mem_strdup(path);
	struct stat st;
	int r = boot_root_open(root_path, &root, err);

	if (r < 0)
		return r;
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = examine(root, part, &st);
		if (r < 0)
			break;
		if (!(st.st_mode & S_IXOTH)) {
			*writable = false;
			return 0;
		}
		*slash = '/';
	}
	r = examine(root, path, &st);
	if (r == -ENOENT) { /* removed: nobody can find it any more */
		*writable = false;
		return 0;
	}
	if (r < 0)
		return err_set(err, -r, "cannot look at %s below %s: %s", path, root_path,
			       strerror(-r));
	*writable = S_ISSOCK(st.st_mode) && (st.st_mode & S_IWOTH);
	return 0;
}
