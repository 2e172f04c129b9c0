/* man/weave.h - a manual page from its template.
 *
 * A template is a page in roff's man(7) language. A line in it that begins with ".@" is replaced by
 * a table that the programs go by, so that a page cannot say other than they do:
 *
 *   .@title fettle 1        the first line of the page
 *   .@synopsis plan, apply  how to call these commands
 *   .@options plan          their options; without a name those of every command
 *   .@exits plan            what their exit status means; without a name that of every command
 *   .@command plan, apply   a section for each with all of that
 *   .@commands              all of them, with the page they are in, or all of that
 *   .@daemon-options        the options of fettled
 *   .@findings              all that can be found
 *   .@interface             org.fettle.varlink
 *   .@markdown doc/boot.md  a document of the tree */
#ifndef MAN_WEAVE_H
#define MAN_WEAVE_H

#include <stdio.h>

#include "base/err.h"

struct weave {
	const char *srcdir;   /* that of the tree */
	const char *template; /* a file */
	char *const *others;  /* those of the other pages */
	size_t n_others;
};

/* Returns 0; -EINVAL for a line that is not understood; or what open(2) and read(2) said. */
int weave_page(const struct weave *weave, FILE *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
