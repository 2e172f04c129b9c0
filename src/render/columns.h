/* render/columns.h - rows of text in aligned columns, by libsmartcols. */
#ifndef RENDER_COLUMNS_H
#define RENDER_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "render/term.h"

enum {
	COLUMNS = 3
};

struct columns_row {
	char *cells[COLUMNS]; /* as term_text() made them; "" where there is nothing */
	enum term_style styles[COLUMNS];
};

/* Starts as {0}. */
struct columns {
	struct columns_row *rows;
	size_t count;
};

void columns_fini(struct columns *columns) __attribute__((nonnull));
#define _cleanup_columns_ __attribute__((cleanup(columns_fini)))

/* Appends a row of one style; NULL is an empty cell. Texts are copied and made fit to show. */
struct columns_row *columns_add(struct columns *columns, enum term_style style, const char *first,
				const char *second, const char *third)
	__attribute__((nonnull(1), returns_nonnull));
/* Wraps cells but the first of each row so that rows fit `width`; 0 is no limit. False when that
 * would leave too little room to be read: then nothing is changed. */
bool columns_fit(struct columns *columns, size_t width) __attribute__((nonnull));
/* How many lines the row takes. */
size_t columns_row_lines(const struct columns_row *row) __attribute__((nonnull));
/* All the rows, each line ended by a newline and without blanks before it. */
char *columns_to_text(const struct columns *columns, bool color)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));

#endif
