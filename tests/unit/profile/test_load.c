/* tests/unit/profile/test_load.c - files, extends and merging. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "tests/unit/errno_text.h"
#include "tests/unit/profile/dump.h"
#include "tests/unit/profile/fixture.h"

static struct profile *load(const char *path, const char *name)
{
	struct profile *profile = NULL;
	struct err err = {0};

	if (profile_load(path, name, &profile, &err) < 0)
		fail_msg("%s:%u:%u: %s", err.file, err.line, err.column, err.text);
	return profile;
}

static char *describe_layers(const struct profile *p)
{
	struct strbuf out = {0};

	for (size_t i = 0; i < p->n_layers; i++)
		strbuf_printf(&out, "%s%s=%s", i ? " " : "", p->layers[i].name, p->layers[i].file);
	return strbuf_take(&out);
}

static char *describe_settings(const struct profile *p)
{
	struct strbuf out = {0};

	for (size_t i = 0; i < p->n_settings; i++) {
		_cleanup_free_ char *wanted = expect_describe(p->settings[i].expect);

		strbuf_printf(&out, "%s %s %s:%u why %s\n", p->settings[i].key, wanted,
			      p->settings[i].origin.file, p->settings[i].origin.line,
			      p->settings[i].why ? p->settings[i].why : "-");
	}
	return strbuf_take(&out);
}

static void a_later_file_replaces_whole_entries(void **state)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	_cleanup_free_ char *text = NULL, *settings = NULL, *layers = NULL;

	(void)state;
	fixture_profile("m/low.yaml", "low",
			"when: {kernel: \">=4\", key: a.b}\n"
			"settings:\n"
			"  net.a: {equals: 1, why: Low}\n"
			"  net.b: 1\n"
			"  net.c: 1\n"
			"sockets: [{name: s, match: {port: 1}, expect: {backlog: 1}}]\n"
			"waivers: [{finding: f, reason: low}]\n");
	fixture_profile("m/mid.yaml", "mid",
			"settings:\n  net/b: {at-least: 2, why: Mid}\n  net.d: 2\n");
	fixture_profile("m/top.yaml", "top",
			"extends: [low, mid]\n"
			"when: {kernel: \">=5\"}\n"
			"settings:\n  net.a: 3\n  net.c: remove\n  net.e: 3\n"
			"sockets: [{name: s, match: {port: 2}, expect: {backlog: 2}}]\n"
			"waivers: [{finding: f, reason: top}]\n");
	p = load("m", "top");
	settings = describe_settings(p);
	assert_string_equal(settings, "net.a 3 m/top.yaml:7 why -\n"
				      "net.b >= 2 m/mid.yaml:5 why Mid\n"
				      "net.d 2 m/mid.yaml:6 why -\n"
				      "net.e 3 m/top.yaml:9 why -\n");
	layers = describe_layers(p);
	assert_string_equal(layers, "low=m/low.yaml mid=m/mid.yaml top=m/top.yaml");
	text = dump_profile(p);
	assert_string_equal(strstr(text, "waiver"), "waiver 'f' 'low' '-' '-' 0-0-0\n"
						    "waiver 'f' 'top' '-' '-' 0-0-0\n");
	assert_string_equal(p->name, "top");
	assert_string_equal(p->file, "m/top.yaml");
	assert_string_equal(p->summary, "About top");
	assert_int_equal(p->when.count, 3);
	assert_string_equal(p->when.conditions[0].text, "kernel >=4");
	assert_string_equal(p->when.conditions[1].text, "kernel >=5");
	assert_string_equal(p->when.conditions[2].text, "key a.b");
	assert_int_equal(p->n_rules, 1);
	assert_string_equal(p->rules[0].match[0].value, "2");
}

/* Among patterns the last one governs, so the place of one is where it was last written. */
static void a_pattern_that_is_replaced_goes_last(void **state)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	_cleanup_free_ char *settings = NULL;

	(void)state;
	fixture_profile("w/base.yaml", "base",
			"settings:\n"
			"  net.ipv4.conf.*.rp_filter: 1\n"
			"  net.ipv4.conf.eth*.rp_filter: 2\n"
			"  net.a: 1\n");
	fixture_profile("w/top.yaml", "top",
			"extends: base\n"
			"settings:\n"
			"  net.a: 3\n"
			"  net.ipv4.conf.*.rp_filter: 0\n"
			"  net.b: 3\n");
	p = load("w", "top");
	settings = describe_settings(p);
	assert_string_equal(settings, "net.ipv4.conf.eth*.rp_filter 2 w/base.yaml:6 why -\n"
				      "net.a 3 w/top.yaml:6 why -\n"
				      "net.ipv4.conf.*.rp_filter 0 w/top.yaml:7 why -\n"
				      "net.b 3 w/top.yaml:8 why -\n");
}

/* left and right share a base; right must not lose against the base's second visit. */
static void a_diamond_counts_its_base_once(void **state)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	_cleanup_free_ char *layers = NULL, *settings = NULL;

	(void)state;
	fixture_profile("d/base.yaml", "base",
			"settings: {net.a: 0}\n"
			"waivers: [{finding: f, reason: r}]\n");
	fixture_profile("d/left.yaml", "left", "extends: base\nsettings: {net.a: 1}\n");
	fixture_profile("d/right.yaml", "right", "extends: [base]\nsettings: {net.b: 2}\n");
	fixture_profile("d/top.yaml", "top", "extends: [left, right]\n");
	p = load("d", "top");
	layers = describe_layers(p);
	assert_string_equal(layers,
			    "base=d/base.yaml left=d/left.yaml right=d/right.yaml top=d/top.yaml");
	settings = describe_settings(p);
	assert_string_equal(settings,
			    "net.a 1 d/left.yaml:5 why -\nnet.b 2 d/right.yaml:5 why -\n");
	assert_int_equal(p->n_waivers, 1);
}

/* sha256sum of the two files behind one another */
static void the_digest_is_of_all_bytes_in_order(void **state)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	static const char one[] = "schema: 1\nname: one\nsummary: One\n";
	static const char two[] = "schema: 1\nname: two\nsummary: Two\nextends: one\n";

	(void)state;
	fixture_write("s/one.yaml", one);
	fixture_write("s/two.yaml", two);
	p = load("s", "two");
	assert_string_equal(p->digest,
			    "27843d1d963f19fc4116d78b5dbc74ac8085f1cbe54639bef9bbe5aa429f3f37");
}

static void a_path_looks_in_its_own_folder_first(void **state)
{
	_cleanup_(profile_freep) struct profile *by_path = NULL, *by_name = NULL, *cwd = NULL;
	_cleanup_free_ char *path_layers = NULL, *name_layers = NULL, *cwd_layers = NULL;

	(void)state;
	fixture_profile("o/etc/base.yaml", "base", "");
	fixture_profile("o/etc/other.yaml", "other", "");
	fixture_profile("o/own/base.yaml", "base", "");
	fixture_profile("o/own/web.yaml", "web", "extends: [base, other]\n");
	fixture_profile("here.yaml", "here", "");
	by_path = load("o/etc", "o/own/web.yaml");
	path_layers = describe_layers(by_path);
	assert_string_equal(path_layers, "base=o/own/base.yaml other=o/etc/other.yaml "
					 "web=o/own/web.yaml");
	by_name = load("o/etc:o/own", "web");
	name_layers = describe_layers(by_name);
	assert_string_equal(name_layers, "base=o/etc/base.yaml other=o/etc/other.yaml "
					 "web=o/own/web.yaml");
	cwd = load("", "here.yaml");
	cwd_layers = describe_layers(cwd);
	assert_string_equal(cwd_layers, "here=here.yaml");
}

static void cycles_are_told_with_their_places(void **state)
{
	(void)state;
	fixture_profile("c/a.yaml", "a", "extends: [b]\n");
	fixture_profile("c/b.yaml", "b", "extends:\n  - c\n");
	fixture_profile("c/c.yaml", "c", "extends: [ok, a]\n");
	fixture_profile("c/ok.yaml", "ok", "");
	fixture_profile("c/self.yaml", "self", "extends: self\n");
	fixture_profile("c/into.yaml", "into", "extends: a\n");
	assert_string_equal(
		fixture_load_error("c", "a"),
		"c/c.yaml:4:15: extends: a profile cannot extend itself: a (c/a.yaml:4) -> "
		"b (c/b.yaml:5) -> c (c/c.yaml:4) -> a");
	assert_string_equal(
		fixture_load_error("c", "into"),
		"c/c.yaml:4:15: extends: a profile cannot extend itself: a (c/a.yaml:4) -> "
		"b (c/b.yaml:5) -> c (c/c.yaml:4) -> a");
	assert_string_equal(fixture_load_error("c", "c/self.yaml"),
			    "c/self.yaml:4:10: extends: a profile cannot extend itself: self "
			    "(c/self.yaml:4) -> self");
}

static void what_is_missing_is_told(void **state)
{
	(void)state;
	fixture_profile("x/server.yaml", "server", "settings: {net.core.somaxconn: 1}\n");
	fixture_profile("x/web.yaml", "web", "extends: [servr]\n");
	fixture_profile("x/far.yaml", "far", "extends: [zzzzzzzz]\n");
	fixture_profile("x/drop.yaml", "drop",
			"extends: server\nsettings:\n  net.core.somaxcon: remove\n");
	assert_string_equal(fixture_load_error("x:y", "web"),
			    "x/web.yaml:4:11: extends: no profile 'servr' in x, y, did you mean "
			    "'server'?");
	assert_string_equal(fixture_load_error("y", "x/far.yaml"),
			    "x/far.yaml:4:11: extends: no profile 'zzzzzzzz' in x, y");
	assert_string_equal(fixture_load_error("x", "serve"),
			    "no profile 'serve' in x, did you mean 'server'?");
	assert_string_equal(fixture_load_error("x", "x/nope.yaml"),
			    "cannot open x/nope.yaml: No such file or directory");
	assert_string_equal(
		fixture_load_error("x", "No Name"),
		"'No Name' is no profile's name (1 to 64 of a-z, 0-9 and '-') and no path "
		"(with a '/' or ending in .yaml)");
	assert_string_equal(
		fixture_load_error("x", "drop"),
		"x/drop.yaml:6:3: settings: net.core.somaxcon: nothing to remove, it was "
		"not inherited, did you mean 'net.core.somaxconn'?");
}

static void an_error_below_is_told_where_it_is(void **state)
{
	(void)state;
	fixture_profile("b/low.yaml", "low", "settings: {net.a: 64MB}\n");
	fixture_profile("b/top.yaml", "top", "extends: low\n");
	assert_string_equal(
		fixture_load_error("b", "top"),
		"b/low.yaml:4:19: settings: net.a: unknown unit 'MB' in '64MB', did you "
		"mean '64MiB'?");
}

static void write_chain(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		_cleanup_free_ char *file = mem_printf("deep/l%u.yaml", i);
		_cleanup_free_ char *name = mem_printf("l%u", i);
		_cleanup_free_ char *body =
			i + 1 < count ? mem_printf("extends: l%u\n", i + 1) : mem_strdup("");

		fixture_profile(file, name, body);
	}
}

static void depth_and_number_are_bounded(void **state)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	struct strbuf halves[2] = {{0}};

	(void)state;
	write_chain(16);
	p = load("deep", "l0");
	assert_int_equal(p->n_layers, 16);
	write_chain(17);
	assert_string_equal(fixture_load_error("deep", "l0"),
			    "deep/l15.yaml:4:10: extends: more than 16 profiles deep");
	for (int half = 0; half < 2; half++) {
		strbuf_puts(&halves[half], "extends: [");
		for (int i = 0; i < 15 + half; i++) {
			_cleanup_free_ char *name = mem_printf("w%d-%d", half, i);
			_cleanup_free_ char *file = mem_printf("wide/%s.yaml", name);

			fixture_profile(file, name, "");
			strbuf_printf(&halves[half], "%s%s", i ? ", " : "", name);
		}
		strbuf_puts(&halves[half], "]\n");
	}
	fixture_profile("wide/half0.yaml", "half0", halves[0].text);
	fixture_profile("wide/half1.yaml", "half1", halves[1].text);
	fixture_profile("wide/top.yaml", "top", "extends: [half0, half1]\n");
	assert_string_equal(fixture_load_error("wide", "top"),
			    "wide/half1.yaml:4:99: extends: more than 32 profiles in all");
	strbuf_fini(&halves[0]);
	strbuf_fini(&halves[1]);
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
	int fd;

	(void)state;
	fixture_write("big.yaml", "schema: 1\n");
	fd = open("big.yaml", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 100000000), 0);
	close(fd);
	assert_string_equal(fixture_load_error("", "big.yaml"),
			    "big.yaml has 100000000 bytes, at most 1048576 are accepted");
}

static void not_a_file_at_all(void **state)
{
	(void)state;
	assert_int_equal(mkdir("dir.yaml", 0777), 0);
	assert_int_equal(mkfifo("fifo.yaml", 0666), 0);
	assert_int_equal(symlink("loop.yaml", "loop.yaml"), 0);
	assert_string_equal(fixture_load_error("", "dir.yaml"),
			    "dir.yaml is a directory, expected a file");
	assert_string_equal(fixture_load_error("", "fifo.yaml"), "fifo.yaml is not a regular file");
	assert_string_equal(fixture_load_error("", "loop.yaml"),
			    "cannot open loop.yaml: " TEXT_ELOOP);
	assert_string_equal(fixture_load_error(".", "loop"),
			    "cannot open ./loop.yaml: " TEXT_ELOOP);
}

/* As a user who may not read it: in a child, for root may read everything. */
static void an_unreadable_file(void **state)
{
	enum {
		NOBODY = 65534
	};
	int status;
	pid_t child;

	(void)state;
	fixture_profile("secret/own.yaml", "own", "");
	fixture_profile("secret/top.yaml", "top", "extends: own\n");
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(chmod("secret/own.yaml", 0), 0);
	child = fork();
	if (child == 0) {
		if (geteuid() == 0 && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
			_exit(3);
		if (!str_equal(fixture_load_error("secret", "own"),
			       "cannot open secret/own.yaml: Permission denied"))
			_exit(1);
		if (!str_equal(fixture_load_error("secret", "top"),
			       "secret/top.yaml:4:10: extends: cannot open secret/own.yaml: "
			       "Permission "
			       "denied"))
			_exit(2);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void too_many_settings(void **state)
{
	_cleanup_strbuf_ struct strbuf low = {0}, top = {0};

	(void)state;
	strbuf_puts(&low, "settings:\n");
	strbuf_puts(&top, "extends: many\nsettings:\n  net.k0: 1\n  net.one-more: 1\n");
	for (int i = 0; i < 4096; i++)
		strbuf_printf(&low, "  net.k%d: 1\n", i);
	fixture_profile("n/many.yaml", "many", low.text);
	fixture_profile("n/top.yaml", "top", top.text);
	assert_string_equal(fixture_load_error("n", "many"), "no error");
	assert_string_equal(fixture_load_error("n", "top"),
			    "n/top.yaml:7:1: more than 4096 settings, with those inherited");
	strbuf_puts(&low, "  net.one-more: 1\n");
	fixture_profile("n/many.yaml", "many", low.text);
	assert_string_equal(fixture_load_error("n", "many"),
			    "n/many.yaml:4101:3: settings: more than 4096 settings");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_later_file_replaces_whole_entries),
		cmocka_unit_test(a_pattern_that_is_replaced_goes_last),
		cmocka_unit_test(a_diamond_counts_its_base_once),
		cmocka_unit_test(the_digest_is_of_all_bytes_in_order),
		cmocka_unit_test(a_path_looks_in_its_own_folder_first),
		cmocka_unit_test(cycles_are_told_with_their_places),
		cmocka_unit_test(what_is_missing_is_told),
		cmocka_unit_test(an_error_below_is_told_where_it_is),
		cmocka_unit_test(depth_and_number_are_bounded),
		cmocka_unit_test(a_file_that_is_too_large_is_not_read),
		cmocka_unit_test(not_a_file_at_all),
		cmocka_unit_test(an_unreadable_file),
		cmocka_unit_test(too_many_settings),
	};

	return cmocka_run_group_tests(tests, fixture_enter, fixture_leave);
}
