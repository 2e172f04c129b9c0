/* probes/words.h - the words of a probe's command line: "name=value", each once. */
#ifndef PROBES_WORDS_H
#define PROBES_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WORDS_MOST 32

struct words {
	char *const *given;
	size_t count;
	bool used[WORDS_MOST];
};

/* `given` ends with NULL and must outlive the words. */
int words_init(struct words *words, char *const *given, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* The value of a word, or `otherwise`, which may be NULL. */
const char *words_text(struct words *words, const char *name, const char *otherwise)
	__attribute__((nonnull(1, 2)));
/* A whole number from `least` to `most`; `*out` keeps its value when the word is not given. */
int words_number(struct words *words, const char *name, uint64_t least, uint64_t most,
		 uint64_t *out, struct err *err) __attribute__((nonnull, warn_unused_result));
/* -EINVAL when a word was given that nobody asked for. */
int words_end(const struct words *words, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
