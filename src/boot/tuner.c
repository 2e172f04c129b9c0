/* boot/tuner.c - see tuner.h. */
#include "boot/tuner.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "base/str.h"
#include "boot/host.h"
#include "sysctl/name.h"

enum {
	CONF_MOST = 1 << 20,
	FILES_MOST = 64, /* of one tuner */
};

static const char blanks[] = " \t\r\n";

struct scan {
	const struct boot_root *root;
	struct boot_tuner *tuner;
	struct boot_problems *problems;
};

/* A value of an INI file or a shell's, its blanks and quotes taken off; the caller's. */
static char *clean(const char *text, size_t len)
{
	while (len && strchr(" \t\r\n\"'", *text))
		text++, len--;
	while (len && strchr(" \t\r\n\"'", text[len - 1]))
		len--;
	return mem_strndup(text, len);
}

static char *read_text(const struct scan *scan, const char *path)
{
	char *text;
	struct err err;
	size_t len;
	int r = boot_root_read(scan->root, path, CONF_MOST, &text, &len, &err);

	if (r == 0)
		return text;
	if (r != -ENOENT)
		boot_problem_add(scan->problems, path, 0, "%s", err.text);
	return NULL;
}

/* The path as the keys' `file`; NULL when it was kept before, or there are too many. */
static const char *keep_file(struct boot_tuner *tuner, const char *path)
{
	for (size_t i = 0; i < tuner->n_files; i++)
		if (str_equal(tuner->files[i], path))
			return NULL;
	if (tuner->n_files == FILES_MOST)
		return NULL;
	return *MEM_APPEND(tuner->files, tuner->n_files) = mem_strdup(path);
}

static void add_key(struct boot_tuner *tuner, const char *name, char *value, const char *file,
		    unsigned line)
{
	struct boot_def *def;
	char *key = NULL;
	struct err err;

	if (tuner->keys.count == BOOT_DEFS_MOST || sysctl_name_parse(name, &key, &err) < 0) {
		free(value);
		return;
	}
	def = MEM_APPEND(tuner->keys.items, tuner->keys.count);
	*def = (struct boot_def){
		.key = key,
		.value = value,
		.is_glob = sysctl_name_is_glob(key),
		.file = file,
		.line = line,
	};
}

/* The next "name = value" of an INI text, with the section it stands in. */
struct ini {
	const char *rest;
	unsigned line;
	char *section, *name, *value;
};

static void ini_fini(struct ini *ini)
{
	free(ini->section);
	free(ini->name);
	free(ini->value);
}

static bool ini_next(struct ini *ini)
{
	while (*ini->rest) {
		size_t len = strcspn(ini->rest, "\n"), start;
		const char *line = ini->rest, *equals;

		ini->rest += len + (line[len] == '\n');
		ini->line++;
		start = strspn(line, blanks);
		if (start >= len || line[start] == '#' || line[start] == ';')
			continue;
		if (line[start] == '[') {
			size_t end = strcspn(line, "]\n");

			free(ini->section);
			ini->section = mem_strndup(line + start + 1, end - start - 1);
			continue;
		}
		equals = memchr(line, '=', len);
		if (!equals)
			continue;
		free(ini->name);
		free(ini->value);
		ini->name = clean(line, (size_t)(equals - line));
		ini->value = clean(equals + 1, len - (size_t)(equals - line) - 1);
		return true;
	}
	return false;
}

/* The value of a name in a file of settings, whatever its section; the caller's, or NULL. */
static char *get_setting(const struct scan *scan, const char *path, const char *name)
{
	_cleanup_free_ char *text = read_text(scan, path);
	struct ini ini = {.rest = text ? text : ""};
	char *value = NULL;

	while (ini_next(&ini)) {
		if (!str_equal(ini.name, name))
			continue;
		free(value);
		value = TAKE_PTR(ini.value);
	}
	ini_fini(&ini);
	return value;
}

/* The keys of the section [sysctl]; `file` as kept. */
static void add_section(const struct scan *scan, const char *file, const char *text)
{
	struct ini ini = {.rest = text};

	while (ini_next(&ini))
		if (str_equal(ini.section, "sysctl"))
			add_key(scan->tuner, ini.name, TAKE_PTR(ini.value), file, ini.line);
	ini_fini(&ini);
}

static bool is_plain_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

/* Each name of a list separated by blanks or commas. */
static void for_each_word(struct scan *scan, const char *list,
			  void (*visit)(struct scan *scan, const char *word))
{
	while (*list) {
		size_t len;

		list += strspn(list, ", \t\r\n");
		len = strcspn(list, ", \t\r\n");
		if (len) {
			_cleanup_free_ char *word = mem_strndup(list, len);

			visit(scan, word);
		}
		list += len;
	}
}

static void add_tuned_profile(struct scan *scan, const char *name)
{
	static const char *const folders[] = {"/etc/tuned/profiles", "/etc/tuned",
					      "/usr/lib/tuned/profiles", "/usr/lib/tuned"};

	if (!is_plain_name(name))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		_cleanup_free_ char *path = mem_printf("%s/%s/tuned.conf", folders[i], name);
		_cleanup_free_ char *text = read_text(scan, path), *include = NULL;
		const char *file;

		if (!text)
			continue;
		file = keep_file(scan->tuner, path);
		if (!file)
			return; /* included before, perhaps by itself */
		include = get_setting(scan, path, "include");
		if (include)
			for_each_word(scan, include, add_tuned_profile);
		add_section(scan, file, text);
		return;
	}
	boot_problem_add(scan->problems, NULL, 0,
			 "tuned's profile '%s' was not found: its keys are not known", name);
}

static bool scan_tuned(struct scan *scan)
{
	_cleanup_free_ char *active = read_text(scan, "/etc/tuned/active_profile"), *shown = NULL;
	_cleanup_free_ char *reapply = NULL;

	if (!active || !active[strspn(active, blanks)])
		return false;
	shown = clean(active, strlen(active));
	reapply = get_setting(scan, "/etc/tuned/tuned-main.conf", "reapply_sysctl");
	/* tuned-main.conf(5): on unless switched off */
	scan->tuner->yields_to_etc =
		!reapply || str_equal(reapply, "1") || !strcasecmp(reapply, "true");
	scan->tuner->detail = mem_printf("profile %s", shown);
	for_each_word(scan, shown, add_tuned_profile);
	return true;
}

static void add_file(const struct scan *scan, const char *path)
{
	_cleanup_free_ char *text = read_text(scan, path);
	const char *file = text ? keep_file(scan->tuner, path) : NULL;

	if (file)
		add_section(scan, file, text);
}

static void add_saptune_note(struct scan *scan, const char *note)
{
	static const struct {
		const char *folder, *suffix;
	} places[] = {
		{"/etc/saptune/extra", ".conf"},
		{"/var/lib/saptune/working/notes", ""},
		{"/etc/saptune/override", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(places) && is_plain_name(note); i++) {
		_cleanup_free_ char *path =
			mem_printf("%s/%s%s", places[i].folder, note, places[i].suffix);

		add_file(scan, path);
	}
}

static bool scan_saptune(struct scan *scan)
{
	_cleanup_free_ char *notes =
		get_setting(scan, "/etc/sysconfig/saptune", "NOTE_APPLY_ORDER");

	if (!notes || !*notes)
		return false;
	scan->tuner->detail = mem_printf("notes %s", notes);
	for_each_word(scan, notes, add_saptune_note);
	return true;
}

/* It has no settings: this is what its tuners may write. */
static bool scan_bpftune(struct scan *scan)
{
	static const char *const keys[] = {
		"net.core.flow_limit_cpu_bitmap",
		"net.core.high_order_alloc_disable",
		"net.core.netdev_budget",
		"net.core.netdev_budget_usecs",
		"net.core.netdev_max_backlog",
		"net.core.rmem_default",
		"net.core.rmem_max",
		"net.ipv4.ipfrag_high_thresh",
		"net.ipv4.neigh.default.gc_thresh1",
		"net.ipv4.neigh.default.gc_thresh2",
		"net.ipv4.neigh.default.gc_thresh3",
		"net.ipv4.tcp_allowed_congestion_control",
		"net.ipv4.tcp_max_syn_backlog",
		"net.ipv4.tcp_mem",
		"net.ipv4.tcp_moderate_rcvbuf",
		"net.ipv4.tcp_no_metrics_save",
		"net.ipv4.tcp_no_ssthresh_metrics_save",
		"net.ipv4.tcp_rmem",
		"net.ipv4.tcp_syncookies",
		"net.ipv4.tcp_wmem",
		"net.ipv4.udp_mem",
		"net.ipv6.ip6frag_high_thresh",
		"net.ipv6.neigh.default.gc_thresh1",
		"net.ipv6.neigh.default.gc_thresh2",
		"net.ipv6.neigh.default.gc_thresh3",
		"net.ipv6.route.max_size",
	};

	scan->tuner->detail = mem_strdup("adjusts at run time");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		add_key(scan->tuner, keys[i], NULL, NULL, 0);
	return true;
}

/* ufw-init loads it with "sysctl -e -q -p" when the firewall starts. */
static bool scan_ufw(struct scan *scan)
{
	_cleanup_free_ char *enabled = get_setting(scan, "/etc/ufw/ufw.conf", "ENABLED");
	_cleanup_free_ char *path = get_setting(scan, "/etc/default/ufw", "IPT_SYSCTL");
	_cleanup_free_ char *text = NULL;

	if (!enabled || strcasecmp(enabled, "yes") != 0 || !path || *path != '/')
		return false;
	text = read_text(scan, path);
	if (!text)
		return false;
	scan->tuner->detail = mem_strdup(path);
	boot_parse(BOOT_LOADER_PROCPS, keep_file(scan->tuner, path), text, strlen(text),
		   &scan->tuner->keys, scan->problems);
	return true;
}

static const struct {
	const char *name, *unit;
	bool (*scan)(struct scan *scan); /* false: started, but with nothing to set */
} tuners[] = {
	{"ufw", "ufw.service", scan_ufw},
	{"tuned", "tuned.service", scan_tuned},
	{"saptune", "saptune.service", scan_saptune},
	{"bpftune", "bpftune.service", scan_bpftune},
};

static void tuner_fini(struct boot_tuner *tuner)
{
	boot_defs_fini(&tuner->keys);
	for (size_t i = 0; i < tuner->n_files; i++)
		free(tuner->files[i]);
	free(tuner->files);
	free(tuner->detail);
}

void boot_tuners_find(const struct boot_root *root, struct boot_tuners *out,
		      struct boot_problems *problems)
{
	*out = (struct boot_tuners){0};
	for (size_t i = 0; i < ARRAY_SIZE(tuners); i++) {
		struct boot_tuner tuner = {.name = tuners[i].name};
		struct scan scan = {.root = root, .tuner = &tuner, .problems = problems};

		if (!boot_host_enables(root, tuners[i].unit))
			continue;
		if (tuners[i].scan(&scan))
			*MEM_APPEND(out->items, out->count) = tuner;
		else
			tuner_fini(&tuner);
	}
}

void boot_tuners_fini(struct boot_tuners *all)
{
	for (size_t i = 0; i < all->count; i++)
		tuner_fini(&all->items[i]);
	free(all->items);
	*all = (struct boot_tuners){0};
}

static bool is_from_etc(const char *file)
{
	return file && (str_starts(file, "/etc/") || str_starts(file, "/run/"));
}

static bool covers(const struct boot_def *def, const char *key)
{
	return def->is_glob ? sysctl_name_matches(def->key, key) : str_equal(def->key, key);
}

const struct boot_def *boot_tuners_owner(const struct boot_tuners *all, const char *key,
					 const char *file, const struct boot_tuner **tuner)
{
	for (size_t i = all->count; i-- > 0;) {
		const struct boot_tuner *one = &all->items[i];

		if (one->yields_to_etc && is_from_etc(file))
			continue;
		for (size_t j = one->keys.count; j-- > 0;) {
			if (!covers(&one->keys.items[j], key))
				continue;
			*tuner = one;
			return &one->keys.items[j];
		}
	}
	return NULL;
}
