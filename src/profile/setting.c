/* profile/setting.c - see setting.h. */
#include "profile/setting.h"

#include "base/str.h"
#include "profile/decode.h"
#include "profile/key.h"
#include "profile/operators.h"
#include "profile/when.h"
#include "sysctl/name.h"

int severity_decode(const struct node *node, void *slot, struct err *err)
{
	const char *names[SEVERITY_COUNT];
	enum severity *out = slot;
	char shown[NODE_SHOWN_SIZE], meant[64];

	for (enum severity s = 0; s < SEVERITY_COUNT; s++) {
		names[s] = severity_name(s);
		if (node->kind != NODE_SCALAR || !str_equal(node->text, names[s]))
			continue;
		*out = s;
		return 0;
	}
	return node_error(
		node, err, "expected info, warning or critical, found %s%s",
		node_shown(node, shown),
		node->kind == NODE_SCALAR
			? str_did_you_mean(node->text, names, SEVERITY_COUNT, meant, sizeof(meant))
			: "");
}

static int read_value(const struct node *value, struct setting *s, struct err *err)
{
	const struct decode_row extra[] = {
		{"why", decode_text, &s->why, &s->lines.why, false},
		{"source", decode_text, &s->source, &s->lines.source, false},
		{"severity", severity_decode, &s->severity, &s->lines.severity, false},
		{"when", when_decode, &s->when, &s->lines.when, false},
	};
	struct expect_lines lines;
	int r;

	if (node_is_word(value, "remove"))
		return 0;
	if (node_is_word(value, "absent")) {
		s->expect = mem_alloc(sizeof(*s->expect));
		s->expect->op = EXPECT_ABSENT;
		return 0;
	}
	if (node_is_null(value))
		return node_error(value, err,
				  "no value: write what is wanted, or `remove` to drop what "
				  "was inherited");
	r = expect_decode(value, PLACE_SETTING, extra, ARRAY_SIZE(extra), &s->expect, &lines, err);
	if (r < 0)
		return r;
	s->lines.expect = lines.op;
	s->lines.set = lines.set;
	return 0;
}

int setting_decode(const struct node *key, const struct node *value, struct setting *out,
		   struct err *err)
{
	struct setting s = {.severity = SEVERITY_WARNING};
	int r = key_decode(key, true, &s.key, err);

	if (r < 0)
		return r;
	r = read_value(value, &s, err);
	if (r < 0) {
		err_prefix(err, "%s: ", s.key);
		setting_fini(&s);
		return r;
	}
	s.pattern = sysctl_name_is_glob(s.key);
	s.origin = (struct origin){.file = mem_strdup(key->file), .line = key->line};
	*out = s;
	return 0;
}

void setting_fini(struct setting *setting)
{
	free(setting->key);
	expect_free(setting->expect);
	free(setting->why);
	free(setting->source);
	free(setting->origin.file);
	when_fini(&setting->when);
	*setting = (struct setting){0};
}
