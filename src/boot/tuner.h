/* boot/tuner.h - programs that set keys after the loader has run, and which keys those are.
 *
 * Known: tuned, saptune, bpftune and ufw; each only where a unit starts it at boot. */
#ifndef BOOT_TUNER_H
#define BOOT_TUNER_H

#include "boot/parse.h"
#include "boot/root.h"

struct boot_tuner {
	const char *name;      /* "tuned" */
	char *detail;          /* "profile throughput-performance" */
	bool yields_to_etc;    /* it sets /run and /etc/sysctl.d again behind its own */
	struct boot_defs keys; /* value NULL: any value, at run time */
	char **files;          /* what the keys' `file` points to */
	size_t n_files;
};

struct boot_tuners {
	struct boot_tuner *items;
	size_t count;
};

void boot_tuners_find(const struct boot_root *root, struct boot_tuners *out,
		      struct boot_problems *problems) __attribute__((nonnull));
void boot_tuners_fini(struct boot_tuners *tuners) __attribute__((nonnull));
/* The last definition of a key by a tuner, or NULL. `file` is where the loader has it from, or
 * NULL. */
const struct boot_def *boot_tuners_owner(const struct boot_tuners *tuners, const char *key,
					 const char *file, const struct boot_tuner **tuner)
	__attribute__((nonnull(1, 2, 4)));

#endif
