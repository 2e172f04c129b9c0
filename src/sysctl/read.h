/* sysctl/read.h - reading keys through an open directory: /proc/sys, or a test's own tree. */
#ifndef SYSCTL_READ_H
#define SYSCTL_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"

struct sysctl_root;

int sysctl_root_open(const char *path, struct sysctl_root **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void sysctl_root_free(struct sysctl_root *root);
MEM_DEFINE_FREEP(struct sysctl_root, sysctl_root)

/* The whole text of a key of up to 4 MiB, without its last newline, the caller's: the kernel's
 * bytes, which need not be printable. Never follows a link nor waits for a pipe. Returns 0, -ENOENT
 * (also below a key, or a name too long to exist), -EACCES or -EPERM, -EISDIR, -ELOOP, -ESPIPE,
 * -EFBIG, -EBADMSG (a NUL byte in the text), -EINVAL (no canonical name), or what read(2) said. */
int sysctl_read(const struct sysctl_root *root, const char *name, char **text, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* True for a key that is there, readable or not, and for one that cannot be looked at: reading it
 * says why. False for a folder of keys, and for what is surely not there. */
bool sysctl_exists(const struct sysctl_root *root, const char *name) __attribute__((nonnull));
/* For write.c: opens a key as openat(2) would, never following a link or leaving the root. Returns
 * a descriptor or -errno. */
int sysctl_root_fd(const struct sysctl_root *root) __attribute__((nonnull));
int sysctl_root_openat(const struct sysctl_root *root, const char *name, int flags)
	__attribute__((nonnull, warn_unused_result));
/* sysctl_read() of a key that is open; `name` is for messages. */
int sysctl_read_open(int fd, const char *name, char **text, struct err *err)
	__attribute__((nonnull, warn_unused_result));

struct sysctl_names {
	char **names;
	size_t count;
};
/* The names on this host that a pattern matches, sorted; an empty list is no error. Folders are
 * listed only where the pattern has a wildcard: one that cannot be is an error, and `out` is then
 * untouched. A name that cannot be looked at is in the list: reading it says why. */
int sysctl_glob(const struct sysctl_root *root, const char *pattern, struct sysctl_names *out,
		struct err *err) __attribute__((nonnull, warn_unused_result));
void sysctl_names_fini(struct sysctl_names *names) __attribute__((nonnull));

#endif
