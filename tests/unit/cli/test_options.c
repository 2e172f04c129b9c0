/* tests/unit/cli/test_options.c - command lines, good and bad, and the tables they are read by. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "cli/options.h"

enum {
	MOST_ARGS = 12
};

static int parse(const char *const *args, struct cli *cli, struct err *err)
{
	char *argv[MOST_ARGS + 2] = {NULL}, program[] = "fettle";
	int argc = 0, r;

	argv[argc++] = program;
	while (args[argc - 1]) {
		argv[argc] = (char *)(uintptr_t)args[argc - 1];
		argc++;
	}
	r = cli_parse(argc, argv, cli, err);
	return r;
}

/* Everything an understood command line holds, in one text. */
static char *summary(const struct cli *cli)
{
	const struct {
		const char *name, *text;
	} texts[] = {
		{"socket", cli->socket},
		{"color", cli->color},
		{"profile-path", cli->profile_path},
		{"config", cli->config},
		{"sysctl-root", cli->sysctl_root},
		{"format", cli->format},
		{"fail-on", cli->fail_on},
		{"only", cli->only},
		{"confirm-within", cli->confirm_within},
		{"state-dir", cli->state_dir},
		{"root", cli->root},
	};
	const struct {
		const char *name;
		bool on;
	} switches[] = {{"local", cli->local},     {"help", cli->help},
			{"version", cli->version}, {"verbose", cli->verbose},
			{"strict", cli->strict},   {"dry-run", cli->dry_run},
			{"persist", cli->persist}};
	struct strbuf out = {0};

	strbuf_puts(&out, cli->command ? cli->command->name : cli->group);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (texts[i].text)
			strbuf_printf(&out, " %s=%s", texts[i].name, texts[i].text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		if (switches[i].on)
			strbuf_printf(&out, " %s", switches[i].name);
	}
	for (size_t i = 0; i < cli->n_args; i++)
		strbuf_printf(&out, " <%s>", cli->args[i]);
	return strbuf_take(&out);
}

static void good_lines(void **state)
{
	static const struct {
		const char *args[MOST_ARGS];
		const char *summary;
	} cases[] = {
		{{"audit"}, "audit"},
		{{"audit", "server"}, "audit <server>"},
		{{"--local", "audit", "server"}, "audit local <server>"},
		{{"audit", "--local", "server"}, "audit local <server>"},
		{{"audit", "server", "--local"}, "audit local <server>"},
		{{"audit", "--format", "json"}, "audit format=json"},
		{{"audit", "--format=json"}, "audit format=json"},
		{{"audit", "--format=json", "--format", "table"}, "audit format=table"},
		{{"--socket=/a=b", "audit"}, "audit socket=/a=b"},
		{{"--socket", "--odd", "audit"}, "audit socket=--odd"},
		{{"audit", "--only="}, "audit only="},
		{{"audit", "--only", "a", "--only=b,c", "--only", "d"}, "audit only=a,b,c,d"},
		{{"audit", "--netns", "1", "--root", "a", "--root", "b"}, "audit root=b"},
		{{"audit", "--fail-on", "critical", "--only", "net.*", "--verbose"},
		 "audit fail-on=critical only=net.* verbose"},
		{{"--color", "never", "--config=c", "--sysctl-root", "/r", "--profile-path", "a:b",
		  "audit"},
		 "audit color=never profile-path=a:b config=c sysctl-root=/r"},
		{{"profile", "list"}, "profile list"},
		{{"profile", "--local", "list"}, "profile list local"},
		{{"profile", "show", "web", "--format", "yaml"}, "profile show format=yaml <web>"},
		{{"profile", "lint", "a", "b", "c", "--strict"}, "profile lint strict <a> <b> <c>"},
		{{"apply", "web", "--dry-run", "--confirm-within", "60s", "--persist"},
		 "apply confirm-within=60s dry-run persist <web>"},
		{{"rollback"}, "rollback"},
		{{"explain"}, "explain"},
		{{"rollback", "7", "--state-dir=s", "--root", "r"},
		 "rollback state-dir=s root=r <7>"},
		{{"transactions", "--format", "json"}, "transactions format=json"},
		{{"guard", "7"}, "guard <7>"},
		{{"audit", "--", "--local"}, "audit <--local>"},
		{{"audit", "-"}, "audit <->"},
		{{"--", "audit", "x"}, "audit <x>"},
		{{"--help"}, " help"},
		{{"-h"}, " help"},
		{{"profile", "--help"}, "profile help"},
		{{"explain", "--help"}, "explain help"},
		{{"help"}, " help"},
		{{"help", "help"}, " help"},
		{{"help", "--help"}, " help"},
		{{"help", "profile"}, "profile help"},
		{{"help", "explain"}, "explain help"},
		{{"--local", "help", "probe", "bdp"}, "probe bdp local help"},
		{{"help", "apply", "web"}, "apply help <web>"},
		{{"audit", "help"}, "audit <help>"},
		{{"--version"}, " version"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cli cli = {0};
		struct err err = {0};
		_cleanup_free_ char *text = NULL;

		if (parse(cases[i].args, &cli, &err) < 0)
			fail_msg("case %zu: %s", i, err.text);
		text = summary(&cli);
		assert_string_equal(text, cases[i].summary);
		cli_fini(&cli);
	}
}

static void bad_lines(void **state)
{
	static const struct {
		const char *args[MOST_ARGS];
		const char *text;
	} cases[] = {
		{{NULL}, "what is to be done? See fettle --help"},
		{{"--local"}, "what is to be done? See fettle --help"},
		{{"profile"}, "profile needs a second word; see fettle profile --help"},
		{{"adit"}, "no command 'adit', did you mean 'audit'?"},
		{{"banana"}, "no command 'banana'; see fettle --help"},
		{{""}, "no command ''; see fettle --help"},
		{{"aud"}, "no command 'aud'; see fettle --help"},
		{{"profile", "lst"}, "no command 'profile lst', did you mean 'profile list'?"},
		{{"help", "adit"}, "no command 'adit', did you mean 'audit'?"},
		{{"help", "profile", "help"},
		 "no command 'profile help', did you mean 'profile list'?"},
		{{"halp"}, "no command 'halp', did you mean 'help'?"},
		{{"audit", "--fromat", "json"}, "no option --fromat, did you mean --format?"},
		{{"audit", "--banana=1"}, "no option --banana; see fettle audit --help"},
		{{"audit", "--form", "json"}, "no option --form, did you mean --format?"},
		{{"audit", "--strict"}, "no option --strict; see fettle audit --help"},
		{{"--formatt"}, "no option --formatt; see fettle --help"},
		{{"--lokal", "audit"}, "no option --lokal, did you mean --local?"},
		{{"--format", "json", "audit"},
		 "--format belongs behind its command: fettle apply --format"},
		{{"audit", "--format"}, "--format needs a value: --format=FORMAT"},
		{{"audit", "--format", "jason"},
		 "--format is one of table, json, junit, not 'jason'; did you mean json?"},
		{{"audit", "--format="}, "--format is one of table, json, junit, not ''"},
		{{"--color", "sometimes", "audit"},
		 "--color is one of auto, always, never, not 'sometimes'"},
		{{"audit", "--fail-on=error"},
		 "--fail-on is one of info, warning, critical, not 'error'"},
		{{"audit", "--verbose=yes"}, "--verbose takes no value, got 'yes'"},
		{{"audit", "-v"}, "'-v': options here are long, like --help"},
		{{"audit", "a", "b"}, "'b' is too much: fettle audit [PROFILE]"},
		{{"profile", "list", "a"}, "'a' is too much: fettle profile list"},
		{{"apply"}, "something is missing: fettle apply PROFILE"},
		{{"plan", "a", "b"}, "'b' is too much: fettle plan PROFILE"},
		{{"guarf", "7"}, "no command 'guarf'; see fettle --help"},
		{{"transactions", "7", "8"}, "'8' is too much: fettle transactions [TRANSACTION]"},
		{{"apply", "web", "--confirm-within"},
		 "--confirm-within needs a value: --confirm-within=DURATION"},
		{{"plan", "web", "--persist"}, "no option --persist, did you mean --version?"},
		{{"sockets", "--options", "ebpf"},
		 "--options is one of auto, bpf, pidfd, none, not 'ebpf'; did you mean bpf?"},
		{{"sockets", "--lisen"}, "no option --lisen, did you mean --listen?"},
		{{"sockets", "80"}, "'80' is too much: fettle sockets"},
		{{"profile", "lint"}, "something is missing: fettle profile lint FILE..."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cli cli = {.n_args = 7};
		struct err err = {0};

		assert_int_equal(parse(cases[i].args, &cli, &err), -EINVAL);
		assert_string_equal(err.text, cases[i].text);
		assert_int_equal(cli.n_args, 7); /* untouched */
	}
}

/* What is understood of a line that is still being typed: what makes no sense is passed over. */
static void begun_lines(void **state)
{
	static const struct {
		const char *words[MOST_ARGS];
		const char *summary, *open;
		bool only_args;
	} cases[] = {
		{{NULL}, "", NULL, false},
		{{"profile"}, "profile", NULL, false},
		{{"nonesuch", "audit"}, "nonesuch audit", NULL, false},
		{{"audit", "a", "b"}, "audit <a>", NULL, false},
		{{"help"}, " help", NULL, false},
		{{"help", "probe"}, "probe help", NULL, false},
		{{"audit", "--format"}, "audit", "format", false},
		{{"audit", "--format=json"}, "audit format=json", NULL, false},
		{{"audit", "--format", "jason", "--only"}, "audit", "only", false},
		{{"audit", "--local"}, "audit local", NULL, false},
		{{"audit", "--nonesuch", "-x", "a"}, "audit <a>", NULL, false},
		{{"--format"}, "", NULL, false},
		{{"--config"}, "", "config", false},
		{{"audit", "--", "--format"}, "audit <--format>", NULL, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = NULL;
		struct cli_begun begun;
		size_t count = 0;

		while (cases[i].words[count])
			count++;
		cli_parse_begun(cases[i].words, count, &begun);
		text = summary(&begun.cli);
		assert_string_equal(text, cases[i].summary);
		assert_int_equal(begun.open != NULL, cases[i].open != NULL);
		if (begun.open)
			assert_string_equal(begun.open->name, cases[i].open);
		assert_int_equal(begun.only_args, cases[i].only_args);
		cli_fini(&begun.cli);
	}
}

/* What the tables promise to the parser and to --help. */
static void tables_are_sound(void **state)
{
	(void)state;
	for (const struct cli_command *command = cli_commands; command->name; command++) {
		assert_int_equal(command->run == NULL, strcmp(command->name, "help") == 0);
		assert_true(command->least_args <= command->most_args);
		assert_int_equal(command->args != NULL, command->most_args > 0);
		for (const struct cli_option *o = command->options; o && o->name; o++) {
			for (const struct cli_option *g = cli_globals; g->name; g++)
				assert_string_not_equal(o->name, g->name);
			assert_true(o->at < sizeof(struct cli));
			assert_true(!o->choice || o->value);
		}
		for (const struct cli_command *other = cli_commands; other < command; other++)
			assert_string_not_equal(command->name, other->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(begun_lines),
		cmocka_unit_test(tables_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
