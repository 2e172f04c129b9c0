/* boot/parse.h - one sysctl.d file to definitions, as each loader reads it.
 *
 * The two programs agree on ordinary files and differ on odd ones (doc/boot.md lists how), so the
 * loader is an argument. What is wrong with a line is a problem with its file and line. */
#ifndef BOOT_PARSE_H
#define BOOT_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "boot/problem.h"

enum boot_loader {
	BOOT_LOADER_SYSTEMD, /* systemd-sysctl, as of systemd 252 */
	BOOT_LOADER_PROCPS,  /* sysctl --system, as of procps-ng 4.0.2 */
	BOOT_LOADER_NONE,    /* no one sets keys at boot */
	BOOT_LOADERS
};

const char *boot_loader_name(enum boot_loader loader); /* "systemd", "procps", "none" */

struct boot_def {
	char *key;   /* canonical, see sysctl/name.h; may be a pattern */
	char *path;  /* below /proc/sys, as this loader compares it with others */
	char *value; /* NULL: only keeps patterns away from the key ("-key") */
	bool is_glob, ignores_errors;
	const char *file; /* belongs to the caller of boot_parse() */
	unsigned line;
};

/* Starts as {0}, in the order read. */
struct boot_defs {
	struct boot_def *items;
	size_t count;
};

enum {
	BOOT_DEFS_MOST = 1 << 16
};

/* Adds to `defs` what `text` (any `len` bytes) defines. `file` must outlive `defs`. */
void boot_parse(enum boot_loader loader, const char *file, const char *text, size_t len,
		struct boot_defs *defs, struct boot_problems *problems) __attribute__((nonnull));
void boot_defs_fini(struct boot_defs *defs) __attribute__((nonnull));

#endif
