/* tests/unit/profile/fixture.h - a folder of its own for a test, and profiles in it. */
#ifndef TESTS_UNIT_PROFILE_FIXTURE_H
#define TESTS_UNIT_PROFILE_FIXTURE_H

#include <stddef.h>

#include "profile/profile.h"

/* Setup and teardown of a group: changes to a fresh folder, so that files have short names. */
int fixture_enter(void **state);
int fixture_leave(void **state);

void fixture_write_bytes(const char *file, const char *data, size_t len);
/* Writes a file, with its folders. */
void fixture_write(const char *file, const char *text);
/* A profile of this name with `body` behind its first three lines. */
void fixture_profile(const char *file, const char *name, const char *body);

/* The profile t.yaml with `body` as a buffer; it has to load. */
struct profile *fixture_load_body(const char *body);
/* The same must fail with exactly this, as "t.yaml:4:1: text". */
void fixture_body_fails(const char *body, const char *expected);
/* The error of loading, as err_format() gives it, in a buffer of this function. */
const char *fixture_load_error(const char *path, const char *name);

#endif
