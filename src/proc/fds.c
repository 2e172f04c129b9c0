/* proc/fds.c - see fds.h. proc_pid_fd(5), proc_pid_fdinfo(5).
 *
 * The kernel makes an inode for each entry of /proc/PID/fd that it lists: that is most of the time
 * this takes, and cannot be helped. What is left is one readlinkat(2) for each descriptor, which,
 * other than stat(2), never waits for the file system that the file is on.
 *
 * That folder is its owner's: root needs CAP_DAC_READ_SEARCH for it, besides CAP_SYS_PTRACE. For
 * /proc/PID/fdinfo the latter is enough since Linux 5.14, which also tells there of what inode and
 * mount a descriptor is, at three system calls each; all sockets are of one mount
 * (proc_fdinfo_access_allowed() and seq_show() in fs/proc/fd.c; tried on 6.1 and 6.18). */
#include "proc/fds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

enum {
	ENTRIES_SIZE = 128 * 1024,
	MOST_LIMITS = 16 * 1024,
	NO_MOUNT = -1,
};

/* What getdents64(2) writes, which C libraries give different names to. */
struct entry {
	uint64_t inode;
	int64_t next;
	unsigned short size; /* of this one, padding included */
	unsigned char type;
	char name[];
};

struct walk {
	int sockets_mount; /* NO_MOUNT: not asked yet, or not told */
	char *entries;     /* ENTRIES_SIZE, what getdents64(2) gave */
	int (*found)(void *context, pid_t pid, int fd, uint64_t inode);
	void *context;
	struct fds_shortfall *shortfall;
};

/* A decimal number and nothing else. */
static bool parse_number(const char *text, int *out)
{
	int value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *text - '0', &value))
			return false;
	}
	*out = value;
	return true;
}

/* "socket:[12345]"; 0: it is none. */
static uint64_t socket_inode(const char *target, size_t len)
{
	static const char prefix[] = "socket:[";
	uint64_t inode = 0;

	if (len < sizeof(prefix) || memcmp(target, prefix, sizeof(prefix) - 1))
		return 0;
	for (size_t i = sizeof(prefix) - 1; i < len && target[i] != ']'; i++)
		inode = inode * 10 + (uint64_t)(target[i] - '0');
	return inode;
}

/* Of one process: its fd, or else its fdinfo. */
struct table {
	int dir;
	bool is_info;
};

static bool is_refusal(int error)
{
	return error == EACCES || error == EPERM;
}

/* Returns 0, or -errno. */
static int table_open(pid_t pid, struct table *out)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	*out = (struct table){.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	if (out->dir < 0 && is_refusal(errno)) {
		snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
		out->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		out->is_info = true;
	}
	return out->dir < 0 ? -errno : 0;
}

/* The number behind a name, as in "\nino:\t12345\n"; 0: there is none. */
static uint64_t info_number(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* 0, -EACCES where this kernel does not tell, or -errno. */
static int read_info(int dir, const char *name, int *mount, uint64_t *inode)
{
	_cleanup_fd_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char text[512];
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text) - 1);
	if (len < 0)
		return -errno;
	text[len] = '\0';
	*mount = (int)info_number(text, "\nmnt_id:");
	*inode = info_number(text, "\nino:");
	return *inode ? 0 : -EACCES;
}

/* Learned from a socket of our own: of socketpair(2), as a sandbox may refuse the other kinds. */
static int learn_sockets_mount(void)
{
	_cleanup_fd_ int dir = -1;
	int pair[2], mount = NO_MOUNT;
	uint64_t inode;
	char name[16];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return NO_MOUNT;
	snprintf(name, sizeof(name), "%d", pair[0]);
	dir = open("/proc/self/fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && read_info(dir, name, &mount, &inode) < 0)
		mount = NO_MOUNT;
	close(pair[0]);
	close(pair[1]);
	return mount;
}

/* Of both: `*inode` 0: it is no socket, or was closed meanwhile. Returns 0, or -EACCES. */
static int socket_by_info(struct walk *walk, int dir, const char *name, uint64_t *inode)
{
	int mount, r;

	if (walk->sockets_mount == NO_MOUNT)
		walk->sockets_mount = learn_sockets_mount();
	r = read_info(dir, name, &mount, inode);
	if (r < 0 || mount != walk->sockets_mount)
		*inode = 0;
	return is_refusal(-r) || walk->sockets_mount == NO_MOUNT ? -EACCES : 0;
}

static int socket_by_link(int dir, const char *name, uint64_t *inode)
{
	char target[48];
	ssize_t len = readlinkat(dir, name, target, sizeof(target));

	*inode = len < 0 ? 0 : socket_inode(target, (size_t)len);
	/* or ours to list but not to read: ptrace(2) */
	return len < 0 && is_refusal(errno) ? -EACCES : 0;
}

/* Returns what `found` does, or -EACCES. */
static int visit_fd(struct walk *walk, const struct table *table, pid_t pid, const char *name)
{
	uint64_t inode;
	int fd, r;

	if (!parse_number(name, &fd))
		return 0;
	r = table->is_info ? socket_by_info(walk, table->dir, name, &inode)
			   : socket_by_link(table->dir, name, &inode);
	if (r < 0)
		return r;
	return inode ? walk->found(walk->context, pid, fd, inode) : 0;
}

static ssize_t list(int dir, char *entries)
{
	return syscall(SYS_getdents64, dir, entries, ENTRIES_SIZE);
}

static int visit_entries(struct walk *walk, const struct table *table, pid_t pid, bool *denied)
{
	for (;;) {
		ssize_t size = list(table->dir, walk->entries);

		if (size <= 0) /* the end, or of the process */
			return 0;
		for (ssize_t at = 0; at < size;) {
			const struct entry *entry = (const void *)(walk->entries + at);
			int r = visit_fd(walk, table, pid, entry->name);

			at += entry->size;
			if (r == -EACCES) {
				*denied = true;
				return 0;
			}
			if (r)
				return r;
		}
	}
}

static int visit_process(struct walk *walk, pid_t pid, struct err *err)
{
	struct table table;
	bool denied = false;
	int r = table_open(pid, &table);

	if (r == -ENOENT || r == -ESRCH)
		return 0;
	walk->shortfall->processes++;
	if (is_refusal(-r)) {
		walk->shortfall->denied++;
		return 0;
	}
	if (r < 0)
		return err_set(err, -r, "cannot open the descriptors of process %d: %s", (int)pid,
			       strerror(-r));
	r = visit_entries(walk, &table, pid, &denied);
	walk->shortfall->denied += denied;
	close(table.dir);
	return r;
}

static int visit_all(struct walk *walk, DIR *proc, struct err *err)
{
	struct dirent *entry;

	while ((entry = readdir(proc))) {
		pid_t pid;
		int r = parse_number(entry->d_name, &pid) ? visit_process(walk, pid, err) : 0;

		if (r)
			return r;
	}
	return 0;
}

int fds_walk(int (*found)(void *context, pid_t pid, int fd, uint64_t inode), void *context,
	     struct fds_shortfall *shortfall, struct err *err)
{
	_cleanup_free_ char *entries = mem_alloc(ENTRIES_SIZE);
	struct walk walk = {.sockets_mount = NO_MOUNT,
			    .entries = entries,
			    .found = found,
			    .context = context,
			    .shortfall = shortfall};
	DIR *proc = opendir("/proc");
	int r;

	*shortfall = (struct fds_shortfall){0};
	if (!proc)
		return err_set(err, errno, "cannot list /proc: %s", strerror(errno));
	r = visit_all(&walk, proc, err);
	closedir(proc);
	return r;
}

static int count_entries(int dir, uint64_t *out)
{
	_cleanup_free_ char *entries = mem_alloc(ENTRIES_SIZE);
	uint64_t count = 0;
	ssize_t size;

	while ((size = list(dir, entries)) > 0) {
		for (ssize_t at = 0; at < size;) {
			const struct entry *entry = (const void *)(entries + at);

			count += *entry->name != '.';
			at += entry->size;
		}
	}
	if (size < 0)
		return -errno;
	*out = count;
	return 0;
}

/* proc_pid_fd(5): since Linux 6.2 the size of the folder is what it holds; before it was 0. Learned
 * from our own, which holds something; in one that is closed to us, 0 could mean either. */
static bool sizes_are_told(void)
{
	static _Atomic int told = -1;
	struct stat st;

	if (told < 0)
		told = stat("/proc/self/fd", &st) == 0 && st.st_size > 0;
	return told;
}

static int count_used(pid_t pid, uint64_t *out, struct err *err)
{
	struct table table;
	char path[32];
	struct stat st;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if (stat(path, &st) < 0)
		return err_set(err, errno, "cannot examine %s: %s", path, strerror(errno));
	if (st.st_size > 0 || sizes_are_told()) {
		*out = (uint64_t)st.st_size;
		return 0;
	}
	r = table_open(pid, &table);
	if (r == 0) {
		r = count_entries(table.dir, out);
		close(table.dir);
	}
	return r < 0 ? err_set(err, -r, "cannot list %s: %s", path, strerror(-r)) : 0;
}

static const char *parse_limit(const char *text, uint64_t *out)
{
	static const char unlimited[] = "unlimited";
	unsigned long long value;
	char *end;

	text += strspn(text, " ");
	if (!strncmp(text, unlimited, sizeof(unlimited) - 1)) {
		*out = UINT64_MAX;
		return text + sizeof(unlimited) - 1;
	}
	if (*text < '0' || *text > '9')
		return NULL;
	errno = 0;
	value = strtoull(text, &end, 10);
	*out = value;
	return errno ? NULL : end;
}

int fds_use(pid_t pid, struct fds_use *out, struct err *err)
{
	static const char row[] = "\nMax open files ";
	_cleanup_free_ char *text = NULL;
	struct fds_use use;
	const char *at;
	char path[32];
	size_t len;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/limits", (int)pid);
	r = file_read(AT_FDCWD, path, MOST_LIMITS, &text, &len, err);
	if (r < 0)
		return r == -ESRCH ? err_set(err, ENOENT, "cannot read %s: it is gone", path) : r;
	at = strstr(text, row);
	at = at ? parse_limit(at + sizeof(row) - 1, &use.soft) : NULL;
	at = at ? parse_limit(at, &use.hard) : NULL;
	if (!at)
		return err_set(err, EBADMSG, "%s: expected a row 'Max open files' with two numbers",
			       path);
	r = count_used(pid, &use.used, err);
	if (r < 0)
		return r;
	*out = use;
	return 0;
}
