/* tests/unit/profile/fixture.c - see fixture.h. */
#include "tests/unit/unit.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profile/load.h"
#include "tests/unit/profile/fixture.h"

static char folder[] = "/tmp/fettle-profile-XXXXXX";

int fixture_enter(void **state)
{
	(void)state;
	return mkdtemp(folder) ? chdir(folder) : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int fixture_leave(void **state)
{
	(void)state;
	return chdir("/") ? -1 : nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void fixture_write_bytes(const char *file, const char *data, size_t len)
{
	_cleanup_free_ char *path = mem_strdup(file);
	FILE *out;

	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0777);
		*slash = '/';
	}
	out = fopen(file, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

void fixture_write(const char *file, const char *text)
{
	fixture_write_bytes(file, text, strlen(text));
}

void fixture_profile(const char *file, const char *name, const char *body)
{
	_cleanup_free_ char *text =
		mem_printf("schema: 1\nname: %s\nsummary: About %s\n%s", name, name, body);

	fixture_write(file, text);
}

static int load_body(const char *body, struct profile **out, struct err *err)
{
	_cleanup_free_ char *text = mem_printf("schema: 1\nname: t\nsummary: s\n%s", body);

	return profile_load_buffer("", "t.yaml", text, strlen(text), out, err);
}

struct profile *fixture_load_body(const char *body)
{
	struct profile *profile = NULL;
	struct err err = {0};

	if (load_body(body, &profile, &err) < 0)
		fail_msg("%s\n%s:%u:%u: %s", body, err.file, err.line, err.column, err.text);
	return profile;
}

void fixture_body_fails(const char *body, const char *expected)
{
	struct profile *profile = NULL;
	struct err err = {0};
	char text[2048];

	if (load_body(body, &profile, &err) == 0)
		fail_msg("loaded, expected an error:\n%s", body);
	assert_null(profile);
	assert_string_equal(err_format(&err, text, sizeof(text)), expected);
}

const char *fixture_load_error(const char *path, const char *name)
{
	static char text[2048];
	struct profile *profile = NULL;
	struct err err = {0};

	if (profile_load(path, name, &profile, &err) == 0) {
		profile_free(profile);
		return "no error";
	}
	return err_format(&err, text, sizeof(text));
}
