/* apply/module.c - see module.h. modprobe(8) does the work: it knows aliases, options, blacklists
 * and dependencies. */
#include "apply/module.h"

#include <errno.h>
#include <string.h>

#include "apply/spawn.h"
#include "base/str.h"
#include "boot/host.h"
#include "catalog/catalog.h"
#include "check/offer.h"

static const char congestion_key[] = "net.ipv4.tcp_congestion_control";

static bool is_listed(const struct host *host, const char *list, const char *word)
{
	_cleanup_(value_freep) struct value *value = NULL;
	struct err ignored;

	/* a list that cannot be read: the kernel will say */
	return check_read_list(host, list, &value, &ignored) < 0 || value_has_word(value, word);
}

char *module_needed(const struct apply_context *context, const char *key, const char *to)
{
	const struct catalog_key *known = catalog_find(key);

	if (to && strcmp(key, congestion_key) == 0)
		return is_listed(context->host, "net.ipv4.tcp_available_congestion_control", to)
			       ? NULL
			       : mem_printf("tcp_%s", to);
	if (known && known->module && !sysctl_exists(context->host->root, key))
		return mem_strdup(known->module);
	return NULL;
}

char *module_behind(const char *key, const char *value)
{
	const struct catalog_key *known = catalog_find(key);
	_cleanup_free_ char *loaded = NULL;

	if (strcmp(key, congestion_key) != 0)
		return mem_strdup(known && known->module ? known->module : boot_module_of(key));
	/* only what was loaded has an initstate: built in is always there */
	loaded = mem_printf("/sys/module/tcp_%s/initstate", value);
	return access(loaded, F_OK) == 0 ? mem_printf("tcp_%s", value) : NULL;
}

/* What a command line may hold without being taken for an option or a path. */
static bool is_name(const char *name)
{
	size_t len = strlen(name);

	return len && len < 64 && name[0] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
		       len;
}

/* The service manager runs it where this process may not load a module. Not with --wait: that takes
 * a message bus, where the end of a start takes none. */
static size_t add_loader(const struct apply_context *context, const char **argv)
{
	const char *const words[] = {context->loader, "--quiet", "--collect",
				     "--property=Type=oneshot", "--"};

	memcpy(argv, words, sizeof(words));
	return ARRAY_SIZE(words);
}

static int modprobe(const struct apply_context *context, const char *name, bool dry_run,
		    struct err *err)
{
	const char *program = context->modprobe, *root = boot_modules_root(), *argv[10];
	_cleanup_free_ char *shown = NULL;
	size_t count = 0;
	char said[256];
	int r;

	if (!program)
		return err_set(err, EPERM,
			       "the module %s is needed, and loading modules is not allowed", name);
	if (!is_name(name))
		return err_set(err, EINVAL, "'%s' is no name of a module", name);
	if (context->loader && !dry_run)
		count = add_loader(context, argv);
	argv[count++] = program;
	if (dry_run)
		argv[count++] = "--dry-run";
	if (dry_run && *root) {
		argv[count++] = "--dirname";
		argv[count++] = root;
	}
	argv[count++] = name;
	argv[count] = NULL;
	r = spawn_run(argv, said, sizeof(said));
	if (r == 0)
		return 0;
	if (r < 0)
		return err_set(err, -r, "cannot run %s for the module %s: %s", argv[0], name,
			       strerror(-r));
	shown = str_printable(said);
	return err_set(err, ENOENT, "the module %s cannot be loaded: %s", name,
		       *shown ? shown : "modprobe found none of that name");
}

int module_check(const struct apply_context *context, const char *name, struct err *err)
{
	_cleanup_free_ char *disabled = NULL;
	struct err ignored;

	if (sysctl_read(context->host->root, "kernel.modules_disabled", &disabled, &ignored) == 0 &&
	    strcmp(disabled, "1") == 0)
		return err_set(err, EPERM,
			       "the module %s is needed, and kernel.modules_disabled is set", name);
	return modprobe(context, name, true, err);
}

int module_load(const struct apply_context *context, const char *name, struct err *err)
{
	return modprobe(context, name, false, err);
}
