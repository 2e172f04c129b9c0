/* apply/persist.h - the two files that make a profile last over a reboot.
 *
 * sysctl.d/60-fettle.conf and modules-load.d/fettle.conf below the context's etc_dir, and nothing
 * else there. Both begin with a header of ours and a checksum of the rest: what has neither, or was
 * edited since, is somebody else's. */
#ifndef APPLY_PERSIST_H
#define APPLY_PERSIST_H

#include "apply/plan.h"
#include "apply/txn.h"

extern const char persist_sysctl_file[];  /* "sysctl.d/60-fettle.conf" */
extern const char persist_modules_file[]; /* "modules-load.d/fettle.conf" */

/* The files as they are, and as they should be for this plan (NULL: gone); only those that differ,
 * into `txn`. -EEXIST when one is not ours, or was edited; -ELOOP when its folder is a symbolic
 * link; -ENODATA for a plan that does not apply here, or of which no line comes; -EXDEV for one of
 * another network namespace than the one that is booted with them. */
int persist_prepare(const struct apply_context *context, const struct plan *plan, struct txn *txn,
		    struct err *err) __attribute__((nonnull(1, 3, 4), warn_unused_result));

/* Does the process that boots read the context's etc_dir, for this network namespace? */
bool persist_is_booted(const struct apply_context *context) __attribute__((nonnull));

/* One file whole, the caller's; NULL when there is none. */
int persist_read(const struct apply_context *context, const char *path, char **content,
		 struct err *err) __attribute__((nonnull, warn_unused_result));
/* Puts the content there for good, or removes the file when it is NULL. */
int persist_put(const struct apply_context *context, const char *path, const char *content,
		struct err *err) __attribute__((nonnull(1, 2, 4), warn_unused_result));

#endif
