/* boot/root.h - reading files below a folder as if it were the root of a host.
 *
 * A link inside a mounted image that points to "/etc/x" means the image's /etc/x, and ".." stops at
 * the image's root: no name, whatever the image holds, reaches the host that looks at it. */
#ifndef BOOT_ROOT_H
#define BOOT_ROOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"

struct boot_root;

int boot_root_open(const char *path, struct boot_root **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Whether it is "/", and so the system that runs, not an image. */
bool boot_root_is_running(const struct boot_root *root) __attribute__((nonnull));
void boot_root_free(struct boot_root *root);
MEM_DEFINE_FREEP(struct boot_root, boot_root)

/* Paths below are absolute, inside the root. */

/* A file as it would be: from now on boot_root_read() gives `text` for this path, whatever is
 * there, and boot_root_list() lists it; with `text` NULL it is not there. Both are copied. */
void boot_root_draft(struct boot_root *root, const char *path, const char *text)
	__attribute__((nonnull(1, 2)));

/* A file descriptor, the caller's, or -errno; -ELOOP after 40 links. Never blocks on a pipe. */
int boot_root_fd(const struct boot_root *root, const char *path, int flags)
	__attribute__((nonnull, warn_unused_result));
/* The same a component at a time, for kernels without openat2(2) (before 5.6). */
int boot_root_fd_stepwise(const struct boot_root *root, const char *path, int flags)
	__attribute__((nonnull, warn_unused_result));
bool boot_root_exists(const struct boot_root *root, const char *path) __attribute__((nonnull));
/* Reads a regular file whole; /dev/null, or a link to it even where the image has no /dev, is
 * empty. As file_read(), `data` is the caller's. */
int boot_root_read(const struct boot_root *root, const char *path, size_t most, char **data,
		   size_t *len, struct err *err) __attribute__((nonnull, warn_unused_result));
/* What the link at `path` says, the caller's; NULL when it is no link. */
char *boot_root_link(const struct boot_root *root, const char *path)
	__attribute__((nonnull, warn_unused_result));

struct boot_names {
	char **names;
	size_t count;
};

/* The names in a folder, sorted by their bytes, without "." and "..". Returns 0, -EOVERFLOW over
 * 65536 of them, or -errno. */
int boot_root_list(const struct boot_root *root, const char *path, struct boot_names *out,
		   struct err *err) __attribute__((nonnull, warn_unused_result));
void boot_names_fini(struct boot_names *names) __attribute__((nonnull));

#endif
