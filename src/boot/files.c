/* boot/files.c - see files.h. */
#include "boot/files.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "boot/index.h"

enum {
	FILE_MOST = 16 << 20,
	TOTAL_MOST = 64 << 20, /* over all files of one kind */
};

/* In order of precedence. Where /lib is a link to /usr/lib its names are all taken already. */
static const char *const folders[] = {"/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"};

static const char *const status_names[BOOT_FILE_STATUSES] = {
	[BOOT_FILE_READ] = "read",       [BOOT_FILE_MASK] = "mask",
	[BOOT_FILE_MASKED] = "masked",   [BOOT_FILE_OVERRIDDEN] = "overridden",
	[BOOT_FILE_IGNORED] = "ignored", [BOOT_FILE_UNREADABLE] = "unreadable",
};

const char *boot_file_status_name(enum boot_file_status status)
{
	return status_names[status];
}

struct search {
	const struct boot_root *root;
	const char *kind; /* "sysctl.d" */
	bool skips_hidden;
	size_t total;
	struct boot_index held; /* names of files to those that hold them */
	struct boot_files *out;
	struct boot_problems *problems;
};

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static struct boot_file *add(struct boot_files *files, char *path)
{
	struct boot_file *file = MEM_APPEND(files->items, files->count);

	file->path = path;
	return file;
}

static void set_status(struct boot_file *file, enum boot_file_status status, const char *by)
{
	file->status = status;
	mem_replace(&file->by, by);
}

/* Reads what holds its name, or finds that there is nothing in it. */
static void load(struct search *search, struct boot_file *file)
{
	struct err err;
	int r = boot_root_read(search->root, file->path, FILE_MOST, &file->text, &file->len, &err);

	if (r == 0 && search->total + file->len > TOTAL_MOST)
		r = err_set(&err, EFBIG, "the files together hold more than %d bytes", TOTAL_MOST);
	if (r == -ENOENT) {
		set_status(file, BOOT_FILE_MASK, "a link to nowhere");
	} else if (r < 0) {
		set_status(file, BOOT_FILE_UNREADABLE, err.text);
		boot_problem_add(search->problems, file->path, 0, "%s", err.text);
	} else if (!file->len) {
		set_status(file, BOOT_FILE_MASK, NULL);
	}
	if (r < 0)
		boot_file_drop_text(file);
	search->total += file->len;
}

static bool is_candidate(const char *name)
{
	size_t len = strlen(name);

	return len >= strlen(".conf") && str_equal(name + len - strlen(".conf"), ".conf");
}

static void look_at(struct search *search, const char *folder, const char *name)
{
	const struct boot_file *holder;
	struct boot_file *file;
	bool is_first;
	size_t at;

	file = add(search->out, mem_printf("%s/%s/%s", folder, search->kind, name));
	if (search->skips_hidden && *name == '.') {
		set_status(file, BOOT_FILE_IGNORED,
			   "systemd does not read files that start with a dot");
		return;
	}
	at = *boot_index_put(&search->held, base_name(file->path), search->out->count - 1,
			     &is_first);
	holder = &search->out->items[at];
	if (is_first)
		load(search, file);
	else
		set_status(file,
			   holder->status == BOOT_FILE_MASK ? BOOT_FILE_MASKED
							    : BOOT_FILE_OVERRIDDEN,
			   holder->path);
}

/* Whether two folders are one, as /lib and /usr/lib are on most hosts. */
static bool is_same_as_before(const struct boot_root *root, const char *folder)
{
	_cleanup_free_ char *target = boot_root_link(root, folder);

	return target && (str_equal(target, "usr/lib") || str_equal(target, "/usr/lib"));
}

static void look_in(struct search *search, const char *folder)
{
	_cleanup_free_ char *path = mem_printf("%s/%s", folder, search->kind);
	struct boot_names names = {0};
	struct err err;
	int r;

	if (is_same_as_before(search->root, folder))
		return;
	r = boot_root_list(search->root, path, &names, &err);
	if (r < 0 && r != -ENOENT)
		boot_problem_add(search->problems, path, 0, "%s", err.text);
	for (size_t i = 0; i < names.count; i++)
		if (is_candidate(names.names[i]))
			look_at(search, folder, names.names[i]);
	boot_names_fini(&names);
}

static int compare_files(const void *a, const void *b)
{
	const struct boot_file *left = a, *right = b;
	bool left_read = left->status == BOOT_FILE_READ,
	     right_read = right->status == BOOT_FILE_READ;
	int order = left_read ? strcmp(base_name(left->path), base_name(right->path)) : 0;

	if (left_read != right_read)
		return left_read ? -1 : 1;
	return order ? order : strcmp(left->path, right->path);
}

static void find(struct search *search)
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		look_in(search, folders[i]);
	boot_index_fini(&search->held);
	if (search->out->count)
		qsort(search->out->items, search->out->count, sizeof(*search->out->items),
		      compare_files);
}

/* procps hands each file's path to glob(3), so "10-[ab].conf" reads 10-a.conf and 10-b.conf. */
static void warn_of_patterns(const struct boot_files *files, struct boot_problems *problems)
{
	for (size_t i = 0; i < files->count; i++)
		if (strpbrk(files->items[i].path, "*?[{\\~"))
			boot_problem_add(
				problems, files->items[i].path, 0,
				"sysctl takes this name for a pattern and may read other files in "
				"its place");
}

static const char *const conf = "/etc/sysctl.conf";

/* Whether a file of that folder is a link to /etc/sysctl.conf, as Debian 12 and Fedora ship it. */
static bool links_to_conf(const struct boot_root *root, const char *path)
{
	_cleanup_free_ char *target = boot_root_link(root, path);

	return target && (str_equal(target, "../sysctl.conf") || str_equal(target, conf));
}

static void add_conf(struct search *search, enum boot_loader loader)
{
	struct boot_file *file;

	if (!boot_root_exists(search->root, conf))
		return;
	if (loader == BOOT_LOADER_PROCPS) {
		load(search, add(search->out, mem_strdup(conf)));
		return;
	}
	for (size_t i = 0; i < search->out->count; i++)
		if (search->out->items[i].status == BOOT_FILE_READ &&
		    links_to_conf(search->root, search->out->items[i].path))
			return;
	file = add(search->out, mem_strdup(conf));
	set_status(file, BOOT_FILE_IGNORED, "systemd-sysctl reads the folders only");
}

void boot_files_find(const struct boot_root *root, enum boot_loader loader, struct boot_files *out,
		     struct boot_problems *problems)
{
	struct search search = {
		.root = root,
		.kind = "sysctl.d",
		.skips_hidden = loader == BOOT_LOADER_SYSTEMD,
		.out = out,
		.problems = problems,
	};

	*out = (struct boot_files){0};
	find(&search);
	if (loader == BOOT_LOADER_PROCPS)
		warn_of_patterns(out, problems);
	add_conf(&search, loader);
}

void boot_files_find_modules(const struct boot_root *root, struct boot_files *out,
			     struct boot_problems *problems)
{
	struct search search = {
		.root = root,
		.kind = "modules-load.d",
		.skips_hidden = true,
		.out = out,
		.problems = problems,
	};

	*out = (struct boot_files){0};
	find(&search);
}

void boot_file_drop_text(struct boot_file *file)
{
	free(file->text);
	file->text = NULL;
	file->len = 0;
}

void boot_files_fini(struct boot_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->items[i].path);
		free(files->items[i].by);
		free(files->items[i].text);
	}
	free(files->items);
	*files = (struct boot_files){0};
}
