/* tests/unit/sock/test_owners.c - the join against a plain list of what was put in. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sock/owners.h"

static void nothing_is_found_in_nothing(void **state)
{
	_cleanup_(owners_freep) struct owners *owners = owners_new();
	const struct sock_options *options;
	const struct owner *found;

	(void)state;
	assert_int_equal(owners_find(owners, 1, &found, &options), 0);
	owners_sort(owners);
	assert_int_equal(owners_find(owners, 1, &found, &options), 0);
	assert_int_equal(owners_find(owners, 0, &found, &options), 0);
	assert_int_equal(owners_find(owners, UINT64_MAX, &found, &options), 0);
	assert_null(found);
	assert_null(options);
	owners_free(NULL);
}

static void owners_come_by_pid_and_fd(void **state)
{
	_cleanup_(owners_freep) struct owners *owners = owners_new();
	const struct sock_options *options;
	const struct owner *found;

	(void)state;
	owners_add(owners, 7, 30, 4, NULL);
	owners_add(owners, 7, 20, 9, NULL);
	owners_add(owners, 8, 1, 1, NULL);
	owners_add(owners, 7, 20, 5, NULL);
	owners_add(owners, UINT64_C(7) << 32 | 7, 40, 1, NULL); /* no number of a socket */
	owners_add(owners, 0, 50, 1, NULL);
	owners_sort(owners);
	assert_int_equal(owners_find(owners, 7, &found, &options), 3);
	assert_int_equal(found[0].pid, 20);
	assert_int_equal(found[0].fd, 5);
	assert_int_equal(found[1].pid, 20);
	assert_int_equal(found[1].fd, 9);
	assert_int_equal(found[2].pid, 30);
	assert_int_equal(found[2].fd, 4);
	assert_int_equal(owners_find(owners, UINT64_C(7) << 32 | 7, &found, &options), 0);
}

static void many_owners_of_one_socket(void **state)
{
	_cleanup_(owners_freep) struct owners *owners = owners_new();
	const struct sock_options *options;
	const struct owner *found;

	(void)state;
	for (int pid = 1000; pid > 0; pid--)
		owners_add(owners, 5, pid, 3, NULL);
	owners_sort(owners);
	assert_int_equal(owners_find(owners, 5, &found, &options), 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(found[i].pid, i + 1);
	/* A short answer after a long one. */
	assert_int_equal(owners_find(owners, 6, &found, &options), 0);
	assert_int_equal(owners_find(owners, 5, &found, &options), 1000);
}

static void equal_sets_are_kept_once(void **state)
{
	_cleanup_(owners_freep) struct owners *owners = owners_new();
	const struct sock_options *a, *b, *c;
	const struct owner *found;
	struct sock_options set;
	size_t bytes;

	(void)state;
	memset(&set, 0xa5, sizeof(set)); /* padding, and values that are not known */
	set.known = SOCKOPT_BIT(SOCKOPT_NODELAY);
	set.values[SOCKOPT_NODELAY] = 1;
	memcpy(set.congestion, "cubic", 6);
	owners_add(owners, 1, 1, 1, &set);
	memset(&set.values[SOCKOPT_KEEPIDLE], 0x5a, sizeof(set.values[0]));
	owners_add(owners, 2, 1, 2, &set);
	set.values[SOCKOPT_NODELAY] = 0;
	owners_add(owners, 3, 1, 3, &set);
	owners_add(owners, 4, 1, 4, NULL);
	owners_sort(owners);
	assert_int_equal(owners_find(owners, 1, &found, &a), 1);
	assert_int_equal(owners_find(owners, 2, &found, &b), 1);
	assert_int_equal(owners_find(owners, 3, &found, &c), 1);
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_int_equal(a->known, SOCKOPT_BIT(SOCKOPT_NODELAY));
	assert_int_equal(a->values[SOCKOPT_NODELAY], 1);
	assert_int_equal(c->values[SOCKOPT_NODELAY], 0);
	assert_string_equal(a->congestion, "cubic");
	assert_int_equal(owners_find(owners, 4, &found, &a), 1);
	assert_null(a);
	bytes = owners_bytes(owners);
	assert_in_range(bytes, 4 * 16, 2048);
}

/* Two of the owners of a socket, one of which had its options read. */
static void options_of_any_owner_count(void **state)
{
	_cleanup_(owners_freep) struct owners *owners = owners_new();
	struct sock_options set = {.known = SOCKOPT_BIT(SOCKOPT_MARK)};
	const struct sock_options *options;
	const struct owner *found;

	(void)state;
	owners_add(owners, 1, 1, 1, NULL);
	owners_add(owners, 1, 2, 1, &set);
	owners_sort(owners);
	assert_int_equal(owners_find(owners, 1, &found, &options), 2);
	assert_non_null(options);
	assert_int_equal(options->known, SOCKOPT_BIT(SOCKOPT_MARK));
}

/* Each inode i has i % 3 owners, and options by i % 1000; the order is random. */
static void a_large_join(void **state)
{
	enum {
		COUNT = 30000
	};
	_cleanup_(owners_freep) struct owners *owners = owners_new();
	_cleanup_free_ uint32_t *inodes = mem_alloc_array(COUNT, sizeof(*inodes));
	unsigned seed = 20240601;
	size_t entries = 0;

	(void)state;
	print_message("seed %u\n", seed);
	for (uint32_t i = 0; i < COUNT; i++)
		inodes[i] = i + 1;
	for (size_t i = COUNT - 1; i > 0; i--) {
		size_t other = (size_t)rand_r(&seed) % (i + 1);
		uint32_t moved = inodes[i];

		inodes[i] = inodes[other];
		inodes[other] = moved;
	}
	for (size_t i = 0; i < COUNT; i++) {
		struct sock_options set = {.known = SOCKOPT_BIT(SOCKOPT_MAXSEG)};

		set.values[SOCKOPT_MAXSEG] = inodes[i] % 1000;
		for (uint32_t owner = 0; owner < inodes[i] % 3; owner++, entries++)
			owners_add(owners, inodes[i], (pid_t)(owner + 1), (int)inodes[i], &set);
	}
	owners_sort(owners);
	for (uint32_t inode = 1; inode <= COUNT; inode++) {
		const struct sock_options *options;
		const struct owner *found;
		size_t count = owners_find(owners, inode, &found, &options);

		assert_int_equal(count, inode % 3);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(found[i].pid, i + 1);
			assert_int_equal(found[i].fd, inode);
			assert_int_equal(options->values[SOCKOPT_MAXSEG], inode % 1000);
		}
	}
	/* The promise of the header, and the thousand sets. */
	assert_true(owners_bytes(owners) < entries * 24 + 1000 * sizeof(struct sock_options) + 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_in_nothing),
		cmocka_unit_test(owners_come_by_pid_and_fd),
		cmocka_unit_test(many_owners_of_one_socket),
		cmocka_unit_test(equal_sets_are_kept_once),
		cmocka_unit_test(options_of_any_owner_count),
		cmocka_unit_test(a_large_join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
