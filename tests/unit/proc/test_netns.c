/* Namespaces made for the test: found once each, named, entered and left again. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "proc/netns.h"
#include "tests/unit/namespace.h"

/* Steps, also those that are refused. */
static unsigned steps;

int setns(int fd, int type)
{
	steps++;
	return (int)syscall(SYS_setns, fd, type);
}

static uint64_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

/* A child in a network namespace of its own; -1: that could not be had. */
static pid_t start_inside(void)
{
	int fds[2];
	char ready = 0;
	pid_t pid;

	if (pipe(fds) < 0)
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a part that gives up leaves it behind */
		ready = unshare(CLONE_NEWNET) == 0;
		if (write(fds[1], &ready, 1) == 1 && ready)
			pause();
		_exit(1);
	}
	if (read(fds[0], &ready, 1) != 1)
		ready = 0;
	close(fds[0]);
	close(fds[1]);
	return ready ? pid : -1;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static const struct netns *by_inode(const struct netns_list *list, uint64_t inode, size_t *count)
{
	const struct netns *found = NULL;

	*count = 0;
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].inode == inode) {
			found = &list->items[i];
			++*count;
		}
	}
	return found;
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

static uid_t test_uid; /* before the user namespace */
static gid_t test_gid;

/* user_namespaces(7): the namespace knows us, as root. */
static bool map_ids(void)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "0 %u 1", (unsigned)test_uid);
	snprintf(gids, sizeof(gids), "0 %u 1", (unsigned)test_gid);
	return put("/proc/self/setgroups", "deny") && put("/proc/self/uid_map", uids) &&
	       put("/proc/self/gid_map", gids);
}

/* A /run of our own, with a /run/netns. */
static bool make_run(void)
{
	return map_ids() && unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/run", "tmpfs", 0, "") == 0 && mkdir("/run/netns", 0755) == 0;
}

static bool mount_netns(pid_t pid, const char *path)
{
	char source[32];

	snprintf(source, sizeof(source), "/proc/%d/ns/net", (int)pid);
	return put(path, "") && mount(source, path, "", MS_BIND, "") == 0;
}

static int each_is_listed_once(void)
{
	_cleanup_(netns_list_fini) struct netns_list list = {0};
	uint64_t own = inode_of("/proc/self/ns/net"), blue_inode, mount_inode;
	pid_t blue, plain, only_mounted;
	const struct netns *item;
	char path[32];
	struct err err;
	size_t count;

	CHECK(make_run());
	blue = start_inside();
	plain = start_inside();
	only_mounted = start_inside();
	CHECK(blue > 0 && plain > 0 && only_mounted > 0);
	CHECK(mount_netns(blue, "/run/netns/blue"));
	CHECK(mount_netns(blue, "/run/netns/navy")); /* the same once more */
	CHECK(mount_netns(only_mounted, "/run/netns/alone"));
	CHECK(mount_netns(getpid(), "/run/netns/ours"));
	CHECK(put("/run/netns/stale", ""));
	CHECK(mkdir("/run/netns/folder", 0755) == 0);
	CHECK(symlink("/proc/self/ns/uts", "/run/netns/uts") == 0);
	CHECK(mkfifo("/run/netns/fifo", 0644) == 0);
	blue_inode = inode_of("/run/netns/blue");
	mount_inode = inode_of("/run/netns/alone");
	stop(only_mounted);

	CHECK(netns_list(&list, &err) == 0);
	CHECK(list.count >= 4);
	CHECK(list.items[0].inode == own && !strcmp(list.items[0].name, ""));
	CHECK(!list.items[0].unreadable && list.items[0].pid > 0);
	by_inode(&list, own, &count);
	CHECK(count == 1);
	item = by_inode(&list, blue_inode, &count);
	CHECK(count == 1 && !strcmp(item->name, "blue") && item->pid == blue);
	CHECK(!strcmp(item->path, "/run/netns/blue") && !item->unreadable);
	item = by_inode(&list, mount_inode, &count);
	CHECK(count == 1 && !strcmp(item->name, "alone") && item->pid == 0);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)plain);
	item = by_inode(&list, inode_of(path), &count);
	CHECK(count == 1 && item->pid == plain && !strcmp(item->path, path));
	for (size_t i = 1; i < list.count; i++) {
		CHECK(*list.items[i].name);
		CHECK(strcmp(list.items[i - 1].name, list.items[i].name) < 0);
		CHECK(!strstr("stale folder uts fifo navy ours", list.items[i].name));
	}
	stop(plain);
	stop(blue);
	return 0;
}

static int one_is_found_by_any_name(void)
{
	uint64_t own = inode_of("/proc/self/ns/net"), inode;
	pid_t blue, plain;
	char pid[32], path[32];
	struct err err;

	CHECK(make_run());
	blue = start_inside();
	plain = start_inside();
	CHECK(blue > 0 && plain > 0 && mount_netns(blue, "/run/netns/blue"));
	CHECK(mount_netns(blue, "/run/apart"));
	CHECK(mount_netns(plain, "/run/netns/123456789") && put("/run/netns/stale", ""));
	snprintf(pid, sizeof(pid), "%d", (int)blue);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)blue);
	inode = inode_of(path);

	const struct {
		const char *name;
		uint64_t inode;
		const char *found;
	} rows[] = {
		{"self", own, ""},
		{"blue", inode, "blue"},
		{pid, inode, "blue"},
		{path, inode, "blue"},
		{"/run/apart", inode, "blue"},
		{"/proc/self/ns/net", own, ""},
		/* a name that looks like a pid is a name first */
		{"123456789", inode_of("/run/netns/123456789"), "123456789"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(netns_list_fini) struct netns_list list = {0};

		CHECK(netns_find(rows[i].name, &list, &err) == 0);
		CHECK(list.count == 1 && list.items[0].inode == rows[i].inode);
		CHECK(!strcmp(list.items[0].name, rows[i].found) && !list.items[0].unreadable);
	}

	const struct {
		const char *name;
		int code;
		const char *text;
	} bad[] = {
		{"bleu", -ENOENT, "did you mean 'blue'?"},
		{"slef", -ENOENT, "did you mean 'self'?"},
		{"", -ENOENT, "no network namespace ''"},
		{".", -ENOENT, "expected 'self', a name of /run/netns"},
		{"..", -ENOENT, "no network namespace '..'"},
		{"999999999", -ENOENT, "no network namespace '999999999'"},
		{"/nowhere", -ENOENT, "no network namespace '/nowhere'"},
		{"stale", -EINVAL, "/run/netns/stale is no network namespace"},
		{"/proc/self/ns/uts", -EINVAL, "is no network namespace"},
		{"/", -EINVAL, "is no network namespace"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct netns_list list = {.count = 77};

		CHECK(netns_find(bad[i].name, &list, &err) == bad[i].code);
		CHECK(strstr(err.text, bad[i].text) && list.count == 77);
	}
	stop(blue);
	/* only a path leads there now */
	_cleanup_(netns_list_fini) struct netns_list list = {0};
	CHECK(umount("/run/netns/blue") == 0);
	CHECK(netns_find("/run/apart", &list, &err) == 0);
	CHECK(list.items[0].inode == inode && str_starts(list.items[0].name, "net:"));
	stop(plain);
	return 0;
}

static int look(void *context, struct err *err)
{
	*(uint64_t *)context = inode_of("/proc/thread-self/ns/net");
	return err_set(err, EXDEV, "as asked");
}

static int it_goes_in_and_comes_back(void)
{
	uint64_t own = inode_of("/proc/thread-self/ns/net"), seen = 0;
	_cleanup_(netns_list_fini) struct netns_list list = {0}, self = {0};
	pid_t pid = start_inside();
	struct err err;
	char text[32];

	CHECK(pid > 0);
	snprintf(text, sizeof(text), "%d", (int)pid);
	steps = 0;
	CHECK(netns_find(text, &list, &err) == 0);
	CHECK(steps == 3); /* whether we may, there, and back: into no other on this host */
	CHECK(netns_run(&list.items[0], look, &seen, &err) == -EXDEV);
	CHECK(!strcmp(err.text, "as asked"));
	CHECK(seen == list.items[0].inode && seen != own);
	CHECK(inode_of("/proc/thread-self/ns/net") == own);
	steps = 0;
	CHECK(netns_find("self", &self, &err) == 0 && !steps);
	CHECK(netns_run(&self.items[0], look, &seen, &err) == -EXDEV && seen == own);
	stop(pid);
	seen = 0;
	/* nobody is in it any more, but for us */
	CHECK(netns_run(&list.items[0], look, &seen, &err) == -EXDEV);
	CHECK(seen == list.items[0].inode && inode_of("/proc/thread-self/ns/net") == own);
	close(list.items[0].fd);
	list.items[0].fd = -1;
	seen = 0;
	CHECK(netns_run(&list.items[0], look, &seen, &err) == -ENOENT && !seen);
	CHECK(strstr(err.text, "is gone"));
	/* another namespace by now, where the path leads */
	free(list.items[0].path);
	list.items[0].path = mem_strdup("/proc/self/ns/net");
	CHECK(netns_run(&list.items[0], look, &seen, &err) == -ENOENT && !seen);
	return 0;
}

/* We may enter what is below our user namespace, but not come back to what is above it. */
static int it_does_not_go_where_no_way_leads_back(void)
{
	uint64_t own = inode_of("/proc/thread-self/ns/net"), seen = 0;
	_cleanup_(netns_list_fini) struct netns_list list = {0};
	struct err err;
	char text[32];
	pid_t pid;

	CHECK(map_ids() && unshare(CLONE_NEWUSER) == 0);
	pid = start_inside();
	CHECK(pid > 0);
	snprintf(text, sizeof(text), "%d", (int)pid);
	CHECK(netns_find(text, &list, &err) == 0);
	CHECK(list.items[0].unreadable && strstr(list.items[0].unreadable, "CAP_SYS_ADMIN"));
	CHECK(netns_run(&list.items[0], look, &seen, &err) == -EPERM && !seen);
	CHECK(strstr(err.text, "may not enter the network namespace"));
	CHECK(inode_of("/proc/thread-self/ns/net") == own);
	/* our own needs no right */
	netns_list_fini(&list);
	CHECK(netns_find("self", &list, &err) == 0 && !list.items[0].unreadable);
	CHECK(netns_run(&list.items[0], look, &seen, &err) == -EXDEV && seen == own);
	stop(pid);
	return 0;
}

static void listed(void **state)
{
	(void)state;
	run_in_namespace(each_is_listed_once);
}

static void found(void **state)
{
	(void)state;
	run_in_namespace(one_is_found_by_any_name);
}

static void entered(void **state)
{
	(void)state;
	run_in_namespace(it_goes_in_and_comes_back);
}

static void not_entered(void **state)
{
	(void)state;
	run_in_namespace(it_does_not_go_where_no_way_leads_back);
}

/* Whoever may not look at all is told how much there is. */
static void hidden_processes_are_counted(void **state)
{
	_cleanup_(netns_list_fini) struct netns_list list = {0};
	struct stat st;
	struct err err;

	(void)state;
	assert_int_equal(netns_list(&list, &err), 0);
	assert_true(list.count >= 1);
	assert_string_equal(list.items[0].name, "");
	if (stat("/proc/1/ns/net", &st) < 0 && errno == EACCES)
		assert_true(list.hidden >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listed),
		cmocka_unit_test(found),
		cmocka_unit_test(entered),
		cmocka_unit_test(not_entered),
		cmocka_unit_test(hidden_processes_are_counted),
	};

	test_uid = geteuid();
	test_gid = getegid();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
