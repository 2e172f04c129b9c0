/* profile/search.h - where profiles are: a search path, first match wins. */
#ifndef PROFILE_SEARCH_H
#define PROFILE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* "/etc/fettle/profiles:/usr/share/fettle/profiles", from how it was configured. */
extern const char profile_default_path[];

/* A name: 1 to 64 of a-z, 0-9 and "-", starting with a letter or digit. No slash, no dot: what the
 * front hands to the engine can never be a path. */
bool profile_name_is_valid(const char *name) __attribute__((nonnull));

/* The file that `name` means along `path`, the caller's. -EINVAL for no name, -ENOENT with the
 * nearest name there is and the folders looked in. */
int profile_search(const char *path, const char *name, char **file, struct err *err)
	__attribute__((nonnull, warn_unused_result));

struct profile_entry {
	char *name, *file;
	char *summary; /* NULL when the file could not be loaded */
	char *problem; /* why, as "file:line:column: text"; NULL when it could */
};

struct profile_list {
	struct profile_entry *entries; /* by name; a shadowed file is not listed */
	size_t count;
};

int profile_list_read(const char *path, struct profile_list *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void profile_list_fini(struct profile_list *list) __attribute__((nonnull));

#endif
