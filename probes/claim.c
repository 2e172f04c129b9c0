/* probes/claim.c - see claim.h. */
#include "probes/claim.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/num.h"

enum {
	MOST_BYTES = 512 * 1024 /* a list of all ports, each by its number, has 382 KiB */
};

static const char blanks[] = " \t\n";

void claim_set(struct claim *claim, const char *key, const char *text)
{
	_cleanup_strbuf_ struct strbuf words = {0};

	for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
		size_t len = strcspn(text, blanks);

		if (words.len)
			strbuf_puts(&words, " ");
		strbuf_add(&words, text, len);
		text += len;
	}
	*claim = (struct claim){.key = key, .text = strbuf_take(&words)};
}

void claim_read(const char *key, struct claim *out)
{
	_cleanup_free_ char *path = mem_printf("/proc/sys/%s", key), *text = NULL;
	struct err err;
	size_t len;

	for (char *dot = path; (dot = strchr(dot, '.')); dot++)
		*dot = '/';
	if (file_read(AT_FDCWD, path, MOST_BYTES, &text, &len, &err) < 0)
		*out = (struct claim){.key = key, .reason = mem_strdup(err.text)};
	else if (!str_is_utf8(text, len) || strlen(text) != len)
		*out = (struct claim){.key = key, .reason = mem_printf("%s is no text", path)};
	else
		claim_set(out, key, text);
}

void claim_fini(struct claim *claim)
{
	free(claim->text);
	free(claim->reason);
	*claim = (struct claim){0};
}

/* The word at `field` and its length; NULL when there is none. */
static const char *find_word(const struct claim *claim, size_t field, size_t *len)
{
	const char *at = claim->text;

	for (; at && field; field--) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	if (!at || !*at)
		return NULL;
	*len = strcspn(at, " ");
	return at;
}

bool claim_number(const struct claim *claim, size_t field, uint64_t *out)
{
	struct num number;
	size_t len;
	const char *word = find_word(claim, field, &len);

	if (!word || num_parse(word, len, &number) < 0 || number.negative)
		return false;
	*out = number.magnitude;
	return true;
}

bool claim_has_word(const struct claim *claim, const char *word)
{
	const char *at;
	size_t len;

	for (size_t i = 0; (at = find_word(claim, i, &len)); i++) {
		if (len == strlen(word) && memcmp(at, word, len) == 0)
			return true;
	}
	return false;
}

bool claim_has_port(const struct claim *claim, uint16_t port)
{
	const char *at = claim->text ? claim->text : "";

	while (*at) {
		char *end;
		unsigned long first = strtoul(at, &end, 10), last = first;

		if (end == at)
			return false;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (port >= first && port <= last)
			return true;
		at = *end == ',' ? end + 1 : end;
	}
	return false;
}
