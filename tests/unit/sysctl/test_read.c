/* Reading keys from a tree of our own: what a key may be, and what must not be followed. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "sysctl/read.h"
#include "tests/unit/errno_text.h"

struct tree {
	char path[64];
	int fd;
	struct sysctl_root *root;
};

static void make_dir(const struct tree *tree, const char *path)
{
	assert_int_equal(mkdirat(tree->fd, path, 0755), 0);
}

static void put(const struct tree *tree, const char *path, const char *text, size_t len)
{
	_cleanup_fd_ int fd =
		openat(tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
}

static void put_text(const struct tree *tree, const char *path, const char *text)
{
	put(tree, path, text, strlen(text));
}

static int setup(void **state)
{
	static const char *const dirs[] = {"net",
					   "net/core",
					   "net/ipv4",
					   "net/ipv4/conf",
					   "net/ipv4/conf/all",
					   "net/ipv4/conf/eth0",
					   "net/ipv4/conf/eth0.100",
					   "vm"};
	struct tree *tree = mem_alloc(sizeof(*tree));
	struct err err = {0};

	snprintf(tree->path, sizeof(tree->path), "/tmp/fettle-read-XXXXXX");
	assert_non_null(mkdtemp(tree->path));
	tree->fd = open(tree->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		make_dir(tree, dirs[i]);
	put_text(tree, "net/core/somaxconn", "4096\n");
	put_text(tree, "net/ipv4/conf/all/rp_filter", "2\n");
	put_text(tree, "net/ipv4/conf/eth0/rp_filter", "1\n");
	put_text(tree, "net/ipv4/conf/eth0.100/rp_filter", "0\n");
	assert_int_equal(sysctl_root_open(tree->path, &tree->root, &err), 0);
	*state = tree;
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int teardown(void **state)
{
	struct tree *tree = *state;

	sysctl_root_free(tree->root);
	close(tree->fd);
	assert_int_equal(nftw(tree->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(tree);
	return 0;
}

static void assert_reads(const struct tree *tree, const char *name, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	struct err err = {0};

	if (sysctl_read(tree->root, name, &text, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	assert_string_equal(text, expected);
}

static void assert_refused(const struct tree *tree, const char *name, int code, const char *message)
{
	char *text = NULL;
	struct err err = {0};

	assert_int_equal(sysctl_read(tree->root, name, &text, &err), -code);
	assert_null(text);
	assert_int_equal(err.code, code);
	assert_string_equal(err.text, message);
}

static void a_key_is_its_text_without_the_last_newline(void **state)
{
	struct tree *tree = *state;

	assert_reads(tree, "net.core.somaxconn", "4096");
	assert_reads(tree, "net.ipv4.conf.eth0/100.rp_filter", "0");
	assert_reads(tree, "net.ipv4.conf.eth0.rp_filter", "1");
	put_text(tree, "net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
	assert_reads(tree, "net.ipv4.tcp_rmem", "4096\t131072\t6291456");
	put_text(tree, "net/ipv4/ip_local_reserved_ports", "\n");
	assert_reads(tree, "net.ipv4.ip_local_reserved_ports", "");
	put_text(tree, "vm/stat_refresh", "");
	assert_reads(tree, "vm.stat_refresh", "");
	put_text(tree, "vm/lines", "one\n\n");
	assert_reads(tree, "vm.lines", "one\n");
	put_text(tree, "vm/latin", "\xe9\x1b[31m\n");
	assert_reads(tree, "vm.latin", "\xe9\x1b[31m");
}

static void a_long_key_is_read_whole(void **state)
{
	/* around every size of buffer, and beyond */
	static const size_t sizes[] = {1023, 1024, 1025, 8190, 8191, 8192, 8193, 20000, 700000};
	struct tree *tree = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_free_ char *text = mem_alloc(sizes[i] + 1);

		for (size_t j = 0; j < sizes[i]; j++)
			text[j] = (char)('a' + j % 23);
		put(tree, "vm/long", text, sizes[i]);
		assert_reads(tree, "vm.long", text);
	}
}

static void a_key_without_end_is_refused(void **state)
{
	struct tree *tree = *state;

	_cleanup_free_ char *path = mem_printf("%s/vm/endless", tree->path);

	put_text(tree, "vm/endless", "");
	assert_int_equal(truncate(path, 100 << 20), 0);
	assert_refused(tree, "vm.endless", EFBIG,
		       "cannot read vm.endless: it holds more than 4 MiB");
}

static void what_is_no_key_is_refused(void **state)
{
	struct tree *tree = *state;

	assert_refused(tree, "net.core.nothing", ENOENT,
		       "cannot read net.core.nothing: No such file or directory");
	assert_refused(tree, "net.core.somaxconn.below", ENOENT,
		       "cannot read net.core.somaxconn.below: No such file or directory");
	assert_refused(tree, "net.core", EISDIR, "cannot read net.core: Is a directory");
	put(tree, "vm/binary",
	    "12\0"
	    "34\n",
	    6);
	assert_refused(tree, "vm.binary", EBADMSG,
		       "cannot read vm.binary: its text holds a NUL byte");
	assert_int_equal(mkfifoat(tree->fd, "vm/pipe", 0644), 0);
	assert_refused(tree, "vm.pipe", ESPIPE, "cannot read vm.pipe: a pipe or device, not a key");
}

static void nothing_leads_out_of_the_tree(void **state)
{
	static const char *const names[] = {
		"",     ".",         "//.//.etc.passwd", "net.//.core.x",
		"/.vm", "net..core", "net.core.",        ".net"};
	struct tree *tree = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *message = mem_printf("'%s' is no name of a key", names[i]);

		assert_refused(tree, names[i], EINVAL, message);
		assert_false(sysctl_exists(tree->root, names[i]));
	}
}

static void links_are_not_followed(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(symlinkat("/etc/hostname", tree->fd, "vm/out"), 0);
	assert_int_equal(symlinkat("../net/core/somaxconn", tree->fd, "vm/inside"), 0);
	assert_int_equal(symlinkat("/etc", tree->fd, "vm/folder"), 0);
	assert_int_equal(symlinkat("../net/core", tree->fd, "vm/core"), 0);
	assert_refused(tree, "vm.out", ELOOP, "cannot read vm.out: a link, which is not followed");
	assert_refused(tree, "vm.inside", ELOOP,
		       "cannot read vm.inside: a link, which is not followed");
	assert_refused(tree, "vm.folder.hostname", ELOOP,
		       "cannot read vm.folder.hostname: a link, which is not followed");
	assert_refused(tree, "vm.core.somaxconn", ELOOP,
		       "cannot read vm.core.somaxconn: a link, which is not followed");
	assert_false(sysctl_exists(tree->root, "vm.inside"));
	assert_false(sysctl_exists(tree->root, "vm.core.somaxconn"));
}

static void a_name_of_any_length_is_bounded(void **state)
{
	struct tree *tree = *state;
	char name[2000];
	struct err err = {0};
	char *text = NULL;

	memset(name, 'a', sizeof(name));
	name[1999] = '\0';
	assert_int_equal(sysctl_read(tree->root, name, &text, &err), -EINVAL);
	name[1024] = '\0'; /* a component too long for any file system */
	assert_int_equal(sysctl_read(tree->root, name, &text, &err), -ENOENT);
	assert_false(sysctl_exists(tree->root, name));
}

/* In a child, so that root can give up the right to read everything: `look` returns 0 or the number
 * of what went wrong. */
static void assert_nobody(struct tree *tree, int (*look)(const struct tree *tree))
{
	int status;
	pid_t pid;

	assert_int_equal(chmod(tree->path, 0755), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (getuid() == 0 && (setgid(65534) || setuid(65534)))
			_exit(100);
		_exit(look(tree));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int look_at_secret(const struct tree *tree)
{
	char *text = NULL;
	struct err err = {0};

	if (sysctl_read(tree->root, "vm.secret", &text, &err) != -EACCES || text)
		return 1;
	if (strcmp(err.text, "cannot read vm.secret: Permission denied") != 0)
		return 2;
	return sysctl_exists(tree->root, "vm.secret") ? 0 : 3;
}

static void a_key_without_the_right_to_read_says_so(void **state)
{
	struct tree *tree = *state;

	put_text(tree, "vm/secret", "1\n");
	assert_int_equal(fchmodat(tree->fd, "vm/secret", 0, 0), 0);
	assert_nobody(tree, look_at_secret);
}

static void existence_is_about_keys(void **state)
{
	struct tree *tree = *state;

	assert_true(sysctl_exists(tree->root, "net.core.somaxconn"));
	assert_true(sysctl_exists(tree->root, "net.ipv4.conf.eth0/100.rp_filter"));
	assert_false(sysctl_exists(tree->root, "net.core"));
	assert_false(sysctl_exists(tree->root, "net.core.nothing"));
}

/* The names between spaces, or the error's text. */
static char *glob_shown(const struct tree *tree, const char *pattern)
{
	struct sysctl_names names = {0};
	struct err err = {0};
	struct strbuf joined = {0};

	if (sysctl_glob(tree->root, pattern, &names, &err) < 0)
		strbuf_puts(&joined, err.text);
	for (size_t i = 0; i < names.count; i++)
		strbuf_printf(&joined, "%s%s", i ? " " : "", names.names[i]);
	sysctl_names_fini(&names);
	return strbuf_take(&joined);
}

static void assert_globs(const struct tree *tree, const char *pattern, const char *expected)
{
	_cleanup_free_ char *shown = glob_shown(tree, pattern);

	assert_string_equal(shown, expected);
}

static void patterns_give_sorted_names_of_keys(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(symlinkat("eth0", tree->fd, "net/ipv4/conf/link"), 0);
	assert_globs(tree, "net.ipv4.conf.*.rp_filter",
		     "net.ipv4.conf.all.rp_filter net.ipv4.conf.eth0.rp_filter "
		     "net.ipv4.conf.eth0/100.rp_filter");
	assert_globs(tree, "net.ipv4.conf.eth0*.rp_filter",
		     "net.ipv4.conf.eth0.rp_filter net.ipv4.conf.eth0/100.rp_filter");
	assert_globs(tree, "net.ipv4.conf.eth0/*.rp_filter", "net.ipv4.conf.eth0/100.rp_filter");
	assert_globs(tree, "net.ipv4.conf.[!e]*.rp_filter", "net.ipv4.conf.all.rp_filter");
	assert_globs(tree, "n?t.core.somaxconn", "net.core.somaxconn");
	assert_globs(tree, "net.core.somaxconn", "net.core.somaxconn");
	assert_globs(tree, "*.core.*", "net.core.somaxconn");
	assert_globs(tree, "net.*", "");
	assert_globs(tree, "net.ipv4.conf.*.nothing", "");
	assert_globs(tree, "nothing.*.x", "");
	assert_globs(tree, "net.core.somaxconn.*", "");
	assert_globs(tree, "net.core", "");
}

static int look_at_closed_interface(const struct tree *tree)
{
	_cleanup_free_ char *all = glob_shown(tree, "net.ipv4.conf.*.rp_filter");
	_cleanup_free_ char *one = glob_shown(tree, "net.ipv4.conf.eth0.rp_filter");
	char *text = NULL;
	struct err err = {0};

	if (strcmp(all, "net.ipv4.conf.all.rp_filter net.ipv4.conf.eth0.rp_filter "
			"net.ipv4.conf.eth0/100.rp_filter") != 0)
		return 1;
	if (strcmp(one, "net.ipv4.conf.eth0.rp_filter") != 0)
		return 2;
	if (sysctl_read(tree->root, one, &text, &err) != -EACCES)
		return 3;
	return sysctl_exists(tree->root, one) ? 0 : 4;
}

static int look_at_closed_folder(const struct tree *tree)
{
	_cleanup_free_ char *shown = glob_shown(tree, "net.ipv4.conf.*.rp_filter");
	_cleanup_free_ char *expected = mem_printf(
		"cannot list the keys below %s/net/ipv4/conf: Permission denied", tree->path);

	return strcmp(shown, expected) != 0;
}

static void what_cannot_be_looked_at_does_not_vanish(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(fchmodat(tree->fd, "net/ipv4/conf/eth0", 0, 0), 0);
	assert_nobody(tree, look_at_closed_interface);
	assert_int_equal(fchmodat(tree->fd, "net/ipv4/conf/eth0", 0755, 0), 0);
	assert_int_equal(fchmodat(tree->fd, "net/ipv4/conf", 0, 0), 0);
	assert_nobody(tree, look_at_closed_folder);
	assert_int_equal(fchmodat(tree->fd, "net/ipv4/conf", 0755, 0), 0);
}

static void without_descriptors_nothing_vanishes(void **state)
{
	struct tree *tree = *state;
	struct rlimit before, none;
	_cleanup_free_ char *one = NULL, *all = NULL, *expected = NULL;
	bool exists, nameless;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){0, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	one = glob_shown(tree, "net.core.somaxconn");
	all = glob_shown(tree, "net.core.*");
	exists = sysctl_exists(tree->root, "net.core.somaxconn");
	nameless = sysctl_exists(tree->root, "net..core");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	expected = mem_printf("cannot list the keys below %s/net/core: " TEXT_EMFILE, tree->path);
	assert_string_equal(one, "net.core.somaxconn");
	assert_string_equal(all, expected);
	assert_true(exists);
	assert_false(nameless);
}

static void a_pattern_that_is_no_name_is_refused(void **state)
{
	struct tree *tree = *state;
	struct sysctl_names names = {0};
	struct err err = {0};

	assert_int_equal(sysctl_glob(tree->root, "net.//.*", &names, &err), -EINVAL);
	assert_int_equal(sysctl_glob(tree->root, "", &names, &err), -EINVAL);
	assert_int_equal(names.count, 0);
}

static void a_root_must_be_a_directory(void **state)
{
	struct sysctl_root *root = NULL;
	struct err err = {0};

	(void)state;
	assert_int_equal(sysctl_root_open("/nonexistent/tree", &root, &err), -ENOENT);
	assert_string_equal(err.text, "cannot open /nonexistent/tree as a tree of keys: "
				      "No such file or directory");
	assert_int_equal(sysctl_root_open("/dev/null", &root, &err), -ENOTDIR);
	assert_null(root);
	sysctl_root_free(NULL);
}

/* Every odd port from 1025 on, in writes the kernel takes: under a page, each going on from the
 * last. */
static int reserve_odd_ports(void)
{
	_cleanup_fd_ int fd =
		open("/proc/sys/net/ipv4/ip_local_reserved_ports", O_WRONLY | O_CLOEXEC);
	char text[4000];
	size_t len = 0;

	for (unsigned port = 1025; fd >= 0 && port < 65536; port += 2) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u,", port);
		if (len < sizeof(text) - 8 && port < 65534)
			continue;
		if (write(fd, text, len) != (ssize_t)len)
			return -1;
		len = 0;
	}
	return fd < 0 ? -1 : 0;
}

static int read_odd_ports(void)
{
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = NULL;
	_cleanup_free_ char *text = NULL;
	struct err err = {0};
	const char *rest;

	if (sysctl_root_open("/proc/sys", &root, &err) < 0 ||
	    sysctl_read(root, "net.ipv4.ip_local_reserved_ports", &text, &err) < 0)
		return 3;
	rest = text;
	for (unsigned port = 1025; port < 65536; port += 2) {
		char *end;

		if (strtoul(rest, &end, 10) != port)
			return 4;
		rest = end + (*end == ',');
	}
	return *rest ? 5 : 0;
}

/* The kernel cuts a port list that does not fit into the buffer and gives no more of it: the only
 * place to see it is a real one, in a network namespace of our own. */
static void a_port_list_of_the_kernel_is_read_whole(void **state)
{
	enum {
		NOT_ALLOWED = 77
	};
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 || reserve_odd_ports() < 0)
			_exit(NOT_ALLOWED);
		_exit(read_odd_ports());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED)
		skip();
	assert_int_equal(status, 0);
}

/* As on a kernel before 5.6: everything must hold with openat(2) alone too. */
static int deny_openat2(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("cannot forbid openat2");
		return 1;
	}
	return 0;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_its_text_without_the_last_newline),
		TEST(a_long_key_is_read_whole),
		TEST(a_key_without_end_is_refused),
		TEST(what_is_no_key_is_refused),
		TEST(nothing_leads_out_of_the_tree),
		TEST(links_are_not_followed),
		TEST(a_name_of_any_length_is_bounded),
		TEST(a_key_without_the_right_to_read_says_so),
		TEST(existence_is_about_keys),
		TEST(patterns_give_sorted_names_of_keys),
		TEST(what_cannot_be_looked_at_does_not_vanish),
		TEST(without_descriptors_nothing_vanishes),
		TEST(a_pattern_that_is_no_name_is_refused),
		cmocka_unit_test(a_root_must_be_a_directory),
		cmocka_unit_test(a_port_list_of_the_kernel_is_read_whole),
	};

	return cmocka_run_group_tests_name("openat2", tests, NULL, NULL) || deny_openat2() ||
	       cmocka_run_group_tests_name("openat", tests, NULL, NULL);
}
