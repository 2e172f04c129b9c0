/* render/fast_json.h - JSON written as it comes, for lists too long to be held as a tree. */
#ifndef RENDER_FAST_JSON_H
#define RENDER_FAST_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Starts as {.out = file}; the commas are set here, the brackets are the caller's to close. A write
 * that fails leaves its mark on the stream. */
struct fast_json {
	FILE *out;
	size_t len;
	bool inside; /* something stands before in this object or array */
	char text[1 << 16];
};

/* A key that is written again and again, made once: its name is 42 bytes long at most. */
struct fast_json_name {
	char text[47]; /* with the comma before it and the colon behind */
	unsigned char len;
};
struct fast_json_name fast_json_name(const char *name) __attribute__((nonnull));

void fast_json_open(struct fast_json *json, char bracket) __attribute__((nonnull));
void fast_json_close(struct fast_json *json, char bracket) __attribute__((nonnull));
/* `name` is ours: nothing in it is escaped. */
void fast_json_key(struct fast_json *json, const char *name) __attribute__((nonnull));
void fast_json_known_key(struct fast_json *json, const struct fast_json_name *name)
	__attribute__((nonnull));
/* In front of each element of an array. */
void fast_json_item(struct fast_json *json) __attribute__((nonnull));

/* Values, behind a key or an item. ASCII whatever is in the text: characters beyond it and
 * controls become \uXXXX, and a byte that is no UTF-8 the four characters \xNN, as str_printable()
 * has it. */
void fast_json_string(struct fast_json *json, const char *text, size_t len)
	__attribute__((nonnull));
void fast_json_uint(struct fast_json *json, uint64_t n) __attribute__((nonnull));
void fast_json_int(struct fast_json *json, int64_t n) __attribute__((nonnull));
void fast_json_bool(struct fast_json *json, bool on) __attribute__((nonnull));
void fast_json_null(struct fast_json *json) __attribute__((nonnull));

/* A key and its value; a NULL text is left out. */
void fast_json_set_text(struct fast_json *json, const char *name, const char *text)
	__attribute__((nonnull(1, 2)));
void fast_json_set_uint(struct fast_json *json, const char *name, uint64_t n)
	__attribute__((nonnull));

/* Ends a line; what was written goes out when the buffer is full or at the flush. */
void fast_json_newline(struct fast_json *json) __attribute__((nonnull));
void fast_json_flush(struct fast_json *json) __attribute__((nonnull));

#endif
