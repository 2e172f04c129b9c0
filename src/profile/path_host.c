/* profile/path_host.c - where one of the `paths:` of a profile can be measured to. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "profile/endpoint.h"
#include "profile/profile.h"

enum {
	BITS_V4 = 32,
	BITS_V6 = 128
};

static bool is_host(const char *text)
{
	struct endpoint endpoint;
	struct err ignored;

	return !strchr(text, '/') && endpoint_parse(text, &endpoint, &ignored) == 0 &&
	       endpoint.prefix == (endpoint.family == AF_INET ? BITS_V4 : BITS_V6);
}

/* The first of a list that is a host and not a network; the caller's, or NULL. */
static char *first_host(const char *list)
{
	_cleanup_free_ char *copy = mem_strdup(list);
	char *rest = copy, *item;

	while ((item = strsep(&rest, ",")))
		if (is_host(item))
			return mem_strdup(item);
	return NULL;
}

int profile_path_host(const struct profile *profile, const char *name, char **out, struct err *err)
{
	_cleanup_free_ const char **names = mem_alloc_array(profile->n_rules + 1, sizeof(*names));
	char hint[128];
	size_t count = 0;

	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct rule *rule = &profile->rules[i];

		if (!str_equal(rule->family, "paths"))
			continue;
		names[count++] = rule->name;
		if (!str_equal(rule->name, name))
			continue;
		*out = first_host(rule->match[0].value);
		return *out ? 0
			    : err_set(err, EBADMSG,
				      "path '%s' (%s:%u) leads to networks only: a measurement "
				      "takes an address in its 'to'",
				      name, rule->origin.file, rule->origin.line);
	}
	return err_set(err, ENOENT, "profile '%s' has no path '%s'%s", profile->name, name,
		       count ? str_did_you_mean(name, names, count, hint, sizeof(hint))
			     : ": it has no paths at all");
}
