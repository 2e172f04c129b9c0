/* base/durable.h - files that are whole whatever happens: the old content or the new, never half.
 *
 * Everything goes through an open folder, so a folder that is swapped for another while we work is
 * not followed. */
#ifndef BASE_DURABLE_H
#define BASE_DURABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct durable_folder {
	int fd;
	char *path; /* for messages */
};

enum durable_flags {
	DURABLE_CREATE = 1,  /* make the folder, mode 0755, when only it is missing */
	DURABLE_PRIVATE = 2, /* make it 0700, and refuse one that others may write to */
	DURABLE_LINK = 4,    /* the folder itself may be a symbolic link */
};

/* -ELOOP for a symbolic link, -EPERM for one that others may write to (DURABLE_PRIVATE), or what
 * open(2) and mkdir(2) said. */
int durable_folder_open(const char *path, unsigned flags, struct durable_folder *out,
			struct err *err) __attribute__((nonnull, warn_unused_result));
void durable_folder_fini(struct durable_folder *folder) __attribute__((nonnull));

/* Makes `name` hold `data`: a temporary file beside it (".NAME.new"), fsync, rename, fsync of the
 * folder. One writer at a time is the caller's to see to. -EINVAL when `name` is there and is no
 * regular file. After an error `name` holds the old content, or the new when only the folder's
 * fsync failed. */
int durable_write(const struct durable_folder *folder, const char *name, const void *data,
		  size_t len, mode_t mode, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Removes `name` for good; one that is not there is no error. */
int durable_remove(const struct durable_folder *folder, const char *name, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* All of `data` to `fd`. Returns 0 or -errno. */
int durable_write_all(int fd, const void *data, size_t len)
	__attribute__((nonnull, warn_unused_result));

#endif
