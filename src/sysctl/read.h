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

/* The whole text of a key of any length, without its last newline, the caller's. Never follows a
 * link. Returns 0, -ENOENT, -EACCES or -EPERM, -EISDIR, or what read(2) said. */
int sysctl_read(const struct sysctl_root *root, const char *name, char **text, struct err *err)
	__attribute__((nonnull, warn_unused_result));
bool sysctl_exists(const struct sysctl_root *root, const char *name) __attribute__((nonnull));

/* The names on this host that a pattern matches, sorted; an empty list is no error. */
struct sysctl_names {
	char **names;
	size_t count;
};
int sysctl_glob(const struct sysctl_root *root, const char *pattern, struct sysctl_names *out,
		struct err *err) __attribute__((nonnull, warn_unused_result));
void sysctl_names_fini(struct sysctl_names *names) __attribute__((nonnull));

#endif
