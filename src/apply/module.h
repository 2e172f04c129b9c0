/* apply/module.h - kernel modules that keys wait for. */
#ifndef APPLY_MODULE_H
#define APPLY_MODULE_H

#include <stdbool.h>

#include "apply/context.h"

/* The module without which `key` cannot be set to `to`, the caller's, or NULL. What is built in has
 * no folder below /sys/module, so congestion controls are looked up in the list the kernel keeps.
 * `to` may be NULL. */
char *module_needed(const struct apply_context *context, const char *key, const char *to)
	__attribute__((nonnull(1, 2), warn_unused_result));

/* The module that `key` with this value comes from, loaded or not, the caller's; NULL when it is
 * not known to come from one. */
char *module_behind(const char *key, const char *value)
	__attribute__((nonnull, warn_unused_result));

/* 0 when it is there to be loaded, else -errno with the reason. Loads nothing. */
int module_check(const struct apply_context *context, const char *name, struct err *err)
	__attribute__((nonnull, warn_unused_result));
int module_load(const struct apply_context *context, const char *name, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
