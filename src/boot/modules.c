/* boot/modules.c - see host.h: a key of a module that comes later is not set at boot.
 *
 * systemd-sysctl.service is ordered after systemd-modules-load.service, and sysvinit's procps and
 * OpenRC's sysctl after what loads /etc/modules; a module loaded on demand brings its keys later,
 * with the kernel's defaults. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "boot/files.h"
#include "boot/host.h"
#include "model/version.h"

enum {
	LIST_MOST = 4 << 20
};

/* The first row that matches says. */
static const struct {
	const char *key;
	const char *module;
} owners[] = {
	{"net.bridge.*", "br_netfilter"},
	{"net.netfilter.nf_conntrack_*", "nf_conntrack"},
	{"net.netfilter.nf_flowtable_*", "nf_conntrack"},
	{"net.nf_conntrack_max", "nf_conntrack"},
	{"net.ipv4.vs.*", "ip_vs"},
	{"net.mpls.*", "mpls_router"},
	{"net.rds.*", "rds"},
	{"net.sctp.*", "sctp"},
	{"net.dccp.*", "dccp"},
	{"net.tipc.*", "tipc"},
	{"net.smc.*", "smc"},
	{"net.rxrpc.*", "rxrpc"},
	{"net.ax25.*", "ax25"},
	{"net.appletalk.*", "appletalk"},
	{"net.ieee802154.*", "ieee802154_6lowpan"},
	{"net.iw_cm.*", "iw_cm"},
	{"net.llc.*", "llc2"},
	{"net.phonet.*", "phonet"},
	{"net.x25.*", "x25"},
	{"fs.nfs.nlm_*", "lockd"},
	{"fs.nfs.nsm_*", "lockd"},
	{"fs.nfs.*", "nfs"},
	{"sunrpc.*", "sunrpc"},
};

const char *boot_module_of(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		if (fnmatch(owners[i].key, key, 0) == 0)
			return owners[i].module;
	return NULL;
}

/* Module names: "-" and "_" are the same to modprobe(8). */
static bool is_same_module(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (a[i] != b[i] && !((a[i] == '-' || a[i] == '_') && (b[i] == '-' || b[i] == '_')))
			return false;
	return !b[len];
}

/* One name a line; "#" and ";" start comments, modules-load.d(5). */
static void read_list(struct boot_modules *modules, const char *text)
{
	while (*text) {
		size_t len;

		text += strspn(text, " \t");
		len = strcspn(text, " \t\r\n"); /* /etc/modules allows parameters behind the name */
		if (len && *text != '#' && *text != ';')
			*MEM_APPEND(modules->early, modules->n_early) = mem_strndup(text, len);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

static void read_early(const struct boot_root *root, enum boot_loader loader,
		       struct boot_modules *modules, struct boot_problems *problems)
{
	_cleanup_free_ char *text = NULL;
	struct boot_files files;
	struct err err;
	size_t len;

	boot_files_find_modules(root, &files, problems);
	for (size_t i = 0; i < files.count; i++)
		if (files.items[i].status == BOOT_FILE_READ)
			read_list(modules, files.items[i].text);
	boot_files_fini(&files);
	/* Under systemd it counts where modules-load.d links to it, as on Debian. */
	if (loader == BOOT_LOADER_PROCPS &&
	    boot_root_read(root, "/etc/modules", LIST_MOST, &text, &len, &err) == 0)
		read_list(modules, text);
}

const char *boot_modules_root(void)
{
	const char *named = secure_getenv("FETTLE_MODULES_ROOT");

	return named ? named : "";
}

/* The list of the newest kernel there: the one that a boot loader takes. */
static char *read_builtin(const struct boot_root *root)
{
	_cleanup_free_ char *dir =
		mem_printf("%s/lib/modules", boot_root_is_running(root) ? boot_modules_root() : "");
	_cleanup_free_ char *path = NULL;
	struct version newest = {0};
	struct boot_names names = {0};
	char *text = NULL;
	struct err err;
	size_t len;

	if (boot_root_list(root, dir, &names, &err) < 0)
		return NULL;
	for (size_t i = 0; i < names.count; i++) {
		struct version version;

		if (version_parse(names.names[i], &version) < 0 ||
		    (path && version_compare(version, newest) < 0))
			continue;
		newest = version;
		free(path);
		path = mem_printf("%s/%s/modules.builtin", dir, names.names[i]);
	}
	boot_names_fini(&names);
	if (!path || boot_root_read(root, path, LIST_MOST, &text, &len, &err) < 0)
		return NULL;
	return text;
}

void boot_modules_read(const struct boot_root *root, enum boot_loader loader,
		       struct boot_modules *out, struct boot_problems *problems)
{
	struct err err;
	size_t len;

	*out = (struct boot_modules){.builtin = read_builtin(root)};
	/* Both are missing in an image, and the second where the kernel has no modules at all. */
	out->is_live = boot_root_exists(root, "/proc/version");
	if (boot_root_read(root, "/proc/modules", LIST_MOST, &out->loaded, &len, &err) < 0)
		out->loaded = NULL;
	read_early(root, loader, out, problems);
}

void boot_modules_fini(struct boot_modules *modules)
{
	for (size_t i = 0; i < modules->n_early; i++)
		free(modules->early[i]);
	free(modules->early);
	free(modules->builtin);
	free(modules->loaded);
	*modules = (struct boot_modules){0};
}

/* Lines such as "kernel/net/sctp/sctp.ko". */
static bool is_builtin(const char *list, const char *module)
{
	while (*list) {
		size_t line = strcspn(list, "\n"), start = line;

		while (start && list[start - 1] != '/')
			start--;
		if (line - start > 3 && !strncmp(list + line - 3, ".ko", 3) &&
		    is_same_module(list + start, module, line - start - 3))
			return true;
		list += line + (list[line] == '\n');
	}
	return false;
}

/* Lines such as "sctp 450560 2 - Live 0x0". */
static bool is_loaded(const char *list, const char *module)
{
	while (*list) {
		if (is_same_module(list, module, strcspn(list, " \n")))
			return true;
		list += strcspn(list, "\n");
		list += *list == '\n';
	}
	return false;
}

enum boot_module_state boot_module_state(const struct boot_modules *modules, const char *module,
					 bool exists)
{
	for (size_t i = 0; i < modules->n_early; i++)
		if (is_same_module(modules->early[i], module, strlen(modules->early[i])))
			return BOOT_MODULE_EARLY;
	if (modules->builtin && is_builtin(modules->builtin, module))
		return BOOT_MODULE_EARLY;
	/* The key is here and no such module was loaded: it is part of the running kernel. */
	if (modules->is_live && exists && (!modules->loaded || !is_loaded(modules->loaded, module)))
		return BOOT_MODULE_EARLY;
	return modules->builtin || modules->is_live ? BOOT_MODULE_LATE : BOOT_MODULE_UNKNOWN;
}
