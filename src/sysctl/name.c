/* sysctl/name.c - see name.h.
 *
 * A canonical name is its path with "." and "/" exchanged, so both directions are one pass. */
#include "sysctl/name.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum {
	NAME_MOST = 1024
};

static const char proc_sys[] = "/proc/sys/";

static void exchange(char *name)
{
	for (; *name; name++) {
		if (*name == '.')
			*name = '/';
		else if (*name == '/')
			*name = '.';
	}
}

/* The length of the first component of a canonical name. */
static size_t component(const char *name)
{
	return strcspn(name, ".");
}

/* What is wrong with a canonical name, or NULL. */
static const char *find_fault(const char *name)
{
	for (const char *p = name; *p; p++) {
		if (isspace((unsigned char)*p))
			return "it holds a blank";
		if (iscntrl((unsigned char)*p))
			return "it holds a control character";
	}
	for (;; name++) {
		size_t len = component(name);

		if (!len)
			return "it has an empty component";
		if (strspn(name, "/") == len && len <= 2)
			return "it has a component \".\" or \"..\"";
		name += len;
		if (!*name)
			return NULL;
	}
}

int sysctl_name_parse(const char *text, char **canonical, struct err *err)
{
	_cleanup_free_ char *name = NULL;
	const char *rest = text, *fault;
	bool is_path = str_starts(text, proc_sys);

	if (strnlen(text, NAME_MOST + 1) > NAME_MOST)
		return err_set(err, EINVAL,
			       "'%.60s...' is no name of a key: it is longer than %d bytes", text,
			       NAME_MOST);
	if (is_path)
		rest += sizeof(proc_sys) - 1;
	name = mem_strdup(rest);
	if (is_path || rest[strcspn(rest, "./")] == '/')
		exchange(name);
	fault = find_fault(name);
	if (fault) {
		_cleanup_free_ char *shown = str_printable(text);

		return err_set(
			err, EINVAL,
			"'%s' is no name of a key: %s; expected one such as net.core.somaxconn or "
			"net/ipv4/conf/eth0.100/rp_filter",
			shown, fault);
	}
	*canonical = TAKE_PTR(name);
	return 0;
}

char *sysctl_name_path(const char *name)
{
	size_t len = strlen(name);
	char *path = mem_alloc(len + 1);

	memcpy(path, name, len);
	exchange(path);
	return path;
}

bool sysctl_name_is_glob(const char *name)
{
	return strpbrk(name, "*?[") != NULL;
}

static bool is_plain(char c)
{
	return c != '*' && c != '?' && c != '[' && c != ']';
}

/* Not by what stands before the first wildcard or behind the last one: a table of patterns is tried
 * on every key, and fnmatch(3) is slow to say no. */
static bool may_match(const char *pattern, const char *name)
{
	size_t start = 0, end, name_end;

	while (pattern[start] && pattern[start] == name[start] && is_plain(pattern[start]))
		start++;
	if (is_plain(pattern[start]))
		return pattern[start] == name[start];
	end = strlen(pattern);
	name_end = strlen(name);
	while (name_end && pattern[end - 1] == name[name_end - 1] && is_plain(pattern[end - 1])) {
		end--;
		name_end--;
	}
	return !is_plain(pattern[end - 1]);
}

bool sysctl_name_matches(const char *pattern, const char *name)
{
	if (!may_match(pattern, name))
		return false;
	for (;; pattern++, name++) {
		char want[NAME_MOST + 1], have[NAME_MOST + 1];
		size_t want_len = component(pattern), have_len = component(name);

		if (want_len > NAME_MOST || have_len > NAME_MOST)
			return false;
		memcpy(want, pattern, want_len);
		want[want_len] = '\0';
		memcpy(have, name, have_len);
		have[have_len] = '\0';
		if (fnmatch(want, have, FNM_NOESCAPE) != 0)
			return false;
		pattern += want_len;
		name += have_len;
		if (!*pattern || !*name)
			return *pattern == *name;
	}
}
