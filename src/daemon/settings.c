/* daemon/settings.c - see settings.h. */
#include "daemon/settings.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "profile/profile.h"
#include "rpc/message.h"

enum {
	SPARE_FDS = 32
}; /* for everything that is no connection */

static unsigned fit_connections(unsigned wanted)
{
	struct rlimit files;
	rlim_t room;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return wanted;
	room = files.rlim_cur > SPARE_FDS ? files.rlim_cur - SPARE_FDS : 1;
	return wanted > room ? (unsigned)room : wanted;
}

int settings_check_profile(const struct config *config, const struct options *options,
			   struct err *err)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	int r = profile_load(options->profile_path, config->profile, &profile, err);

	if (r == -EACCES && options->job_sockets)
		return 0;
	return r < 0 ? err_prefix(err, "the active profile: ") : 0;
}

int settings_load_config(const struct options *options, struct config **out, struct err *err)
{
	int r = config_load(options->config_file, out, err);

	return r == -EACCES
		       ? err_prefix(err,
				    "uid %u, which fettled runs as, has to read it: ", geteuid())
		       : r;
}

void settings_warn_of_user(const struct options *options, const char *wanted)
{
	const struct passwd *user;

	if (!options->job_sockets)
		return;
	user = getpwnam(wanted);
	if (!user || user->pw_uid != geteuid())
		log_warning("user: %s is passed over: the service manager made this uid %u, and "
			    "the services of the jobs serve no other",
			    wanted, geteuid());
}

void settings_make(const struct config *config, const struct options *options, struct settings *out)
{
	const struct group *group = getgrnam(config->group);

	*out = (struct settings){
		.active_profile = mem_strdup(config->profile),
		.profile_path = mem_strdup(options->profile_path),
		.group = mem_strdup(config->group),
		.group_exists = group != NULL,
		.gid = group ? group->gr_gid : 0,
		.max_connections = fit_connections(config->max_connections),
		.max_connections_per_user = config->max_connections_per_user,
		.idle_timeout_s = config->idle_timeout_s,
	};
}

void settings_fini(struct settings *settings)
{
	free(settings->active_profile);
	free(settings->profile_path);
	free(settings->group);
	*settings = (struct settings){0};
}

json_t *settings_to_json(const struct settings *s)
{
	json_t *json = json_pack(
		"{s:o, s:o, s:o, s:b, s:I, s:I, s:I, s:I}", "active_profile",
		rpc_string(s->active_profile), "profile_path", rpc_string(s->profile_path), "group",
		rpc_string(s->group), "group_exists", s->group_exists, "gid", (json_int_t)s->gid,
		"max_connections", (json_int_t)s->max_connections, "max_connections_per_user",
		(json_int_t)s->max_connections_per_user, "idle_timeout_s",
		(json_int_t)s->idle_timeout_s);

	if (!json)
		abort();
	return json;
}

int settings_from_json(const json_t *json, struct settings *out, struct err *err)
{
	const char *active_profile, *profile_path, *group;
	json_int_t gid, most, most_per_user, idle;
	json_error_t error;
	int exists;

	/* json_unpack_ex() only reads, but takes the object without const */
	if (json_unpack_ex((json_t *)json, &error, 0, "{s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I}",
			   "active_profile", &active_profile, "profile_path", &profile_path,
			   "group", &group, "group_exists", &exists, "gid", &gid, "max_connections",
			   &most, "max_connections_per_user", &most_per_user, "idle_timeout_s",
			   &idle) < 0)
		return err_set(err, EPROTO, "settings: %s", error.text);
	*out = (struct settings){
		.active_profile = mem_strdup(active_profile),
		.profile_path = mem_strdup(profile_path),
		.group = mem_strdup(group),
		.group_exists = exists,
		.gid = (gid_t)gid,
		.max_connections = (unsigned)most,
		.max_connections_per_user = (unsigned)most_per_user,
		.idle_timeout_s = (unsigned)idle,
	};
	return 0;
}
