/* boot/index.c - see index.h. */
#include "boot/index.h"

#include <search.h>
#include <string.h>

#include "base/mem.h"

struct place {
	const char *name;
	size_t position;
};

static int compare(const void *a, const void *b)
{
	const struct place *left = a, *right = b;

	return strcmp(left->name, right->name);
}

size_t *boot_index_find(const struct boot_index *index, const char *name)
{
	const struct place wanted = {.name = name};
	struct place **found = tfind(&wanted, &index->tree, compare);

	return found ? &(*found)->position : NULL;
}

size_t *boot_index_put(struct boot_index *index, const char *name, size_t position, bool *added)
{
	size_t *known = boot_index_find(index, name);
	struct place *place;

	*added = !known;
	if (known)
		return known;
	place = mem_alloc(sizeof(*place));
	*place = (struct place){.name = name, .position = position};
	if (!tsearch(place, &index->tree, compare))
		abort(); /* out of memory, as base/mem.h has it */
	return &place->position;
}

void boot_index_fini(struct boot_index *index)
{
	tdestroy(index->tree, free);
	index->tree = NULL;
}
