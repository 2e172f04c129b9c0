/* boot/root.c - see root.h. */
#include "boot/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/str.h"

enum {
	LINKS_MOST = 40, /* as the kernel's MAXSYMLINKS */
	DEPTH_MOST = 64,
	NAMES_MOST = 65536,
	TRIES_MOST = 16,
};

/* A file as it would be; text NULL: gone. */
struct draft {
	char *path, *text;
};

struct boot_root {
	int fd;
	bool has_openat2;
	bool is_running;
	struct draft *drafts;
	size_t n_drafts;
};

/* Where a walk is: the folders from the root down to here, each open. */
struct walk {
	int fds[DEPTH_MOST];
	size_t depth;
};

static const char dev_null[] = "/dev/null";

static int open_in_root(int fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int r, tries = 0;

	/* EAGAIN: something was renamed on the way, openat2(2) */
	do
		r = (int)syscall(SYS_openat2, fd, path, &how, sizeof(how));
	while (r < 0 && errno == EAGAIN && ++tries < TRIES_MOST);
	return r < 0 ? -errno : r;
}

int boot_root_open(const char *path, struct boot_root **out, struct err *err)
{
	struct boot_root *root;
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), probe;

	if (fd < 0) {
		int code = errno;

		return err_set(err, code, "cannot open the folder '%s': %s", path, strerror(code));
	}
	probe = open_in_root(fd, ".", O_PATH);
	if (probe >= 0)
		close(probe);
	root = mem_alloc(sizeof(*root));
	root->fd = fd;
	root->has_openat2 = probe >= 0;
	root->is_running = strcmp(path, "/") == 0;
	*out = root;
	return 0;
}

bool boot_root_is_running(const struct boot_root *root)
{
	return root->is_running;
}

void boot_root_free(struct boot_root *root)
{
	if (!root)
		return;
	for (size_t i = 0; i < root->n_drafts; i++) {
		free(root->drafts[i].path);
		free(root->drafts[i].text);
	}
	free(root->drafts);
	close(root->fd);
	free(root);
}

void boot_root_draft(struct boot_root *root, const char *path, const char *text)
{
	struct draft *draft = MEM_APPEND(root->drafts, root->n_drafts);

	draft->path = mem_strdup(path);
	draft->text = mem_strdup(text);
}

static const struct draft *find_draft(const struct boot_root *root, const char *path)
{
	for (size_t i = 0; i < root->n_drafts; i++) {
		if (str_equal(root->drafts[i].path, path))
			return &root->drafts[i];
	}
	return NULL;
}

static void walk_up(struct walk *walk)
{
	close(walk->fds[--walk->depth]);
}

static void walk_fini(struct walk *walk)
{
	while (walk->depth)
		walk_up(walk);
}

static int walk_here(const struct walk *walk, const struct boot_root *root)
{
	return walk->depth ? walk->fds[walk->depth - 1] : root->fd;
}

/* The text of a link that is open with O_PATH, or NULL. */
static char *read_link(int dir_fd, const char *name)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(dir_fd, name, target, sizeof(target) - 1);

	return len > 0 ? mem_strndup(target, (size_t)len) : NULL;
}

/* Puts what a link says in front of what is left of the way. */
static int follow(struct walk *walk, const char *target, char **rest)
{
	char *longer;

	if (strlen(target) + strlen(*rest) + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	if (*target == '/')
		walk_fini(walk);
	longer = mem_printf("%s/%s", target, *rest);
	free(*rest);
	*rest = longer;
	return 0;
}

/* One component: `name` is where the walk is next, or followed when it is a link. Returns 0, or
 * -errno; `opened` is set at the end of the way. */
static int step(const struct boot_root *root, struct walk *walk, const char *name, char **rest,
		int flags, int *links, int *opened)
{
	bool is_last = (*rest)[strspn(*rest, "/")] == '\0';
	_cleanup_fd_ int fd = -1;
	struct stat st;

	fd = openat(walk_here(walk, root), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode) && !(is_last && flags & O_NOFOLLOW)) {
		_cleanup_free_ char *target = read_link(fd, "");

		if (!target || ++*links > LINKS_MOST)
			return -ELOOP;
		return follow(walk, target, rest);
	}
	if (is_last) {
		/* Through the descriptor, so that it is what was looked at. */
		if (!(flags & O_PATH)) {
			char self[32];
			int again;

			snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
			again = open(self, (flags & ~O_NOFOLLOW) | O_CLOEXEC);
			if (again < 0)
				return -errno;
			*opened = again;
			return 0;
		}
		*opened = TAKE_FD(fd);
		return 0;
	}
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (walk->depth == DEPTH_MOST)
		return -ENAMETOOLONG;
	walk->fds[walk->depth++] = TAKE_FD(fd);
	return 0;
}

int boot_root_fd_stepwise(const struct boot_root *root, const char *path, int flags)
{
	_cleanup_(walk_fini) struct walk walk = {.depth = 0};
	_cleanup_free_ char *rest = mem_strdup(path);
	int links = 0, opened = -1;

	for (;;) {
		char *start = rest + strspn(rest, "/"), *next;
		size_t len = strcspn(start, "/");
		_cleanup_free_ char *name = mem_strndup(start, len);
		int r;

		if (!len) {
			r = openat(walk_here(&walk, root), ".", (flags & ~O_NOFOLLOW) | O_CLOEXEC);
			return r < 0 ? -errno : r;
		}
		next = mem_strdup(start + len);
		free(rest);
		rest = next;
		if (str_equal(name, "."))
			continue;
		if (str_equal(name, "..")) {
			if (walk.depth)
				walk_up(&walk);
			continue;
		}
		r = step(root, &walk, name, &rest, flags, &links, &opened);
		if (r < 0)
			return r;
		if (opened >= 0)
			return opened;
	}
}

int boot_root_fd(const struct boot_root *root, const char *path, int flags)
{
	flags |= O_NONBLOCK | O_NOCTTY;
	if (flags & O_PATH)
		flags &= ~(O_NONBLOCK | O_NOCTTY); /* openat2(2) refuses what has no meaning */
	if (root->has_openat2)
		return open_in_root(root->fd, path, flags);
	return boot_root_fd_stepwise(root, path, flags);
}

bool boot_root_exists(const struct boot_root *root, const char *path)
{
	_cleanup_fd_ int fd = boot_root_fd(root, path, O_PATH);

	return fd >= 0;
}

char *boot_root_link(const struct boot_root *root, const char *path)
{
	_cleanup_fd_ int fd = boot_root_fd(root, path, O_PATH | O_NOFOLLOW);

	return fd < 0 ? NULL : read_link(fd, "");
}

/* Whether a file is nothing by being /dev/null, or a link that says so. */
static bool is_null(const struct boot_root *root, const char *path, int fd)
{
	_cleanup_free_ char *target = NULL;
	struct stat st, null;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && stat(dev_null, &null) == 0 &&
	    st.st_rdev == null.st_rdev)
		return true;
	target = boot_root_link(root, path);
	return target && str_equal(target, dev_null);
}

/* The user's file has another name than the one it was read by. */
static int rename_in_error(struct err *err, const char *from, const char *to)
{
	const char *at = strstr(err->text, from);
	_cleanup_free_ char *text = mem_strdup(err->text);

	if (!at)
		return -err->code;
	return err_set(err, err->code, "%.*s%s%s", (int)(at - err->text), text, to,
		       text + (at - err->text) + strlen(from));
}

static int read_draft(const struct draft *draft, char **data, size_t *len, struct err *err)
{
	if (!draft->text)
		return err_set(err, ENOENT, "'%s' would not be there", draft->path);
	*data = mem_strdup(draft->text);
	*len = strlen(draft->text);
	return 0;
}

int boot_root_read(const struct boot_root *root, const char *path, size_t most, char **data,
		   size_t *len, struct err *err)
{
	const struct draft *draft = find_draft(root, path);
	_cleanup_fd_ int fd = boot_root_fd(root, path, O_PATH);
	char self[32];
	int r;

	if (draft)
		return read_draft(draft, data, len, err);
	if (is_null(root, path, fd)) {
		*data = mem_strdup("");
		*len = 0;
		return 0;
	}
	if (fd < 0)
		return err_set(err, -fd, "cannot open '%s': %s", path, strerror(-fd));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	r = file_read(AT_FDCWD, self, most, data, len, err);
	return r < 0 ? rename_in_error(err, self, path) : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* -errno, or 0 with the names as they are found, no more than NAMES_MOST and one. */
static int read_names(int fd, struct boot_names *names)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		int code = errno;

		close(fd);
		return -code;
	}
	while (names->count <= NAMES_MOST && (entry = readdir(dir)))
		if (!str_equal(entry->d_name, ".") && !str_equal(entry->d_name, ".."))
			*MEM_APPEND(names->names, names->count) = mem_strdup(entry->d_name);
	closedir(dir);
	return 0;
}

static void remove_name(struct boot_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (str_equal(names->names[i], name)) {
			free(names->names[i]);
			names->names[i] = names->names[--names->count];
		}
	}
}

/* True when one of the drafts is a file of this folder. */
static bool list_drafts(const struct boot_root *root, const char *path, struct boot_names *names)
{
	size_t len = strlen(path);
	bool found = false;

	for (size_t i = 0; i < root->n_drafts; i++) {
		const struct draft *draft = &root->drafts[i];
		const char *name = strrchr(draft->path, '/') + 1;

		if (!str_starts(draft->path, path) || name != draft->path + len + 1)
			continue;
		remove_name(names, name);
		if (draft->text)
			*MEM_APPEND(names->names, names->count) = mem_strdup(name);
		found = found || draft->text;
	}
	return found;
}

int boot_root_list(const struct boot_root *root, const char *path, struct boot_names *out,
		   struct err *err)
{
	struct boot_names names = {0};
	int fd = boot_root_fd(root, path, O_RDONLY | O_DIRECTORY);
	int r = fd < 0 ? fd : read_names(fd, &names);

	if (r == 0 && names.count > NAMES_MOST)
		r = -EOVERFLOW;
	if (list_drafts(root, path, &names) && r == -ENOENT)
		r = 0;
	if (r == 0) {
		if (names.count)
			qsort(names.names, names.count, sizeof(*names.names), compare_names);
		*out = names;
		return 0;
	}
	boot_names_fini(&names);
	if (r == -EOVERFLOW)
		return err_set(err, EOVERFLOW, "the folder '%s' holds more than %d names", path,
			       NAMES_MOST);
	return err_set(err, -r, "cannot %s the folder '%s': %s", fd < 0 ? "open" : "read", path,
		       strerror(-r));
}

void boot_names_fini(struct boot_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct boot_names){0};
}
