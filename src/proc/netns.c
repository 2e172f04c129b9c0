/* proc/netns.c - see netns.h. namespaces(7), setns(2), ioctl_nsfs(2). */
#include "proc/netns.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/mem.h"
#include "base/str.h"
#include "proc/process.h"

static const char own_path[] = "/proc/thread-self/ns/net", named_folder[] = "/run/netns";

enum {
	NSFS = 0x6e736673 /* NSFS_MAGIC of linux/magic.h */
};

void netns_list_fini(struct netns_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].path);
		free(list->items[i].unreadable);
		if (list->items[i].fd >= 0)
			close(list->items[i].fd);
	}
	free(list->items);
	*list = (struct netns_list){0};
}

static struct netns *find_inode(const struct netns_list *list, uint64_t inode)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].inode == inode)
			return &list->items[i];
	}
	return NULL;
}

static struct netns *add(struct netns_list *list, uint64_t inode, const char *path)
{
	struct netns *item = MEM_APPEND(list->items, list->count);

	item->inode = inode;
	item->path = mem_strdup(path);
	item->fd = -1;
	return item;
}

/* Opens a network namespace; -EINVAL for anything else, such as the empty file that "ip netns add"
 * leaves when its mount is gone. */
static int open_netns(const char *path, int *out, uint64_t *inode, struct err *err)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return err_set(err, errno, "cannot open the namespace %s: %s", path,
			       strerror(errno));
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return err_set(err, errno, "cannot examine %s: %s", path, strerror(errno));
	if (fs.f_type != NSFS || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return err_set(err, EINVAL,
			       "%s is no network namespace: expected a file such as "
			       "/proc/PID/ns/net or a mount of one",
			       path);
	*inode = st.st_ino;
	*out = TAKE_FD(fd);
	return 0;
}

/* Takes over `fd`, which keeps the namespace; the lowest is given first, so that it tells how many
 * are in use, and some must be left for everything else. */
static void keep(struct netns *item, int fd)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || (rlim_t)fd >= limit.rlim_cur / 2)
		close(fd);
	else
		item->fd = fd;
}

static int enter(int fd, const char *what, struct err *err)
{
	if (!setns(fd, CLONE_NEWNET))
		return 0;
	if (errno == EPERM)
		return err_set(
			err, EPERM,
			"may not enter the network namespace %s: this needs CAP_SYS_ADMIN in "
			"it and here",
			what);
	return err_set(err, errno, "cannot enter the network namespace %s: %s", what,
		       strerror(errno));
}

int netns_run(const struct netns *netns, int (*act)(void *context, struct err *err), void *context,
	      struct err *err)
{
	static const char stranded[] = "fettle: cannot return to its network namespace\n";
	_cleanup_fd_ int home = -1, fd = -1;
	uint64_t own, inode;
	int r;

	r = open_netns(own_path, &home, &own, err);
	if (r < 0)
		return r;
	if (netns->inode == own)
		return act(context, err);
	if (netns->fd < 0)
		r = open_netns(netns->path, &fd, &inode, err);
	if (r == -ENOENT || r == -ESRCH || (!r && fd >= 0 && inode != netns->inode))
		return err_set(err, ENOENT, "the network namespace %s is gone", netns->name);
	/* our own is asked the same question as theirs: it may belong to a user namespace above us,
	 * where we have no right to come back */
	if (!r)
		r = enter(home, "that we are in", err);
	if (!r)
		r = enter(fd >= 0 ? fd : netns->fd, *netns->name ? netns->name : netns->path, err);
	if (r < 0)
		return r;
	r = act(context, err);
	if (setns(home, CLONE_NEWNET) < 0) {
		ssize_t ignored = write(STDERR_FILENO, stranded, sizeof(stranded) - 1);

		(void)ignored;
		abort();
	}
	return r;
}

static int do_nothing(void *context, struct err *err)
{
	(void)context;
	(void)err;
	return 0;
}

static int add_own(struct netns_list *list, struct err *err)
{
	struct netns *item;
	uint64_t inode;
	int fd, r = open_netns(own_path, &fd, &inode, err);

	if (r < 0)
		return r;
	item = add(list, inode, own_path);
	item->name = mem_strdup("");
	keep(item, fd);
	return 0;
}

/* The names of /run/netns come before all others, in their order. */
static int add_named(struct netns_list *list, struct err *err)
{
	struct dirent **entries;
	int count = scandir(named_folder, &entries, NULL, alphasort);

	if (count < 0 && (errno == ENOENT || errno == EACCES))
		return 0;
	if (count < 0)
		return err_set(err, errno, "cannot list %s: %s", named_folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		_cleanup_free_ char *path = mem_printf("%s/%s", named_folder, name);
		_cleanup_fd_ int fd = -1;
		struct err ignored;
		uint64_t inode;

		if (*name != '.' && !open_netns(path, &fd, &inode, &ignored) &&
		    !find_inode(list, inode)) {
			struct netns *item = add(list, inode, path);

			item->name = mem_strdup(name);
			keep(item, TAKE_FD(fd));
		}
		free(entries[i]);
	}
	free(entries);
	return 0;
}

static struct netns *add_by_process(struct netns_list *list, uint64_t inode, const char *below_proc)
{
	_cleanup_free_ char *path = mem_printf("/proc/%s", below_proc);
	struct netns *item = add(list, inode, path);
	_cleanup_fd_ int fd = -1;
	struct err ignored;
	uint64_t now;

	if (!open_netns(path, &fd, &now, &ignored) && now == inode)
		keep(item, TAKE_FD(fd));
	return item;
}

static void add_process(struct netns_list *list, int proc, const char *pid)
{
	struct netns *item;
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "%.20s/ns/net", pid);
	if (fstatat(proc, path, &st, 0) < 0) {
		/* what ended meanwhile says EACCES as well: proc_ns_get_link() */
		if ((errno == EACCES || errno == EPERM) && !faccessat(proc, pid, F_OK, 0))
			list->hidden++;
		return;
	}
	item = find_inode(list, st.st_ino);
	if (!item)
		item = add_by_process(list, st.st_ino, path);
	if (!item->pid)
		item->pid = (pid_t)strtol(pid, NULL, 10);
}

static int add_processes(struct netns_list *list, struct err *err)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	if (!dir)
		return err_set(err, errno, "cannot list /proc: %s", strerror(errno));
	while ((entry = readdir(dir))) { /* by pid: proc_pid_readdir() */
		if (isdigit((unsigned char)*entry->d_name))
			add_process(list, dirfd(dir), entry->d_name);
	}
	closedir(dir);
	return 0;
}

/* By what is in it; the caller's. */
static char *name_of(const struct netns *item, struct process_cache *cache)
{
	const struct process *process = item->pid ? process_get(cache, item->pid) : NULL;

	if (!process)
		return mem_printf("net:%llu", (unsigned long long)item->inode);
	if (process->container)
		return mem_strdup(process->container);
	if (process->unit)
		return mem_strdup(process->unit);
	return mem_printf("pid:%d", (int)item->pid);
}

static bool is_taken(const struct netns_list *list, const struct netns *item)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->items[i].name;

		if (&list->items[i] != item && name && !strcmp(name, item->name))
			return true;
	}
	return false;
}

/* Names that are not yet set. */
static void set_names(struct netns_list *list)
{
	_cleanup_(process_cache_freep) struct process_cache *cache = process_cache_new();

	for (size_t i = 0; i < list->count; i++) {
		struct netns *item = &list->items[i];
		char *name;

		if (item->name)
			continue;
		item->name = name_of(item, cache);
		if (!is_taken(list, item))
			continue;
		name = mem_printf("%s:%llu", item->name, (unsigned long long)item->inode);
		free(item->name);
		item->name = name;
	}
}

static void set_unreadable(struct netns *item)
{
	struct err err;

	if (netns_run(item, do_nothing, NULL, &err) < 0)
		item->unreadable = mem_strdup(err.text);
}

static int by_name(const void *a, const void *b)
{
	const struct netns *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int add_all(struct netns_list *list, struct err *err)
{
	int r = add_own(list, err);

	if (!r)
		r = add_named(list, err);
	if (!r)
		r = add_processes(list, err);
	if (!r)
		set_names(list);
	return r;
}

int netns_list(struct netns_list *out, struct err *err)
{
	_cleanup_(netns_list_fini) struct netns_list list = {0};
	int r = add_all(&list, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.count; i++)
		set_unreadable(&list.items[i]);
	qsort(list.items, list.count, sizeof(*list.items), by_name); /* ours is "" */
	*out = list;
	list = (struct netns_list){0};
	return 0;
}

/* Where the name leads without a list: "self", a path, a name of /run/netns, a pid. The caller's;
 * NULL: nowhere. */
static char *path_of(const char *name)
{
	size_t digits = strspn(name, "0123456789");
	char *path;

	if (!strcmp(name, "self"))
		return mem_strdup(own_path);
	if (strchr(name, '/'))
		return mem_strdup(name);
	path = mem_printf("%s/%s", named_folder, name);
	if (*name && *name != '.' && !access(path, F_OK))
		return path;
	free(path);
	return digits && !name[digits] ? mem_printf("/proc/%s/ns/net", name) : NULL;
}

static int not_found(const struct netns_list *list, const char *name, struct err *err)
{
	_cleanup_free_ const char **names = mem_alloc_array(list->count, sizeof(*names));
	char hint[160];

	names[0] = "self"; /* ours has no name of its own */
	for (size_t i = 1; i < list->count; i++)
		names[i] = list->items[i].name;
	return err_set(err, ENOENT,
		       "no network namespace '%s': expected 'self', a name of %s, a pid, a path, a "
		       "container or a unit%s",
		       name, named_folder,
		       str_did_you_mean(name, names, list->count, hint, sizeof(hint)));
}

/* The item of `list` that `name` means; one that only a path leads to is added. */
static int pick(struct netns_list *list, const char *name, struct netns **out, struct err *err)
{
	_cleanup_free_ char *path = path_of(name);
	_cleanup_fd_ int fd = -1;
	uint64_t inode;
	int r;

	*out = NULL;
	for (size_t i = 0; i < list->count && !path; i++) {
		if (*name && !strcmp(list->items[i].name, name))
			*out = &list->items[i];
	}
	if (*out)
		return 0;
	r = path ? open_netns(path, &fd, &inode, err) : -ENOENT;
	if (r == -ENOENT || r == -ESRCH)
		return not_found(list, name, err);
	if (r < 0)
		return r;
	*out = find_inode(list, inode);
	if (!*out) {
		*out = add(list, inode, path);
		keep(*out, TAKE_FD(fd));
		set_names(list);
	}
	return 0;
}

int netns_find(const char *name, struct netns_list *out, struct err *err)
{
	_cleanup_(netns_list_fini) struct netns_list list = {0};
	bool is_own = strcmp(name, "self") == 0; /* needs no list, and no step */
	struct netns *found = NULL;
	int r = is_own ? add_own(&list, err) : add_all(&list, err);

	if (!r)
		r = pick(&list, name, &found, err);
	if (r < 0)
		return r;
	set_unreadable(found);
	*out = (struct netns_list){0};
	*MEM_APPEND(out->items, out->count) = *found;
	*found = (struct netns){.fd = -1};
	return 0;
}
