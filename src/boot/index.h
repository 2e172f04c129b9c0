/* boot/index.h - names to positions, in a balanced tree: no input makes it slow. */
#ifndef BOOT_INDEX_H
#define BOOT_INDEX_H

#include <stdbool.h>
#include <stddef.h>

struct boot_index {
	void *tree; /* starts as NULL */
};

/* The position kept for a name; NULL when there is none. */
size_t *boot_index_find(const struct boot_index *index, const char *name) __attribute__((nonnull));
/* The same, added with `position` when new. `name` must outlive the index. */
size_t *boot_index_put(struct boot_index *index, const char *name, size_t position, bool *added)
	__attribute__((nonnull, returns_nonnull));
void boot_index_fini(struct boot_index *index) __attribute__((nonnull));

#endif
