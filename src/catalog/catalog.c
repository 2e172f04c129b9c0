/* catalog/catalog.c - see catalog.h. */
#include "catalog/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "catalog/tables.h"

/* In order of name: see tables.h. */
static const struct catalog_table *const tables[] = {
	&catalog_fs,      &catalog_kernel,   &catalog_net_core,  &catalog_net_ip,
	&catalog_net_tcp, &catalog_net_ipv6, &catalog_net_other, &catalog_vm,
};

/* Folders of per-interface keys, whose rows have "*" for the interface. */
static const char *const interface_folders[] = {
	"net.ipv4.conf.",
	"net.ipv4.neigh.",
	"net.ipv6.conf.",
	"net.ipv6.neigh.",
};

static int by_name(const void *name, const void *key)
{
	return strcmp(name, ((const struct catalog_key *)key)->name);
}

static const struct catalog_key *find_exact(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct catalog_key *key = bsearch(name, tables[i]->keys, tables[i]->count,
							sizeof(*tables[i]->keys), by_name);

		if (key)
			return key;
	}
	return NULL;
}

/* "net.ipv4.conf.eth0.rp_filter" as "net.ipv4.conf.*.rp_filter", the caller's; other names as they
 * are. */
static char *generalise(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(interface_folders); i++) {
		const char *leaf;

		if (!str_starts(name, interface_folders[i]))
			continue;
		leaf = strchr(name + strlen(interface_folders[i]), '.');
		if (leaf)
			return mem_printf("%s*%s", interface_folders[i], leaf);
	}
	return mem_strdup(name);
}

const struct catalog_key *catalog_find(const char *name)
{
	const struct catalog_key *key = find_exact(name);
	_cleanup_free_ char *general = NULL;

	if (key)
		return key;
	general = generalise(name);
	return find_exact(general);
}

bool catalog_names_interface(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(interface_folders); i++)
		if (str_starts(name, interface_folders[i]))
			return true;
	return false;
}

const struct catalog_key *catalog_at(size_t i)
{
	for (size_t j = 0; j < ARRAY_SIZE(tables); j++) {
		if (i < tables[j]->count)
			return &tables[j]->keys[i];
		i -= tables[j]->count;
	}
	return NULL;
}

static const char *leaf_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* Names of a length have most of it in common; what was meant is nearest in the last component, in
 * the same folder. */
static const char *nearest_in_folder(const char *name)
{
	const char *leaf = leaf_of(name), *best;
	size_t folder = (size_t)(leaf - name), count = 0;
	const char **leaves = NULL;

	for (size_t i = 0; catalog_at(i); i++) {
		const char *known = catalog_at(i)->name;

		if (strncmp(known, name, folder) == 0 && leaf_of(known) == known + folder)
			*MEM_APPEND(leaves, count) = known + folder;
	}
	best = str_nearest(leaf, leaves, count);
	free(leaves);
	return best ? best - folder : NULL;
}

/* The right key in the wrong folder: "net.ipv4.somaxconn". */
static const char *nearest_with_leaf(const char *name)
{
	const char *leaf = leaf_of(name), *best;
	size_t count = 0;
	const char **names = NULL;

	for (size_t i = 0; catalog_at(i); i++) {
		const char *known = catalog_at(i)->name;

		if (strcmp(leaf_of(known), leaf) == 0)
			*MEM_APPEND(names, count) = known;
	}
	best = str_nearest(name, names, count);
	if (!best && count)
		best = names[0];
	free(names);
	return best;
}

/* A last component alone, mistyped: "tcp_rmen". Among those of all keys some resembles any word: a
 * letter may be wrong, of a long one two. */
static const char *nearest_leaf(const char *leaf)
{
	enum {
		SHORT = 4,
		LONG = 8
	};
	_cleanup_free_ const char **leaves = NULL;
	const char *best;
	size_t len = strlen(leaf), count = 0, at = 0;

	if (len < SHORT)
		return NULL;
	for (size_t i = 0; catalog_at(i); i++)
		*MEM_APPEND(leaves, count) = leaf_of(catalog_at(i)->name);
	best = str_nearest_within(len < LONG ? 1 : 2, leaf, leaves, count);
	while (best && leaves[at] != best)
		at++;
	return best ? catalog_at(at)->name : NULL;
}

const char *catalog_nearest(const char *name)
{
	_cleanup_free_ char *general = generalise(name);
	const char *nearest = nearest_in_folder(general);

	if (!nearest)
		nearest = nearest_with_leaf(general);
	if (!nearest && !strchr(general, '.'))
		nearest = nearest_leaf(general);
	return nearest;
}

const char *catalog_unit_name(enum catalog_unit unit)
{
	static const char *const names[] = {
		[UNIT_NONE] = "",
		[UNIT_BYTES] = "bytes",
		[UNIT_KIB] = "KiB",
		[UNIT_PAGES] = "pages",
		[UNIT_SECONDS] = "seconds",
		[UNIT_MILLISECONDS] = "milliseconds",
		[UNIT_MICROSECONDS] = "microseconds",
		[UNIT_JIFFIES] = "hundredths of a second",
	};

	return names[unit];
}
