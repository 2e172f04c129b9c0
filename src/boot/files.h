/* boot/files.h - which configuration files a loader reads, in which order, and which it passes by.
 *
 * sysctl.d(5) and modules-load.d(5) share one rule: of files with one name the folder named first
 * holds it, and what is left is read in the order of the names. */
#ifndef BOOT_FILES_H
#define BOOT_FILES_H

#include "boot/parse.h"
#include "boot/problem.h"
#include "boot/root.h"

enum boot_file_status {
	BOOT_FILE_READ,
	BOOT_FILE_MASK,       /* empty, or a link to /dev/null or nowhere: hides its name */
	BOOT_FILE_MASKED,     /* hidden by the mask `by` */
	BOOT_FILE_OVERRIDDEN, /* hidden by the file `by` */
	BOOT_FILE_IGNORED,    /* this loader does not look at it; `by` says why */
	BOOT_FILE_UNREADABLE, /* it hides others and gives nothing; `by` says why */
	BOOT_FILE_STATUSES
};

struct boot_file {
	char *path;
	enum boot_file_status status;
	char *by;   /* see above; NULL where there is nothing to say */
	char *text; /* of a file that is read; boot_file_drop_text() frees it early */
	size_t len;
};

/* Those read stand in the order they are read. */
struct boot_files {
	struct boot_file *items;
	size_t count;
};

const char *boot_file_status_name(enum boot_file_status status); /* "read", "masked", ... */

/* Everything below DIR/sysctl.d, and /etc/sysctl.conf. What cannot be read is a problem. */
void boot_files_find(const struct boot_root *root, enum boot_loader loader, struct boot_files *out,
		     struct boot_problems *problems) __attribute__((nonnull));
/* The same for modules-load.d. */
void boot_files_find_modules(const struct boot_root *root, struct boot_files *out,
			     struct boot_problems *problems) __attribute__((nonnull));
void boot_file_drop_text(struct boot_file *file) __attribute__((nonnull));
void boot_files_fini(struct boot_files *files) __attribute__((nonnull));

#endif
