/* check/reboot.h - what a boot would make of the keys that an audit found wrong.
 *
 * Not part of audit_run(): whoever plans a change has no use for it, and it reads many files. */
#ifndef CHECK_REBOOT_H
#define CHECK_REBOOT_H

#include "check/host.h"
#include "model/report.h"
#include "profile/profile.h"

/* Gives each failing finding of a key its verdict. `dir`: "/", or where an image is mounted. Reads
 * nothing when nothing fails; a folder that cannot be opened leaves findings without a verdict. */
void check_reboot(const struct host *host, const struct profile *profile, const char *dir,
		  struct report *report) __attribute__((nonnull));

#endif
