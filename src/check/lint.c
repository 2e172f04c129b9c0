/* check/lint.c - see lint.h. */
#include "check/lint.h"

#include <stdarg.h>
#include <stdio.h>

#include "catalog/catalog.h"
#include "check/quantity.h"
#include "check/range.h"
#include "sysctl/normalise.h"

struct lint {
	const struct setting *setting;
	struct resolve_key key;
	struct lint_notes *out;
};

static void note(struct lint *lint, enum severity severity, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void note(struct lint *lint, enum severity severity, unsigned line, const char *format, ...)
{
	struct lint_note *n = MEM_APPEND(lint->out->notes, lint->out->count);
	va_list args;

	n->severity = severity;
	n->origin.file = mem_strdup(lint->setting->origin.file);
	n->origin.line = line ? line : lint->setting->origin.line;
	va_start(args, format);
	if (vasprintf(&n->text, format, args) < 0)
		n->text = mem_strdup("out of memory");
	va_end(args);
}

/* Operands whose number only a host can tell. */
static bool needs_host(const struct quantity *quantity)
{
	return quantity->kind == QUANTITY_SYSCTL || quantity->kind == QUANTITY_MEMORY;
}

static void lint_range(struct lint *lint, const struct quantity *quantity, struct num number,
		       unsigned line)
{
	const struct catalog_key *known = lint->key.known;
	char given[NUM_TEXT_SIZE], least[NUM_TEXT_SIZE], most[NUM_TEXT_SIZE];

	if (check_range_holds(known, number))
		return;
	note(lint, SEVERITY_CRITICAL, line, "%s: the kernel accepts %s to %s, not %s%s%s",
	     lint->setting->key, num_format(known->least, least), num_format(known->most, most),
	     num_format(number, given), quantity->kind == QUANTITY_NUMBER ? "" : ", which is ",
	     quantity->kind == QUANTITY_NUMBER ? "" : quantity->text);
}

/* A word, mask or port list as the key's own kind; with includes and excludes it must have members,
 * or any value would do. */
static void lint_text(struct lint *lint, const struct quantity *quantity, bool members,
		      unsigned line)
{
	_cleanup_(value_freep) struct value *value = NULL;
	struct err err;

	if (sysctl_value_parse(lint->key.kind, quantity->text, &value, &err) < 0)
		note(lint, SEVERITY_CRITICAL, line, "%s: %s", lint->setting->key, err.text);
	else if (members && !value->n_words && !value->n_ranges)
		note(lint, SEVERITY_CRITICAL, line,
		     "%s: '%s' has no members, so any value would do", lint->setting->key,
		     quantity->text);
}

static void lint_number(struct lint *lint, const struct quantity *quantity, unsigned line)
{
	/* an ordinary host: only whether it is whole and in range is in question */
	const struct host host = {.page_bytes = 4096};
	struct num number;
	struct err err;
	int r = needs_host(quantity) ? check_quantity_fits(&lint->key, quantity, &err)
				     : check_quantity(&host, &lint->key, quantity, &number, &err);

	if (r < 0)
		note(lint, SEVERITY_CRITICAL, line, "%s", err.text);
	else if (!needs_host(quantity))
		lint_range(lint, quantity, number, line);
}

static void lint_operands(struct lint *lint, const struct quantity *args, size_t count,
			  bool members, unsigned line)
{
	bool numeric = lint->key.kind == VALUE_INTEGER || lint->key.kind == VALUE_VECTOR;

	for (size_t i = 0; i < count; i++) {
		if (numeric && args[i].kind != QUANTITY_TEXT)
			lint_number(lint, &args[i], line);
		else if (args[i].kind != QUANTITY_SYSCTL)
			lint_text(lint, &args[i], members, line);
	}
}

/* Which operators mean something for which kinds; the audit would answer "unknown" for the rest. */
static bool op_fits(enum expect_op op, enum value_kind kind)
{
	bool number = kind == VALUE_INTEGER, vector = kind == VALUE_VECTOR;
	bool members = kind == VALUE_SET || kind == VALUE_RANGES || kind == VALUE_BITMAP;

	switch (op) {
	case EXPECT_AT_LEAST:
	case EXPECT_AT_MOST:
	case EXPECT_BETWEEN:
		return number;
	case EXPECT_INCLUDES:
	case EXPECT_EXCLUDES:
		return members;
	case EXPECT_FIELDS:
		return vector;
	default:
		return true;
	}
}

static void lint_expect(struct lint *lint, const struct expect *expect)
{
	const struct setting *setting = lint->setting;
	const struct catalog_key *known = lint->key.known;

	if (!op_fits(expect->op, lint->key.kind))
		note(lint, SEVERITY_CRITICAL, setting->lines.expect,
		     "%s: %s has no meaning for %s%s", setting->key, expect_op_name(expect->op),
		     value_kind_name(lint->key.kind),
		     lint->key.kind == VALUE_VECTOR ? ": use fields" : "");
	if (expect->op == EXPECT_FIRST_AVAILABLE && !known->available)
		note(lint, SEVERITY_CRITICAL, setting->lines.expect,
		     "%s: no key lists what it may be set to: use one-of", setting->key);
	if (!op_fits(expect->op, lint->key.kind))
		return;
	lint_operands(lint, expect->args, expect->n_args,
		      expect->op == EXPECT_INCLUDES || expect->op == EXPECT_EXCLUDES,
		      setting->lines.expect);
	lint_operands(lint, expect->set, expect->n_set, false, setting->lines.set);
}

static size_t count_fields(const struct catalog_key *known)
{
	size_t fields = 0;

	while (fields < CATALOG_MAX_FIELDS && known->fields[fields])
		fields++;
	return fields;
}

static void lint_fields(struct lint *lint, const struct expect *expect)
{
	size_t fields = count_fields(lint->key.known);

	if (fields && expect->n_fields > fields)
		note(lint, SEVERITY_CRITICAL, lint->setting->lines.expect,
		     "%s: %zu fields are asked about, it has %zu", lint->setting->key,
		     expect->n_fields, fields);
	lint->key.kind = VALUE_INTEGER;
	for (size_t i = 0; i < expect->n_fields; i++) {
		if (expect->fields[i])
			lint_expect(lint, expect->fields[i]);
	}
}

/* A vector given whole has all its values; half of it the kernel takes, and keeps the rest. */
static void lint_whole(struct lint *lint, const struct expect *expect)
{
	size_t fields = count_fields(lint->key.known);

	bool copy = expect->n_args == 1 && expect->args[0].kind == QUANTITY_SYSCTL;

	if (lint->key.kind == VALUE_VECTOR && expect->op == EXPECT_EQUALS && fields && !copy &&
	    expect->n_args != fields)
		note(lint, SEVERITY_CRITICAL, lint->setting->lines.expect,
		     "%s: %zu values are given, it has %zu", lint->setting->key, expect->n_args,
		     fields);
}

static void lint_setting(const struct setting *setting, struct lint_notes *out)
{
	const struct catalog_key *known = catalog_find(setting->key);
	struct lint lint = {.setting = setting, .out = out};
	const char *nearest;

	if (!setting->why || !setting->source)
		note(&lint, SEVERITY_INFO, 0, "%s: no %s: say %s", setting->key,
		     setting->why ? "source" : "why",
		     setting->why ? "who says so" : "what goes wrong otherwise");
	if (!known) {
		nearest = catalog_nearest(setting->key);
		note(&lint, SEVERITY_WARNING, 0, "%s is not in the catalogue%s%s%s", setting->key,
		     nearest ? ", did you mean '" : "", nearest ? nearest : "",
		     nearest ? "'?" : "");
		return;
	}
	if (setting->expect->op == EXPECT_ABSENT)
		return;
	if (version_is_stated(known->removed))
		note(&lint, SEVERITY_WARNING, 0, "%s was removed in kernel %u.%u", setting->key,
		     known->removed.major, known->removed.minor);
	lint.key = (struct resolve_key){.name = setting->key, .known = known, .kind = known->kind};
	lint_expect(&lint, setting->expect);
	lint_whole(&lint, setting->expect);
	if (setting->expect->op == EXPECT_FIELDS && known->kind == VALUE_VECTOR)
		lint_fields(&lint, setting->expect);
}

void check_lint(const struct profile *profile, struct lint_notes *out)
{
	if (!profile->n_settings && !profile->n_rules) {
		struct lint_note *note = MEM_APPEND(out->notes, out->count);

		note->severity = SEVERITY_WARNING;
		note->text = mem_strdup("this profile asks for nothing");
		note->origin.file = mem_strdup(profile->file);
		note->origin.line = 1;
	}
	for (size_t i = 0; i < profile->n_settings; i++)
		lint_setting(&profile->settings[i], out);
}

void lint_notes_fini(struct lint_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++) {
		free(notes->notes[i].text);
		free(notes->notes[i].origin.file);
	}
	free(notes->notes);
	*notes = (struct lint_notes){0};
}
