/* tests/unit/render/golden.c - see golden.h. */
#include "tests/unit/unit.h"

#include "tests/unit/render/golden.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

static char *golden_path(const char *file)
{
	const char *source = getenv("FETTLE_SRCDIR");

	return mem_printf("%s/tests/unit/render/golden/%s", source ? source : ".", file);
}

void assert_golden(const char *file, const char *text)
{
	_cleanup_free_ char *path = golden_path(file), *want = NULL;
	struct err err = {0};
	size_t len;

	if (getenv("FETTLE_UPDATE_GOLDEN")) {
		FILE *out = fopen(path, "we");

		assert_non_null(out);
		fputs(text, out);
		assert_int_equal(fclose(out), 0);
	}
	if (file_read(AT_FDCWD, path, 1 << 20, &want, &len, &err) < 0)
		fail_msg("%s", err.text);
	if (strcmp(text, want) != 0)
		print_message("%s:\n%s\n", file, text);
	assert_string_equal(text, want);
}

static char *read_all(int fd)
{
	struct strbuf out = {0};
	char part[4096];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0)
		strbuf_add(&out, part, (size_t)n);
	assert_true(n == 0);
	return strbuf_take(&out);
}

char *python_says(const char *script, const char *text, size_t len)
{
	FILE *in = tmpfile();
	int out[2], status;
	char *said;
	pid_t child;

	assert_non_null(in);
	assert_int_equal(fwrite(text, 1, len, in), len);
	rewind(in);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		dup2(fileno(in), 0);
		dup2(out[1], 1);
		execlp("python3", "python3", "-c", script, NULL);
		_exit(127);
	}
	fclose(in);
	close(out[1]);
	said = read_all(out[0]);
	close(out[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		free(said);
		skip(); /* no python3 here */
	}
	assert_int_equal(status, 0);
	return said;
}
