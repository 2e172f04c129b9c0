/* apply/lock.c - see lock.h. */
#include "apply/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

static const char file_name[] = "lock";

enum {
	PATIENCE_MS = 500,
	PAUSE_MS = 10,
};

/* The holder's name is for people; that the lock is held is the kernel's word. */
static void write_holder(int fd)
{
	char line[64], comm[32] = "?";
	_cleanup_free_ char *text = NULL;
	size_t len;
	struct err err;

	if (file_read(AT_FDCWD, "/proc/self/comm", 64, &text, &len, &err) == 0)
		snprintf(comm, sizeof(comm), "%.*s", (int)strcspn(text, "\n"), text);
	snprintf(line, sizeof(line), "%s, process %d\n", comm, (int)getpid());
	/* not emptied first: ext4 would make the new text durable, and the journal wait for that */
	if (pwrite(fd, line, strlen(line), 0) < 0 || ftruncate(fd, (off_t)strlen(line)) < 0)
		return; /* a full disk: the lock holds all the same */
}

static int refuse(const struct durable_folder *folder, struct err *err)
{
	_cleanup_free_ char *text = NULL, *shown = NULL;
	size_t len;
	struct err ignored;

	if (file_read(folder->fd, file_name, 256, &text, &len, &ignored) == 0)
		text[strcspn(text, "\n")] = '\0';
	shown = str_printable(text && *text ? text : "a process that did not say its name");
	return err_set(err, EBUSY, "another transaction is under way: %s holds %s/%s", shown,
		       folder->path, file_name);
}

/* False with errno set. Whoever is just ending, such as a guard that has undone its transaction,
 * must not make the next one fail. */
static bool try_for_a_while(int lock)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

	for (unsigned waited_ms = 0; flock(lock, LOCK_EX | LOCK_NB) < 0; waited_ms += PAUSE_MS) {
		if (errno != EWOULDBLOCK || waited_ms >= PATIENCE_MS)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

int lock_take(const struct durable_folder *folder, int *fd, struct err *err)
{
	int flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	_cleanup_fd_ int lock =
		FAULT_IO("lock", openat(folder->fd, file_name, O_RDWR | O_CREAT | flags, 0600));

	/* an undo whose time has come needs the lock on a read-only disk, too */
	if (lock < 0 && errno == EROFS) {
		lock = openat(folder->fd, file_name, O_RDONLY | flags);
		errno = EROFS;
	}
	if (lock < 0)
		return err_set(err, errno, "cannot open %s/%s: %s", folder->path, file_name,
			       strerror(errno));
	if (!try_for_a_while(lock))
		return errno == EWOULDBLOCK ? refuse(folder, err)
					    : err_set(err, errno, "cannot lock %s/%s: %s",
						      folder->path, file_name, strerror(errno));
	write_holder(lock);
	*fd = TAKE_FD(lock);
	return 0;
}
