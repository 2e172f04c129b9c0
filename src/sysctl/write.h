/* sysctl/write.h - write one key and prove what the kernel made of it. */
#ifndef SYSCTL_WRITE_H
#define SYSCTL_WRITE_H

#include <stdbool.h>

#include "base/err.h"
#include "model/value.h"
#include "sysctl/read.h"

enum sysctl_outcome {
	SYSCTL_APPLIED,   /* read back equal to what was asked */
	SYSCTL_CLAMPED,   /* accepted, but the kernel made another value of it */
	SYSCTL_IGNORED,   /* accepted, but the key holds what it held before */
	SYSCTL_UNCHANGED, /* already had it; nothing was written */
};

const char *sysctl_outcome_name(enum sysctl_outcome outcome); /* "applied", "clamped", ... */

/* Are the two texts one value of this kind? What does not parse is compared as text. */
bool sysctl_same(enum value_kind kind, const char *a, const char *b) __attribute__((nonnull));

/* The text as shown to people, separators normalised, the caller's; itself when it does not parse.
 */
char *sysctl_tidy(enum value_kind kind, const char *text)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));

/* 0 when the key could be written to now, else -errno: -EACCES or -EPERM, -EROFS, -ENOENT. Opens
 * the key and writes nothing: below /proc/sys access(2) answers for another uid and the mode bits
 * alone say too much. */
int sysctl_writable(const struct sysctl_root *root, const char *name)
	__attribute__((nonnull, warn_unused_result));

/* The same for the key's owner, root below /proc/sys, by whoever asks: as far as its mode and the
 * mount tell. */
int sysctl_writable_by_owner(const struct sysctl_root *root, const char *name)
	__attribute__((nonnull, warn_unused_result));

/* Writes `want` and a newline to `name` with a single write(2), then reads it back into `got`, the
 * caller's. A key that cannot be read is not written: it could not be put back. Returns 0, or
 * -EINVAL and the like when the kernel rejected the value, -ENOENT, -EACCES, -EPERM, -EROFS; then
 * `got` is untouched. */
int sysctl_write(const struct sysctl_root *root, const char *name, enum value_kind kind,
		 const char *want, char **got, enum sysctl_outcome *outcome, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* The same in two steps, with the key open from the first look to the last.
 * Reads a key that is to be written to; returns its descriptor, the caller's, or -errno. What it
 * holds later is read with sysctl_read_open(). */
int sysctl_open(const struct sysctl_root *root, const char *name, char **text, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Writes to a key that was just seen to hold `before`, which is not what is wanted. */
int sysctl_change(int fd, const char *name, enum value_kind kind, const char *before,
		  const char *want, char **got, enum sysctl_outcome *outcome, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
