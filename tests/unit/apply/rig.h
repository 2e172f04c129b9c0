/* tests/unit/apply/rig.h - a host, a state folder and an etc folder that a test spells out. */
#ifndef TESTS_UNIT_APPLY_RIG_H
#define TESTS_UNIT_APPLY_RIG_H

#include "apply/transaction.h"
#include "tests/unit/check/fixture.h"

#define RIG_BOOT_ID "11111111-2222-3333-4444-555555555555"

struct rig {
	struct fixture fixture; /* keys: fixture_key(&rig->fixture, "net/core/somaxconn", "4096") */
	struct apply_context context;
	struct apply_options options;
	char *state_dir, *etc_dir;
};

void rig_init(struct rig *rig);
void rig_fini(struct rig *rig);

/* What the key holds now, the caller's. */
char *rig_read(const struct rig *rig, const char *key);
/* Applies "KEY=VALUE" pairs, NULL at the end; fails the test on any error. */
void rig_apply(struct rig *rig, const char *const *changes, struct apply_result *result);
/* Applies a profile of these lines, and frees the plan; what apply_profile() returns. */
int rig_apply_profile(struct rig *rig, const char *yaml, struct apply_result *result,
		      struct err *err);
/* "outcome: KEY FROM -> WANTED = GOT OUTCOME (REASON)\n" ... as text, to compare whole. */
char *rig_describe(const struct apply_result *result);
/* That it is `want`; frees what the result holds. */
void rig_expect(struct apply_result *result, const char *want);
/* The states of all transactions: "1 done, 2 undone (rollback)". */
char *rig_states(const struct rig *rig);
/* A file below the rig's folder, the caller's; NULL when there is none. */
char *rig_file(const struct rig *rig, const char *path);

void assert_text(char *got, const char *want); /* frees `got` */

#endif
