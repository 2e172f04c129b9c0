/* apply/persist.c - see persist.h. */
#include "apply/persist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apply/crc32c.h"
#include "apply/order.h"
#include "base/durable.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "config.h"
#include "sysctl/name.h"
#include "sysctl/read.h"

enum {
	MOST_BYTES = 16 << 20
};

const char persist_sysctl_file[] = "sysctl.d/60-fettle.conf";
const char persist_modules_file[] = "modules-load.d/fettle.conf";

static const char mark[] =
	"# Written by fettle: `fettle unpersist` removes it. Checksum of what follows: ";

/* A transaction may name nothing else: the journal is not to become a way to write any file. */
static bool is_ours_to_write(const char *path)
{
	return strcmp(path, persist_sysctl_file) == 0 || strcmp(path, persist_modules_file) == 0;
}

static int open_folder(const struct apply_context *context, const char *path, unsigned flags,
		       struct durable_folder *folder, const char **name, struct err *err)
{
	const char *slash = strchr(path, '/');
	_cleanup_free_ char *full = NULL;

	if (!is_ours_to_write(path))
		return err_set(err, EPERM, "'%s' is no file that fettle writes", path);
	full = mem_printf("%s/%.*s", context->etc_dir, (int)(slash - path), path);
	*name = slash + 1;
	return durable_folder_open(full, flags, folder, err);
}

int persist_read(const struct apply_context *context, const char *path, char **content,
		 struct err *err)
{
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	const char *name;
	struct stat st;
	size_t len;
	int r = open_folder(context, path, 0, &folder, &name, err);

	*content = NULL;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (fstatat(folder.fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		return err_set(err, EEXIST, "%s/%s is %s: it is not fettle's, and is left alone",
			       folder.path, name,
			       S_ISLNK(st.st_mode) ? "a symbolic link" : "not a regular file");
	r = file_read(folder.fd, name, MOST_BYTES, content, &len, err);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_prefix(err, "in %s: ", folder.path);
	if (strlen(*content) == len && str_is_utf8(*content, len))
		return 0;
	free(*content);
	*content = NULL;
	return err_set(err, EEXIST, "%s/%s is no text file: it is not fettle's, and is left alone",
		       folder.path, name);
}

int persist_put(const struct apply_context *context, const char *path, const char *content,
		struct err *err)
{
	_cleanup_(durable_folder_fini) struct durable_folder folder = {.fd = -1};
	const char *name;
	int r = open_folder(context, path, content ? DURABLE_CREATE : 0, &folder, &name, err);

	if (r < 0)
		return r == -ENOENT && !content ? 0 : r;
	return content ? durable_write(&folder, name, content, strlen(content), 0644, err)
		       : durable_remove(&folder, name, err);
}

static int refuse(const struct apply_context *context, const char *path, const char *why,
		  struct err *err)
{
	return err_set(err, EEXIST,
		       "%s/%s %s: it is left alone. Move it aside, or keep its lines under another "
		       "name, such as 70-local.conf",
		       context->etc_dir, path, why);
}

/* Ours, and as we left it? */
static int check_owner(const struct apply_context *context, const char *path, const char *content,
		       struct err *err)
{
	const char *newline = strchr(content, '\n');
	char crc[16];

	if (!str_starts(content, mark) || !newline)
		return refuse(context, path, "was not written by fettle", err);
	snprintf(crc, sizeof(crc), "%08x\n", crc32c(newline + 1, strlen(newline + 1)));
	if (strncmp(content + sizeof(mark) - 1, crc, strlen(crc)) != 0)
		return refuse(context, path, "was edited since fettle wrote it", err);
	return 0;
}

static char *with_header(const struct plan *plan, const char *body)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	strbuf_printf(&text, "# Profile %s (%s), SHA-256 %s, %s\n%s", plan->name ? plan->name : "-",
		      plan->file ? plan->file : "-", plan->digest ? plan->digest : "-",
		      PACKAGE_STRING, body);
	return mem_printf("%s%08x\n%s", mark, crc32c(text.text, text.len), text.text);
}

/* An interface's name may hold a dot. With slashes between the components systemd and procps both
 * read it; the dotted form with "/" for "." only some versions of procps do. */
static void add_setting(struct strbuf *out, const char *key, const char *value)
{
	_cleanup_free_ char *path = strchr(key, '/') ? sysctl_name_path(key) : NULL;

	strbuf_printf(out, "%s = %s\n", path ? path : key, value);
}

/* In the order in which they are to be written: at boot as here. What a line cannot hold is left
 * out. */
static char *render_settings(const struct plan *plan)
{
	struct order_item *items = mem_alloc_array(plan->n_changes + plan->n_kept, sizeof(*items));
	struct strbuf body = {0};
	size_t count = 0;

	for (size_t i = 0; i < plan->n_changes; i++)
		items[count++] =
			(struct order_item){.key = plan->changes[i].key, .to = plan->changes[i].to};
	for (size_t i = 0; i < plan->n_kept; i++)
		items[count++] =
			(struct order_item){.key = plan->kept[i].key, .to = plan->kept[i].value};
	order_sort(items, count);
	for (size_t i = 0; i < count; i++) {
		if (items[i].to && !strpbrk(items[i].to, "\n\r"))
			add_setting(&body, items[i].key, items[i].to);
	}
	free(items);
	return strbuf_take(&body);
}

static char *render_modules(const struct plan *plan)
{
	struct strbuf body = {0};

	for (size_t i = 0; i < plan->n_boot_modules; i++)
		strbuf_printf(&body, "%s\n", plan->boot_modules[i]);
	return body.len ? strbuf_take(&body) : NULL;
}

static int prepare_file(const struct apply_context *context, const char *path, const char *after,
			struct txn *txn, struct err *err)
{
	_cleanup_free_ char *before = NULL;
	struct txn_file *file;
	int r = persist_read(context, path, &before, err);

	if (r == 0 && before)
		r = check_owner(context, path, before, err);
	if (r < 0 || str_equal(before, after))
		return r;
	file = MEM_APPEND(txn->files, txn->n_files);
	file->path = mem_strdup(path);
	file->before = TAKE_PTR(before);
	file->after = mem_strdup(after);
	return 0;
}

/* The one of the process that boots, be it a host's or a container's. Where that one cannot be
 * looked at: this key is in the very first alone (net/core/sysctl_net_core.c, net_core_table). */
static bool is_first_netns(const struct apply_context *context)
{
	struct stat ours, theirs;

	if (stat("/proc/1/ns/net", &theirs) == 0 && stat("/proc/self/ns/net", &ours) == 0)
		return ours.st_ino == theirs.st_ino;
	return sysctl_exists(context->host->root, "net.core.netdev_max_backlog");
}

/* The number of the mount that a path is on, or -1: proc_pid_fdinfo(5). statx(2) tells it, too, but
 * musl's does not. */
static int mount_of(const char *path)
{
	enum {
		MOST = 4096
	};
	static const char field[] = "\nmnt_id:";
	_cleanup_fd_ int fd = open(path, O_PATH | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	const char *at = NULL;
	char info[64];
	struct err err;
	size_t len;

	snprintf(info, sizeof(info), "/proc/self/fdinfo/%d", fd);
	if (fd >= 0 && file_read(AT_FDCWD, info, MOST, &text, &len, &err) == 0)
		at = strstr(text, field);
	return at ? atoi(at + sizeof(field) - 1) : -1;
}

/* Whether a folder was mounted over what is in the root: an /etc of our own. */
static bool is_mounted_over(const char *path)
{
	int here = mount_of(path), root = mount_of("/");

	return here >= 0 && root >= 0 && here != root;
}

/* Whether the process that boots reads this folder. Where that one cannot be looked at: whether
 * this is no container, as those have processes of their own, and the folder is in no way special.
 */
static bool is_booted_from(const char *etc_dir)
{
	static const ino_t first_pid_ns = 0xEFFFFFFC; /* include/linux/proc_ns.h */
	struct stat ours, theirs;

	if (stat(etc_dir, &ours) < 0)
		return false;
	if (stat("/proc/1/root/etc", &theirs) == 0)
		return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
	return strcmp(etc_dir, "/etc") == 0 && !is_mounted_over(etc_dir) &&
	       stat("/proc/self/ns/pid", &ours) == 0 && ours.st_ino == first_pid_ns;
}

bool persist_is_booted(const struct apply_context *context)
{
	return context->etc_is_booted ||
	       (is_first_netns(context) && is_booted_from(context->etc_dir));
}

/* The values of another network namespace are nothing that a boot may set in the first one. */
static int check_place(const struct apply_context *context, struct err *err)
{
	if (is_first_netns(context) || !is_booted_from(context->etc_dir))
		return 0;
	return err_set(err, EXDEV,
		       "%s is what the host boots with, and this is another network namespace: "
		       "at boot these values would be set in the first one. Run this there "
		       "(nsenter -t 1 -n), or name a tree of this namespace's own with --root",
		       context->etc_dir);
}

/* What is made to last already is not to be replaced by nothing. */
static int check_lines(const struct plan *plan, const char *settings, struct err *err)
{
	const char *name = plan->name ? plan->name : "-";

	if (plan->not_applicable)
		return err_set(err, ENODATA, "%s: nothing of it is made to last: %s", name,
			       plan->not_applicable);
	if (*settings)
		return 0;
	if (plan->n_blocked)
		return err_set(err, ENODATA, "%s: nothing of it can be made to last here: %s: %s%s",
			       name, plan->blocked[0].key, plan->blocked[0].why,
			       plan->n_blocked > 1 ? ", and others, see `fettle plan`" : "");
	return err_set(err, ENODATA, "%s: it sets no key here, so there is nothing to make to last",
		       name);
}

int persist_prepare(const struct apply_context *context, const struct plan *plan, struct txn *txn,
		    struct err *err)
{
	_cleanup_free_ char *settings = plan ? render_settings(plan) : NULL;
	_cleanup_free_ char *modules = plan ? render_modules(plan) : NULL;
	_cleanup_free_ char *settings_file = settings ? with_header(plan, settings) : NULL;
	_cleanup_free_ char *modules_file = modules ? with_header(plan, modules) : NULL;
	int r = plan ? check_lines(plan, settings, err) : 0;

	if (r == 0 && plan)
		r = check_place(context, err);
	if (r == 0)
		r = prepare_file(context, persist_modules_file, modules_file, txn, err);
	return r < 0 ? r : prepare_file(context, persist_sysctl_file, settings_file, txn, err);
}
