/* profile/when.h - the hosts that a profile or a setting is for. */
#ifndef PROFILE_WHEN_H
#define PROFILE_WHEN_H

#include "base/err.h"
#include "profile/doc.h"
#include "profile/profile.h"

/* The name of the mapping's key: "kernel". */
const char *when_subject_name(enum condition_subject subject);
/* A condition without its subject: ">=4.9". */
const char *when_condition_value(const struct condition *condition) __attribute__((nonnull));

/* Reader for a row, into a struct when. */
int when_decode(const struct node *node, void *slot, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Moves the conditions of `from` behind those of `into` on the same subject. */
void when_merge(struct when *into, struct when *from) __attribute__((nonnull));
void when_fini(struct when *when) __attribute__((nonnull));

#endif
