/* probes/words.c - see words.h. */
#include "probes/words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model/num.h"

int words_init(struct words *words, char *const *given, struct err *err)
{
	*words = (struct words){.given = given};
	for (; given[words->count]; words->count++) {
		if (words->count == WORDS_MOST)
			return err_set(err, EINVAL, "more than %d words", WORDS_MOST);
		if (!strchr(given[words->count], '='))
			return err_set(err, EINVAL, "'%s' is no word: expected NAME=VALUE",
				       given[words->count]);
	}
	return 0;
}

const char *words_text(struct words *words, const char *name, const char *otherwise)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < words->count; i++) {
		if (strncmp(words->given[i], name, len) == 0 && words->given[i][len] == '=') {
			words->used[i] = true;
			return words->given[i] + len + 1;
		}
	}
	return otherwise;
}

int words_number(struct words *words, const char *name, uint64_t least, uint64_t most,
		 uint64_t *out, struct err *err)
{
	const char *text = words_text(words, name, NULL);
	struct num number;

	if (!text)
		return 0;
	if (num_parse(text, strlen(text), &number) < 0 || number.negative ||
	    number.magnitude < least || number.magnitude > most)
		return err_set(err, EINVAL, "%s=%s: expected a number from %" PRIu64 " to %" PRIu64,
			       name, text, least, most);
	*out = number.magnitude;
	return 0;
}

int words_end(const struct words *words, struct err *err)
{
	for (size_t i = 0; i < words->count; i++) {
		if (!words->used[i])
			return err_set(err, EINVAL, "'%s' is not understood", words->given[i]);
	}
	return 0;
}
