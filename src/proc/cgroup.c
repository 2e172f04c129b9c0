/* proc/cgroup.c - what the path of a cgroup tells: the systemd unit and the container.
 *
 * Nobody registers containers with the kernel. What there is are the names that service managers
 * and runtimes give to the cgroups they make; the table below is of those. cgroups(7) has the
 * format of /proc/PID/cgroup. */
#include "proc/process.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

enum {
	ID_SHOWN = 12 /* digits: as "docker ps" and "podman ps" show it */
};

enum parent {
	ANY_PARENT,
	NAMED,  /* by `parent_name` */
	OF_POD, /* somewhere below kubepods */
};

/* The first row that fits a component. */
static const struct {
	const char *prefix, *suffix, *runtime;
	bool is_id; /* of hexadecimal digits; else a name, escaped as units are */
	enum parent parent;
	const char *parent_name;
} shapes[] = {
	{"docker-", ".scope", "docker", true, ANY_PARENT, NULL},
	{"docker:", "", "docker", true, ANY_PARENT, NULL},
	{"", "", "docker", true, NAMED, "docker"},
	/* libpod-conmon-ID, the monitor, is outside: "conmon-" is no digit */
	{"libpod-", ".scope", "podman", true, ANY_PARENT, NULL},
	{"libpod-payload-", "", "podman", true, ANY_PARENT, NULL}, /* --cgroups=split */
	{"libpod-", "", "podman", true, ANY_PARENT, NULL},
	{"libpod:", "", "podman", true, ANY_PARENT, NULL},
	{"cri-containerd-", ".scope", "containerd", true, ANY_PARENT, NULL},
	{"cri-containerd:", "", "containerd", true, ANY_PARENT, NULL},
	{"nerdctl-", ".scope", "containerd", true, ANY_PARENT, NULL},
	{"crio-", ".scope", "crio", true, ANY_PARENT, NULL},
	{"crio-", "", "crio", true, ANY_PARENT, NULL},
	{"crio:", "", "crio", true, ANY_PARENT, NULL},
	{"", "", "kubernetes", true, OF_POD, NULL},
	{"lxc.payload.", "", "lxc", false, ANY_PARENT, NULL},
	{"", "", "lxc", false, NAMED, "lxc.payload"},
	{"", "", "lxc", false, NAMED, "lxc"},
	{"machine-", ".scope", "nspawn", false, ANY_PARENT, NULL},
	{"systemd-nspawn@", ".service", "nspawn", false, ANY_PARENT, NULL},
};

/* systemd.unit(5); a slice only holds others. */
static const char *const unit_suffixes[] = {".service", ".scope", ".socket", ".mount", ".swap"};

static bool ends_with(const char *text, const char *suffix)
{
	size_t len = strlen(text), n = strlen(suffix);

	return len > n && !strcmp(text + len - n, suffix);
}

static bool is_unit(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(unit_suffixes); i++) {
		if (ends_with(name, unit_suffixes[i]))
			return true;
	}
	return false;
}

static bool is_id(const char *text, size_t len)
{
	return len >= ID_SHOWN && strspn(text, "0123456789abcdef") >= len;
}

static int digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Undoes systemd-escape(1), in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *p = text; *p;) {
		int high = -1, low = -1;

		if (p[0] == '\\' && p[1] == 'x' && p[2]) {
			high = digit(p[2]);
			low = digit(p[3]);
		}
		if (high >= 0 && low >= 0 && (high || low)) {
			*to++ = (char)(high * 16 + low);
			p += 4;
		} else {
			*to++ = *p++;
		}
	}
	*to = '\0';
}

/* "docker:0123456789ab", or NULL: the component is no container's. */
static char *container_of(const char *name, const char *parent, bool of_pod)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		size_t before = strlen(shapes[i].prefix), after = strlen(shapes[i].suffix);
		size_t len = strlen(name);
		_cleanup_free_ char *id = NULL;

		if (len <= before + after || !str_starts(name, shapes[i].prefix) ||
		    strcmp(name + len - after, shapes[i].suffix))
			continue;
		if (shapes[i].parent == NAMED && strcmp(parent, shapes[i].parent_name))
			continue;
		if (shapes[i].parent == OF_POD && !of_pod)
			continue;
		len -= before + after;
		if (shapes[i].is_id && !is_id(name + before, len))
			continue;
		id = mem_strndup(name + before, shapes[i].is_id ? ID_SHOWN : len);
		if (!shapes[i].is_id)
			unescape(id);
		return mem_printf("%s:%s", shapes[i].runtime, id);
	}
	return NULL;
}

/* Virtual machines of libvirt are registered as machines too; nothing of the host runs inside. */
static bool is_outside(const char *name, const char *child)
{
	if (str_starts(name, "machine-qemu\\x2d"))
		return true;
	/* systemd-nspawn itself */
	return (str_starts(name, "machine-") || str_starts(name, "systemd-nspawn@")) && child &&
	       !strcmp(child, "supervisor");
}

static void parse_path(char *path, char **unit, char **container)
{
	const char *parent = "";
	bool of_pod = false;
	char *rest = NULL;

	/* cgroups(7): appended for one that was removed */
	if (ends_with(path, " (deleted)"))
		path[strlen(path) - strlen(" (deleted)")] = '\0';
	for (char *name = strtok_r(path, "/", &rest), *child; name; parent = name, name = child) {
		/* "kubepods-....slice:cri-containerd:ID" where the runtime took systemd's notation
		 * for a path */
		const char *colon = strchr(name, ':');

		child = strtok_r(NULL, "/", &rest);
		if (!*container && !is_outside(name, child))
			*container = container_of(colon ? colon + 1 : name, parent, of_pod);
		if (is_unit(name)) {
			/* systemd puts '_' before what could be a file of the kernel's */
			mem_replace(unit, name + (*name == '_'));
		}
		of_pod = of_pod || str_starts(name, "kubepods");
	}
}

/* How much the line of a hierarchy is worth: systemd keeps units in its own and in version 2's.
 * On a hybrid host that one may hold the root only. */
static int rank(const char *controllers)
{
	if (!*controllers)
		return 0;
	return !strcmp(controllers, "name=systemd") ? 1 : 2;
}

void process_cgroup_parse(const char *text, char **unit, char **container)
{
	enum {
		RANKS = 3
	};
	char *units[RANKS] = {NULL}, *containers[RANKS] = {NULL};

	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');
		_cleanup_free_ char *copy = mem_strndup(line, (size_t)(end - line));
		char *controllers = strchr(copy, ':');
		char *path = controllers ? strchr(controllers + 1, ':') : NULL;

		line = *end ? end + 1 : end;
		if (!path)
			continue;
		*path++ = '\0';
		controllers++;
		if (!units[rank(controllers)] && !containers[rank(controllers)])
			parse_path(path, &units[rank(controllers)], &containers[rank(controllers)]);
	}
	*unit = *container = NULL;
	for (int i = 0; i < RANKS; i++) {
		if (!*unit)
			*unit = TAKE_PTR(units[i]);
		if (!*container)
			*container = TAKE_PTR(containers[i]);
		free(units[i]);
		free(containers[i]);
	}
}
