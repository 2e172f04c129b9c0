/* man/roff.h - text as the man(7) language of roff takes it: no byte of it can be a request. */
#ifndef MAN_ROFF_H
#define MAN_ROFF_H

#include <stddef.h>
#include <stdio.h>

/* No hyphens in words, which .EE of groff forgets. */
#define ROFF_AFTER_EXAMPLE ".nh\n"

/* A line or more of prose. `code` becomes bold, **strong** too, and [words](link) the words. The
 * end of the text ends the line. */
void roff_prose(FILE *out, const char *text) __attribute__((nonnull));
/* The same as the heading that the request `macro` makes, such as "SS". */
void roff_heading(FILE *out, const char *macro, const char *text) __attribute__((nonnull));
/* Text to be typed or read as it is; no line end is added. */
void roff_literal(FILE *out, const char *text, size_t len) __attribute__((nonnull));
/* An example: each line as it is. Ends with the last line, which needs no newline. */
void roff_example(FILE *out, const char *text) __attribute__((nonnull));

/* Where things are by default, "/etc/fettle" for one, as text names them: a copy of the text that
 * names them where this build has them. The caller's. */
char *roff_places(const char *text) __attribute__((nonnull, returns_nonnull, warn_unused_result));

#endif
