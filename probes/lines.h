/* probes/lines.h - lines of text over a socket that does not block: what the two ends of a probe
 * say to each other. Whatever the other end sends, a line has a bound in length and in time. */
#ifndef PROBES_LINES_H
#define PROBES_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define LINES_MOST 1024

struct lines {
	int fd;
	size_t len; /* of what came and was not taken yet */
	char room[LINES_MOST + 1];
};

/* Takes what has come, if it makes a line: 1 with `line` (without its end; it holds until the next
 * call), 0 when there is not enough yet, -ECONNRESET when the other end closed, -EPROTO when it is
 * too long or no text. */
int lines_poll(struct lines *lines, char line[LINES_MOST + 1], struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* The same, waiting until `until_us` of net_now_us(); 0, or -ETIMEDOUT. */
int lines_wait(struct lines *lines, uint64_t until_us, char line[LINES_MOST + 1], struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Sends one, with its end; a line always fits a socket that was just opened. */
int lines_send(int fd, struct err *err, const char *format, ...)
	__attribute__((nonnull, warn_unused_result, format(printf, 3, 4)));

/* The words of a line: "result bytes=7 rate_Bps=9". */
bool lines_begins(const char *line, const char *word) __attribute__((nonnull));
/* The number behind "name="; false: it is not there, or is none. */
bool lines_number(const char *line, const char *name, uint64_t *out) __attribute__((nonnull));
/* The text behind "name=", up to a blank; false: it is not there, or does not fit. */
bool lines_text(const char *line, const char *name, char *out, size_t size)
	__attribute__((nonnull));

#endif
