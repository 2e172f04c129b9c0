/* boot/plan.h - the inside of a plan, for boot.c and judge.c. */
#ifndef BOOT_PLAN_H
#define BOOT_PLAN_H

#include "boot/boot.h"
#include "boot/host.h"
#include "boot/index.h"
#include "boot/tuner.h"

/* What becomes of one key. */
struct boot_key {
	char *name;
	const struct boot_def *winner, *excluded; /* NULL: none */
	const char *value, *via;
	bool exists;                   /* now, among the plan's keys */
	bool named;                    /* by a line, rather than set along with another */
	bool own;                      /* was written itself */
	const struct boot_def **lines; /* all that name it with a value */
	size_t n_lines;
};

struct boot_plan {
	struct boot_root *root;
	const struct sysctl_root *tree;
	enum boot_loader loader;
	char *reason;
	struct boot_files files;
	struct boot_defs defs; /* complete before anything points into it */
	size_t n_kernel_defs;  /* the first ones: of the kernel's command line */
	struct boot_key **keys;
	size_t n_keys;
	struct boot_index index; /* of keys */
	const char **names;      /* of keys that are named, sorted */
	size_t n_names;
	struct boot_modules modules;
	struct boot_tuners tuners;
	struct boot_problems problems;
	bool has_interface_rule;
};

/* Works out the keys from the definitions. */
void boot_plan_replay(struct boot_plan *plan) __attribute__((nonnull));

#endif
