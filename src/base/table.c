/* base/table.c - see table.h. Linear probing, at most half full. */
#include "base/table.h"

#include <string.h>

#include "base/mem.h"

static size_t hash(const void *key, size_t size)
{
	const unsigned char *bytes = key;
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		h = (h ^ bytes[i]) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 32);
}

static char *entry(const struct table *table, size_t i)
{
	return table->entries + i * table->entry_size;
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t slot_of(const struct table *table, const void *key)
{
	size_t mask = table->n_slots - 1, i = hash(key, table->key_size) & mask;

	while (table->slots[i] &&
	       memcmp(entry(table, table->slots[i] - 1), key, table->key_size) != 0)
		i = (i + 1) & mask;
	return i;
}

static void grow(struct table *table)
{
	table->n_slots = table->n_slots ? table->n_slots * 2 : 64;
	free(table->slots);
	table->slots = mem_alloc_array(table->n_slots, sizeof(*table->slots));
	for (size_t i = 0; i < table->count; i++)
		table->slots[slot_of(table, entry(table, i))] = (uint32_t)i + 1;
}

void *table_find(const struct table *table, const void *key)
{
	size_t slot;

	if (!table->count)
		return NULL;
	slot = slot_of(table, key);
	return table->slots[slot] ? entry(table, table->slots[slot] - 1) : NULL;
}

void *table_get(struct table *table, const void *key)
{
	void *found = table_find(table, key);

	if (found)
		return found;
	if (table->count >= table->most) {
		table->overflowed = true;
		return NULL;
	}
	if ((table->count + 1) * 2 > table->n_slots)
		grow(table);
	table->entries = mem_grow(table->entries, table->count, table->entry_size);
	memcpy(entry(table, table->count), key, table->key_size);
	table->slots[slot_of(table, key)] = (uint32_t)++table->count;
	return entry(table, table->count - 1);
}

void *table_at(const struct table *table, size_t i)
{
	return i < table->count ? entry(table, i) : NULL;
}

void table_fini(struct table *table)
{
	free(table->entries);
	free(table->slots);
	*table = table_of(table->key_size, table->entry_size, table->most);
}
