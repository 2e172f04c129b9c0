/* render/term.h - text as a terminal shows it: how wide it is, where it breaks, its colours. */
#ifndef RENDER_TERM_H
#define RENDER_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum term_style {
	STYLE_PLAIN,
	STYLE_STRONG,
	STYLE_DIM,
	STYLE_CRITICAL,
	STYLE_WARNING,
	STYLE_INFO,
	STYLE_GOOD,
	STYLES
};

/* A copy to show in one line: newlines and tabs become spaces, whatever this locale's terminal
 * cannot show, or would obey, becomes \xNN. */
char *term_text(const char *text) __attribute__((nonnull, returns_nonnull, warn_unused_result));
/* Columns of a shown text; of its widest line when it was wrapped. */
size_t term_width(const char *text) __attribute__((nonnull));
/* Whether the locale has a sign for each of its characters. */
bool term_can_show(const char *text) __attribute__((nonnull));
/* A copy of a shown text of at most `width` columns, with an ellipsis for what is left out of its
 * middle; as it is where that is too narrow to tell anything. */
char *term_shorten(const char *text, size_t width)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
size_t term_lines(const char *text) __attribute__((nonnull)); /* 1 for a text with no newline */
/* A copy of a shown text broken by newlines into lines of at most `width` columns, between words
 * where it can be, else after punctuation. A file's name, with its line or without ("/a/b",
 * "c/d:7"), stays whole, as it is there to be copied, and may make its line longer. Width 0 breaks
 * nothing. */
char *term_wrap(const char *text, size_t width)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* The same, and breaks files' names too. */
char *term_wrap_all(const char *text, size_t width)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* Columns of the widest word that term_wrap() leaves whole; 0 when there is none. */
size_t term_widest_path(const char *text) __attribute__((nonnull));

/* The escape sequence that begins a style, "" for plain; term_style_end ends any. */
const char *term_style_begin(enum term_style style);
extern const char term_style_end[];

#endif
