/* base/fd.c - see fd.h. */
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int fd_close_listed(unsigned first, unsigned last)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	unsigned own;

	if (!dir)
		return -errno;
	own = (unsigned)dirfd(dir);
	while ((entry = readdir(dir))) {
		char *end;
		unsigned long fd = strtoul(entry->d_name, &end, 10);

		if (end != entry->d_name && fd >= first && fd <= last && fd != own)
			close((int)fd);
	}
	closedir(dir);
	return 0;
}

/* By its number: musl has no function for it, glibc since 2.34. */
int fd_close_range(unsigned first, unsigned last)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return 0;
	if (errno != ENOSYS)
		return -errno;
#endif
	return fd_close_listed(first, last);
}
