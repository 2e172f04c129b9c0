/* check/select.c - see select.h. */
#include "check/select.h"

#include <string.h>

#include "sysctl/read.h"

static struct selected *find(struct selection *selection, const char *name)
{
	for (size_t i = 0; i < selection->count; i++) {
		if (strcmp(selection->keys[i].name, name) == 0)
			return &selection->keys[i];
	}
	return NULL;
}

static void add(struct selection *selection, const char *name, const struct setting *setting)
{
	struct selected *key = MEM_APPEND(selection->keys, selection->count);

	key->name = mem_strdup(name);
	key->setting = setting;
}

static void add_matches(const struct host *host, const struct setting *setting,
			struct selection *out)
{
	struct sysctl_names names = {0};
	struct err err;

	/* A tree that cannot be listed matches nothing, and the finding for the pattern says so. */
	if (sysctl_glob(host->root, setting->key, &names, &err) < 0 || !names.count)
		add(out, setting->key, setting);
	for (size_t i = 0; i < names.count; i++) {
		struct selected *known = find(out, names.names[i]);

		if (!known)
			add(out, names.names[i], setting);
		else if (known->setting->pattern)
			known->setting = setting;
	}
	sysctl_names_fini(&names);
}

void check_select(const struct host *host, const struct profile *profile, struct selection *out)
{
	for (size_t i = 0; i < profile->n_settings; i++) {
		if (!profile->settings[i].pattern)
			add(out, profile->settings[i].key, &profile->settings[i]);
	}
	for (size_t i = 0; i < profile->n_settings; i++) {
		if (profile->settings[i].pattern)
			add_matches(host, &profile->settings[i], out);
	}
}

void selection_fini(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++)
		free(selection->keys[i].name);
	free(selection->keys);
	*selection = (struct selection){0};
}
