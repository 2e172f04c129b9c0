/* base/err.h - an error a person can act on: what was tried, on what, what came of it.
 *
 * A fallible function returns 0 or -errno and fills `struct err`. Codes in use beyond the plain
 * ones: EBADMSG input that is not well formed or not allowed, EPROTO a peer that breaks the
 * protocol, EOVERFLOW a bound exceeded. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

struct err {
	int code;              /* positive errno; 0: no error recorded */
	unsigned line, column; /* in `file`, from 1; 0: not known */
	char file[512];        /* the user's file the error is in, or "" */
	char text[1024];       /* cut with "..." when longer */
};

/* Each returns -code, so that `return err_set(...)` reads as what it is. */
int err_set(struct err *err, int code, const char *format, ...)
	__attribute__((nonnull, format(printf, 3, 4)));
int err_at(struct err *err, int code, const char *file, unsigned line, unsigned column,
	   const char *format, ...) __attribute__((nonnull, format(printf, 6, 7)));
/* Puts context in front of the text: "while doing this: ". Returns -err->code. */
int err_prefix(struct err *err, const char *format, ...)
	__attribute__((nonnull, format(printf, 2, 3)));
/* "file:line:column: text" in `buf`, as compilers print it; returns `buf`. */
const char *err_format(const struct err *err, char *buf, size_t size) __attribute__((nonnull));

#endif
