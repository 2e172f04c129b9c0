/* cli/change.h - commands that plan or change: by the daemon where it answers, else here.
 *
 * Both ways end in the same JSON object, and what is shown is made from that: "plan", "result" and
 * "boot" (did the files win), or "transactions". */
#ifndef CLI_CHANGE_H
#define CLI_CHANGE_H

#include <jansson.h>

#include "apply/context.h"
#include "cli/cli.h"
#include "profile/profile.h"

struct change {
	const char *method; /* of the daemon */
	bool has_profile;   /* the first argument is one */
	bool has_number;    /* the first argument is that of a transaction */
	bool reads_only;    /* anybody may, without the daemon, as far as files permit */
	/* The same here. `profile` NULL unless has_profile. 0 with the reply in `*out`, also when
	 * the change was begun and taken back; or -errno before anything was begun. */
	int (*here)(const struct cli *cli, const struct apply_context *context,
		    const struct profile *profile, json_t **out, struct err *err);
};

/* `parameters` is taken over, may be NULL; the profile's name or the transaction's number is added
 * to it. CLI_FINE with the reply, the caller's, or why there is none, which was said. */
enum cli_exit change_make(const struct cli *cli, const struct change *change, json_t *parameters,
			  json_t **reply) __attribute__((nonnull(1, 2, 4), warn_unused_result));

/* The transaction that was named, or 0. -EINVAL for what is no number. */
int change_number(const struct cli *cli, uint64_t *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* What a command that goes on with this has to be told again, " --state-dir '/x'" or ""; the
 * caller's. */
char *change_again(const struct cli *cli) __attribute__((nonnull, warn_unused_result));
/* Where to work, as the options say. `etc_dir` must outlive it. */
int change_context(const struct cli *cli, const struct host *host, char **etc_dir,
		   struct apply_context *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
