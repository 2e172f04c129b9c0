/* sysctl/read.c - see read.h.
 *
 * A handler below /proc/sys prints once, from offset 0, and cuts what does not fit; reading on
 * gives end of file for numbers and port lists, not the rest (kernel/sysctl.c: proc_dointvec,
 * proc_do_large_bitmap). So a read that does not fill the buffer had all of it, and one that does
 * is repeated from 0 with a larger buffer. The first one is small, since the kernel zeroes as many
 * bytes as are asked for. A second read to see the end of file would cost a fifth of the whole. */
#include "sysctl/read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/str.h"
#include "sysctl/name.h"

enum {
	NAME_ROOM = 1024 + 1,
	FIRST_READ = 1024,
	GROWTH = 8,
	MOST_READ = 4 << 20,
};

struct sysctl_root {
	char *path;
	int fd;
	bool has_openat2; /* Linux 5.6; a seccomp filter may also refuse it */
};

static int open_beneath(int dir_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
}

/* A link where a folder is expected, which openat(2) calls ENOTDIR as it does a plain file. */
static bool is_link(int dir_fd, const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* The same a component at a time, for kernels without openat2(2). */
static int open_stepwise(int dir_fd, const char *path, int flags)
{
	_cleanup_fd_ int parent = -1;

	for (;;) {
		char step[NAME_ROOM];
		size_t len = strcspn(path, "/");
		int from = parent < 0 ? dir_fd : parent, fd;

		memcpy(step, path, len);
		step[len] = '\0';
		path += len;
		fd = openat(from, step,
			    (*path ? O_PATH | O_DIRECTORY : flags) | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOTDIR)
			errno = is_link(from, step) ? ELOOP : ENOTDIR;
		if (fd < 0 || !*path)
			return fd;
		if (parent >= 0)
			close(parent);
		parent = fd;
		path++;
	}
}

/* A canonical name as a path that cannot leave the root: -EINVAL for one that would. */
static int make_path(const char *name, char path[static NAME_ROOM], struct err *err)
{
	size_t len = 0, start = 0;

	for (;; len++) {
		if (len == NAME_ROOM - 1 && name[len])
			return err_set(err, EINVAL, "'%.60s...' is too long for the name of a key",
				       name);
		if (name[len] && name[len] != '.') {
			path[len] = name[len] == '/' ? '.' : name[len];
			continue;
		}
		path[len] = '\0';
		if (len == start || strcmp(path + start, ".") == 0 ||
		    strcmp(path + start, "..") == 0) {
			_cleanup_free_ char *shown = str_printable(name);

			return err_set(err, EINVAL, "'%s' is no name of a key", shown);
		}
		if (!name[len])
			break;
		path[len] = '/';
		start = len + 1;
	}
	return 0;
}

/* Returns a descriptor or -errno; what cannot be the name of a key here counts as missing. */
static int open_path(const struct sysctl_root *root, const char *path, int flags)
{
	int fd = root->has_openat2 ? open_beneath(root->fd, path, flags)
				   : open_stepwise(root->fd, path, flags);

	if (fd >= 0)
		return fd;
	return errno == ENOTDIR || errno == ENAMETOOLONG ? -ENOENT : -errno;
}

static int fail(struct err *err, int code, const char *name)
{
	const char *reason = code == ELOOP    ? "a link, which is not followed"
			     : code == ESPIPE ? "a pipe or device, not a key"
					      : strerror(code);
	_cleanup_free_ char *shown = str_printable(name);

	return err_set(err, code, "cannot read %s: %s", shown, reason);
}

/* Returns the bytes read or -errno. pread(2) also tells a pipe from a key. */
static ssize_t read_from_start(int fd, char *buf, size_t size)
{
	ssize_t got;

	do
		got = pread(fd, buf, size, 0);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

static int take_text(const char *name, const char *buf, size_t len, char **text, struct err *err)
{
	if (len && buf[len - 1] == '\n')
		len--;
	if (memchr(buf, '\0', len)) {
		_cleanup_free_ char *shown = str_printable(name);

		return err_set(err, EBADMSG, "cannot read %s: its text holds a NUL byte", shown);
	}
	*text = mem_strndup(buf, len);
	return 0;
}

static int read_long(int fd, const char *name, char **text, struct err *err)
{
	for (size_t size = FIRST_READ * GROWTH; size <= MOST_READ; size *= GROWTH) {
		_cleanup_free_ char *buf = mem_alloc(size);
		/* one less: the kernel refuses a read of 4 MiB (KMALLOC_MAX_SIZE) */
		ssize_t got = read_from_start(fd, buf, size - 1);

		if (got < 0)
			return fail(err, (int)-got, name);
		if ((size_t)got < size - 1)
			return take_text(name, buf, (size_t)got, text, err);
	}
	return err_set(err, EFBIG, "cannot read %s: it holds more than %d MiB", name,
		       MOST_READ >> 20);
}

int sysctl_read_open(int fd, const char *name, char **text, struct err *err)
{
	char buf[FIRST_READ];
	ssize_t got = read_from_start(fd, buf, sizeof(buf));

	if (got < 0)
		return fail(err, (int)-got, name);
	if ((size_t)got < sizeof(buf))
		return take_text(name, buf, (size_t)got, text, err);
	return read_long(fd, name, text, err);
}

int sysctl_read(const struct sysctl_root *root, const char *name, char **text, struct err *err)
{
	char path[NAME_ROOM];
	_cleanup_fd_ int fd = -1;
	int r = make_path(name, path, err);

	if (r < 0)
		return r;
	/* O_NONBLOCK: a FIFO in place of a key must not be waited for */
	fd = open_path(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? fail(err, -fd, name) : sysctl_read_open(fd, name, text, err);
}

/* 1 for a key, 0 for none, or -errno when it cannot be looked at. */
static int is_key(const struct sysctl_root *root, const char *path)
{
	_cleanup_fd_ int fd = open_path(root, path, O_PATH);
	struct stat st;

	if (fd == -ENOENT || fd == -ELOOP)
		return 0;
	if (fd < 0)
		return fd;
	return fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode);
}

bool sysctl_exists(const struct sysctl_root *root, const char *name)
{
	char path[NAME_ROOM];
	struct err ignored;

	return make_path(name, path, &ignored) == 0 && is_key(root, path) != 0;
}

int sysctl_root_fd(const struct sysctl_root *root)
{
	return root->fd;
}

int sysctl_root_openat(const struct sysctl_root *root, const char *name, int flags)
{
	char path[NAME_ROOM];
	struct err ignored;
	int r = make_path(name, path, &ignored);

	return r < 0 ? r : open_path(root, path, flags);
}

int sysctl_root_open(const char *path, struct sysctl_root **out, struct err *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), probe;
	struct sysctl_root *root;

	if (fd < 0)
		return err_set(err, errno, "cannot open %s as a tree of keys: %s", path,
			       strerror(errno));
	probe = open_beneath(fd, ".", O_PATH);
	if (probe >= 0)
		close(probe);
	root = mem_alloc(sizeof(*root));
	root->fd = fd;
	root->path = mem_strdup(path);
	root->has_openat2 = probe >= 0;
	*out = root;
	return 0;
}

void sysctl_root_free(struct sysctl_root *root)
{
	if (!root)
		return;
	close(root->fd);
	free(root->path);
	free(root);
}

/* A pattern on its way down the tree: `path` and `name` hold the components that are settled. */
struct walk {
	const struct sysctl_root *root;
	struct sysctl_names *out;
	char path[NAME_ROOM], name[NAME_ROOM];
	size_t len;
};

static int walk_down(struct walk *walk, const char *pattern, struct err *err);

/* Settles one component, given as in a name, goes on with the rest, and takes it back. */
static int walk_into(struct walk *walk, const char *component, size_t len, const char *rest,
		     struct err *err)
{
	size_t before = walk->len, at = before ? before + 1 : 0;
	int r = 0;

	if (at + len >= NAME_ROOM)
		return 0;
	if (before) {
		walk->path[before] = '/';
		walk->name[before] = '.';
	}
	for (size_t i = 0; i < len; i++) {
		walk->name[at + i] = component[i];
		walk->path[at + i] = component[i] == '/' ? '.' : component[i];
	}
	walk->len = at + len;
	walk->path[walk->len] = walk->name[walk->len] = '\0';
	if (*rest)
		r = walk_down(walk, rest + 1, err);
	else if (is_key(walk->root, walk->path) != 0) /* on failure too: reading it says why */
		*MEM_APPEND(walk->out->names, walk->out->count) = mem_strdup(walk->name);
	walk->len = before;
	walk->path[before] = walk->name[before] = '\0';
	return r;
}

static void freep_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static int list_failed(const struct walk *walk, int code, struct err *err)
{
	return err_set(err, code, "cannot list the keys below %s%s%s: %s", walk->root->path,
		       walk->len ? "/" : "", walk->path, strerror(code));
}

static int walk_entries(struct walk *walk, const char *component, const char *rest, struct err *err)
{
	int fd = open_path(walk->root, walk->len ? walk->path : ".", O_RDONLY | O_DIRECTORY);
	_cleanup_(freep_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (fd == -ENOENT || fd == -ELOOP)
		return 0; /* an interface that went away is no error */
	if (fd < 0)
		return list_failed(walk, -fd, err);
	if (!dir) {
		close(fd);
		return list_failed(walk, ENOMEM, err);
	}
	for (;;) {
		struct dirent *entry;
		int r;

		errno = 0;
		entry = readdir(dir);
		if (!entry && errno && errno != ENOENT)
			return list_failed(walk, errno, err);
		if (!entry)
			return 0;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		for (char *p = entry->d_name; *p; p++)
			*p = *p == '.' ? '/' : *p;
		if (fnmatch(component, entry->d_name, FNM_NOESCAPE) != 0)
			continue;
		r = walk_into(walk, entry->d_name, strlen(entry->d_name), rest, err);
		if (r < 0)
			return r;
	}
}

static int walk_down(struct walk *walk, const char *pattern, struct err *err)
{
	size_t len = strcspn(pattern, ".");
	_cleanup_free_ char *component = mem_strndup(pattern, len);

	return sysctl_name_is_glob(component) ? walk_entries(walk, component, pattern + len, err)
					      : walk_into(walk, component, len, pattern + len, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int sysctl_glob(const struct sysctl_root *root, const char *pattern, struct sysctl_names *out,
		struct err *err)
{
	struct sysctl_names names = {0};
	struct walk walk = {.root = root, .out = &names};
	char checked[NAME_ROOM];
	int r = make_path(pattern, checked, err);

	if (r == 0)
		r = walk_down(&walk, pattern, err);
	if (r < 0) {
		sysctl_names_fini(&names);
		return r;
	}
	if (names.count)
		qsort(names.names, names.count, sizeof(*names.names), by_name);
	*out = names;
	return 0;
}

void sysctl_names_fini(struct sysctl_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct sysctl_names){0};
}
