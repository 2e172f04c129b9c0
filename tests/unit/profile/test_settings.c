/* tests/unit/profile/test_settings.c - every operator, and what stands beside it. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "profile/load.h"
#include "profile/show.h"
#include "tests/unit/profile/fixture.h"

/* The one setting's expectation for people, and what would be set. */
static char *result_of(const char *value)
{
	_cleanup_free_ char *body = mem_printf("settings:\n  net.core.x: %s\n", value);
	_cleanup_(profile_freep) struct profile *p = fixture_load_body(body);
	_cleanup_free_ char *wanted = NULL;
	struct strbuf out = {0};

	assert_int_equal(p->n_settings, 1);
	wanted = expect_describe(p->settings[0].expect);
	strbuf_printf(&out, "%s: %s", expect_op_name(p->settings[0].expect->op), wanted);
	for (size_t i = 0; i < p->settings[0].expect->n_set; i++)
		strbuf_printf(&out, "%s%s", i ? " " : " set ", p->settings[0].expect->set[i].text);
	return strbuf_take(&out);
}

static void every_operator(void **state)
{
	static const struct {
		const char *value, *result;
	} cases[] = {
		{"4096", "equals: 4096"},
		{"[4096, 131072]", "equals: 4096 131072"},
		{"4096 131072", "equals: 4096 131072"},
		{"{equals: 4096}", "equals: 4096"},
		{"{equals: {sysctl: net.core.y}}", "equals: net.core.y"},
		{"{equals: [a, b]}", "equals: a b"},
		{"[\"a b\", c]", "equals: a b c"},
		{"{at-least: 64MiB}", "at-least: >= 64MiB"},
		{"{at-least: 64MiB, set: 128MiB}", "at-least: >= 64MiB set 128MiB"},
		{"{at-least: {bdp: {rate: 10Gbit, rtt: 80ms}, times: 2}}",
		 "at-least: >= 2 x bdp(10Gbit, 80ms)"},
		{"{at-most: 5s, set: 2s}", "at-most: <= 5s set 2s"},
		{"{at-most: 5s, set: 9}", "at-most: <= 5s set 9"}, /* 9 what? the key knows */
		{"{between: [1, 2]}", "between: 1 to 2"},
		{"{between: [2% of memory, 4% of memory], set: 3% of memory}",
		 "between: 2% of memory to 4% of memory set 3% of memory"},
		{"{one-of: [1, 2], set: 2}", "one-of: one of 1, 2 set 2"},
		{"{one-of: [\"a b\", c]}", "one-of: one of a b, c"},
		{"{includes: bbr}", "includes: includes bbr"},
		{"{includes: [8080, 9000-9010]}", "includes: includes 8080, 9000-9010"},
		{"{includes: a b, set: a b c}", "includes: includes a, b set a b c"},
		{"{excludes: [reno]}", "excludes: excludes reno"},
		{"{first-available: [bbr, cubic]}",
		 "first-available: first available of bbr, cubic"},
		{"absent", "absent: absent"},
		{"{absent: true}", "absent: absent"},
		{"\"absent\"", "equals: absent"},
		{"\"remove\"", "equals: remove"},
		{"\"\"", "equals: "},
		{"{fields: [~, {at-most: 1MiB, set: 128KiB}, 7]}", "fields: - / <= 1MiB / 7"},
		{"{fields: [{between: [1, 2]}, {one-of: [3, 4]}, {equals: 5}]}",
		 "fields: 1 to 2 / one of 3, 4 / 5"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *result = result_of(cases[i].value);

		assert_string_equal(result, cases[i].result);
	}
}

static void fields_keep_their_own_set(void **state)
{
	_cleanup_(profile_freep) struct profile *p = fixture_load_body(
		"settings:\n  net.core.x: {fields: [~, {at-most: 1MiB, set: 128KiB}, 7]}\n");
	const struct expect *e = p->settings[0].expect;

	(void)state;
	assert_int_equal(e->n_fields, 3);
	assert_null(e->fields[0]);
	assert_int_equal(e->fields[1]->op, EXPECT_AT_MOST);
	assert_int_equal(e->fields[1]->n_set, 1);
	assert_int_equal(e->fields[1]->set[0].number.magnitude, 128 * 1024);
	assert_int_equal(e->fields[2]->op, EXPECT_EQUALS);
}

static const struct {
	const char *value, *error; /* behind "t.yaml:" */
} bad[] = {
	{"", "5:14: no value: write what is wanted, or `remove` to drop what was inherited"},
	{"~", "5:15: no value: write what is wanted, or `remove` to drop what was inherited"},
	{"[]", "5:15: expected a list of values, found an empty one"},
	{"[1, [2]]", "5:19: expected a value, found a list"},
	{"[1, on]", "5:19: 'on' is no number: write 1, or quote it if the kernel keeps this word"},
	{"{}", "5:15: no operator: expected one of equals, at-least, at-most, between, one-of, "
	       "includes, excludes, first-available, absent, fields"},
	{"{why: x}", "5:15: no operator: expected one of equals, at-least, at-most, between, "
		     "one-of, includes, excludes, first-available, absent, fields"},
	{"{at-least: 1, at-most: 2}", "5:15: two operators, at-least and at-most: expected "
				      "exactly one, as in between: [1, 2]"},
	{"{equals: 1, absent: true}",
	 "5:15: two operators, equals and absent: expected exactly one"},
	{"{atleast: 1}", "5:16: unknown key 'atleast' in a setting, did you mean 'at-least'?"},
	{"{sysctl: a.b}",
	 "5:16: unknown key 'sysctl' in a setting; accepted: equals, at-least, at-most, "
	 "between, one-of, includes, excludes, first-available, absent, fields, set, why, "
	 "source, severity, when"},
	{"{at-least: 64MB}", "5:26: at-least: unknown unit 'MB' in '64MB', did you mean '64MiB'?"},
	{"{at-least: word}", "5:26: at-least: expected a number or a quantity such as 64MiB, "
			     "found 'word'"},
	{"{at-least: [1]}", "5:26: at-least: expected a value, found a list"},
	{"{equals: 1, set: 2}", "5:32: set: equals leaves nothing open to set"},
	{"{between: [2, 1]}", "5:25: between: the lowest, 2, is above the highest, 1"},
	{"{between: [1]}", "5:25: between: expected a list of two quantities, [lowest, highest]"},
	{"{between: [a, b]}", "5:26: between: expected a number or a quantity such as 64MiB, "
			      "found 'a'"},
	{"{one-of: 1}", "5:24: one-of: expected a list of values, found '1'"},
	{"{one-of: []}", "5:24: one-of: expected a list of values, found an empty one"},
	{"{one-of: [1, 2], set: 3}",
	 "5:37: set: '3' does not meet the expectation itself, one of 1, 2"},
	{"{at-least: 5s, set: 4s}", "5:35: set: '4s' does not meet the expectation itself, >= 5s"},
	{"{between: [5, 7], set: 8}",
	 "5:38: set: '8' does not meet the expectation itself, 5 to 7"},
	{"{first-available: [1]}", "5:34: first-available: expected a name, found '1'"},
	{"{first-available: bbr}", "5:33: first-available: expected a list of names, found 'bbr'"},
	{"{first-available: [bbr], set: x}",
	 "5:45: set: first-available leaves nothing open to set"},
	{"{absent: false}", "5:24: absent: expected true, found 'false'"},
	{"{fields: [~]}", "5:24: fields: every field is left alone (~): expected at least one "
			  "expectation"},
	{"{fields: 1}", "5:24: fields: expected a list of fields, found '1'"},
	{"{fields: [~, 64MB]}",
	 "5:28: fields: field 2: unknown unit 'MB' in '64MB', did you mean '64MiB'?"},
	{"{includes: \"\"}", "5:26: includes: expected something to look for, found an empty text"},
	{"{excludes: \" \"}",
	 "5:26: excludes: expected something to look for, found an empty text"},
	{"{includes: [5, \" \"]}",
	 "5:26: includes: expected something to look for, found an empty text"},
	{"{fields: [{includes: [1]}]}",
	 "5:26: fields: field 1: unknown key 'includes' in a field; accepted: equals, "
	 "at-least, at-most, between, one-of, set"},
	{"{fields: [1], set: 1}", "5:34: set: goes inside each of the fields, not beside fields"},
	{"{fields: [\"1 2\"]}", "5:25: fields: field 1: a field is one value, found 2"},
	{"{fields: [word]}", "5:25: fields: field 1: expected a number or a quantity such as "
			     "64MiB, found 'word'"},
	{"{fields: [{at-most: 1, set: [1, 2]}]}",
	 "5:43: fields: field 1: set: a field is one value, found 2"},
	{"{equals: 1, severity: warnin}", "5:37: severity: expected info, warning or critical, "
					  "found 'warnin', did you mean 'warning'?"},
	{"{equals: 1, severity: [a]}",
	 "5:37: severity: expected info, warning or critical, found a list"},
	{"{equals: 1, why: ~}", "5:32: why: expected text, found nothing"},
	{"{equals: 1, why: {a: b}}", "5:32: why: expected text, found a mapping"},
	{"{equals: 1, when: {kernl: 1}}",
	 "5:34: when: unknown key 'kernl' in a condition, did you mean 'kernel'?"},
	{"{equals: 1, when: {}}",
	 "5:33: when: expected a mapping of conditions, found an empty one"},
};

static void bad_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_free_ char *body =
			mem_printf("settings:\n  net.core.x: %s\n", bad[i].value);
		const char *text = strchr(strchr(bad[i].error, ':') + 1, ':') + 2;
		_cleanup_free_ char *error =
			mem_printf("t.yaml:%.*ssettings: net.core.x: %s",
				   (int)(text - bad[i].error), bad[i].error, text);

		fixture_body_fails(body, error);
	}
	fixture_body_fails(
		"settings:\n  net.core.x: remove\n",
		"t.yaml:5:3: settings: net.core.x: nothing to remove, it was not inherited");
}

static void too_many_values(void **state)
{
	_cleanup_strbuf_ struct strbuf body = {0};

	(void)state;
	strbuf_puts(&body, "settings:\n  net.core.x: 1");
	for (int i = 1; i < 257; i++)
		strbuf_puts(&body, " 1");
	strbuf_puts(&body, "\n");
	fixture_body_fails(body.text,
			   "t.yaml:5:15: settings: net.core.x: 257 values, at most 256 are "
			   "accepted");
}

static void keys_in_both_notations(void **state)
{
	_cleanup_(profile_freep) struct profile *p =
		fixture_load_body("settings:\n"
				  "  net/core/somaxconn: 1\n"
				  "  net.ipv4.conf.eth0/100.rp_filter: 1\n"
				  "  net/ipv4/conf/eth1.5/rp_filter: 1\n"
				  "  net.ipv4.conf.*.rp_filter: 1\n"
				  "  \"net.x[ab]\": 1\n");
	static const struct {
		const char *key;
		bool pattern;
	} keys[] = {
		{"net.core.somaxconn", false},
		{"net.ipv4.conf.eth0/100.rp_filter", false},
		{"net.ipv4.conf.eth1/5.rp_filter", false},
		{"net.ipv4.conf.*.rp_filter", true},
		{"net.x[ab]", true},
	};

	(void)state;
	assert_int_equal(p->n_settings, ARRAY_SIZE(keys));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		assert_string_equal(p->settings[i].key, keys[i].key);
		assert_int_equal(p->settings[i].pattern, keys[i].pattern);
	}
}

static void a_key_twice_in_two_notations(void **state)
{
	(void)state;
	fixture_body_fails("settings:\n  net.core.x: 1\n  net/core/x: 2\n",
			   "t.yaml:6:3: settings: 'net.core.x' is given twice, first on line 5");
	fixture_body_fails("settings:\n  net.core.x: remove\n  net/core/x: 2\n",
			   "t.yaml:6:3: settings: 'net.core.x' is given twice, first on line 5");
	fixture_body_fails("settings:\n  /proc/sys/net.core.x: 1\n",
			   "t.yaml:5:3: settings: '/proc/sys/net.core.x' has a dot in its first "
			   "component: separate either by dots or by slashes");
	fixture_body_fails("settings:\n  net..core: 1\n",
			   "t.yaml:5:3: settings: 'net..core' is no name of a key: it has an empty "
			   "component; expected one such as net.core.somaxconn or "
			   "net/ipv4/conf/eth0.100/rp_filter");
}

/* What is shown must be read again, and YAML bounds a key with its quotes. */
static void a_key_longer_than_any(void **state)
{
	_cleanup_(profile_freep) struct profile *longest = NULL, *again = NULL;
	_cleanup_free_ char *shown = NULL;
	char name[257], body[300], wanted[200];
	struct err err;
	size_t len;
	FILE *out;

	(void)state;
	memset(name, '"', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(body, sizeof(body), "settings:\n  'net.%s': 1\n", name + 5);
	longest = fixture_load_body(body);
	out = open_memstream(&shown, &len);
	profile_show(longest, out);
	fclose(out);
	assert_int_equal(profile_load_buffer("", "t.yaml", shown, len, &again, &err), 0);
	snprintf(body, sizeof(body), "settings:\n  'net.%s': 1\n", name + 4);
	snprintf(wanted, sizeof(wanted),
		 "t.yaml:5:3: settings: 'net.%.86s...' is longer than any key: 255 bytes at most",
		 name);
	fixture_body_fails(body, wanted);
}

static void everything_beside_an_operator(void **state)
{
	_cleanup_(profile_freep) struct profile *p = fixture_load_body("settings:\n"
								       "  net.core.x:\n"
								       "    at-least: 1\n"
								       "    set:\n"
								       "      2\n"
								       "    why: >\n"
								       "      Folded\n"
								       "      text.\n"
								       "    source: tcp(7)\n"
								       "    severity: critical\n"
								       "    when: {cpus: \">=2\"}\n"
								       "  net.core.y: 1\n");
	const struct setting *s = p->settings;

	(void)state;
	assert_string_equal(s->why, "Folded text.");
	assert_string_equal(s->source, "tcp(7)");
	assert_int_equal(s->severity, SEVERITY_CRITICAL);
	assert_int_equal(s->when.count, 1);
	assert_string_equal(s->origin.file, "t.yaml");
	assert_int_equal(s->origin.line, 5);
	assert_int_equal(s->lines.expect, 6);
	assert_int_equal(s->lines.set, 7);
	assert_int_equal(s->lines.why, 9);
	assert_int_equal(s->lines.source, 12);
	assert_int_equal(s->lines.severity, 13);
	assert_int_equal(s->lines.when, 14);
	assert_null(s[1].why);
	assert_null(s[1].source);
	assert_int_equal(s[1].severity, SEVERITY_WARNING);
	assert_int_equal(s[1].lines.expect, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operator),
		cmocka_unit_test(fields_keep_their_own_set),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(too_many_values),
		cmocka_unit_test(keys_in_both_notations),
		cmocka_unit_test(a_key_twice_in_two_notations),
		cmocka_unit_test(a_key_longer_than_any),
		cmocka_unit_test(everything_beside_an_operator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
