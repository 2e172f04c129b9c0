/* tests/unit/boot/test_root.c - links inside a root stay inside it, with and without openat2(2). */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "boot/root.h"
#include "tests/unit/errno_text.h"
#include "tests/unit/tree.h"

static struct tree *make_tree(void)
{
	struct tree *tree = tree_new();
	static const char *const links[][2] = {
		{"/etc/target", "etc/absolute"},
		{"../etc/target", "run/relative"},
		{"../../../../../../etc/target", "etc/outside"},
		{"/../../etc/target", "etc/above"},
		{"loop-b", "etc/loop-a"},
		{"loop-a", "etc/loop-b"},
		{"nowhere", "etc/dangling"},
		{"/dev/null", "etc/null"},
		{"/etc", "run/folder"},
		{"/proc/self/root", "run/magic"},
	};

	tree_put(tree, "etc/target", "inside");
	tree_put(tree, "run/file", "");
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		_cleanup_free_ char *path = tree_path(tree, links[i][1]);

		assert_int_equal(symlink(links[i][0], path), 0);
	}
	return tree;
}

/* What a descriptor reads, or "-ERRNO" in words. */
static char *content(int fd)
{
	char text[64] = "";
	ssize_t got;

	if (fd < 0)
		return mem_strdup(strerror(-fd));
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	return mem_strdup(got < 0 ? strerror(errno) : text);
}

static void test_chase(void **state)
{
	static const char *const cases[][2] = {
		{"/etc/target", "inside"},
		{"etc/target", "inside"},
		{"//etc/./target", "inside"},
		{"/etc/absolute", "inside"},
		{"/run/relative", "inside"},
		{"/etc/outside", "inside"},
		{"/etc/above", "inside"},
		{"/../etc/../../etc/target", "inside"},
		{"/run/folder/target", "inside"},
		{"/run/folder/absolute", "inside"},
		{"/etc/loop-a", TEXT_ELOOP},
		{"/etc/dangling", "No such file or directory"},
		{"/etc/target/x", "Not a directory"},
		{"/run/magic/etc/target", "No such file or directory"},
		{"/etc", "Is a directory"},
		{"/", "Is a directory"},
	};
	_cleanup_(tree_freep) struct tree *tree = make_tree();
	_cleanup_(boot_root_freep) struct boot_root *root = NULL;
	struct err err;

	(void)state;
	assert_int_equal(boot_root_open(tree->path, &root, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *fast = content(boot_root_fd(root, cases[i][0], O_RDONLY));
		_cleanup_free_ char *slow =
			content(boot_root_fd_stepwise(root, cases[i][0], O_RDONLY));

		print_message("%s\n", cases[i][0]);
		assert_string_equal(fast, cases[i][1]);
		assert_string_equal(slow, cases[i][1]);
	}
}

static void test_deep(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	_cleanup_(boot_root_freep) struct boot_root *root = NULL;
	struct strbuf path = {0};
	struct err err;

	(void)state;
	for (int i = 0; i < 70; i++)
		strbuf_puts(&path, "d/");
	strbuf_puts(&path, "file");
	tree_put(tree, path.text, "deep");
	assert_int_equal(boot_root_open(tree->path, &root, &err), 0);
	assert_int_equal(boot_root_fd_stepwise(root, path.text, O_RDONLY), -ENAMETOOLONG);
	strbuf_fini(&path);
}

static void test_read(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_tree();
	_cleanup_(boot_root_freep) struct boot_root *root = NULL;
	_cleanup_free_ char *pipe_path = tree_path(tree, "etc/pipe");
	char *text = NULL;
	struct err err;
	size_t len;

	(void)state;
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	assert_int_equal(boot_root_open(tree->path, &root, &err), 0);
	assert_int_equal(boot_root_read(root, "/etc/absolute", 100, &text, &len, &err), 0);
	assert_string_equal(text, "inside");
	assert_int_equal(len, 6);
	free(text);
	assert_int_equal(boot_root_read(root, "/etc/null", 100, &text, &len, &err), 0);
	assert_int_equal(len, 0);
	free(text);
	assert_int_equal(boot_root_read(root, "/etc/target", 5, &text, &len, &err), -EFBIG);
	assert_string_equal(err.text, "/etc/target has 6 bytes, at most 5 are accepted");
	assert_int_equal(boot_root_read(root, "/etc/pipe", 100, &text, &len, &err), -EINVAL);
	assert_string_equal(err.text, "/etc/pipe is not a regular file");
	assert_int_equal(boot_root_read(root, "/etc", 100, &text, &len, &err), -EISDIR);
	assert_int_equal(boot_root_read(root, "/etc/loop-a", 100, &text, &len, &err), -ELOOP);
	assert_string_equal(err.text, "cannot open '/etc/loop-a': " TEXT_ELOOP);
}

static void test_list_and_link(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_tree();
	_cleanup_(boot_root_freep) struct boot_root *root = NULL;
	_cleanup_free_ char *link = NULL;
	struct boot_names names;
	struct err err;

	(void)state;
	tree_put(tree, "usr/b", "");
	tree_put(tree, "usr/.a", "");
	tree_put(tree, "usr/B", "");
	assert_int_equal(boot_root_open(tree->path, &root, &err), 0);
	assert_int_equal(boot_root_list(root, "/usr", &names, &err), 0);
	assert_int_equal(names.count, 3);
	assert_string_equal(names.names[0], ".a");
	assert_string_equal(names.names[1], "B");
	assert_string_equal(names.names[2], "b");
	boot_names_fini(&names);
	assert_int_equal(boot_root_list(root, "/none", &names, &err), -ENOENT);
	assert_int_equal(boot_root_list(root, "/etc/target", &names, &err), -ENOTDIR);
	link = boot_root_link(root, "/etc/null");
	assert_string_equal(link, "/dev/null");
	assert_null(boot_root_link(root, "/etc/target"));
	assert_null(boot_root_link(root, "/etc/none"));
	assert_true(boot_root_exists(root, "/run/folder/target"));
	assert_false(boot_root_exists(root, "/etc/dangling"));
}

/* Files as they would be: a new one in a folder that is not there, one in place of another, one
 * gone. */
static void test_draft(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = make_tree();
	_cleanup_(boot_root_freep) struct boot_root *root = NULL;
	struct boot_names names;
	char *text;
	struct err err;
	size_t len;

	(void)state;
	tree_put(tree, "usr/b", "old");
	tree_put(tree, "usr/c", "");
	tree_put(tree, "usrx/y", "");
	assert_int_equal(boot_root_open(tree->path, &root, &err), 0);
	boot_root_draft(root, "/usr/b", "new");
	boot_root_draft(root, "/usr/a", "");
	boot_root_draft(root, "/usr/c", NULL);
	boot_root_draft(root, "/usr/deep/x", "deep");
	boot_root_draft(root, "/none/x", NULL);
	assert_int_equal(boot_root_list(root, "/usr", &names, &err), 0);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.names[0], "a");
	assert_string_equal(names.names[1], "b");
	boot_names_fini(&names);
	assert_int_equal(boot_root_list(root, "/usr/deep", &names, &err), 0);
	assert_int_equal(names.count, 1);
	assert_string_equal(names.names[0], "x");
	boot_names_fini(&names);
	assert_int_equal(boot_root_list(root, "/none", &names, &err), -ENOENT);
	assert_int_equal(boot_root_read(root, "/usr/b", 100, &text, &len, &err), 0);
	assert_string_equal(text, "new");
	assert_int_equal(len, 3);
	free(text);
	assert_int_equal(boot_root_read(root, "/usr/c", 100, &text, &len, &err), -ENOENT);
}

static void test_no_root(void **state)
{
	struct boot_root *root;
	struct err err;

	(void)state;
	assert_int_equal(boot_root_open("/nonexistent/image", &root, &err), -ENOENT);
	assert_string_equal(
		err.text, "cannot open the folder '/nonexistent/image': No such file or directory");
	assert_int_equal(boot_root_open("/dev/null", &root, &err), -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chase), cmocka_unit_test(test_deep),
		cmocka_unit_test(test_read),  cmocka_unit_test(test_list_and_link),
		cmocka_unit_test(test_draft), cmocka_unit_test(test_no_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
