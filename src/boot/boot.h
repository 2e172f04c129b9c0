/* boot/boot.h - what each key will hold after a boot, and which line says so.
 *
 * The plan replays the loader: its files, its order, its patterns, and what the kernel sets along
 * with some keys. Patterns are expanded over the keys that exist now, so an image is judged against
 * the running kernel's keys and interfaces. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "boot/files.h"
#include "boot/problem.h"
#include "sysctl/read.h"

struct boot_plan;

/* `dir`: "/", or where an image is mounted. `loader`: BOOT_LOADERS for the one this host uses.
 * `keys` must outlive the plan. Returns 0, or what kept the root from being opened; anything else
 * that goes wrong is one of the plan's problems. */
int boot_plan_make(const char *dir, enum boot_loader loader, const struct sysctl_root *keys,
		   struct boot_plan **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* A file as it would be; `text` NULL: not there. */
struct boot_draft {
	char *path;
	const char *text;
};

/* The same with files that are not written yet: what a boot would make of them. */
int boot_plan_draft(const char *dir, enum boot_loader loader, const struct sysctl_root *keys,
		    const struct boot_draft *drafts, size_t n_drafts, struct boot_plan **out,
		    struct err *err) __attribute__((nonnull(1, 3, 6, 7), warn_unused_result));
void boot_plan_free(struct boot_plan *plan);
MEM_DEFINE_FREEP(struct boot_plan, boot_plan)

enum boot_loader boot_plan_loader(const struct boot_plan *plan) __attribute__((nonnull));
/* What the loader was told by: "systemd is init and ... is there". */
const char *boot_plan_loader_reason(const struct boot_plan *plan) __attribute__((nonnull));
const struct boot_files *boot_plan_files(const struct boot_plan *plan) __attribute__((nonnull));
const struct boot_problems *boot_plan_problems(const struct boot_plan *plan)
	__attribute__((nonnull));
/* The keys that a line names, sorted, and patterns that match nothing now; the plan's. */
const char *const *boot_plan_keys(const struct boot_plan *plan, size_t *count)
	__attribute__((nonnull));

enum boot_verdict {
	BOOT_SET,        /* a line sets it, and nothing was asked of the value */
	BOOT_KEPT,       /* what is set is what is wanted */
	BOOT_OVERRIDDEN, /* another value is set */
	BOOT_DEFAULT,    /* nothing sets it: it starts with the kernel's default */
	BOOT_TOO_EARLY,  /* a line sets it before its module or interface is there */
	BOOT_TUNER,      /* another program sets it afterwards */
	BOOT_UNKNOWN,    /* `reason` says what cannot be told */
	BOOT_VERDICTS
};

const char *boot_verdict_name(enum boot_verdict verdict); /* "kept", "too-early", ... */

struct boot_line {
	const char *file, *value;
	unsigned line;
};

/* Texts but `reason` are the plan's. */
struct boot_answer {
	enum boot_verdict verdict;
	struct boot_line winner; /* file NULL: none */
	const char *via; /* the key that line sets, when the kernel sets this one along with it */
	char *reason;    /* NULL when the verdict says all */
	struct boot_line *shadowed; /* in the order they are read */
	size_t n_shadowed;
};

/* `key` canonical. `holds` tells whether a text is what is wanted; NULL: nothing is. */
void boot_plan_judge(const struct boot_plan *plan, const char *key,
		     bool (*holds)(const char *text, void *data), void *data,
		     struct boot_answer *out) __attribute__((nonnull(1, 2, 5)));
void boot_answer_fini(struct boot_answer *answer) __attribute__((nonnull));
/* For boot_plan_judge(): the same value as the text `data`, however it is spaced or written. */
bool boot_same_value(const char *text, void *data) __attribute__((nonnull));

#endif
