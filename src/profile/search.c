/* profile/search.c - see search.h. */
#include "profile/search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/str.h"
#include "profile/load.h"

const char profile_default_path[] = FETTLE_SYSCONFDIR "/profiles:" FETTLE_DATADIR "/profiles";

static const char suffix[] = ".yaml";

struct strings {
	char **list;
	size_t count;
};

static void strings_fini(struct strings *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->list[i]);
	free(s->list);
}

/* The folders of a path, in their order, behind `first`. Empty parts mean nothing. */
static struct strings split_path(const char *first, const char *path)
{
	struct strings folders = {0};

	if (first)
		*MEM_APPEND(folders.list, folders.count) = mem_strdup(first);
	while (*path) {
		size_t len = strcspn(path, ":");

		if (len)
			*MEM_APPEND(folders.list, folders.count) = mem_strndup(path, len);
		path += len + (path[len] == ':');
	}
	return folders;
}

static char *file_in(const char *folder, const char *name, const char *tail)
{
	size_t len = strlen(folder);

	return mem_printf("%s%s%s%s", folder, len && folder[len - 1] == '/' ? "" : "/", name, tail);
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

/* Adds the base names of a folder's profiles. A folder that is not there has none. */
static int add_names(const char *folder, struct strings *names, struct err *err)
{
	__attribute__((cleanup(close_folder))) DIR *dir = opendir(folder);
	struct dirent *entry;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return err_set(err, errno, "cannot list %s: %s", folder, strerror(errno));
	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		size_t len = strlen(entry->d_name), tail = sizeof(suffix) - 1;

		if (*entry->d_name != '.' && len > tail &&
		    str_equal(entry->d_name + len - tail, suffix))
			*MEM_APPEND(names->list, names->count) =
				mem_strndup(entry->d_name, len - tail);
	}
	if (errno)
		return err_set(err, errno, "cannot list %s: %s", folder, strerror(errno));
	return 0;
}

bool profile_name_is_valid(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	enum {
		MOST = 64
	};
	size_t len = strlen(name);

	return len && len <= MOST && *name != '-' && strspn(name, letters) == len;
}

static int not_found(const struct strings *folders, const char *name, struct err *err)
{
	__attribute__((cleanup(strings_fini))) struct strings names = {0};
	_cleanup_strbuf_ struct strbuf where = {0};
	struct err ignored;
	char meant[128];

	for (size_t i = 0; i < folders->count; i++) {
		strbuf_printf(&where, "%s%s", i ? ", " : "", folders->list[i]);
		(void)!add_names(folders->list[i], &names, &ignored); /* only for a hint */
	}
	return err_set(err, ENOENT, "no profile '%s' in %s%s", name,
		       where.len ? where.text : "an empty search path",
		       str_did_you_mean(name, (const char *const *)names.list, names.count, meant,
					sizeof(meant)));
}

int profile_search_from(const char *first, const char *path, const char *name, char **file,
			struct err *err)
{
	__attribute__((cleanup(strings_fini))) struct strings folders = split_path(first, path);

	if (!profile_name_is_valid(name))
		return err_set(err, EINVAL,
			       "'%s' is no profile's name (1 to 64 of a-z, 0-9 and '-') and "
			       "no path (with a '/' or ending in .yaml)",
			       name);
	for (size_t i = 0; i < folders.count; i++) {
		_cleanup_free_ char *candidate = file_in(folders.list[i], name, suffix);
		struct stat st;

		/* a link that leads nowhere is found, and its reading fails: going on to the next
		 * folder would quietly take another profile than the one put in front of it */
		if (fstatat(AT_FDCWD, candidate, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			*file = TAKE_PTR(candidate);
			return 0;
		}
		if (errno != ENOENT)
			return err_set(err, errno, "cannot examine %s: %s", candidate,
				       strerror(errno));
	}
	return not_found(&folders, name, err);
}

int profile_search(const char *path, const char *name, char **file, struct err *err)
{
	return profile_search_from(NULL, path, name, file, err);
}

static bool is_listed(const struct profile_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (str_equal(list->entries[i].name, name))
			return true;
	return false;
}

static void read_entry(const char *path, struct profile_entry *entry)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct err err = {0};
	char problem[sizeof(err.file) + sizeof(err.text)];

	if (profile_load_file(path, entry->file, &profile, &err) == 0)
		entry->summary = mem_strdup(profile->summary);
	else
		entry->problem = mem_strdup(err_format(&err, problem, sizeof(problem)));
}

static int compare_entries(const void *a, const void *b)
{
	const struct profile_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int list_folder(const char *path, const char *folder, struct profile_list *list,
		       struct err *err)
{
	__attribute__((cleanup(strings_fini))) struct strings names = {0};
	int r = add_names(folder, &names, err);

	for (size_t i = 0; !r && i < names.count; i++) {
		struct profile_entry *entry;

		if (is_listed(list, names.list[i]))
			continue;
		entry = MEM_APPEND(list->entries, list->count);
		entry->name = mem_strdup(names.list[i]);
		entry->file = file_in(folder, names.list[i], suffix);
		read_entry(path, entry);
	}
	return r;
}

int profile_list_read(const char *path, struct profile_list *out, struct err *err)
{
	__attribute__((cleanup(strings_fini))) struct strings folders = split_path(NULL, path);
	struct profile_list list = {0};

	for (size_t i = 0; i < folders.count; i++) {
		int r = list_folder(path, folders.list[i], &list, err);

		if (r < 0) {
			profile_list_fini(&list);
			return r;
		}
	}
	if (list.count)
		qsort(list.entries, list.count, sizeof(*list.entries), compare_entries);
	*out = list;
	return 0;
}

void profile_list_fini(struct profile_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->entries[i].name);
		free(list->entries[i].file);
		free(list->entries[i].summary);
		free(list->entries[i].problem);
	}
	free(list->entries);
	*list = (struct profile_list){0};
}
