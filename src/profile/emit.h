/* profile/emit.h - parts of a profile back to YAML, so that they load again as the same. */
#ifndef PROFILE_EMIT_H
#define PROFILE_EMIT_H

#include <stdbool.h>

#include "base/str.h"
#include "model/expect.h"
#include "profile/quantity.h"

/* Free text, plain where YAML lets it be; `flow` when it stands inside [] or {}. */
void emit_text(struct strbuf *out, const char *text, bool flow) __attribute__((nonnull));
/* A name or value without spaces, plain where it can be: a key, what a rule matches. */
void emit_word(struct strbuf *out, const char *text) __attribute__((nonnull));
/* What stands behind the operator's name: "64MiB", "[bbr, cubic]". */
void emit_operand(struct strbuf *out, const struct expect *expect, enum place place)
	__attribute__((nonnull));
void emit_set(struct strbuf *out, const struct expect *expect, enum place place)
	__attribute__((nonnull));
/* A whole expectation in one line: short for equals where that reads back, else in braces. */
void emit_expect(struct strbuf *out, const struct expect *expect, enum place place)
	__attribute__((nonnull));
/* The same, always in braces. */
void emit_expect_mapping(struct strbuf *out, const struct expect *expect, enum place place)
	__attribute__((nonnull));
/* True when "KEY: operand" means equals: the operand is no mapping. */
bool emit_is_short(const struct expect *expect) __attribute__((nonnull));

#endif
