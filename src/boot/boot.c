/* boot/boot.c - see boot.h: gathers what a boot reads, and replays it. */
#include "boot/boot.h"

#include <string.h>

#include "base/str.h"
#include "boot/plan.h"

enum {
	CMDLINE_MOST = 1 << 16
};

static const char cmdline[] = "/proc/cmdline";

/* One word of the kernel's command line, quotes around it or around its value taken off. */
static char *next_word(const char **text)
{
	struct strbuf word = {0};
	bool quoted = false;

	*text += strspn(*text, " \t\n");
	for (; **text && (quoted || !strchr(" \t\n", **text)); (*text)++) {
		if (**text == '"')
			quoted = !quoted;
		else
			strbuf_add(&word, *text, 1);
	}
	if (!word.len) {
		strbuf_fini(&word);
		return NULL;
	}
	return strbuf_take(&word);
}

/* "sysctl.KEY=VALUE" on the kernel's command line, since Linux 5.8; the kernel itself writes these
 * before init starts (fs/proc/proc_sysctl.c: do_sysctl_args()). */
static void add_kernel_defs(struct boot_plan *plan)
{
	_cleanup_free_ char *text = NULL;
	const char *rest;
	struct err err;
	size_t len;
	char *next;

	if (boot_root_read(plan->root, cmdline, CMDLINE_MOST, &text, &len, &err) < 0)
		return;
	rest = text;
	while ((next = next_word(&rest))) {
		_cleanup_free_ char *word = next;
		char *value = strchr(word, '=');

		if (!value || (!str_starts(word, "sysctl.") && !str_starts(word, "sysctl/")))
			continue;
		boot_parse(BOOT_LOADER_PROCPS, cmdline, word + strlen("sysctl."),
			   strlen(word + strlen("sysctl.")), &plan->defs, &plan->problems);
	}
	plan->n_kernel_defs = plan->defs.count;
}

static void read_files(struct boot_plan *plan)
{
	if (plan->loader == BOOT_LOADER_NONE)
		return;
	boot_files_find(plan->root, plan->loader, &plan->files, &plan->problems);
	for (size_t i = 0; i < plan->files.count; i++) {
		struct boot_file *file = &plan->files.items[i];

		if (file->status == BOOT_FILE_READ)
			boot_parse(plan->loader, file->path, file->text, file->len, &plan->defs,
				   &plan->problems);
		boot_file_drop_text(file);
	}
}

int boot_plan_make(const char *dir, enum boot_loader loader, const struct sysctl_root *keys,
		   struct boot_plan **out, struct err *err)
{
	return boot_plan_draft(dir, loader, keys, NULL, 0, out, err);
}

int boot_plan_draft(const char *dir, enum boot_loader loader, const struct sysctl_root *keys,
		    const struct boot_draft *drafts, size_t n_drafts, struct boot_plan **out,
		    struct err *err)
{
	_cleanup_(boot_plan_freep) struct boot_plan *plan = mem_alloc(sizeof(*plan));
	int r;

	r = boot_root_open(dir, &plan->root, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_drafts; i++)
		boot_root_draft(plan->root, drafts[i].path, drafts[i].text);
	plan->tree = keys;
	plan->loader = boot_host_loader(plan->root, &plan->reason);
	if (loader != BOOT_LOADERS) {
		mem_replace(&plan->reason, "it was asked for");
		plan->loader = loader;
	}
	plan->has_interface_rule =
		plan->loader == BOOT_LOADER_SYSTEMD && boot_host_has_interface_rule(plan->root);
	add_kernel_defs(plan);
	read_files(plan);
	boot_modules_read(plan->root, plan->loader, &plan->modules, &plan->problems);
	boot_tuners_find(plan->root, &plan->tuners, &plan->problems);
	boot_plan_replay(plan);
	*out = TAKE_PTR(plan);
	return 0;
}

void boot_plan_free(struct boot_plan *plan)
{
	if (!plan)
		return;
	boot_index_fini(&plan->index);
	for (size_t i = 0; i < plan->n_keys; i++) {
		free(plan->keys[i]->name);
		free(plan->keys[i]->lines);
		free(plan->keys[i]);
	}
	free(plan->keys);
	free(plan->names);
	boot_tuners_fini(&plan->tuners);
	boot_modules_fini(&plan->modules);
	boot_problems_fini(&plan->problems);
	boot_defs_fini(&plan->defs);
	boot_files_fini(&plan->files);
	free(plan->reason);
	boot_root_free(plan->root);
	free(plan);
}

enum boot_loader boot_plan_loader(const struct boot_plan *plan)
{
	return plan->loader;
}

const char *boot_plan_loader_reason(const struct boot_plan *plan)
{
	return plan->reason;
}

const struct boot_files *boot_plan_files(const struct boot_plan *plan)
{
	return &plan->files;
}

const struct boot_problems *boot_plan_problems(const struct boot_plan *plan)
{
	return &plan->problems;
}

const char *const *boot_plan_keys(const struct boot_plan *plan, size_t *count)
{
	*count = plan->n_names;
	return plan->names;
}
