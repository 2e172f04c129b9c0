/* profile/source.h - one profile file, decoded, before it is merged with what it extends. */
#ifndef PROFILE_SOURCE_H
#define PROFILE_SOURCE_H

#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "profile/doc.h"
#include "profile/profile.h"

enum {
	SOURCE_MOST_EXTENDS = 16,
	SOURCE_MOST_SETTINGS = 4096, /* four times what a kernel has below net/ */
};

struct source {
	struct doc *doc;                                 /* whose nodes say where errors are */
	struct profile *own;                             /* what stands in this file alone */
	const struct node *extends[SOURCE_MOST_EXTENDS]; /* scalars, valid names */
	size_t n_extends;
	struct removal {
		char *key;
		const struct node *at;
	} * removals;
	size_t n_removals;
};

/* Decodes what `file` holds. Returns 0 or -EBADMSG with line and column. */
int source_decode(const char *file, const char *data, size_t len, struct source **out,
		  struct err *err) __attribute__((nonnull, warn_unused_result));
/* What is wrong with a file, in its order and at least one entry of `errs`, which has `most`: where
 * the YAML is well formed and has no key twice, an error of each key and of each setting, rule,
 * waiver and parent; else the first. 0 when it decodes; what it extends is not looked at. */
size_t source_errors(const char *file, const char *data, size_t len, struct err *errs, size_t most)
	__attribute__((nonnull, warn_unused_result));
void source_free(struct source *source);
MEM_DEFINE_FREEP(struct source, source)

/* The setting of this key, or NULL. */
struct setting *setting_find(const struct profile *profile, const char *key)
	__attribute__((nonnull));

#endif
