/* tests/unit/boot/test_files.c - which files are read, in which order, and what hides which. */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "boot/files.h"
#include "tests/unit/errno_text.h"
#include "tests/unit/tree.h"

static void put_link(const struct tree *tree, const char *target, const char *name)
{
	_cleanup_free_ char *path = tree_path(tree, name);

	assert_int_equal(symlink(target, path), 0);
}

/* "STATUS PATH[: BY]" lines, then "! FILE: TEXT". */
static char *list(const struct tree *tree, enum boot_loader loader)
{
	_cleanup_(boot_root_freep) struct boot_root *root = NULL;
	struct boot_problems problems = {0};
	struct strbuf out = {0};
	struct boot_files files;
	struct err err;

	assert_int_equal(boot_root_open(tree->path, &root, &err), 0);
	boot_files_find(root, loader, &files, &problems);
	for (size_t i = 0; i < files.count; i++)
		strbuf_printf(&out, "%s %s%s%s\n", boot_file_status_name(files.items[i].status),
			      files.items[i].path, files.items[i].by ? ": " : "",
			      files.items[i].by ? files.items[i].by : "");
	for (size_t i = 0; i < problems.count; i++)
		strbuf_printf(&out, "! %s: %s\n", problems.items[i].file, problems.items[i].text);
	boot_files_fini(&files);
	boot_problems_fini(&problems);
	return out.len ? strbuf_take(&out) : mem_strdup("");
}

static void expect(const struct tree *tree, enum boot_loader loader, const char *wanted)
{
	_cleanup_free_ char *got = list(tree, loader);

	assert_string_equal(got, wanted);
}

static void test_nothing(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	expect(tree, BOOT_LOADER_SYSTEMD, "");
	expect(tree, BOOT_LOADER_PROCPS, "");
}

static void test_order(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	tree_put(tree, "lib/sysctl.d/30-lib.conf", "x");
	tree_put(tree, "usr/lib/sysctl.d/10-usr.conf", "x");
	tree_put(tree, "usr/lib/sysctl.d/50-same.conf", "x");
	tree_put(tree, "usr/local/lib/sysctl.d/50-same.conf", "x");
	tree_put(tree, "run/sysctl.d/50-same.conf", "x");
	tree_put(tree, "etc/sysctl.d/50-same.conf", "x");
	tree_put(tree, "etc/sysctl.d/9-late.conf", "x");
	tree_put(tree, "etc/sysctl.d/README", "x");
	tree_put(tree, "etc/sysctl.d/50-same.conf~", "x");
	tree_put(tree, "run/sysctl.d/40-Run.conf", "x");
	tree_put(tree, "run/sysctl.d/40-aun.conf", "x");
	expect(tree, BOOT_LOADER_SYSTEMD,
	       "read /usr/lib/sysctl.d/10-usr.conf\n"
	       "read /lib/sysctl.d/30-lib.conf\n"
	       "read /run/sysctl.d/40-Run.conf\n"
	       "read /run/sysctl.d/40-aun.conf\n"
	       "read /etc/sysctl.d/50-same.conf\n"
	       "read /etc/sysctl.d/9-late.conf\n"
	       "overridden /run/sysctl.d/50-same.conf: /etc/sysctl.d/50-same.conf\n"
	       "overridden /usr/lib/sysctl.d/50-same.conf: /etc/sysctl.d/50-same.conf\n"
	       "overridden /usr/local/lib/sysctl.d/50-same.conf: /etc/sysctl.d/50-same.conf\n");
}

static void test_masks(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	tree_put(tree, "etc/sysctl.d/20-empty.conf", "");
	put_link(tree, "/dev/null", "etc/sysctl.d/10-null.conf");
	put_link(tree, "gone", "etc/sysctl.d/30-dangling.conf");
	put_link(tree, "40-loop.conf", "etc/sysctl.d/40-loop.conf");
	tree_put(tree, "etc/sysctl.d/50-folder.conf/x", "");
	tree_put(tree, "usr/lib/sysctl.d/10-null.conf", "x");
	tree_put(tree, "usr/lib/sysctl.d/20-empty.conf", "x");
	tree_put(tree, "usr/lib/sysctl.d/30-dangling.conf", "x");
	tree_put(tree, "usr/lib/sysctl.d/40-loop.conf", "x");
	tree_put(tree, "usr/lib/sysctl.d/50-folder.conf", "x");
	expect(tree, BOOT_LOADER_SYSTEMD,
	       "mask /etc/sysctl.d/10-null.conf\n"
	       "mask /etc/sysctl.d/20-empty.conf\n"
	       "mask /etc/sysctl.d/30-dangling.conf: a link to nowhere\n"
	       "unreadable /etc/sysctl.d/40-loop.conf: cannot open "
	       "'/etc/sysctl.d/40-loop.conf': " TEXT_ELOOP "\n"
	       "unreadable /etc/sysctl.d/50-folder.conf: /etc/sysctl.d/50-folder.conf is a "
	       "directory, "
	       "expected a file\n"
	       "masked /usr/lib/sysctl.d/10-null.conf: /etc/sysctl.d/10-null.conf\n"
	       "masked /usr/lib/sysctl.d/20-empty.conf: /etc/sysctl.d/20-empty.conf\n"
	       "masked /usr/lib/sysctl.d/30-dangling.conf: /etc/sysctl.d/30-dangling.conf\n"
	       "overridden /usr/lib/sysctl.d/40-loop.conf: /etc/sysctl.d/40-loop.conf\n"
	       "overridden /usr/lib/sysctl.d/50-folder.conf: /etc/sysctl.d/50-folder.conf\n"
	       "! /etc/sysctl.d/40-loop.conf: cannot open '/etc/sysctl.d/40-loop.conf': " TEXT_ELOOP
	       "\n"
	       "! /etc/sysctl.d/50-folder.conf: /etc/sysctl.d/50-folder.conf is a directory, "
	       "expected a "
	       "file\n");
}

static void test_sysctl_conf(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	tree_put(tree, "etc/sysctl.conf", "x");
	tree_put(tree, "etc/sysctl.d/zz.conf", "x");
	expect(tree, BOOT_LOADER_SYSTEMD,
	       "read /etc/sysctl.d/zz.conf\n"
	       "ignored /etc/sysctl.conf: systemd-sysctl reads the folders only\n");
	expect(tree, BOOT_LOADER_PROCPS, "read /etc/sysctl.d/zz.conf\nread /etc/sysctl.conf\n");
	put_link(tree, "../sysctl.conf", "etc/sysctl.d/99-sysctl.conf");
	expect(tree, BOOT_LOADER_SYSTEMD,
	       "read /etc/sysctl.d/99-sysctl.conf\nread /etc/sysctl.d/zz.conf\n");
	expect(tree, BOOT_LOADER_PROCPS,
	       "read /etc/sysctl.d/99-sysctl.conf\n"
	       "read /etc/sysctl.d/zz.conf\n"
	       "read /etc/sysctl.conf\n");
}

static void test_hidden_and_patterns(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	tree_put(tree, "etc/sysctl.d/.a.conf", "x");
	tree_put(tree, "etc/sysctl.d/b*.conf", "x");
	expect(tree, BOOT_LOADER_SYSTEMD,
	       "read /etc/sysctl.d/b*.conf\n"
	       "ignored /etc/sysctl.d/.a.conf: systemd does not read files that start with a "
	       "dot\n");
	expect(tree, BOOT_LOADER_PROCPS,
	       "read /etc/sysctl.d/.a.conf\n"
	       "read /etc/sysctl.d/b*.conf\n"
	       "! /etc/sysctl.d/b*.conf: sysctl takes this name for a pattern and may read other "
	       "files in "
	       "its place\n");
}

static void test_folders(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();

	(void)state;
	tree_put(tree, "etc/sysctl.d", "a file");
	tree_put(tree, "usr/lib/sysctl.d/10-a.conf", "x");
	tree_put(tree, "run/x", "");
	put_link(tree, "/usr/lib/sysctl.d", "run/sysctl.d");
	put_link(tree, "usr/lib", "lib");
	expect(tree, BOOT_LOADER_SYSTEMD,
	       "read /run/sysctl.d/10-a.conf\n"
	       "overridden /usr/lib/sysctl.d/10-a.conf: /run/sysctl.d/10-a.conf\n"
	       "! /etc/sysctl.d: cannot open the folder '/etc/sysctl.d': Not a directory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_sysctl_conf),
		cmocka_unit_test(test_hidden_and_patterns),
		cmocka_unit_test(test_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
