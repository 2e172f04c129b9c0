/* render/fast_json.c - see fast_json.h.
 *
 * Not jansson: a tree of 120 nodes for each of 100,000 sockets takes ten times as long as reading
 * them from the kernel. */
#include "render/fast_json.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"

static const char hex[] = "0123456789abcdef";

void fast_json_flush(struct fast_json *json)
{
	fwrite(json->text, 1, json->len, json->out);
	json->len = 0;
}

/* Room for `len` bytes, far fewer than the buffer has. */
static inline char *reserve(struct fast_json *json, size_t len)
{
	if (sizeof(json->text) - json->len < len)
		fast_json_flush(json);
	return json->text + json->len;
}

static void put_long(struct fast_json *json, const char *text, size_t len)
{
	while (len) {
		size_t part = sizeof(json->text) - json->len;

		if (part > len)
			part = len;
		memcpy(json->text + json->len, text, part);
		json->len += part;
		text += part;
		len -= part;
		if (json->len == sizeof(json->text))
			fast_json_flush(json);
	}
}

static inline void put(struct fast_json *json, const char *text, size_t len)
{
	if (sizeof(json->text) - json->len < len) {
		put_long(json, text, len);
		return;
	}
	memcpy(json->text + json->len, text, len);
	json->len += len;
}

static inline void put_char(struct fast_json *json, char c)
{
	*reserve(json, 1) = c;
	json->len++;
}

void fast_json_open(struct fast_json *json, char bracket)
{
	put_char(json, bracket);
	json->inside = false;
}

void fast_json_close(struct fast_json *json, char bracket)
{
	put_char(json, bracket);
	json->inside = true;
}

void fast_json_item(struct fast_json *json)
{
	if (json->inside)
		put_char(json, ',');
	json->inside = true;
}

void fast_json_key(struct fast_json *json, const char *name)
{
	size_t len = strlen(name);
	char *at = reserve(json, len + 4);

	*at = ',';
	at += json->inside;
	json->inside = true;
	*at++ = '"';
	memcpy(at, name, len);
	at += len;
	*at++ = '"';
	*at++ = ':';
	json->len = (size_t)(at - json->text);
}

struct fast_json_name fast_json_name(const char *name)
{
	struct fast_json_name made;
	int len = snprintf(made.text, sizeof(made.text), ",\"%s\":", name);

	assert(len > 0 && (size_t)len < sizeof(made.text));
	made.len = (unsigned char)len;
	return made;
}

/* All of it is copied, as that takes no call. */
void fast_json_known_key(struct fast_json *json, const struct fast_json_name *name)
{
	size_t from = !json->inside;
	char *at = reserve(json, sizeof(name->text));

	memcpy(at, name->text + from, sizeof(name->text) - 1);
	json->len += name->len - from;
	json->inside = true;
}

/* Bytes of the UTF-8 sequence at `p` and its character, or 0. */
static size_t decode(const unsigned char *p, size_t left, uint32_t *character)
{
	size_t len = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;

	if (len > left || !str_is_utf8((const char *)p, len))
		return 0;
	*character = *p & (0x7fu >> len);
	for (size_t i = 1; i < len; i++)
		*character = *character << 6 | (p[i] & 0x3fu);
	return len;
}

static void put_unit(struct fast_json *json, uint32_t unit)
{
	const char text[] = {
		'\\',          'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15],
		hex[unit & 15]};

	put(json, text, sizeof(text));
}

static void put_character(struct fast_json *json, uint32_t character)
{
	if (character >= 0x10000) {
		put_unit(json, 0xd800 + ((character - 0x10000) >> 10));
		put_unit(json, 0xdc00 + ((character - 0x10000) & 0x3ff));
	} else {
		put_unit(json, character);
	}
}

/* What cannot stand in a string as it is; returns how many bytes it was. */
static size_t put_escaped(struct fast_json *json, const unsigned char *p, size_t left)
{
	uint32_t character = *p;
	size_t len = 1;

	if (*p == '"' || *p == '\\') {
		put_char(json, '\\');
		put_char(json, (char)*p);
	} else if (*p < 0x80 || (len = decode(p, left, &character))) {
		put_character(json, character);
	} else {
		const char text[] = {'\\', '\\', 'x', hex[*p >> 4], hex[*p & 15]};

		put(json, text, sizeof(text));
		len = 1;
	}
	return len;
}

void fast_json_string(struct fast_json *json, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + len;

	put_char(json, '"');
	while (p < end) {
		const unsigned char *plain = p;

		while (p < end && *p >= ' ' && *p < 0x7f && *p != '"' && *p != '\\')
			p++;
		put(json, (const char *)plain, (size_t)(p - plain));
		if (p < end)
			p += put_escaped(json, p, (size_t)(end - p));
	}
	put_char(json, '"');
}

static unsigned count_digits(uint64_t n)
{
	unsigned count = 1;

	for (; n >= 10000; n /= 10000)
		count += 4;
	return count + (n >= 10) + (n >= 100) + (n >= 1000);
}

void fast_json_uint(struct fast_json *json, uint64_t n)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	unsigned digits = count_digits(n);
	char *at = reserve(json, digits) + digits;

	json->len += digits;
	for (; n >= 10; n /= 100) {
		at -= 2;
		memcpy(at, pairs + n % 100 * 2, 2);
	}
	if (digits % 2)
		*--at = (char)('0' + n);
}

void fast_json_int(struct fast_json *json, int64_t n)
{
	if (n < 0)
		put_char(json, '-');
	fast_json_uint(json, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void fast_json_bool(struct fast_json *json, bool on)
{
	put(json, on ? "true" : "false", on ? 4 : 5);
}

void fast_json_null(struct fast_json *json)
{
	put(json, "null", 4);
}

void fast_json_set_text(struct fast_json *json, const char *name, const char *text)
{
	if (!text)
		return;
	fast_json_key(json, name);
	fast_json_string(json, text, strlen(text));
}

void fast_json_set_uint(struct fast_json *json, const char *name, uint64_t n)
{
	fast_json_key(json, name);
	fast_json_uint(json, n);
}

void fast_json_newline(struct fast_json *json)
{
	put_char(json, '\n');
	json->inside = false;
}
