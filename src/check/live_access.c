/* check/live_access.c - who may connect to a Unix socket by its path, in the mount namespace of the
 * process that listens. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "check/live_state.h"

/* Links are followed as that process would, and never out of its root. */
static int examine(int root, const char *path, struct stat *out)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	_cleanup_fd_ int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 || fstat(fd, out) < 0 ? -errno : 0;
}

int live_unix_access(pid_t pid, const char *path, bool *writable, struct err *err)
{
	_cleanup_free_ char *root_path = mem_printf("/proc/%d/root", (int)pid);
	_cleanup_fd_ int root = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *part = mem_strdup(path);
	struct stat st;
	int r;

	if (root < 0)
		return err_set(err, errno, "cannot look at %s: %s", root_path, strerror(errno));
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
