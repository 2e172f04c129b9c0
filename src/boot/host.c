/* boot/host.c - see host.h: the loader, units and udev's rule. */
#include "boot/host.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

#include "base/str.h"

enum {
	RULE_MOST = 1 << 20
};

static const char sysctl_unit[] = "systemd-sysctl.service";

static const char *find_first(const struct boot_root *root, const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (boot_root_exists(root, paths[i]))
			return paths[i];
	return NULL;
}

/* Whether a unit is masked: a link of its name to /dev/null, systemctl(1) "mask". */
static bool is_masked(const struct boot_root *root, const char *unit)
{
	static const char *const folders[] = {"/etc/systemd/system", "/run/systemd/system"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		_cleanup_free_ char *path = mem_printf("%s/%s", folders[i], unit);
		_cleanup_free_ char *target = boot_root_link(root, path);

		if (target && str_equal(target, "/dev/null"))
			return true;
	}
	return false;
}

/* Whether a program's path, or the links on the way, lead to systemd. */
static bool init_is_systemd(const struct boot_root *root)
{
	static const char *const inits[] = {"/sbin/init", "/usr/sbin/init"};

	for (size_t i = 0; i < ARRAY_SIZE(inits); i++) {
		_cleanup_free_ char *target = boot_root_link(root, inits[i]);
		const char *base = target ? strrchr(target, '/') : NULL;

		if (target && str_equal(base ? base + 1 : target, "systemd"))
			return true;
	}
	return false;
}

/* There while systemd is what runs as PID 1, sd_booted(3). */
static const char booted_by_systemd[] = "/run/systemd/system";

enum boot_loader boot_host_loader(const struct boot_root *root, char **why)
{
	static const char *const systemd[] = {"/usr/lib/systemd/systemd-sysctl",
					      "/lib/systemd/systemd-sysctl"};
	static const char *const procps[] = {"/etc/init.d/procps", "/etc/init.d/sysctl"};
	const char *program = find_first(root, systemd, ARRAY_SIZE(systemd));
	const char *script = find_first(root, procps, ARRAY_SIZE(procps));

	if (program && boot_root_is_running(root) && !boot_root_exists(root, booted_by_systemd)) {
		*why = mem_strdup("systemd is installed here, but did not boot this system");
		return BOOT_LOADER_NONE;
	}
	if (program && init_is_systemd(root)) {
		if (is_masked(root, sysctl_unit)) {
			*why = mem_printf("%s is masked", sysctl_unit);
			return BOOT_LOADER_NONE;
		}
		*why = mem_printf("systemd is init and %s is there", program);
		return BOOT_LOADER_SYSTEMD;
	}
	if (script) {
		*why = mem_printf("%s runs 'sysctl --system'", script);
		return BOOT_LOADER_PROCPS;
	}
	if (program) {
		*why = mem_printf("%s is there, though init is not systemd", program);
		return BOOT_LOADER_SYSTEMD;
	}
	*why = mem_strdup("neither systemd-sysctl nor an init script for sysctl is there");
	return BOOT_LOADER_NONE;
}

/* Whether a folder "X.wants" or "X.requires" in this one holds the unit. */
static bool is_wanted(const struct boot_root *root, const char *folder, const char *unit)
{
	struct boot_names names = {0};
	bool found = false;
	struct err err;

	if (boot_root_list(root, folder, &names, &err) < 0)
		return false;
	for (size_t i = 0; i < names.count && !found; i++) {
		_cleanup_free_ char *path = mem_printf("%s/%s/%s", folder, names.names[i], unit);
		_cleanup_fd_ int fd = -1;

		if (fnmatch("*.wants", names.names[i], 0) &&
		    fnmatch("*.requires", names.names[i], 0))
			continue;
		fd = boot_root_fd(root, path, O_PATH | O_NOFOLLOW);
		found = fd >= 0;
	}
	boot_names_fini(&names);
	return found;
}

bool boot_host_enables(const struct boot_root *root, const char *unit)
{
	static const char *const folders[] = {"/etc/systemd/system", "/usr/lib/systemd/system"};

	if (is_masked(root, unit))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (is_wanted(root, folders[i], unit))
			return true;
	return false;
}

bool boot_host_has_interface_rule(const struct boot_root *root)
{
	/* The same rule of names as for sysctl.d: the first folder that has it, udev(7). */
	static const char *const rules[] = {
		"/etc/udev/rules.d/99-systemd.rules",
		"/run/udev/rules.d/99-systemd.rules",
		"/usr/local/lib/udev/rules.d/99-systemd.rules",
		"/usr/lib/udev/rules.d/99-systemd.rules",
		"/lib/udev/rules.d/99-systemd.rules",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		_cleanup_free_ char *text = NULL;
		struct err err;
		size_t len;

		if (boot_root_read(root, rules[i], RULE_MOST, &text, &len, &err) == 0)
			return strstr(text, "systemd-sysctl --prefix=/net/ipv4/conf/$name") != NULL;
	}
	return false;
}
