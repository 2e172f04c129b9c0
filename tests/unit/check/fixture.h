/* tests/unit/check/fixture.h - a host and a profile that a test spells out. */
#ifndef TESTS_UNIT_CHECK_FIXTURE_H
#define TESTS_UNIT_CHECK_FIXTURE_H

#include "check/audit.h"
#include "check/host.h"
#include "profile/profile.h"
#include "tests/unit/tree.h"

/* 8 GiB, 4 processors, pages of 4 KiB, kernel 6.1.5; keys as put into `tree`. */
struct fixture {
	struct tree *tree;
	struct host *host;
};

void fixture_init(struct fixture *fixture);
void fixture_fini(struct fixture *fixture);
void fixture_key(struct fixture *fixture, const char *path, const char *text);

/* A profile named "test" whose file goes on with `yaml`; fails the test when it does not load. */
struct profile *fixture_profile(struct fixture *fixture, const char *yaml);
/* Audits it at noon UTC on 2026-06-15. */
struct report *fixture_audit(struct fixture *fixture, const char *yaml);
/* The finding with this id; fails the test when there is none. */
const struct finding *fixture_finding(const struct report *report, const char *id);

#endif
