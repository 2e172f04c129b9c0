/* apply/context.h - where a transaction works: which host, which folders, which boot. */
#ifndef APPLY_CONTEXT_H
#define APPLY_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "check/host.h"

extern const char apply_default_state_dir[]; /* "/var/lib/fettle", from how it was configured */

/* A network namespace. Inode numbers are used again when one is gone, cookies (Linux 5.14, else 0)
 * are not. */
struct apply_netns {
	uint64_t inode, cookie;
};

/* How a guard outlives us, see guard.h. Both NULL: it is forked. */
struct apply_guard_means {
	const char *systemd_run;    /* program, "/usr/bin/systemd-run" */
	const char *const *command; /* NULL-terminated; the transaction's number is added to it */
	bool is_service;            /* a forked one would end with this service: then none is */
};

struct apply_context {
	const struct host *host; /* its keys are what is changed */
	const char *state_dir;   /* journal and lock */
	const char *etc_dir;     /* sysctl.d and modules-load.d are below it */
	bool etc_is_booted;      /* a boot read it, wherever it is: for tests */
	bool etc_is_named;       /* a rollback looks there, whatever the journal says */
	const char *modprobe;    /* program that loads modules; NULL: none is loaded */
	const char *loader;      /* systemd-run, when this process may not load one; or NULL */
	bool for_root;           /* plan what root could change, whoever asks */
	const char *again; /* what a command that is hinted at has to be told: " --x y" or "" */
	struct apply_guard_means guard;
	char boot_id[40]; /* tells whether the kernel still holds what was written */
	struct apply_netns netns;
};

/* The running system's; every field may be set otherwise afterwards. Strings and `host` are
 * borrowed. */
int apply_context_init(struct apply_context *context, const struct host *host, struct err *err)
	__attribute__((nonnull, warn_unused_result));

bool apply_netns_equal(struct apply_netns a, struct apply_netns b);
/* A process that lives in the namespace, or 0 when none was found. */
int apply_netns_find(struct apply_netns netns);

/* What etc_dir is the "etc" of: "/", or where an image is; the caller's. NULL: of nothing. */
char *apply_find_root(const struct apply_context *context) __attribute__((nonnull));

/* CLOCK_BOOTTIME: goes on while the host sleeps, starts again with each boot. */
uint64_t apply_boottime_ns(void);

enum {
	APPLY_TIME_SIZE = 24
};
/* UTC, "2026-06-15T12:00:00Z"; returns `buf`. */
const char *apply_time_now(char buf[static APPLY_TIME_SIZE]);

#endif
