/* sysctl/normalise.h - a key's text to a typed value, one row a kind.
 *
 * The kernel separates by tabs, spaces or commas and ends in a newline, people write what they
 * like: everything is brought to one form before it is compared or shown. */
#ifndef SYSCTL_NORMALISE_H
#define SYSCTL_NORMALISE_H

#include "base/err.h"
#include "model/value.h"

/* Text (the kernel's or a profile's) as a value of this kind, the caller's.
 * Returns 0, or -EBADMSG saying what part is no such thing; -ERANGE for numbers beyond 64 bits. */
int sysctl_value_parse(enum value_kind kind, const char *text, struct value **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* The kind that fits a text whose key the catalogue does not know: integer, vector, else string. */
enum value_kind sysctl_value_guess(const char *text) __attribute__((nonnull));

#endif
