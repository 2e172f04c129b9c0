/* cli/complete.h - what may stand where a shell asks for completion: values that this host has.
 *
 * Whoever presses a key does not wait, is asked nothing and told of no error: what cannot be had at
 * once is not offered. */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include <stdio.h>

#include "cli/cli.h"

struct completion {
	FILE *out;
	const struct cli *cli; /* the words before, as far as they make sense */
	const char *before;    /* typed already, and not a part of the value: "--format=", "tcp," */
	const char *word;      /* what was typed of the value */
	size_t count;          /* offered so far */
};

/* "BEFOREvalue<TAB>about", when the value begins as was typed and a shell takes it as it is.
 * `about` is cut to its first sentence; it may be NULL. */
void complete_offer(struct completion *completion, const char *value, const char *about)
	__attribute__((nonnull(1, 2)));
/* Offers what `name` stands for in the table of commands: "PROFILE", "FILE"; or of the option
 * "--NAME". Nothing for a name that nothing is known of. */
void complete_values(struct completion *completion, const char *name) __attribute__((nonnull));

#endif
