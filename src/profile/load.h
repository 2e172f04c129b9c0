/* profile/load.h - the parts of loading that this layer, its tests and its fuzzer share. */
#ifndef PROFILE_LOAD_H
#define PROFILE_LOAD_H

#include <stddef.h>

#include "profile/profile.h"

enum {
	LOAD_MOST_LAYERS = 32,
	LOAD_MOST_DEPTH = 16
};

/* As profile_load(), of one file; what it extends is looked up along `path` alone. */
int profile_load_file(const char *path, const char *file, struct profile **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* As profile_load_file(), of bytes in memory that are said to be from `file`. */
int profile_load_buffer(const char *path, const char *file, const char *data, size_t len,
			struct profile **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* As profile_search(), looking in the folder `first` (NULL: none) before the path. */
int profile_search_from(const char *first, const char *path, const char *name, char **file,
			struct err *err) __attribute__((nonnull(2, 3, 4, 5), warn_unused_result));

#endif
