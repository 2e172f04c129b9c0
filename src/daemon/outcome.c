/* daemon/outcome.c - see outcome.h. */
#include "daemon/outcome.h"

#include <errno.h>
#include <string.h>

#include "base/errno_name.h"
#include "base/mem.h"
#include "profile/load.h"
#include "profile/search.h"
#include "rpc/message.h"
#include "rpc/netns.h"

void outcome_set_error(struct outcome *outcome, const char *error, json_t *parameters)
{
	outcome->error = error;
	outcome->parameters = parameters;
}

void outcome_engine_failed(struct outcome *outcome, const struct err *err)
{
	char line[1600];

	outcome_set_error(
		outcome, "org.fettle.EngineFailed",
		json_pack("{s:o}", "reason", rpc_string(err_format(err, line, sizeof(line)))));
}

void outcome_refuse(struct outcome *outcome, const struct err *err)
{
	if (err->code == EBUSY)
		outcome_set_error(outcome, "org.fettle.Busy",
				  json_pack("{s:o}", "reason", rpc_string(err->text)));
	else
		outcome_set_error(outcome, "org.fettle.Refused",
				  json_pack("{s:o, s:s}", "reason", rpc_string(err->text), "code",
					    errno_name(err->code)));
}

int outcome_check_netns(struct outcome *outcome, const struct job *job)
{
	_cleanup_free_ char *here = rpc_netns();
	struct err err;

	if (!job->netns || !*job->netns || !*here || strcmp(job->netns, here) == 0)
		return 0;
	err_set(&err, EXDEV, "the daemon is in another network namespace, %s, not in %s", here,
		job->netns);
	outcome_refuse(outcome, &err);
	return -EXDEV;
}

static json_t *nearest_profile(const char *path, const char *name)
{
	_cleanup_(profile_list_fini) struct profile_list list = {0};
	_cleanup_free_ const char **names = NULL;
	const char *nearest;
	struct err ignored;

	if (profile_list_read(path, &list, &ignored) < 0)
		return NULL;
	names = mem_alloc_array(list.count, sizeof(*names));
	for (size_t i = 0; i < list.count; i++)
		names[i] = list.entries[i].name;
	nearest = str_nearest(name, names, list.count);
	return nearest ? json_string(nearest) : NULL;
}

static void no_such_profile(struct outcome *outcome, const char *path, const char *name)
{
	outcome_set_error(outcome, "org.fettle.NoSuchProfile",
			  json_pack("{s:o, s:o*}", "name", rpc_string(name), "nearest",
				    nearest_profile(path, name)));
}

struct profile *outcome_load_profile(struct outcome *outcome, const struct job_context *context,
				     const char *name)
{
	_cleanup_free_ char *file = NULL;
	struct profile *profile;
	struct err err;
	int r;

	if (!profile_name_is_valid(name)) {
		no_such_profile(outcome, context->profile_path, name);
		return NULL;
	}
	r = profile_search(context->profile_path, name, &file, &err);
	if (r < 0) {
		if (r == -ENOENT)
			no_such_profile(outcome, context->profile_path, name);
		else
			outcome_engine_failed(outcome, &err);
		return NULL;
	}
	if (profile_load_file(context->profile_path, file, &profile, &err) == 0)
		return profile;
	/* one that cannot be read is there all the same: looking for another name is no help */
	outcome_set_error(outcome, "org.fettle.InvalidProfile",
			  json_pack("{s:o, s:I, s:I, s:o}", "file",
				    rpc_string(err.file[0] ? err.file : file), "line",
				    (json_int_t)err.line, "column", (json_int_t)err.column,
				    "reason", rpc_string(err.text)));
	return NULL;
}
