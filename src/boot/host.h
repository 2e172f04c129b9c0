/* boot/host.h - what else happens at boot on the host below a root: who sets keys, which modules
 * are there by then, and who sets keys again afterwards. */
#ifndef BOOT_HOST_H
#define BOOT_HOST_H

#include <stdbool.h>

#include "boot/parse.h"
#include "boot/root.h"

/* Who sets keys at boot; `why`, the caller's, says what tells. */
enum boot_loader boot_host_loader(const struct boot_root *root, char **why)
	__attribute__((nonnull));
/* Whether a unit is started at boot: some target wants it and it is not masked. */
bool boot_host_enables(const struct boot_root *root, const char *unit) __attribute__((nonnull));
/* Whether udev has systemd-sysctl set the keys of each network interface as it appears. */
bool boot_host_has_interface_rule(const struct boot_root *root) __attribute__((nonnull));

/* Modules that are loaded before any key is set. */
struct boot_modules {
	char **early; /* named in modules-load.d; under procps in /etc/modules too */
	size_t n_early;
	char *builtin; /* text of modules.builtin of the newest kernel, or NULL */
	char *loaded;  /* text of /proc/modules, or NULL */
	bool is_live;  /* the root is that of the running host */
};

/* Below which this host's /lib/modules is: FETTLE_MODULES_ROOT, for where that is hidden from this
 * process and bound elsewhere (systemd.exec(5), ProtectKernelModules=); else "". */
const char *boot_modules_root(void) __attribute__((returns_nonnull));

void boot_modules_read(const struct boot_root *root, enum boot_loader loader,
		       struct boot_modules *out, struct boot_problems *problems)
	__attribute__((nonnull));
void boot_modules_fini(struct boot_modules *modules) __attribute__((nonnull));

/* The module a key comes with, or NULL for one that is always there. */
const char *boot_module_of(const char *key) __attribute__((nonnull));

enum boot_module_state {
	BOOT_MODULE_EARLY,   /* there before keys are set */
	BOOT_MODULE_LATE,    /* loaded when something asks for it, or never */
	BOOT_MODULE_UNKNOWN, /* nothing tells whether the kernel has it built in */
};

/* `exists`: whether a key of this module exists on the running host. */
enum boot_module_state boot_module_state(const struct boot_modules *modules, const char *module,
					 bool exists) __attribute__((nonnull));

#endif
