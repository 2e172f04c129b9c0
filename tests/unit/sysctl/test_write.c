/* tests/unit/sysctl/test_write.c - one write, and what the kernel made of it. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errno_name.h"
#include "base/str.h"
#include "sysctl/write.h"
#include "tests/unit/namespace.h"
#include "tests/unit/tree.h"

static struct sysctl_root *open_root(const char *path)
{
	struct sysctl_root *root;
	struct err err;

	if (sysctl_root_open(path, &root, &err) < 0)
		fail_msg("%s", err.text);
	return root;
}

static void test_same(void **state)
{
	(void)state;
	assert_true(sysctl_same(VALUE_VECTOR, "4096\t131072\t6291456", "4096 131072 6291456"));
	assert_false(sysctl_same(VALUE_VECTOR, "4096 131072", "4096 131072 6291456"));
	assert_true(sysctl_same(VALUE_SET, "reno cubic", "cubic reno"));
	assert_true(sysctl_same(VALUE_STRING, "fq", "fq"));
	assert_false(sysctl_same(VALUE_INTEGER, "1", "one"));
	assert_false(sysctl_same(VALUE_INTEGER, "4096", "40960"));
	assert_true(sysctl_same(VALUE_INTEGER, "4096", "0x1000"));
	assert_true(sysctl_same(VALUE_INTEGER, "0", "-0"));
	assert_true(sysctl_same(VALUE_INTEGER, "one", "one"));
	assert_false(sysctl_same(VALUE_UNKNOWN, "1", "01"));
}

static void test_tidy(void **state)
{
	_cleanup_free_ char *vector = sysctl_tidy(VALUE_VECTOR, "1\t2\t3");
	_cleanup_free_ char *odd = sysctl_tidy(VALUE_INTEGER, "odd\tone");

	(void)state;
	assert_string_equal(vector, "1 2 3");
	assert_string_equal(odd, "odd\tone");
}

static void test_tree(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = open_root(tree->path);
	_cleanup_free_ char *got = NULL, *again = NULL, *read = NULL;
	enum sysctl_outcome outcome;
	struct err err;

	(void)state;
	tree_put(tree, "net/core/somaxconn", "131072\n");
	assert_int_equal(sysctl_write(root, "net.core.somaxconn", VALUE_INTEGER, "4096", &got,
				      &outcome, &err),
			 0);
	assert_int_equal(outcome, SYSCTL_APPLIED);
	assert_string_equal(got, "4096");
	assert_int_equal(sysctl_write(root, "net.core.somaxconn", VALUE_INTEGER, "4096", &again,
				      &outcome, &err),
			 0);
	assert_int_equal(outcome, SYSCTL_UNCHANGED);
	assert_int_equal(sysctl_read(root, "net.core.somaxconn", &read, &err), 0);
	assert_string_equal(read, "4096");
}

static void test_change(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = open_root(tree->path);
	_cleanup_free_ char *before = NULL, *got = NULL, *again = NULL;
	_cleanup_fd_ int fd = -1;
	enum sysctl_outcome outcome;
	struct err err;

	(void)state;
	tree_put(tree, "net/core/somaxconn", "131072\n");
	fd = sysctl_open(root, "net.core.somaxconn", &before, &err);
	assert_true(fd >= 0);
	assert_string_equal(before, "131072");
	assert_int_equal(sysctl_change(fd, "net.core.somaxconn", VALUE_INTEGER, before, "4096",
				       &got, &outcome, &err),
			 0);
	assert_int_equal(outcome, SYSCTL_APPLIED);
	assert_string_equal(got, "4096");
	/* what somebody writes since is seen through the same descriptor */
	tree_put(tree, "net/core/somaxconn", "7\n");
	assert_int_equal(sysctl_read_open(fd, "net.core.somaxconn", &again, &err), 0);
	assert_string_equal(again, "7");
	assert_int_equal(sysctl_open(root, "net.core.gone", &got, &err), -ENOENT);
}

static void test_what_cannot_be_written(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = tree_new();
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = open_root(tree->path);
	_cleanup_free_ char *link = tree_path(tree, "net/link"),
			    *fifo = tree_path(tree, "net/fifo");
	char *got = NULL;
	enum sysctl_outcome outcome;
	struct err err;

	(void)state;
	tree_put(tree, "net/core/somaxconn", "1\n");
	tree_put(tree, "target", "1\n");
	assert_int_equal(symlink("../target", link), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(
		sysctl_write(root, "net.core.none", VALUE_INTEGER, "2", &got, &outcome, &err),
		-ENOENT);
	assert_int_equal(sysctl_write(root, "net.core", VALUE_INTEGER, "2", &got, &outcome, &err),
			 -EISDIR);
	assert_int_equal(sysctl_write(root, "net.link", VALUE_INTEGER, "2", &got, &outcome, &err),
			 -ELOOP);
	assert_true(sysctl_write(root, "net.fifo", VALUE_INTEGER, "2", &got, &outcome, &err) < 0);
	assert_true(sysctl_write(root, "net./", VALUE_INTEGER, "2", &got, &outcome, &err) < 0);
	assert_null(got);
	assert_int_equal(sysctl_writable(root, "net.core.somaxconn"), 0);
	assert_int_equal(sysctl_writable(root, "net.core.none"), -ENOENT);
	assert_true(sysctl_writable(root, "net.core") < 0);
	assert_int_equal(sysctl_writable(root, "net.link"), -ELOOP);
}

/* Writes to a real key; "outcome got", or "-errno". */
static const char *try(struct sysctl_root *root, const char *key, enum value_kind kind,
		       const char *want, char *buf, size_t size)
{
	_cleanup_free_ char *got = NULL;
	enum sysctl_outcome outcome;
	struct err err;
	int r = sysctl_write(root, key, kind, want, &got, &outcome, &err);

	if (r < 0)
		snprintf(buf, size, "-%s", errno_name(-r));
	else
		snprintf(buf, size, "%s %s", sysctl_outcome_name(outcome), got);
	return buf;
}

static int kernel_part(void)
{
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = NULL;
	char buf[256];
	struct err err;
	static const struct {
		const char *key;
		enum value_kind kind;
		const char *want, *outcome;
	} rows[] = {
		{"net.ipv4.tcp_retries2", VALUE_INTEGER, "8", "applied 8"},
		{"net.ipv4.tcp_retries2", VALUE_INTEGER, "8", "unchanged 8"},
		{"net.ipv4.tcp_retries2", VALUE_INTEGER, "banana", "-EINVAL"},
		{"net.ipv4.tcp_retries2", VALUE_INTEGER, "999", "-EINVAL"},
		{"net.ipv4.tcp_retries2", VALUE_INTEGER, "8", "unchanged 8"},
		/* takes as many fields as are given */
		{"net.ipv4.tcp_rmem", VALUE_VECTOR, "1 2 3", "applied 1\t2\t3"},
		{"net.ipv4.tcp_rmem", VALUE_VECTOR, "4 5", "clamped 4\t5\t3"},
		{"net.ipv4.ip_local_port_range", VALUE_VECTOR, "32768", "ignored 32768\t60999"},
		{"net.ipv4.ip_local_reserved_ports", VALUE_RANGES, "81,80", "applied 80-81"},
		{"net.ipv4.ip_local_reserved_ports", VALUE_RANGES, "", "applied "},
		{"net.core.rmem_max", VALUE_INTEGER, "1", "-EACCES"},
	};

	CHECK(sysctl_root_open("/proc/sys", &root, &err) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		try(root, rows[i].key, rows[i].kind, rows[i].want, buf, sizeof(buf));
		if (strcmp(buf, rows[i].outcome) != 0) {
			print_error("%s=%s: %s, not %s\n", rows[i].key, rows[i].want, buf,
				    rows[i].outcome);
			return __LINE__;
		}
	}
	CHECK(sysctl_writable(root, "net.core.rmem_max") == -EACCES);
	CHECK(sysctl_writable(root, "net.ipv4.tcp_retries2") == 0);
	return 0;
}

static void test_kernel(void **state)
{
	(void)state;
	run_in_namespace(kernel_part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),   cmocka_unit_test(test_tidy),
		cmocka_unit_test(test_tree),   cmocka_unit_test(test_change),
		cmocka_unit_test(test_kernel), cmocka_unit_test(test_what_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
