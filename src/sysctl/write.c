/* sysctl/write.c - see write.h.
 *
 * The kernel's word on a value is the return of this one write(2): a stream's would come with its
 * fclose(3), if anybody looked. A handler takes the text in one piece, so a short write is an
 * error, never continued. */
#include "sysctl/write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fault.h"
#include "base/str.h"
#include "sysctl/normalise.h"

const char *sysctl_outcome_name(enum sysctl_outcome outcome)
{
	static const char *const names[] = {
		[SYSCTL_APPLIED] = "applied",
		[SYSCTL_CLAMPED] = "clamped",
		[SYSCTL_IGNORED] = "ignored",
		[SYSCTL_UNCHANGED] = "unchanged",
	};

	return names[outcome];
}

/* A number as it would be shown: most values are, and need no parsing then. */
static bool is_tidy_number(enum value_kind kind, const char *text)
{
	size_t len = strspn(text, "0123456789");

	return kind == VALUE_INTEGER && len > 0 && len < 19 && !text[len] &&
	       (text[0] != '0' || len == 1);
}

bool sysctl_same(enum value_kind kind, const char *a, const char *b)
{
	_cleanup_(value_freep) struct value *left = NULL, *right = NULL;
	struct err ignored;

	if (strcmp(a, b) == 0)
		return true;
	if (is_tidy_number(kind, a) && is_tidy_number(kind, b))
		return false;
	if (kind == VALUE_UNKNOWN || sysctl_value_parse(kind, a, &left, &ignored) < 0 ||
	    sysctl_value_parse(kind, b, &right, &ignored) < 0)
		return false;
	return value_equal(left, right);
}

char *sysctl_tidy(enum value_kind kind, const char *text)
{
	_cleanup_(value_freep) struct value *value = NULL;
	struct err ignored;

	if (kind == VALUE_UNKNOWN || is_tidy_number(kind, text) ||
	    sysctl_value_parse(kind, text, &value, &ignored) < 0)
		return mem_strndup(text, strlen(text));
	return mem_strndup(value->text, strlen(value->text));
}

/* O_NONBLOCK: a FIFO in place of a key must not be waited for. */
static int open_key(const struct sysctl_root *root, const char *name, int flags)
{
	return sysctl_root_openat(root, name, O_NONBLOCK | O_NOCTTY | flags);
}

int sysctl_writable(const struct sysctl_root *root, const char *name)
{
	_cleanup_fd_ int fd = open_key(root, name, O_WRONLY);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? 0 : -EINVAL;
}

int sysctl_writable_by_owner(const struct sysctl_root *root, const char *name)
{
	_cleanup_fd_ int fd = sysctl_root_openat(root, name, O_PATH);
	struct statvfs mount;
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || fstatvfs(fd, &mount) < 0)
		return -errno;
	if (mount.f_flag & ST_RDONLY)
		return -EROFS;
	return st.st_mode & S_IWUSR ? 0 : -EACCES;
}

/* What stands in for a key in a tree of files is to hold no more than what is written to it, and is
 * to be a file. */
static int make_room(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return st.st_size && ftruncate(fd, 0) < 0 ? -errno : 0;
}

static int put(int fd, const char *name, const char *want, struct err *err)
{
	/* an empty write is no write at all; a newline empties a port list */
	_cleanup_free_ char *line = mem_printf("%s\n", want);
	_cleanup_free_ char *shown = NULL;
	size_t len = strlen(line);
	ssize_t done;
	int r = make_room(fd);

	if (r < 0)
		return err_set(err, -r, "%s cannot be written to: %s", name, strerror(-r));
	do
		done = FAULT_IO("sysctl", pwrite(fd, line, len, 0));
	while (done < 0 && errno == EINTR);
	if (done >= 0 && (size_t)done == len)
		return 0;
	shown = str_printable(want);
	if (done < 0)
		return err_set(err, errno, "%s: wrote \"%s\", the kernel said: %s", name, shown,
			       strerror(errno));
	return err_set(err, EIO, "%s: the kernel took %zd of the %zu bytes of \"%s\"", name, done,
		       len, shown);
}

static int open_to_change(const struct sysctl_root *root, const char *name, struct err *err)
{
	int fd = open_key(root, name, O_RDWR);

	return fd < 0 ? err_set(err, -fd, "%s cannot be written to: %s", name, strerror(-fd)) : fd;
}

int sysctl_open(const struct sysctl_root *root, const char *name, char **text, struct err *err)
{
	_cleanup_fd_ int fd = open_to_change(root, name, err);
	int r = fd < 0 ? fd : sysctl_read_open(fd, name, text, err);

	return r < 0 ? r : TAKE_FD(fd);
}

int sysctl_change(int fd, const char *name, enum value_kind kind, const char *before,
		  const char *want, char **got, enum sysctl_outcome *outcome, struct err *err)
{
	_cleanup_free_ char *after = NULL;
	int r = put(fd, name, want, err);

	FAULT_POINT("key written");
	if (r == 0)
		r = sysctl_read_open(fd, name, &after, err);
	if (r < 0)
		return r;
	if (sysctl_same(kind, after, want))
		*outcome = SYSCTL_APPLIED;
	else
		*outcome = sysctl_same(kind, after, before) ? SYSCTL_IGNORED : SYSCTL_CLAMPED;
	*got = TAKE_PTR(after);
	return 0;
}

int sysctl_write(const struct sysctl_root *root, const char *name, enum value_kind kind,
		 const char *want, char **got, enum sysctl_outcome *outcome, struct err *err)
{
	_cleanup_free_ char *before = NULL;
	_cleanup_fd_ int fd = -1;
	int r = sysctl_read(root, name, &before, err);

	if (r < 0)
		return r;
	if (sysctl_same(kind, before, want)) {
		*got = TAKE_PTR(before);
		*outcome = SYSCTL_UNCHANGED;
		return 0;
	}
	fd = open_to_change(root, name, err);
	return fd < 0 ? fd : sysctl_change(fd, name, kind, before, want, got, outcome, err);
}
