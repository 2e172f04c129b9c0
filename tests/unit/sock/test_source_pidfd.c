/* tests/unit/sock/test_source_pidfd.c - what becomes of each socket that is to be read: duplicates
 * are ours here, and end as the test says. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sock/duplicate.h"
#include "sock/source.h"
#include "tests/unit/errno_text.h"

/* Of the sockets of this process, by descriptor; of those of others nothing is read. */
static const struct {
	int result;
	bool is_other; /* of a kind without options */
	const char *why;
} fates[] = {
	{0, false, NULL},
	{-ESTALE, false, "their descriptors changed while they were read"},
	{-EBADF, false, "their descriptors changed while they were read"},
	{-ESRCH, false, "their descriptors changed while they were read"},
	{-ENOMEM, false, "pidfd_getfd(2): " TEXT_ENOMEM},
	{0, true, NULL},
};
static int fds[ARRAY_SIZE(fates)];
static pid_t ours;

static size_t index_of(int fd)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(fds) && fds[i] != fd)
		i++;
	return i;
}

int duplicate_available(struct err *err)
{
	(void)err;
	return 0;
}

int duplicate_prepare(void)
{
	return 0;
}

bool duplicate_kind(pid_t pid, int fd, enum socket_kind *out)
{
	size_t i = index_of(fd);

	*out = SOCKET_UDP;
	return pid == ours && i < ARRAY_SIZE(fds) && !fates[i].is_other;
}

int duplicate_read(int pidfd, int fd, uint64_t inode, enum socket_kind kind,
		   struct sock_options *out, uint64_t *held_ns)
{
	(void)pidfd;
	(void)inode;
	(void)kind;
	*held_ns = 1;
	memset(out, 0, sizeof(*out));
	return fates[index_of(fd)].result;
}

static size_t count_of(const struct socket_coverage *coverage, const char *why)
{
	for (size_t i = 0; i < coverage->n_shortfalls; i++)
		if (strcmp(coverage->shortfalls[i].why, why) == 0 &&
		    coverage->shortfalls[i].kind == SHORTFALL_OPTIONS)
			return coverage->shortfalls[i].count;
	return 0;
}

static void each_fate_is_counted(void **state)
{
	const struct sock_source_options options = {0};
	struct socket_coverage coverage = {0};
	struct owners *owners = owners_new();
	struct err err = {0};

	(void)state;
	ours = getpid();
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock_source_pidfd.collect(&options, owners, &coverage, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < ARRAY_SIZE(fates); i++) {
		size_t alike = 0;

		for (size_t j = 0; fates[i].why && j < ARRAY_SIZE(fates); j++)
			alike += fates[j].why && strcmp(fates[i].why, fates[j].why) == 0;
		if (fates[i].why)
			assert_int_equal(count_of(&coverage, fates[i].why), alike);
	}
	assert_non_null(socket_coverage_find(&coverage, SHORTFALL_NOTE));
	assert_int_equal(socket_coverage_find(&coverage, SHORTFALL_NOTE)->count, 1);
	owners_sort(owners);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		const struct sock_options *set;
		const struct owner *found;
		struct stat st;

		assert_int_equal(fstat(fds[i], &st), 0);
		assert_int_equal(owners_find(owners, st.st_ino, &found, &set), 1);
		assert_int_equal(set != NULL, i == 0);
		close(fds[i]);
	}
	owners_free(owners);
	socket_coverage_fini(&coverage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fate_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
