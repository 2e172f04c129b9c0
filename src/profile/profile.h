/* profile/profile.h - a profile, merged from all that it extends, validated as a whole.
 *
 * Pure data once loaded; nothing in it was checked against a host yet. The file format is
 * fettle-profile(5). A later file's entry for a key replaces an earlier one whole, its `why` with
 * it: a reason given for another value would be a false one. */
#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/err.h"
#include "base/mem.h"
#include "model/expect.h"
#include "model/finding.h"
#include "model/version.h"

enum condition_subject {
	CONDITION_KERNEL, /* version */
	CONDITION_MEMORY, /* number, bytes of RAM */
	CONDITION_CPUS,   /* number, online processors */
	CONDITION_KEY,    /* key: this sysctl exists on the host */
};

enum condition_relation {
	RELATION_LESS,
	RELATION_AT_MOST,
	RELATION_EQUAL,
	RELATION_NOT_EQUAL,
	RELATION_AT_LEAST,
	RELATION_MORE,
};

/* One condition of a `when`; all of them must hold. */
struct condition {
	enum condition_subject subject;
	enum condition_relation relation;
	struct version version;
	unsigned version_parts; /* of it that were written: "=6.18" holds on 6.18.44 */
	struct num number;
	char *key;
	char *text; /* as written: "kernel >=4.9" */
	struct origin origin;
};

struct when {
	struct condition *conditions;
	size_t count;
};

/* A line of a merged profile and where it came from, for `fettle profile show`. */
struct setting {
	char *key; /* canonical, see sysctl/name.h; may be a pattern over interfaces */
	bool pattern;
	struct expect *expect;
	char *why, *source; /* NULL when not given */
	enum severity severity;
	struct when when;
	struct origin origin; /* of the key */
	struct {
		unsigned expect, set, why, source, severity, when; /* 0: not written */
	} lines;
};

/* One item of `sockets:`, `limits:` or `paths:`: what to look at and what to expect of it. */
struct rule {
	const char *family; /* "sockets", "limits" or "paths" */
	char *name;
	struct rule_match {
		char *name, *value; /* a list's items joined by "," */
	} * match;
	size_t n_match;
	struct rule_expect {
		char *name;
		struct expect *expect;
	} * expects;
	size_t n_expects;
	char *why, *source; /* NULL when not given */
	enum severity severity;
	struct origin origin;
};

struct waiver {
	char *finding; /* an id, or a pattern of fnmatch(3) over ids */
	char *reason, *owner;
	struct tm until; /* last day it holds, local time; tm_year 0: no end */
	char *until_text;
	struct origin origin;
};

/* A file that went into the profile, in merge order; the last is the profile itself. */
struct layer {
	char *name, *file;
};

struct profile {
	char *name, *file, *summary;
	char *digest; /* SHA-256 over the layers' contents, hexadecimal */
	struct layer *layers;
	size_t n_layers;
	struct when when;         /* its own and those of all it extends */
	struct setting *settings; /* as first mentioned; a pattern, as last: the last one governs */
	size_t n_settings;
	struct rule *rules;
	size_t n_rules;
	struct waiver *waivers;
	size_t n_waivers;
	struct {
		unsigned schema, name, summary;
	} lines; /* in `file` */
};

void profile_free(struct profile *profile);
MEM_DEFINE_FREEP(struct profile, profile)

/* Loads `name`: an installed profile's name looked up along `path` (see search.h), or, when it
 * holds a slash or ends in ".yaml", that file; then what it extends is looked for in that file's
 * own folder before the path. Returns 0, -ENOENT with a did-you-mean, -EBADMSG with file, line and
 * column, or what reading said. Never half loads. */
int profile_load(const char *path, const char *name, struct profile **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* The errors of the file that profile_load() failed on, for who mends it: `most` at most, `first`,
 * which it told, alone where that is no error inside the file. At least one. */
size_t profile_errors(const struct err *first, struct err *errs, size_t most)
	__attribute__((nonnull, warn_unused_result));

/* The address, with its port where one is said, that the item `name` of `paths:` leads to; the
 * caller's. Returns 0, -ENOENT with a did-you-mean, or -EBADMSG for one that names networks
 * only. */
int profile_path_host(const struct profile *profile, const char *name, char **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
