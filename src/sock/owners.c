/* sock/owners.c - see owners.h.
 *
 * Entries are of 16 bytes. Their array doubles, but realloc(3) moves the pages of a large one
 * instead of copying, and pages that nothing was written to are not resident: the peak is what is
 * in use. owners_sort() brings the entries of a bucket (by hash of the inode) together in place, so
 * that a look-up is one step and a short scan. */
#include "sock/owners.h"

#include <string.h>

/* The kernel's inode numbers of sockets have 32 bits (net/socket.c: get_next_ino()), and so has
 * what sock_diag tells. */
struct entry {
	uint32_t inode;
	int32_t pid;
	int32_t fd;
	uint32_t options; /* index in `sets`, from 1; 0: not read */
};

struct owners {
	struct entry *entries;
	size_t n_entries;
	uint32_t *starts; /* of each bucket in `entries`, and the end of the last; NULL: unsorted */
	unsigned bits;    /* 1 << bits buckets */
	struct sock_options *sets;
	size_t n_sets;
	uint32_t *slots; /* hash of a set to its index from 1; n_slots is 0 or a power of 2 */
	size_t n_slots;
	uint32_t last; /* the set that was used last: neighbours tend to have the same */
	struct owner *found;
	size_t found_room;
};

struct owners *owners_new(void)
{
	return mem_alloc(sizeof(struct owners));
}

void owners_free(struct owners *owners)
{
	if (!owners)
		return;
	free(owners->entries);
	free(owners->starts);
	free(owners->sets);
	free(owners->slots);
	free(owners->found);
	free(owners);
}

static size_t hash_of_set(const struct sock_options *set)
{
	uint64_t word, hash = 0;

	_Static_assert(sizeof(*set) % sizeof(word) == 0, "sets are hashed by words");
	for (size_t at = 0; at < sizeof(*set); at += sizeof(word)) {
		memcpy(&word, (const char *)set + at, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return (size_t)hash;
}

/* A copy whose padding, and what is not known, compare equal. */
static struct sock_options normal(const struct sock_options *options)
{
	struct sock_options set;

	memset(&set, 0, sizeof(set));
	set.known = options->known;
	set.congestion_by = options->congestion_by;
	memcpy(set.congestion, options->congestion,
	       strnlen(options->congestion, sizeof(set.congestion) - 1));
	for (unsigned i = 0; i < SOCKOPT_COUNT; i++)
		if (set.known & SOCKOPT_BIT(i))
			set.values[i] = options->values[i];
	return set;
}

static void grow_slots(struct owners *owners)
{
	free(owners->slots);
	owners->n_slots = owners->n_slots ? owners->n_slots * 2 : 64;
	owners->slots = mem_alloc_array(owners->n_slots, sizeof(*owners->slots));
	for (size_t i = 0; i < owners->n_sets; i++) {
		size_t slot = hash_of_set(&owners->sets[i]) & (owners->n_slots - 1);

		while (owners->slots[slot])
			slot = (slot + 1) & (owners->n_slots - 1);
		owners->slots[slot] = (uint32_t)(i + 1);
	}
}

static uint32_t intern(struct owners *owners, const struct sock_options *options)
{
	struct sock_options set = normal(options);

	if (owners->last && memcmp(&owners->sets[owners->last - 1], &set, sizeof(set)) == 0)
		return owners->last;
	if (owners->n_sets * 2 >= owners->n_slots)
		grow_slots(owners);

	size_t slot = hash_of_set(&set) & (owners->n_slots - 1);

	for (; owners->slots[slot]; slot = (slot + 1) & (owners->n_slots - 1)) {
		owners->last = owners->slots[slot];
		if (memcmp(&owners->sets[owners->last - 1], &set, sizeof(set)) == 0)
			return owners->last;
	}
	memcpy(MEM_APPEND(owners->sets, owners->n_sets), &set, sizeof(set));
	owners->last = owners->slots[slot] = (uint32_t)owners->n_sets;
	return owners->last;
}

void owners_add(struct owners *owners, uint64_t inode, pid_t pid, int fd,
		const struct sock_options *options)
{
	if (!inode || inode > UINT32_MAX || owners->n_entries == UINT32_MAX)
		return;
	*MEM_APPEND(owners->entries, owners->n_entries) = (struct entry){
		.inode = (uint32_t)inode,
		.pid = pid,
		.fd = fd,
		.options = options ? intern(owners, options) : 0,
	};
}

static size_t bucket_of(const struct owners *owners, uint32_t inode)
{
	return owners->bits ? (inode * UINT32_C(0x9e3779b1)) >> (32 - owners->bits) : 0;
}

static int compare(const void *a, const void *b)
{
	const struct entry *l = a, *r = b;

	if (l->inode != r->inode)
		return l->inode < r->inode ? -1 : 1;
	if (l->pid != r->pid)
		return l->pid < r->pid ? -1 : 1;
	return l->fd < r->fd ? -1 : l->fd > r->fd;
}

/* Each entry is swapped to the next free place of its bucket until the one that belongs here comes
 * along: as many moves as entries, and no second array of them. */
static void gather(struct owners *owners, size_t n_buckets)
{
	_cleanup_free_ uint32_t *next = mem_alloc_array(n_buckets, sizeof(*next));

	memcpy(next, owners->starts, n_buckets * sizeof(*next));
	for (size_t b = 0; b < n_buckets; b++) {
		while (next[b] < owners->starts[b + 1]) {
			struct entry *here = &owners->entries[next[b]];
			size_t home = bucket_of(owners, here->inode);

			if (home != b) {
				struct entry *there = &owners->entries[next[home]], moved = *here;

				*here = *there;
				*there = moved;
			}
			next[home]++;
		}
	}
}

/* Most buckets hold one or two entries; only a socket that many processes share fills one. */
static void sort_bucket(struct entry *entries, size_t count)
{
	if (count > 16) {
		qsort(entries, count, sizeof(*entries), compare);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct entry moved = entries[i];
		size_t at = i;

		for (; at && compare(&entries[at - 1], &moved) > 0; at--)
			entries[at] = entries[at - 1];
		entries[at] = moved;
	}
}

void owners_sort(struct owners *owners)
{
	size_t n_buckets, i;

	owners->bits = 0;
	while (owners->bits < 31 && (size_t)2 << owners->bits < owners->n_entries)
		owners->bits++;
	n_buckets = (size_t)1 << owners->bits;
	free(owners->starts);
	owners->starts = mem_alloc_array(n_buckets + 1, sizeof(*owners->starts));
	for (i = 0; i < owners->n_entries; i++)
		owners->starts[bucket_of(owners, owners->entries[i].inode) + 1]++;
	for (i = 0; i < n_buckets; i++)
		owners->starts[i + 1] += owners->starts[i];
	gather(owners, n_buckets);
	for (i = 0; i < n_buckets; i++)
		sort_bucket(owners->entries + owners->starts[i],
			    owners->starts[i + 1] - owners->starts[i]);
	free(owners->slots);
	owners->slots = NULL;
	owners->n_slots = 0;
}

size_t owners_find(struct owners *owners, uint64_t inode, const struct owner **found,
		   const struct sock_options **options)
{
	size_t count = 0, at, end;

	*options = NULL;
	*found = NULL;
	if (!owners->starts || !inode || inode > UINT32_MAX)
		return 0;
	at = owners->starts[bucket_of(owners, (uint32_t)inode)];
	end = owners->starts[bucket_of(owners, (uint32_t)inode) + 1];
	while (at < end && owners->entries[at].inode < inode)
		at++;
	for (; at < end && owners->entries[at].inode == inode; at++) {
		const struct entry *entry = &owners->entries[at];

		if (count == owners->found_room) { /* 0 or a power of 2, as mem_grow() doubles */
			owners->found = mem_grow(owners->found, count, sizeof(*owners->found));
			owners->found_room = count ? count * 2 : 4;
		}
		owners->found[count++] = (struct owner){.pid = entry->pid, .fd = entry->fd};
		if (!*options && entry->options)
			*options = &owners->sets[entry->options - 1];
	}
	*found = owners->found;
	return count;
}

size_t owners_bytes(const struct owners *owners)
{
	size_t starts = owners->starts ? ((size_t)1 << owners->bits) + 1 : 0;

	return sizeof(*owners) + owners->n_entries * sizeof(*owners->entries) +
	       starts * sizeof(*owners->starts) + owners->n_sets * sizeof(*owners->sets) +
	       owners->n_slots * sizeof(*owners->slots) +
	       owners->found_room * sizeof(*owners->found);
}
