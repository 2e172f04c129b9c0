/* man/markdown.h - the documents of doc/ as part of a manual page, so that one text is both. */
#ifndef MAN_MARKDOWN_H
#define MAN_MARKDOWN_H

#include <stdio.h>

/* Knows what those documents are written with: a title, which is left out, headings of the second
 * level, paragraphs, lists, tables, fenced blocks. */
void markdown_write(FILE *out, const char *text) __attribute__((nonnull));

#endif
