/* base/table.h - what is counted by key while sockets stream past: a bounded hash table of plain
 * structures, in the order they came. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An entry starts with its key, every byte of which counts: zero what is padding. */
struct table {
	size_t key_size, entry_size, most;
	size_t count;
	bool overflowed; /* something new came when `most` were there */

	char *entries;
	uint32_t *slots; /* number of an entry + 1; 0: free */
	size_t n_slots;
};

static inline struct table table_of(size_t key_size, size_t entry_size, size_t most)
{
	return (struct table){.key_size = key_size, .entry_size = entry_size, .most = most};
}

/* The entry of this key, made (zeroed but for its key) when it is new; NULL: no room for it.
 * Pointers hold until the next new entry. */
void *table_get(struct table *table, const void *key) __attribute__((nonnull));
/* The same without making one. */
void *table_find(const struct table *table, const void *key) __attribute__((nonnull));
/* By order, until NULL. */
void *table_at(const struct table *table, size_t i) __attribute__((nonnull));
/* Empties it; what entries own is freed by whoever put it there. */
void table_fini(struct table *table) __attribute__((nonnull));

#endif
