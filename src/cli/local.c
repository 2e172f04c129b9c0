/* cli/local.c - see local.h. */
#include "cli/local.h"

#include "profile/config.h"
#include "profile/search.h"

const char *local_reason(const struct cli *cli, const char *profile)
{
	const struct {
		bool given;
		const char *what;
	} reasons[] = {
		{cli->local, "--local"},
		{cli->profile_path != NULL, "--profile-path"},
		{cli->config != NULL, "--config"},
		{cli->sysctl_root != NULL, "--sysctl-root"},
		{cli->state_dir != NULL, "--state-dir"},
		{cli->root != NULL, "--root"},
		{cli->dry_run, "--dry-run"},
		/* the daemon takes names only; what is neither path nor name fails here as well */
		{profile && !profile_name_is_valid(profile), "a profile given as a path"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].given)
			return reasons[i].what;
	}
	return NULL;
}

int local_profile(const struct cli *cli, const char *name, struct profile **out, struct err *err)
{
	_cleanup_(config_freep) struct config *config = NULL;
	const char *path = cli->profile_path ? cli->profile_path : profile_default_path;
	int r;

	if (name)
		return profile_load(path, name, out, err);
	r = config_load(cli->config ? cli->config : config_default_file, &config, err);
	return r < 0 ? r : profile_load(path, config->profile, out, err);
}

int local_host(const struct cli *cli, struct host **out, struct err *err)
{
	return host_open(cli->sysctl_root ? cli->sysctl_root : "/proc/sys", out, err);
}
