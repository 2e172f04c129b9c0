/* cli/local.c - see local.h. */
#include "cli/local.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check/audit.h"
#include "cli/duration.h"
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
		{cli->netns != NULL, "--netns"},
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

int local_namespaces(const struct cli *cli, struct netns_list *out, struct err *err)
{
	return strcmp(cli->netns, "all") == 0 ? netns_list(out, err)
					      : netns_find(cli->netns, out, err);
}

int local_sample(const struct cli *cli, unsigned otherwise, unsigned *ms, struct err *err)
{
	static const struct duration_bounds bounds = {
		0, AUDIT_MOST_SAMPLE_MS, 1, "a time up to 30s, such as 2s; 0s looks once"};
	uint64_t given = otherwise;
	int r = cli->sample ? duration_parse("--sample", cli->sample, &bounds, &given, err) : 0;

	*ms = (unsigned)given;
	return r;
}

int local_root(const struct cli *cli, const char *below, struct err *err)
{
	static const char expected[] =
		"expected the root folder of a system, such as that of a mounted image";
	_cleanup_free_ char *path = NULL;

	if (!cli->root)
		return 0;
	if (!*cli->root) /* of a variable that is not set, most likely: not this host */
		return err_set(err, EINVAL, "--root: no folder is named; %s", expected);
	path = mem_printf("%s/%s.", cli->root, below); /* the dot takes the right to search it */
	if (access(path, F_OK) == 0)
		return 0;
	return err_set(err, errno, "--root %s: cannot look into %.*s: %s; %s", cli->root,
		       (int)strlen(path) - 2, path, strerror(errno), expected);
}

int local_host(const struct cli *cli, struct host **out, struct err *err)
{
	return host_open(cli->sysctl_root ? cli->sysctl_root : "/proc/sys", out, err);
}
