/* tests/unit/profile/test_show.c - what is shown loads again as the same. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "profile/load.h"
#include "profile/search.h"
#include "profile/show.h"
#include "tests/unit/profile/dump.h"
#include "tests/unit/profile/fixture.h"

static char *show(const struct profile *profile)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	profile_show(profile, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static struct profile *load(const char *path, const char *name)
{
	struct profile *profile = NULL;
	struct err err = {0};

	if (profile_load(path, name, &profile, &err) < 0)
		fail_msg("%s:%u:%u: %s", err.file, err.line, err.column, err.text);
	return profile;
}

/* Shown and loaded again it is the same, and shown again it says the same but for the places. */
static void check_round_trip(const struct profile *profile)
{
	_cleanup_free_ char *text = show(profile), *before = NULL, *after = NULL;
	_cleanup_free_ char *file = mem_printf("%s.yaml", profile->name);
	_cleanup_(profile_freep) struct profile *again = NULL;
	struct err err = {0};

	if (profile_load_buffer("", file, text, strlen(text), &again, &err) < 0)
		fail_msg("%s:%u:%u: %s\n%s", err.file, err.line, err.column, err.text, text);
	before = dump_profile(profile);
	after = dump_profile(again);
	if (!str_equal(before, after))
		fail_msg("not the same after\n%s\nbefore:\n%s\nafter:\n%s", text, before, after);
}

/* In the folder of the golden files, so that their names are short. */
static void enter_golden(void)
{
	const char *source = getenv("FETTLE_SRCDIR");
	_cleanup_free_ char *folder = NULL;

	if (!source)
		skip();
	folder = mem_printf("%s/tests/unit/profile/golden", source);
	assert_int_equal(chdir(folder), 0);
}

static char *read_golden(const char *file)
{
	char *text = NULL;
	struct err err = {0};
	size_t len;

	if (file_read(AT_FDCWD, file, 1 << 20, &text, &len, &err) < 0)
		fail_msg("%s", err.text);
	return text;
}

static void every_line_has_its_origin(void **state)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	_cleanup_free_ char *text = NULL, *expected = NULL;

	(void)state;
	enter_golden();
	p = load(".", "wan");
	text = show(p);
	expected = read_golden("wan.shown");
	assert_string_equal(text, expected);
	check_round_trip(p);
}

static void json_has_it_all(void **state)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	_cleanup_free_ char *text = NULL, *expected = NULL;
	json_t *json;

	(void)state;
	enter_golden();
	p = load(".", "web");
	json = profile_to_json(p);
	text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	json_decref(json);
	expected = read_golden("web.json");
	*strrchr(expected, '\n') = '\0';
	assert_string_equal(text, expected);
	check_round_trip(p);
}

/* Text that YAML would read as something else, or not at all. */
static void awkward_text(void **state)
{
	_cleanup_(profile_freep) struct profile *p = fixture_load_body(
		"settings:\n"
		"  \"net.a#b:c\": 1\n"
		"  net.b: {equals: [\"a b\"], why: \"two\\nlines, # no comment: \\\"q\\\" \\\\ "
		"\\t\\u2028 "
		"\\ufeff\xc3\xa9 \\U0001f427\"}\n"
		"  net.c: {one-of: [\"\", \" \", \"a, b\", \"x]\", \"null\", \"~\", \"on\", "
		"\"010\", \"0x1f\"]}\n"
		"  net.d: \"\"\n"
		"  net.e: \"absent\"\n"
		"  net.f: [\"10 %\", \"-\", \"? x\", \"- y\", \"&a\", \"*a\", \"!a\", \"%a\", "
		"\"@a\"]\n"
		"  net.g: {includes: \"-\", set: [\"a b\"]}\n"
		"  net.h: {equals: 1, why: \"trailing:\", source: null-ish}\n"
		"  net.i: {equals: 1, why: \"null\", source: \" leading\"}\n"
		"limits: {open-files: {process: \"a, b\", unit: [x, y], container: \"on\", "
		"headroom: {at-least: 5%}}}\n"
		"paths: [{name: \"on\", to: \"::1\", expect: {buffers: {at-least: \"bdp\"}}}, "
		"{name: b, to: [192.0.2.1, \"[2001:db8::1]:443\", \"10.0.0.0/8\"], "
		"expect: {rtt: {between: [1ms, 1500us]}, rate: {at-least: 1.5Gbit/s}}}]\n");

	(void)state;
	check_round_trip(p);
}

/* Pieces of valid profiles, put together at random. */
static const char *const values[] = {
	"0",
	"4096",
	"-1",
	"64MiB",
	"1.5GiB",
	"80ms",
	"2% of memory",
	"word",
	"\"on\"",
	"\"\"",
	"1 2 3",
	"4KiB 5 word",
	"[1, 2]",
	"[a, \"b c\"]",
	"[\"b c\"]",
	"absent",
	"\"absent\"",
	"{equals: {sysctl: net.x}}",
	"{at-least: 5, set: 6}",
	"{at-most: 10Gbit/s}",
	"{between: [1, 5], set: 3, severity: info}",
	"{one-of: [\"1 2\", 3, on-x], why: Because}",
	"{includes: [a, 8080-9090]}",
	"{excludes: \"x y\", set: z}",
	"{includes: {sysctl: a.b}}",
	"{first-available: [bbr, cubic], why: \"a: b\", source: \"RFC 7323, 5.\"}",
	"{absent: true, severity: critical, why: 'it''s gone'}",
	"{fields: [~, 5, {at-least: {bdp: {rate: 1.001kbit, rtt: 3us}, times: 1.001}}]}",
	"{fields: [{between: [1KiB, 2KiB], set: 1.5KiB}, ~, {equals: {sysctl: a.b}}]}",
	"{equals: 1, when: {kernel: [\">=4\", \"<9\"], cpus: \"!=1\"}}",
	"{equals: 1, when: {key: [net.a, \"net.b-c\"], memory: \"> 1GiB\"}}",
};
static const char *const conditions[] = {
	"kernel: \">=4.9\"",
	"memory: [\">=1GiB\", \"<9TiB\"]",
	"cpus: \"=4\"",
	"key: [a.b, c/d]",
};
static const char *const measures[] = {
	"buffers: {at-least: bdp}",
	"rtt: {at-most: 80ms}",
	"rtt: {between: [100us, 1.5s]}",
	"rate: {at-least: 10Gbit/s}, rtt: {at-least: 1h}",
};

static const char *const switches[] = {"on", "off", "{one-of: [on, off]}", "{equals: on}"};
static const char *const sizes[] = {
	"5", "64KiB", "{at-least: 5}", "{between: [1, 2]}", "{at-least: {sysctl: net.x}}",
};

static const char *const remarks[] = {
	"",
	", severity: critical",
	", why: \"a: b, c\"",
	", severity: info, source: x, why: y z",
};

static unsigned pick(unsigned *seed, size_t count)
{
	return (unsigned)rand_r(seed) % (unsigned)count;
}

#define PICK(seed, list) (list)[pick(seed, ARRAY_SIZE(list))]

static void add_rules(struct strbuf *out, unsigned *seed)
{
	unsigned count = pick(seed, 3);

	strbuf_puts(out, count ? "sockets:\n" : "");
	for (unsigned i = 0; i < count; i++)
		strbuf_printf(out,
			      "  - {name: s%u, match: {port: [1, 22], process: y}, "
			      "expect: {TCP_NODELAY: %s, SO_RCVBUF: %s}%s}\n",
			      i, PICK(seed, switches), PICK(seed, sizes), PICK(seed, remarks));
	if (pick(seed, 2))
		strbuf_printf(
			out, "limits: {open-files.l: {process: p, headroom: {at-least: %u%%}%s}}\n",
			pick(seed, 99), PICK(seed, remarks));
	if (pick(seed, 2))
		strbuf_printf(out,
			      "paths: [{name: p, to: [192.0.2.1:5, \"::/0\"], expect: {%s}%s}]\n",
			      PICK(seed, measures), PICK(seed, remarks));
	if (pick(seed, 2))
		strbuf_puts(
			out,
			"waivers: [{finding: sysctl.*, reason: \"r: s\", until: 2030-01-01}]\n");
}

static void generated_profiles(void **state)
{
	enum {
		ROUNDS = 300
	};
	unsigned seed = (unsigned)time(NULL);

	(void)state;
	print_message("seed %u\n", seed);
	for (int round = 0; round < ROUNDS; round++) {
		_cleanup_strbuf_ struct strbuf body = {0};
		_cleanup_(profile_freep) struct profile *p = NULL;
		unsigned count = 1 + pick(&seed, 6);

		if (pick(&seed, 2))
			strbuf_printf(&body, "when: {%s}\n", PICK(&seed, conditions));
		strbuf_puts(&body, "settings:\n");
		for (unsigned i = 0; i < count; i++)
			strbuf_printf(&body, "  net.k%u.%s: %s\n", i, pick(&seed, 2) ? "*" : "x",
				      PICK(&seed, values));
		add_rules(&body, &seed);
		p = fixture_load_body(body.text);
		check_round_trip(p);
	}
}

static void shipped_profiles(void **state)
{
	const char *source = getenv("FETTLE_SRCDIR");
	_cleanup_free_ char *folder = NULL;
	struct profile_list list = {0};
	struct err err = {0};

	(void)state;
	if (!source)
		skip();
	folder = mem_printf("%s/profiles", source);
	assert_int_equal(profile_list_read(folder, &list, &err), 0);
	for (size_t i = 0; i < list.count; i++) {
		_cleanup_(profile_freep) struct profile *p = NULL;

		if (list.entries[i].problem)
			fail_msg("%s", list.entries[i].problem);
		p = load(folder, list.entries[i].name);
		check_round_trip(p);
	}
	profile_list_fini(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_has_its_origin),
		cmocka_unit_test(json_has_it_all),
		cmocka_unit_test(awkward_text),
		cmocka_unit_test(generated_profiles),
		cmocka_unit_test(shipped_profiles),
	};

	return cmocka_run_group_tests(tests, fixture_enter, fixture_leave);
}
