/* profile/config.h - /etc/fettle/fettle.yaml: which profile is active, and the daemon's limits.
 *
 * Its keys, all optional: profile, user, group, max-connections, max-connections-per-user,
 * idle-timeout (whole seconds, such as 60s), probe-token-file (an absolute path). */
#ifndef PROFILE_CONFIG_H
#define PROFILE_CONFIG_H

#include "base/err.h"
#include "base/mem.h"

struct config {
	char *profile; /* active profile's name; "base" unless set */
	char *user;    /* the front runs as; "fettle" unless set */
	char *group;   /* whose members may use AUTH_GROUP methods; "fettle" unless set */
	unsigned max_connections, max_connections_per_user; /* 2048 and 256 unless set */
	unsigned idle_timeout_s;                            /* 60 unless set */
	char *probe_token_file; /* what the far ends of `paths:` want to hear; NULL unless set */
};

extern const char config_default_file[];

/* A file that does not exist gives the defaults when `file` is config_default_file, and is an error
 * when it was asked for. Errors as profile_load(). */
int config_load(const char *file, struct config **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void config_free(struct config *config);
MEM_DEFINE_FREEP(struct config, config)

#endif
