/* profile/show.c - a merged profile as text; as JSON it is in json.c. See show.h. */
#include "profile/show.h"

#include <stdarg.h>
#include <string.h>

#include "base/str.h"
#include "profile/emit.h"
#include "profile/when.h"

/* Lines first, so that their origins can stand in one column. */
struct sheet {
	struct shown {
		char *text;
		const char *file; /* NULL: the line gathers what follows, from several files */
		unsigned line;
	} * lines;
	size_t count;
};

static void add_line(struct sheet *sheet, const char *file, unsigned line, struct strbuf *text)
{
	struct shown *shown = MEM_APPEND(sheet->lines, sheet->count);

	shown->text = strbuf_take(text);
	shown->file = file;
	shown->line = line;
}

static void add_heading(struct sheet *sheet, const char *heading)
{
	struct strbuf text = {0};

	strbuf_puts(&text, heading);
	add_line(sheet, NULL, 0, &text);
}

/* "KEY: free text" */
static void add_text(struct sheet *sheet, const char *file, unsigned line, const char *key,
		     const char *value)
{
	struct strbuf text = {0};

	strbuf_printf(&text, "%s: ", key);
	emit_text(&text, value, false);
	add_line(sheet, file, line, &text);
}

static void add_schema(struct sheet *sheet, const struct profile *profile)
{
	struct strbuf text = {0};

	strbuf_puts(&text, "schema: 1");
	add_line(sheet, profile->file, profile->lines.schema, &text);
}

static size_t count_subject(const struct when *when, size_t from)
{
	size_t to = from;

	while (to < when->count && when->conditions[to].subject == when->conditions[from].subject)
		to++;
	return to - from;
}

static void add_conditions(struct sheet *sheet, const struct when *when)
{
	size_t same;

	if (when->count)
		add_heading(sheet, "when:");
	for (size_t i = 0; i < when->count; i += same) {
		const char *subject = when_subject_name(when->conditions[i].subject);

		same = count_subject(when, i);
		if (same > 1) {
			_cleanup_free_ char *heading = mem_printf("  %s:", subject);

			add_heading(sheet, heading);
		}
		for (size_t j = i; j < i + same; j++) {
			const struct condition *c = &when->conditions[j];
			struct strbuf text = {0};

			if (same > 1)
				strbuf_puts(&text, "    - ");
			else
				strbuf_printf(&text, "  %s: ", subject);
			emit_word(&text, when_condition_value(c));
			add_line(sheet, c->origin.file, c->origin.line, &text);
		}
	}
}

/* A setting's own conditions, in one line: they are from one file. */
static void emit_when(struct strbuf *out, const struct when *when)
{
	size_t same;

	strbuf_puts(out, "{");
	for (size_t i = 0; i < when->count; i += same) {
		same = count_subject(when, i);
		strbuf_printf(out, "%s%s: %s", i ? ", " : "",
			      when_subject_name(when->conditions[i].subject), same > 1 ? "[" : "");
		for (size_t j = i; j < i + same; j++) {
			strbuf_puts(out, j > i ? ", " : "");
			emit_word(out, when_condition_value(&when->conditions[j]));
		}
		strbuf_puts(out, same > 1 ? "]" : "");
	}
	strbuf_puts(out, "}");
}

static bool is_bare(const struct setting *s)
{
	return !s->why && !s->source && !s->when.count && !s->expect->n_set && !s->lines.severity &&
	       (s->expect->op == EXPECT_ABSENT || emit_is_short(s->expect));
}

static void add_setting(struct sheet *sheet, const struct setting *s)
{
	const char *file = s->origin.file;
	const struct expect *expect = s->expect;
	struct strbuf text = {0};

	strbuf_puts(&text, "  ");
	emit_word(&text, s->key);
	strbuf_puts(&text, ":");
	if (is_bare(s)) {
		strbuf_puts(&text, " ");
		if (expect->op == EXPECT_ABSENT)
			strbuf_puts(&text, "absent");
		else
			emit_operand(&text, expect, PLACE_SETTING);
		add_line(sheet, file, s->origin.line, &text);
		return;
	}
	add_line(sheet, file, s->origin.line, &text);
	strbuf_printf(&text, "    %s: ", expect_op_name(expect->op));
	emit_operand(&text, expect, PLACE_SETTING);
	add_line(sheet, file, s->lines.expect, &text);
	if (expect->n_set) {
		strbuf_puts(&text, "    set: ");
		emit_set(&text, expect, PLACE_SETTING);
		add_line(sheet, file, s->lines.set, &text);
	}
	if (s->why)
		add_text(sheet, file, s->lines.why, "    why", s->why);
	if (s->source)
		add_text(sheet, file, s->lines.source, "    source", s->source);
	if (s->lines.severity)
		add_text(sheet, file, s->lines.severity, "    severity",
			 severity_name(s->severity));
	if (s->when.count) {
		strbuf_puts(&text, "    when: ");
		emit_when(&text, &s->when);
		add_line(sheet, file, s->lines.when, &text);
	}
}

/* True when each part between the commas can stand alone in a list. */
static bool is_list(const char *value)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_./-";
	const char *part = value;

	for (;;) {
		size_t len = strspn(part, safe);

		if (!len || (part[len] && part[len] != ','))
			return false;
		if (!part[len])
			return part != value;
		part += len + 1;
	}
}

static void emit_match(struct strbuf *out, const char *value)
{
	_cleanup_free_ char *parts = mem_strdup(value);
	char *rest = NULL;

	if (!is_list(value)) {
		emit_word(out, value);
		return;
	}
	for (char *part = strtok_r(parts, ",", &rest); part; part = strtok_r(NULL, ",", &rest)) {
		strbuf_puts(out, part == parts ? "[" : ", ");
		emit_word(out, part);
	}
	strbuf_puts(out, "]");
}

static void emit_matches(struct strbuf *out, const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_match; i++) {
		strbuf_puts(out, i ? ", " : "");
		emit_word(out, rule->match[i].name);
		strbuf_puts(out, ": ");
		emit_match(out, rule->match[i].value);
	}
}

static void emit_expectations(struct strbuf *out, const struct rule *rule,
			      void (*emit)(struct strbuf *out, const struct expect *expect,
					   enum place place))
{
	for (size_t i = 0; i < rule->n_expects; i++) {
		strbuf_puts(out, i ? ", " : "");
		emit_word(out, rule->expects[i].name);
		strbuf_puts(out, ": ");
		emit(out, rule->expects[i].expect, PLACE_RULE);
	}
}

/* The severity where it is not the usual one. */
static const char *severity_of(const struct rule *rule)
{
	return rule->severity == SEVERITY_WARNING ? NULL : severity_name(rule->severity);
}

static void emit_remark(struct strbuf *out, const char *name, const char *value)
{
	if (!value)
		return;
	strbuf_printf(out, ", %s: ", name);
	emit_text(out, value, true);
}

/* One line a rule's part, all with the rule's own origin. */
static void add_limit(struct sheet *sheet, const struct rule *rule)
{
	struct strbuf text = {0};

	strbuf_puts(&text, "  ");
	emit_word(&text, rule->name);
	strbuf_puts(&text, ": {");
	emit_matches(&text, rule);
	strbuf_puts(&text, rule->n_match && rule->n_expects ? ", " : "");
	emit_expectations(&text, rule, emit_expect_mapping);
	emit_remark(&text, "why", rule->why);
	emit_remark(&text, "source", rule->source);
	emit_remark(&text, "severity", severity_of(rule));
	strbuf_puts(&text, "}");
	add_line(sheet, rule->origin.file, rule->origin.line, &text);
}

static void add_named(struct sheet *sheet, const struct rule *rule)
{
	const char *file = rule->origin.file;
	unsigned line = rule->origin.line;
	bool is_path = str_equal(rule->family, "paths");
	struct strbuf text = {0};

	strbuf_puts(&text, "  - name: ");
	emit_word(&text, rule->name);
	add_line(sheet, file, line, &text);
	strbuf_puts(&text, is_path ? "    " : "    match: {");
	emit_matches(&text, rule);
	strbuf_puts(&text, is_path ? "" : "}");
	add_line(sheet, file, line, &text);
	strbuf_puts(&text, "    expect: {");
	emit_expectations(&text, rule, emit_expect);
	strbuf_puts(&text, "}");
	add_line(sheet, file, line, &text);
	if (rule->why)
		add_text(sheet, file, line, "    why", rule->why);
	if (rule->source)
		add_text(sheet, file, line, "    source", rule->source);
	if (severity_of(rule))
		add_text(sheet, file, line, "    severity", severity_of(rule));
}

static void add_rules(struct sheet *sheet, const struct profile *profile, const char *family,
		      void (*add)(struct sheet *sheet, const struct rule *rule))
{
	bool any = false;

	for (size_t i = 0; i < profile->n_rules; i++) {
		if (!str_equal(profile->rules[i].family, family))
			continue;
		if (!any) {
			_cleanup_free_ char *heading = mem_printf("%s:", family);

			add_heading(sheet, heading);
			any = true;
		}
		add(sheet, &profile->rules[i]);
	}
}

static void add_waiver(struct sheet *sheet, const struct waiver *waiver)
{
	struct strbuf text = {0};

	strbuf_puts(&text, "  - {finding: ");
	emit_word(&text, waiver->finding);
	strbuf_puts(&text, ", reason: ");
	emit_text(&text, waiver->reason, true);
	if (waiver->owner) {
		strbuf_puts(&text, ", owner: ");
		emit_text(&text, waiver->owner, true);
	}
	if (waiver->until_text)
		strbuf_printf(&text, ", until: %s", waiver->until_text);
	strbuf_puts(&text, "}");
	add_line(sheet, waiver->origin.file, waiver->origin.line, &text);
}

static size_t columns(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

/* Origins in one column; a line too long for that has its own right behind it. */
static void print_sheet(const struct sheet *sheet, FILE *out)
{
	enum {
		MOST_COLUMN = 60
	};
	size_t column = 0;

	for (size_t i = 0; i < sheet->count; i++) {
		size_t width = columns(sheet->lines[i].text);

		if (width > column && width <= MOST_COLUMN)
			column = width;
	}
	for (size_t i = 0; i < sheet->count; i++) {
		const struct shown *shown = &sheet->lines[i];
		_cleanup_free_ char *file = shown->file ? str_printable(shown->file) : NULL;
		size_t width = columns(shown->text);

		if (file)
			fprintf(out, "%s%*s  # %s:%u\n", shown->text,
				width < column ? (int)(column - width) : 0, "", file, shown->line);
		else
			fprintf(out, "%s\n", shown->text);
	}
}

static void print_layers(const struct profile *profile, FILE *out)
{
	int width = 0;

	for (size_t i = 0; i < profile->n_layers; i++)
		if ((int)strlen(profile->layers[i].name) > width)
			width = (int)strlen(profile->layers[i].name);
	if (profile->n_layers == 1)
		fprintf(out, "# %s, from one file:\n", profile->name);
	else
		fprintf(out, "# %s, merged from %zu files, a later one over an earlier one:\n",
			profile->name, profile->n_layers);
	for (size_t i = 0; i < profile->n_layers; i++) {
		_cleanup_free_ char *file = str_printable(profile->layers[i].file);

		fprintf(out, "#   %-*s  %s\n", width, profile->layers[i].name, file);
	}
}

void profile_show(const struct profile *profile, FILE *out)
{
	struct sheet sheet = {0};

	add_schema(&sheet, profile);
	add_text(&sheet, profile->file, profile->lines.name, "name", profile->name);
	add_text(&sheet, profile->file, profile->lines.summary, "summary", profile->summary);
	add_conditions(&sheet, &profile->when);
	if (profile->n_settings)
		add_heading(&sheet, "settings:");
	for (size_t i = 0; i < profile->n_settings; i++)
		add_setting(&sheet, &profile->settings[i]);
	add_rules(&sheet, profile, "sockets", add_named);
	add_rules(&sheet, profile, "limits", add_limit);
	add_rules(&sheet, profile, "paths", add_named);
	if (profile->n_waivers)
		add_heading(&sheet, "waivers:");
	for (size_t i = 0; i < profile->n_waivers; i++)
		add_waiver(&sheet, &profile->waivers[i]);
	print_layers(profile, out);
	print_sheet(&sheet, out);
	for (size_t i = 0; i < sheet.count; i++)
		free(sheet.lines[i].text);
	free(sheet.lines);
}
