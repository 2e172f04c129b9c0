/* tests/unit/base/test_durable.c - whole files, and what is refused. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/durable.h"
#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/tree.h"

#define _cleanup_tree_ _cleanup_(tree_freep)

static void assert_content(const struct durable_folder *folder, const char *name, const char *want)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	struct err err;

	assert_int_equal(file_read(folder->fd, name, 4096, &text, &len, &err), 0);
	assert_string_equal(text, want);
}

static size_t count_entries(const struct tree *tree)
{
	DIR *dir = opendir(tree->path);
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static void test_write_replaces_whole(void **state)
{
	_cleanup_tree_ struct tree *tree = tree_new();
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	struct stat st;
	struct err err;

	(void)state;
	assert_int_equal(durable_folder_open(tree->path, 0, &folder, &err), 0);
	assert_int_equal(durable_write(&folder, "a.conf", "one\n", 4, 0644, &err), 0);
	assert_content(&folder, "a.conf", "one\n");
	assert_int_equal(durable_write(&folder, "a.conf", "", 0, 0600, &err), 0);
	assert_content(&folder, "a.conf", "");
	assert_int_equal(fstatat(folder.fd, "a.conf", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(count_entries(tree), 1);
}

static void test_write_passes_over_a_leftover(void **state)
{
	_cleanup_tree_ struct tree *tree = tree_new();
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	struct err err;

	(void)state;
	tree_put(tree, ".a.conf.new", "half of a crash");
	assert_int_equal(durable_folder_open(tree->path, 0, &folder, &err), 0);
	assert_int_equal(durable_write(&folder, "a.conf", "new", 3, 0644, &err), 0);
	assert_content(&folder, "a.conf", "new");
	assert_int_equal(count_entries(tree), 1);
}

static void test_what_is_no_file_of_ours_is_left_alone(void **state)
{
	_cleanup_tree_ struct tree *tree = tree_new();
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	_cleanup_free_ char *link = tree_path(tree, "link"), *want = NULL;
	struct err err;

	(void)state;
	tree_put(tree, "target", "theirs");
	tree_put(tree, "folder/x", "");
	assert_int_equal(symlink("target", link), 0);
	assert_int_equal(durable_folder_open(tree->path, 0, &folder, &err), 0);
	assert_int_equal(durable_write(&folder, "link", "ours", 4, 0644, &err), -EINVAL);
	want = mem_printf("%s/link is a symbolic link: it is left alone", tree->path);
	assert_string_equal(err.text, want);
	assert_int_equal(durable_write(&folder, "folder", "ours", 4, 0644, &err), -EINVAL);
	assert_int_equal(durable_remove(&folder, "link", &err), -EINVAL);
	assert_int_equal(durable_remove(&folder, "folder", &err), -EINVAL);
	assert_content(&folder, "target", "theirs");
}

static void test_remove(void **state)
{
	_cleanup_tree_ struct tree *tree = tree_new();
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	struct err err;

	(void)state;
	tree_put(tree, "a", "");
	assert_int_equal(durable_folder_open(tree->path, 0, &folder, &err), 0);
	assert_int_equal(durable_remove(&folder, "a", &err), 0);
	assert_int_equal(count_entries(tree), 0);
	assert_int_equal(durable_remove(&folder, "a", &err), 0);
}

static void test_folder_is_made_but_not_its_parents(void **state)
{
	_cleanup_tree_ struct tree *tree = tree_new();
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	_cleanup_free_ char *one = tree_path(tree, "one"), *deep = tree_path(tree, "no/such");
	struct stat st;
	struct err err;

	(void)state;
	assert_int_equal(durable_folder_open(one, 0, &folder, &err), -ENOENT);
	assert_int_equal(durable_folder_open(deep, DURABLE_CREATE, &folder, &err), -ENOENT);
	assert_int_equal(durable_folder_open(one, DURABLE_CREATE | DURABLE_PRIVATE, &folder, &err),
			 0);
	assert_int_equal(stat(one, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_folder_that_is_a_link(void **state)
{
	_cleanup_tree_ struct tree *tree = tree_new();
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	_cleanup_free_ char *link = tree_path(tree, "link"), *want = NULL;
	struct err err;

	(void)state;
	tree_put(tree, "real/x", "");
	assert_int_equal(symlink("real", link), 0);
	assert_int_equal(durable_folder_open(link, DURABLE_CREATE, &folder, &err), -ELOOP);
	want = mem_printf("%s is a symbolic link: expected a folder", link);
	assert_string_equal(err.text, want);
	assert_int_equal(durable_folder_open(link, DURABLE_LINK, &folder, &err), 0);
}

static void test_private_folder_that_others_may_write_to(void **state)
{
	_cleanup_tree_ struct tree *tree = tree_new();
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	struct err err;

	(void)state;
	assert_int_equal(chmod(tree->path, 0770), 0);
	assert_int_equal(durable_folder_open(tree->path, DURABLE_PRIVATE, &folder, &err), -EPERM);
	assert_int_equal(chmod(tree->path, 0755), 0);
	assert_int_equal(durable_folder_open(tree->path, DURABLE_PRIVATE, &folder, &err), 0);
}

static void test_file_in_place_of_a_folder(void **state)
{
	_cleanup_tree_ struct tree *tree = tree_new();
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	_cleanup_free_ char *path = tree_path(tree, "file");
	struct err err;

	(void)state;
	tree_put(tree, "file", "");
	assert_int_equal(durable_folder_open(path, DURABLE_CREATE, &folder, &err), -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_replaces_whole),
		cmocka_unit_test(test_write_passes_over_a_leftover),
		cmocka_unit_test(test_what_is_no_file_of_ours_is_left_alone),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_folder_is_made_but_not_its_parents),
		cmocka_unit_test(test_folder_that_is_a_link),
		cmocka_unit_test(test_private_folder_that_others_may_write_to),
		cmocka_unit_test(test_file_in_place_of_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
