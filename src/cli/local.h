/* cli/local.h - what a command does here, without the daemon: with which profile, on which host. */
#ifndef CLI_LOCAL_H
#define CLI_LOCAL_H

#include "check/host.h"
#include "cli/cli.h"
#include "proc/netns.h"
#include "profile/profile.h"

/* The option or argument that only a run here can follow, or NULL. `profile` NULL: none was
 * given. */
const char *local_reason(const struct cli *cli, const char *profile) __attribute__((nonnull(1)));
/* `name` NULL: the active one. Errors as profile_load(). */
int local_profile(const struct cli *cli, const char *name, struct profile **out, struct err *err)
	__attribute__((nonnull(1, 3, 4), warn_unused_result));
/* What --netns names, which must have been given; the caller's. */
int local_namespaces(const struct cli *cli, struct netns_list *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* --sample, in milliseconds; `otherwise` when it was not given. Returns 0, or -EINVAL. */
int local_sample(const struct cli *cli, unsigned otherwise, unsigned *ms, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Whether --root, if given, is a folder to look into, and what is `below` it, "" or "etc/", too.
 * Returns 0, or -errno. */
int local_root(const struct cli *cli, const char *below, struct err *err)
	__attribute__((nonnull, warn_unused_result));
int local_host(const struct cli *cli, struct host **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
