/* boot/parse.c - see parse.h.
 *
 * Both grammars are as the programs behave, not as their manuals say; every difference below was
 * seen on systemd 252 and procps-ng 4.0.2, and tests/scenario/boot_differential.py sees it again.
 */
#include "boot/parse.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "sysctl/name.h"

enum {
	LINE_MOST = 1 << 20
}; /* bytes; systemd-sysctl gives up on the file after a longer line */

struct grammar {
	const char *name;
	const char *blanks;
	const char *ends;  /* of lines, next to a NUL for systemd-sysctl */
	bool nul_ends;     /* a NUL ends the line; else what follows it in the line is not seen */
	bool lone_byte;    /* also looks at lines of one byte */
	bool skips_dashes; /* "--key" is "-key" */
	bool trims_key;    /* blanks between "-" and the key are skipped */
	bool simplifies;   /* "net//ipv4/./x/" is net/ipv4/x to itself, not only to the kernel */
};

static const struct grammar grammars[BOOT_LOADERS] = {
	[BOOT_LOADER_SYSTEMD] = {"systemd", " \t\n\r", "\n\r", true, true, false, true, true},
	[BOOT_LOADER_PROCPS] = {"procps", " \t\n\v\f\r", "\n", false, false, true, false, false},
	[BOOT_LOADER_NONE] = {"none", " \t\n\r", "\n", true, true, false, true, true},
};

const char *boot_loader_name(enum boot_loader loader)
{
	return grammars[loader].name;
}

/* Where a line is read from and to. */
struct reader {
	const struct grammar *grammar;
	const char *file;
	unsigned line;
	struct boot_defs *defs;
	struct boot_problems *problems;
};

static char *strip(char *text, const char *blanks)
{
	size_t len;

	text += strspn(text, blanks);
	len = strlen(text);
	while (len && strchr(blanks, text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* When the first separator is a dot, dots and slashes change places. */
static void to_path(char *name)
{
	if (name[strcspn(name, "./")] != '.')
		return;
	for (; *name; name++) {
		if (*name == '.')
			*name = '/';
		else if (*name == '/')
			*name = '.';
	}
}

/* A copy without empty and "." components, and "x/.." taken back when `parents`; NULL when it
 * leads out, or nowhere. */
static char *simplify(const char *path, bool parents)
{
	char *out = mem_alloc(strlen(path) + 2);
	size_t used = 0;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && !strncmp(path, "..", 2)) {
			if (!parents || !used) {
				free(out);
				return NULL;
			}
			do
				used--;
			while (used && out[used - 1] != '/');
		} else if (len && !(len == 1 && *path == '.')) {
			memcpy(out + used, path, len);
			used += len;
			out[used++] = '/';
		}
		path += len;
		path += *path == '/';
	}
	if (!used) {
		free(out);
		return NULL;
	}
	out[used - 1] = '\0';
	return out;
}

/* The kernel takes a trailing slash for a folder's; glob(3) drops it behind a pattern whose last
 * component is plain. */
static bool is_folder(const char *path, const char *simple)
{
	const char *last = strrchr(simple, '/');

	return path[strlen(path) - 1] == '/' &&
	       (!sysctl_name_is_glob(simple) || sysctl_name_is_glob(last ? last : simple));
}

/* The path as a canonical name, or NULL when no key can have it. */
static char *to_key(const struct grammar *grammar, const char *path)
{
	_cleanup_free_ char *simple = simplify(path, !grammar->simplifies);
	char *canonical = NULL;
	struct err err;

	if (!simple || (!grammar->simplifies && is_folder(path, simple)))
		return NULL;
	for (char *p = simple; *p; p++) {
		if (*p == '.')
			*p = '/';
		else if (*p == '/')
			*p = '.';
	}
	/* A dot in the first component: there is no such folder, and no canonical name for it. */
	if (simple[strcspn(simple, "./")] == '/')
		return NULL;
	return sysctl_name_parse(simple, &canonical, &err) < 0 ? NULL : canonical;
}

static void add(const struct reader *in, char *name, const char *value, bool ignores_errors)
{
	_cleanup_free_ char *shown = str_printable(name), *path = NULL, *key = NULL;
	struct boot_def *def;

	if (in->grammar->skips_dashes && *name == '-')
		name++;
	to_path(name);
	key = to_key(in->grammar, name);
	if (!key) {
		boot_problem_add(in->problems, in->file, in->line,
				 "'%.200s' is no name a key can have; the line has no effect",
				 shown);
		return;
	}
	if (in->defs->count == BOOT_DEFS_MOST) {
		boot_problem_add(in->problems, in->file, in->line,
				 "more than %d definitions; this and later ones are not looked at",
				 BOOT_DEFS_MOST);
		return;
	}
	path = in->grammar->simplifies ? simplify(name, false) : mem_strdup(name);
	def = MEM_APPEND(in->defs->items, in->defs->count);
	*def = (struct boot_def){
		.key = TAKE_PTR(key),
		.path = TAKE_PTR(path),
		.value = mem_strdup(value),
		.is_glob = sysctl_name_is_glob(name),
		.ignores_errors = ignores_errors,
		.file = in->file,
		.line = in->line,
	};
}

/* A line, NUL-terminated, its end cut off. */
static void parse_line(const struct reader *in, char *line)
{
	const struct grammar *grammar = in->grammar;
	char *key = strip(line, grammar->blanks), *value = strchr(key, '='), *trimmed;
	bool has_dash = *key == '-';

	if (!*key || strchr("#;", *key))
		return;
	if (!value && !has_dash) {
		_cleanup_free_ char *shown = str_printable(key);

		boot_problem_add(
			in->problems, in->file, in->line,
			"'%.200s' is no assignment; expected 'key = value', or '-key' to keep "
			"patterns away from it",
			shown);
		return;
	}
	if (value)
		*value++ = '\0';
	key += has_dash;
	trimmed = strip(key, grammar->blanks);
	add(in, grammar->trims_key ? trimmed : key, value ? strip(value, grammar->blanks) : NULL,
	    value && has_dash);
}

/* What spoils lines without being visible in an editor. */
static void check_text(const struct reader *in, const char *text, size_t len)
{
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		boot_problem_add(
			in->problems, in->file, 1,
			"the file starts with a byte order mark, which becomes part of the first "
			"key or comment");
	if (memchr(text, '\0', len))
		boot_problem_add(in->problems, in->file, 0, "the file holds NUL bytes");
	else if (!str_is_utf8(text, len))
		boot_problem_add(in->problems, in->file, 0, "the file is not UTF-8");
}

static size_t find_end(const struct grammar *grammar, const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && (text[i] ? !strchr(grammar->ends, text[i]) : !grammar->nul_ends))
		i++;
	return i;
}

void boot_parse(enum boot_loader loader, const char *file, const char *text, size_t len,
		struct boot_defs *defs, struct boot_problems *problems)
{
	struct reader in = {&grammars[loader], file, 1, defs, problems};

	check_text(&in, text, len);
	while (len) {
		size_t end = find_end(in.grammar, text, len);
		bool has_end = end < len;
		_cleanup_free_ char *line = mem_strndup(text, end);

		if (loader == BOOT_LOADER_SYSTEMD && end >= LINE_MOST) {
			boot_problem_add(problems, file, in.line,
					 "a line of over %d bytes: systemd-sysctl reads no further",
					 LINE_MOST);
			return;
		}
		if (in.grammar->lone_byte || end + has_end > 1)
			parse_line(&in, line);
		in.line += has_end && text[end] == '\n';
		text += end + has_end;
		len -= end + has_end;
	}
}

void boot_defs_fini(struct boot_defs *defs)
{
	for (size_t i = 0; i < defs->count; i++) {
		free(defs->items[i].key);
		free(defs->items[i].path);
		free(defs->items[i].value);
	}
	free(defs->items);
	*defs = (struct boot_defs){0};
}
