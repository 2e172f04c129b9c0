/* catalog/catalog.h - what is known of each key: type, unit, range, kernels, module, text.
 *
 * Compiled in, one table per part of the tree, so that a lookup costs nothing at start. Each row
 * names its source; a fact that was only remembered has no place in it. */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "model/value.h"
#include "model/version.h"

enum catalog_unit {
	UNIT_NONE, /* a count, a switch, a choice: only plain integers make sense */
	UNIT_BYTES,
	UNIT_KIB,
	UNIT_PAGES,
	UNIT_SECONDS,
	UNIT_MILLISECONDS,
	UNIT_MICROSECONDS,
	UNIT_JIFFIES, /* USER_HZ ticks, 100 a second on every Linux this runs on */
};

enum {
	CATALOG_MAX_FIELDS = 4
};

struct catalog_key {
	const char *name; /* canonical; "*" stands for an interface, "all" or "default" */
	enum value_kind kind;
	enum catalog_unit unit;
	const char *fields[CATALOG_MAX_FIELDS]; /* of a vector, in order: "min", "default", "max" */
	bool ranged;                            /* least and most are what the kernel accepts */
	struct num least, most;
	struct version since,
		removed;       /* first kernel with it, first without it; 0: no bound known */
	const char *module;    /* the key exists only once this module is loaded */
	const char *available; /* the key that lists what this one may be set to */
	bool first_netns_only; /* absent or read-only in other network namespaces */
	const char *text;      /* what it is, in a sentence or three */
	const char *source;    /* man page, Documentation/ path, RFC; kernel version */
};

/* The row for a canonical name ("net.ipv4.conf.eth0.rp_filter" finds "net.ipv4.conf.*.rp_filter"),
 * or for a pattern written the same way as a row; NULL when it is not known. */
const struct catalog_key *catalog_find(const char *name) __attribute__((nonnull));
/* Whether the canonical name is of a key that each interface has for itself. */
bool catalog_names_interface(const char *name) __attribute__((nonnull));
/* The known name nearest to one that was mistyped, or NULL. */
const char *catalog_nearest(const char *name) __attribute__((nonnull));
/* Every row in order of name: `i` from 0 until NULL. */
const struct catalog_key *catalog_at(size_t i);

const char *catalog_unit_name(enum catalog_unit unit); /* "bytes", "pages", ... "" for none */

#endif
