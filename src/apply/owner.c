/* apply/owner.c - see owner.h. */
#include "apply/owner.h"

#include <string.h>
#include <sys/stat.h>

#include "apply/persist.h"
#include "boot/boot.h"
#include "boot/tuner.h"

/* A tree of files, and another network namespace, have no tuner of this host. */
static bool has_tuners(const struct apply_context *context, const char *dir)
{
	struct stat ours, kernel;

	if (strcmp(dir, "/") != 0)
		return true;
	return persist_is_booted(context) &&
	       fstat(sysctl_root_fd(context->host->root), &ours) == 0 &&
	       stat("/proc/sys", &kernel) == 0 && ours.st_dev == kernel.st_dev &&
	       ours.st_ino == kernel.st_ino;
}

static char *say_who(const struct boot_tuner *tuner, const struct boot_def *def)
{
	if (!def->value)
		return mem_printf("%s, %s: it is left to it", tuner->name, tuner->detail);
	return mem_printf("%s, %s, sets it to %s at %s:%u", tuner->name, tuner->detail, def->value,
			  def->file, def->line);
}

static void block_owned(const struct boot_tuners *tuners, struct plan *plan)
{
	_cleanup_free_ char *ours = mem_printf("/etc/%s", persist_sysctl_file);

	for (size_t i = plan->n_changes; i-- > 0;) {
		const struct plan_change *change = &plan->changes[i];
		const struct boot_tuner *tuner;
		const struct boot_def *def = boot_tuners_owner(tuners, change->key, ours, &tuner);
		_cleanup_free_ char *why = NULL;

		if (!def || (def->value && change->to && boot_same_value(def->value, change->to)))
			continue;
		why = say_who(tuner, def);
		plan_block(plan, change->key, PLAN_OWNED, why);
	}
}

void owner_block(const struct apply_context *context, struct plan *plan)
{
	_cleanup_(boot_root_freep) struct boot_root *root = NULL;
	_cleanup_free_ char *dir = apply_find_root(context);
	struct boot_problems problems = {0};
	struct boot_tuners tuners;
	struct err ignored;

	if (!plan->n_changes || !dir || !has_tuners(context, dir) ||
	    boot_root_open(dir, &root, &ignored) < 0)
		return;
	boot_tuners_find(root, &tuners, &problems);
	block_owned(&tuners, plan);
	boot_tuners_fini(&tuners);
	boot_problems_fini(&problems);
}
