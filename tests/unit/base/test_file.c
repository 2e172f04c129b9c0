/* tests/unit/base/test_file.c - whole files, and everything that is not one. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"

static char dir[] = "/tmp/fettle-file-XXXXXX";
static int dir_fd = -1;

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir_fd < 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"file", "fifo", "none"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlinkat(dir_fd, names[i], 0);
	close(dir_fd);
	return rmdir(dir);
}

static void write_file(const void *data, size_t len)
{
	_cleanup_fd_ int fd =
		openat(dir_fd, "file", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
}

static void any_size_comes_back_whole(void **state)
{
	static const size_t sizes[] = {0, 1, 8190, 8191, 8192, 8193, 16384, 100000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_free_ char *in = mem_alloc(sizes[i]), *out = NULL;
		struct err err = {0};
		size_t len = 7;

		for (size_t j = 0; j < sizes[i]; j++)
			in[j] = (char)(j * 7);
		write_file(in, sizes[i]);
		assert_int_equal(file_read(dir_fd, "file", sizes[i], &out, &len, &err), 0);
		assert_int_equal(len, sizes[i]);
		assert_memory_equal(out, in, len);
		assert_int_equal(out[len], 0);
	}
}

static void files_of_proc_have_no_size(void **state)
{
	_cleanup_free_ char *out = NULL;
	struct err err = {0};
	size_t len = 0;

	(void)state;
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/cmdline", 4096, &out, &len, &err), 0);
	assert_true(len > 0);
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/maps", 10, &out, &len, &err), -EFBIG);
	assert_string_equal(err.text, "/proc/self/maps has more than the 10 bytes accepted");
}

static void refused(const char *path, int code, const char *text)
{
	char *out = NULL;
	struct err err = {0};
	size_t len = 7;

	assert_int_equal(file_read(dir_fd, path, 4, &out, &len, &err), -code);
	assert_string_equal(err.text, text);
	assert_int_equal(err.code, code);
	assert_null(out);
	assert_int_equal(len, 7);
}

static void what_is_no_small_file_is_refused(void **state)
{
	(void)state;
	write_file("12345", 5);
	assert_int_equal(mkfifoat(dir_fd, "fifo", 0600), 0);
	refused("file", EFBIG, "file has 5 bytes, at most 4 are accepted");
	refused("fifo", EINVAL, "fifo is not a regular file");
	refused("/dev/zero", EINVAL, "/dev/zero is not a regular file");
	refused(".", EISDIR, ". is a directory, expected a file");
	refused("none", ENOENT, "cannot open none: No such file or directory");
	refused("file/x", ENOTDIR, "cannot open file/x: Not a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_size_comes_back_whole),
		cmocka_unit_test(files_of_proc_have_no_size),
		cmocka_unit_test(what_is_no_small_file_is_refused),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
