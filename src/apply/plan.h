/* apply/plan.h - what applying a profile to this host comes to: changes in order, and what cannot
 * be changed. Making one changes nothing. */
#ifndef APPLY_PLAN_H
#define APPLY_PLAN_H

#include <jansson.h>

#include "apply/context.h"
#include "profile/profile.h"
#include "sysctl/compare.h"

struct plan_change {
	char *key;
	enum value_kind kind;
	char *from;     /* separators normalised; NULL: absent until `module` is loaded */
	char *to;       /* NULL: known only once `module` is loaded */
	char *expected; /* as the profile says it */
	char *module;   /* to be loaded first, or NULL */
	enum severity severity;
	struct origin origin;
	struct sysctl_wanted *wanted; /* what it must meet in the end; NULL: `to` itself */
	char *reset_by; /* it holds `to` until this other key is changed; NULL: it does not */
};

enum plan_obstacle {
	PLAN_ABSENT,        /* no such key, or its module cannot be loaded */
	PLAN_READ_ONLY,     /* the mount, the key, or this network namespace */
	PLAN_NOT_PERMITTED, /* somebody with more rights could */
	PLAN_UNREADABLE,
	PLAN_UNRESOLVED,   /* no value meets the profile here */
	PLAN_WAIVED,       /* deviates, and somebody answers for it */
	PLAN_OWNED,        /* another tuner's */
	PLAN_OUT_OF_RANGE, /* of what the catalogue says the kernel takes */
};

struct plan_blocked {
	char *key;
	enum plan_obstacle obstacle;
	char *why;
	enum severity severity;
	struct origin origin;
};

/* A key that meets the profile as it is, for what is to last. */
struct plan_kept {
	char *key, *value;
};

struct plan_warning {
	char *subject, *text;
};

struct plan {
	char *name, *file, *digest;  /* of the profile; NULL when none */
	char *not_applicable;        /* why nothing of it applies here, or NULL */
	struct plan_change *changes; /* in the order they are to be written */
	size_t n_changes;
	struct plan_blocked *blocked;
	size_t n_blocked;
	struct plan_kept *kept;
	size_t n_kept;
	char **modules; /* to load, each once; after an apply: that were loaded */
	size_t n_modules;
	char **boot_modules; /* what its keys wait for at boot, loaded now or not */
	size_t n_boot_modules;
	struct plan_warning *warnings;
	size_t n_warnings;
};

/* Never fails: what cannot be planned is blocked. Waivers hold for what is due now. */
void plan_make(const struct apply_context *context, const struct profile *profile, struct plan *out)
	__attribute__((nonnull));
void plan_fini(struct plan *plan) __attribute__((nonnull));

/* Takes `key` out of the changes, for a caller who knows who else writes it. */
void plan_block(struct plan *plan, const char *key, enum plan_obstacle obstacle, const char *why)
	__attribute__((nonnull));
/* Adds a change to `to`; 0, or what reading the key said. Call plan_order() after the last. */
int plan_add(const struct apply_context *context, struct plan *plan, const char *key,
	     const char *to, struct err *err) __attribute__((nonnull, warn_unused_result));
void plan_order(struct plan *plan) __attribute__((nonnull));

const char *plan_obstacle_name(enum plan_obstacle obstacle); /* "absent", "read-only", ... */
/* {"profile","changes":[...],"blocked":[...],"modules":[...],"warnings":[...]}; a new reference. */
json_t *plan_to_json(const struct plan *plan) __attribute__((nonnull, warn_unused_result));

#endif
