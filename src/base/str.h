/* base/str.h - text: a growing buffer, and the few string helpers every folder needs. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

/* Starts as {0}; `text` is always NUL-terminated once anything was added, NULL before. */
struct strbuf {
	char *text;
	size_t len, room;
};

void strbuf_fini(struct strbuf *buf) __attribute__((nonnull));
void strbuf_add(struct strbuf *buf, const char *text, size_t len) __attribute__((nonnull));
void strbuf_puts(struct strbuf *buf, const char *text) __attribute__((nonnull));
void strbuf_printf(struct strbuf *buf, const char *format, ...)
	__attribute__((nonnull, format(printf, 2, 3)));
/* The text, now the caller's (never NULL); the buffer is empty again. */
char *strbuf_take(struct strbuf *buf) __attribute__((nonnull, returns_nonnull, warn_unused_result));

#define _cleanup_strbuf_ __attribute__((cleanup(strbuf_fini)))

bool str_equal(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *text, const char *prefix) __attribute__((nonnull));
/* Valid UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool str_is_utf8(const char *text, size_t len) __attribute__((nonnull));
/* A copy that is safe on a terminal: the bytes of control characters, those that turn the direction
 * of text too, and of invalid UTF-8 become \xNN. */
char *str_printable(const char *text) __attribute__((nonnull, returns_nonnull, warn_unused_result));

/* A copy quoted as one word of a shell, the caller's; NULL when it cannot be shown as it is. */
char *str_shell_word(const char *text) __attribute__((nonnull, warn_unused_result));

/* Did you mean: the candidate nearest to `word` (case aside), or NULL when none is near enough for
 * a person to have meant it. */
const char *str_nearest(const char *word, const char *const *candidates, size_t count)
	__attribute__((nonnull(1)));
/* The same of one that is at most `limit` letters away: wrong, left out, too many or swapped. */
const char *str_nearest_within(unsigned limit, const char *word, const char *const *candidates,
			       size_t count) __attribute__((nonnull(2)));
/* ", did you mean 'x'?" for error messages, or "" when nothing is near. `buf` is returned. */
const char *str_did_you_mean(const char *word, const char *const *candidates, size_t count,
			     char *buf, size_t size) __attribute__((nonnull(1, 4)));

#endif
