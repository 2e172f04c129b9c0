/* cli/local.h - what a command does here, without the daemon: with which profile, on which host. */
#ifndef CLI_LOCAL_H
#define CLI_LOCAL_H

#include "check/host.h"
#include "cli/cli.h"
#include "profile/profile.h"

/* The option or argument that only a run here can follow, or NULL. `profile` NULL: none was
 * given. */
const char *local_reason(const struct cli *cli, const char *profile) __attribute__((nonnull(1)));
/* `name` NULL: the active one. Errors as profile_load(). */
int local_profile(const struct cli *cli, const char *name, struct profile **out, struct err *err)
	__attribute__((nonnull(1, 3, 4), warn_unused_result));
int local_host(const struct cli *cli, struct host **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
