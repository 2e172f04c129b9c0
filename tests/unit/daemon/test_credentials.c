/* tests/unit/daemon/test_credentials.c - who a peer is, and what each may do. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "daemon/credentials.h"

enum {
	USER = 1000,
	OTHER = 1001,
	GROUP = 70,
	ELSE = 71
};

static void allowed_by_level(void **state)
{
	static gid_t member[] = {5, 6, GROUP}, stranger[] = {5, 6, ELSE};
	static const gid_t group = GROUP, roots = 0;
	static const struct {
		struct credentials who;
		const gid_t *group;
		bool read, of_group, admin;
	} cases[] = {
		{{.uid = 0, .gid = 0}, &group, true, true, true},
		{{.uid = 0, .gid = 0}, NULL, true, true, true},
		{{.uid = USER, .gid = OTHER}, &group, true, false, false},
		{{.uid = USER, .gid = GROUP}, &group, true, true, false},
		{{.uid = USER, .gid = OTHER, .groups = member, .n_groups = 3},
		 &group,
		 true,
		 true,
		 false},
		{{.uid = USER, .gid = OTHER, .groups = member, .n_groups = 2},
		 &group,
		 true,
		 false,
		 false},
		{{.uid = USER, .gid = OTHER, .groups = stranger, .n_groups = 3},
		 &group,
		 true,
		 false,
		 false},
		/* a group that does not exist has no members, whatever number stands for it */
		{{.uid = USER, .gid = 0, .groups = member, .n_groups = 3},
		 NULL,
		 true,
		 false,
		 false},
		{{.uid = USER, .gid = 0}, &group, true, false, false},
		{{.uid = USER, .gid = 0}, &roots, true, true, false},
		{{.uid = (uid_t)-1, .gid = (gid_t)-1}, &group, true, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct credentials *who = &cases[i].who;

		assert_int_equal(credentials_allow(who, AUTH_READ, cases[i].group), cases[i].read);
		assert_int_equal(credentials_allow(who, AUTH_GROUP, cases[i].group),
				 cases[i].of_group);
		assert_int_equal(credentials_allow(who, AUTH_ADMIN, cases[i].group),
				 cases[i].admin);
		assert_false(credentials_allow(who, AUTH_UNSET, cases[i].group));
		assert_false(credentials_allow(who, (enum auth_level)99, cases[i].group));
	}
}

static void read_from_a_socket(void **state)
{
	struct credentials who;
	struct err err;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(credentials_read(ends[0], &who, &err), 0);
	assert_int_equal(who.pid, getpid());
	assert_int_equal(who.uid, geteuid());
	assert_int_equal(who.gid, getegid());
	assert_int_equal(who.n_groups, getgroups(0, NULL));
	credentials_fini(&who);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(credentials_read(ends[0], &who, &err), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allowed_by_level),
		cmocka_unit_test(read_from_a_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
