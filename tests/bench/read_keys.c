/* tests/bench/read_keys.c - reading, parsing and comparing every key of net/ the way an audit does,
 * against nothing but openat(2), read(2) and close(2) of the same files, in turns.
 *
 * Prints "keys N", "ours_ns NS" and "bare_ns NS": the medians of a round. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"
#include "sysctl/compare.h"
#include "sysctl/name.h"
#include "sysctl/normalise.h"
#include "sysctl/read.h"
#include "tests/bench/stats.h"

static const char top[] = "/proc/sys";

struct key {
	char *path, *name;
	enum value_kind kind;
	struct value *value;
	struct sysctl_wanted wanted;
};

static struct key *keys;
static size_t n_keys;

/* Only a key that can be read and understood takes part, on both sides. */
static int add_key(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = NULL;
	_cleanup_(value_freep) struct value *value = NULL;
	_cleanup_free_ char *name = NULL, *text = NULL;
	const struct catalog_key *known;
	enum value_kind kind;
	struct err err;
	struct key *key;

	(void)ftw;
	if (type != FTW_F || !(info->st_mode & 0444) || sysctl_root_open(top, &root, &err) < 0 ||
	    sysctl_name_parse(path + sizeof(top), &name, &err) < 0 ||
	    sysctl_read(root, name, &text, &err) < 0)
		return 0;
	known = catalog_find(name);
	kind = known ? known->kind : sysctl_value_guess(text);
	if (sysctl_value_parse(kind, text, &value, &err) < 0)
		return 0;
	key = MEM_APPEND(keys, n_keys);
	key->path = mem_strdup(path + sizeof(top));
	key->name = TAKE_PTR(name);
	key->kind = kind;
	key->value = TAKE_PTR(value);
	return 0;
}

static void set_wanted(void)
{
	for (size_t i = 0; i < n_keys; i++)
		keys[i].wanted = (struct sysctl_wanted){
			.op = EXPECT_EQUALS, .args = &keys[i].value, .n_args = 1};
}

static size_t round_ours(const struct sysctl_root *root)
{
	size_t holding = 0;

	for (size_t i = 0; i < n_keys; i++) {
		_cleanup_(value_freep) struct value *value = NULL;
		_cleanup_free_ char *text = NULL;
		bool holds = false;
		struct err err;

		if (sysctl_read(root, keys[i].name, &text, &err) == 0 &&
		    sysctl_value_parse(keys[i].kind, text, &value, &err) == 0 &&
		    sysctl_compare(value, &keys[i].wanted, &holds, &err) == 0)
			holding += holds;
	}
	return holding;
}

static size_t round_bare(int root_fd)
{
	char text[4096];
	size_t bytes = 0;

	for (size_t i = 0; i < n_keys; i++) {
		int fd = openat(root_fd, keys[i].path, O_RDONLY | O_CLOEXEC);
		ssize_t got;

		if (fd < 0)
			continue;
		got = read(fd, text, sizeof(text));
		bytes += got > 0 ? (size_t)got : 0;
		close(fd);
	}
	return bytes;
}

static int measure(size_t rounds)
{
	_cleanup_(sysctl_root_freep) struct sysctl_root *root = NULL;
	_cleanup_free_ uint64_t *ours = mem_alloc_array(rounds, sizeof(*ours));
	_cleanup_free_ uint64_t *bare = mem_alloc_array(rounds, sizeof(*bare));
	_cleanup_fd_ int root_fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t holding = 0, bytes = 0;
	struct err err;

	if (root_fd < 0 || sysctl_root_open(top, &root, &err) < 0)
		return 1;
	for (size_t i = 0; i < rounds; i++) {
		uint64_t start = stats_now_ns(), middle;

		holding = round_ours(root);
		middle = stats_now_ns();
		bytes = round_bare(root_fd);
		ours[i] = middle - start;
		bare[i] = stats_now_ns() - middle;
	}
	printf("keys %zu\nholding %zu\nbytes %zu\nours_ns %ju\nbare_ns %ju\n", n_keys, holding,
	       bytes, (uintmax_t)stats_percentile(ours, rounds, 50),
	       (uintmax_t)stats_percentile(bare, rounds, 50));
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	int ret;

	if (rounds == 0 || rounds > 1000000) {
		fprintf(stderr, "usage: read_keys ROUNDS\n");
		return 64;
	}
	if (nftw("/proc/sys/net", add_key, 16, FTW_PHYS) != 0 || n_keys == 0) {
		fprintf(stderr, "read_keys: no key below /proc/sys/net can be read\n");
		return 1;
	}
	set_wanted();
	ret = measure(rounds);
	for (size_t i = 0; i < n_keys; i++) {
		free(keys[i].path);
		free(keys[i].name);
		value_free(keys[i].value);
	}
	free(keys);
	return ret;
}
