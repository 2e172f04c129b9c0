/* tests/unit/profile/dump.h - everything a profile holds but its origins, as text to compare. Also
 * for the fuzzer. */
#ifndef TESTS_UNIT_PROFILE_DUMP_H
#define TESTS_UNIT_PROFILE_DUMP_H

#include <inttypes.h>

#include "base/str.h"
#include "profile/profile.h"

static inline void dump_quantities(struct strbuf *out, const char *name,
				   const struct quantity *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char number[NUM_TEXT_SIZE];

		strbuf_printf(out, " %s=%d:'%s':%s:%u:%" PRIu64 ":%" PRIu64 ":%u", name,
			      list[i].kind, list[i].text, num_format(list[i].number, number),
			      list[i].share_ppm, list[i].rate_bps, list[i].rtt_us,
			      list[i].times_milli);
	}
}

static inline void dump_expect(struct strbuf *out, const struct expect *expect)
{
	strbuf_printf(out, "(%s", expect_op_name(expect->op));
	dump_quantities(out, "arg", expect->args, expect->n_args);
	dump_quantities(out, "set", expect->set, expect->n_set);
	for (size_t i = 0; i < expect->n_fields; i++) {
		strbuf_puts(out, " ");
		if (expect->fields[i])
			dump_expect(out, expect->fields[i]);
		else
			strbuf_puts(out, "~");
	}
	strbuf_puts(out, ")");
}

static inline void dump_when(struct strbuf *out, const struct when *when)
{
	for (size_t i = 0; i < when->count; i++) {
		const struct condition *c = &when->conditions[i];
		char number[NUM_TEXT_SIZE];

		strbuf_printf(out, "when '%s' %d %d %u.%u.%u %s '%s'\n", c->text, c->subject,
			      c->relation, c->version.major, c->version.minor, c->version.patch,
			      num_format(c->number, number), c->key ? c->key : "");
	}
}

static inline void dump_rule(struct strbuf *out, const struct rule *rule)
{
	strbuf_printf(out, "%s '%s'\n", rule->family, rule->name);
	if (rule->why)
		strbuf_printf(out, "why '%s'\n", rule->why);
	if (rule->source)
		strbuf_printf(out, "source '%s'\n", rule->source);
	if (rule->severity != SEVERITY_WARNING)
		strbuf_printf(out, "severity '%s'\n", severity_name(rule->severity));
	for (size_t i = 0; i < rule->n_match; i++)
		strbuf_printf(out, "match '%s' '%s'\n", rule->match[i].name, rule->match[i].value);
	for (size_t i = 0; i < rule->n_expects; i++) {
		strbuf_printf(out, "expect '%s' ", rule->expects[i].name);
		dump_expect(out, rule->expects[i].expect);
		strbuf_puts(out, "\n");
	}
}

/* Rules by family, as in a file: between families the order means nothing. */
static inline char *dump_profile(const struct profile *p)
{
	static const char *const families[] = {"sockets", "limits", "paths"};
	struct strbuf out = {0};

	strbuf_printf(&out, "profile '%s' '%s'\n", p->name, p->summary);
	dump_when(&out, &p->when);
	for (size_t i = 0; i < p->n_settings; i++) {
		const struct setting *s = &p->settings[i];

		strbuf_printf(&out, "setting '%s' %d why '%s' source '%s' %s ", s->key, s->pattern,
			      s->why ? s->why : "-", s->source ? s->source : "-",
			      severity_name(s->severity));
		dump_expect(&out, s->expect);
		strbuf_puts(&out, "\n");
		dump_when(&out, &s->when);
	}
	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		for (size_t i = 0; i < p->n_rules; i++)
			if (str_equal(p->rules[i].family, families[f]))
				dump_rule(&out, &p->rules[i]);
	for (size_t i = 0; i < p->n_waivers; i++) {
		const struct waiver *w = &p->waivers[i];

		strbuf_printf(&out, "waiver '%s' '%s' '%s' '%s' %d-%d-%d\n", w->finding, w->reason,
			      w->owner ? w->owner : "-", w->until_text ? w->until_text : "-",
			      w->until.tm_year, w->until.tm_mon, w->until.tm_mday);
	}
	return strbuf_take(&out);
}

#endif
