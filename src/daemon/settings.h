/* daemon/settings.h - what the front needs of the configuration.
 *
 * The front opens no file: the engine reads the configuration, works this out, and sends it over
 * when it changes. */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "daemon/options.h"
#include "profile/config.h"

struct settings {
	char *active_profile, *profile_path;
	char *group; /* whose members may use AUTH_GROUP methods */
	bool group_exists;
	gid_t gid; /* of that group, when it exists */
	unsigned max_connections, max_connections_per_user, idle_timeout_s;
};

/* As config_load(), and says for whom it may not be read. */
int settings_load_config(const struct options *options, struct config **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Who has jobs done by services, and no rights, is who the service manager made it. */
void settings_warn_of_user(const struct options *options, const char *wanted)
	__attribute__((nonnull));

/* Loads the active profile, only to see that it can be: -errno with `err` filled when it cannot.
 * What the services of the jobs alone may read is theirs to tell. */
int settings_check_profile(const struct config *config, const struct options *options,
			   struct err *err) __attribute__((nonnull, warn_unused_result));

/* What this host cannot hold is cut: `max_connections` to what RLIMIT_NOFILE leaves room for. */
void settings_make(const struct config *config, const struct options *options, struct settings *out)
	__attribute__((nonnull));
void settings_fini(struct settings *settings) __attribute__((nonnull));

/* For the way from the engine to the front. */
json_t *settings_to_json(const struct settings *settings)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
int settings_from_json(const json_t *json, struct settings *out, struct err *err)
	__attribute__((nonnull(2, 3), warn_unused_result));

#endif
