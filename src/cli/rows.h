/* cli/rows.h - members of JSON objects to rows of text, for what shows plans, results and
 * transactions. A member that is missing is NULL here, and shown as nothing. */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include <jansson.h>

#include "cli/cli.h"
#include "render/columns.h"

/* What becomes of a key or a file, in the order in which they are counted. */
struct rows_outcome {
	const char *outcome;
	enum term_style style;
};

extern const struct rows_outcome rows_outcomes[]; /* end with a NULL outcome */

const char *rows_text(const json_t *object, const char *name);
const char *rows_or_none(const char *text) __attribute__((returns_nonnull)); /* "(none)" for NULL */
enum term_style rows_style(const char *outcome);

/* `style` is that of the label; any of the texts may be NULL. */
void rows_add(struct columns *rows, enum term_style style, const char *label, const char *what,
	      const char *where) __attribute__((nonnull(1)));
/* A line below the row; none for NULL. */
void rows_detail(struct columns *rows, const char *text) __attribute__((nonnull(1)));
/* "KEY: from -> got, not the 9 that was asked for", the caller's. */
char *rows_step(const json_t *step) __attribute__((nonnull, returns_nonnull, warn_unused_result));
/* All of them, which are gone then. */
void rows_print(const struct cli *cli, struct columns *rows) __attribute__((nonnull));
/* One line of text that stands alone. */
void rows_line(const char *text) __attribute__((nonnull));

#endif
