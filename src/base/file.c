/* base/file.c - see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

/* `size`: what the file says it has, 0 for those that do not say. */
static int check_kind(int fd, const char *path, size_t most, size_t *size, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, errno, "cannot examine %s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(err, EISDIR, "%s is a directory, expected a file", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "%s is not a regular file", path);
	if (st.st_size > 0 && (size_t)st.st_size > most)
		return err_set(err, EFBIG, "%s has %lld bytes, at most %zu are accepted", path,
			       (long long)st.st_size, most);
	*size = (size_t)st.st_size;
	return 0;
}

int file_read(int dir_fd, const char *path, size_t most, char **data, size_t *len, struct err *err)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer before check_kind() refuses it */
	_cleanup_fd_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	size_t used = 0, room = 0, size = 0;
	int r;

	if (fd < 0)
		return err_set(err, errno, "cannot open %s: %s", path, strerror(errno));
	r = check_kind(fd, path, most, &size, err);
	if (r < 0)
		return r;
	for (;;) {
		ssize_t got;

		if (room - used < 2) {
			char *more;

			room = room ? room * 2 : size + 8192;
			more = mem_alloc(room);
			if (text)
				memcpy(more, text, used);
			free(text);
			text = more;
		}
		got = read(fd, text + used, room - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, errno, "cannot read %s: %s", path, strerror(errno));
		if (!got)
			break;
		used += (size_t)got;
		if (used > most)
			return err_set(err, EFBIG, "%s has more than the %zu bytes accepted", path,
				       most);
	}
	text[used] = '\0';
	*data = TAKE_PTR(text);
	*len = used;
	return 0;
}
