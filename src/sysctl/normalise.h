/* sysctl/normalise.h - a key's text to a typed value, one row a kind.
 *
 * The kernel separates by tabs, spaces or commas and ends in a newline, people write what they
 * like: everything is brought to one form before it is compared or shown. */
#ifndef SYSCTL_NORMALISE_H
#define SYSCTL_NORMALISE_H

#include "base/err.h"
#include "model/value.h"

/* Text (the kernel's or a profile's) as a value of this kind, the caller's:
 * - integer: one number, decimal or hexadecimal with 0x, perhaps with a sign; a leading zero is
 *   refused, since the kernel would read octal;
 * - vector: one number or more, between blanks or commas;
 * - set: words between blanks, without commas;
 * - bitmap: a mask as the kernel prints it, hexadecimal groups of 32 bits, the highest first, with
 *   or without 0x: "3" is bits 0 and 1, never bit 3;
 * - port list: numbers and ranges such as 9148-9150, between commas or blanks;
 * - string: any text, where runs of blanks count as one space and none stand at the ends.
 * No text at all is a value of the last four. Parsing the `text` of a value gives an equal one.
 * Returns 0, or -EBADMSG quoting the part that is no such thing; -ERANGE for numbers beyond 64
 * bits, in a port list beyond 32. */
int sysctl_value_parse(enum value_kind kind, const char *text, struct value **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* The kind that fits a text whose key the catalogue does not know: integer, vector (numbers between
 * blanks), else string. */
enum value_kind sysctl_value_guess(const char *text) __attribute__((nonnull));

#endif
