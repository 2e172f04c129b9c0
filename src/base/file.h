/* base/file.h - reading files whole, with a bound. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/err.h"

/* Reads the regular file at `path` (relative to `dir_fd`, as openat(2)) into `data`: the caller's,
 * NUL-terminated behind `len` bytes. Returns 0, -EFBIG when it holds more than `most` bytes,
 * -EISDIR, -EINVAL for a device or pipe (which could block for ever), or what open(2) or read(2)
 * said. */
int file_read(int dir_fd, const char *path, size_t most, char **data, size_t *len, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
