/* tests/unit/profile/test_parts.c - the rest of a profile: its head, when, waivers, rules. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/str.h"
#include "profile/load.h"
#include "tests/unit/profile/dump.h"
#include "tests/unit/profile/fixture.h"

struct part_case {
	const char *body, *error;
};

static void check_errors(const struct part_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fixture_body_fails(cases[i].body, cases[i].error);
}

static const char *error_of_whole(const char *text)
{
	static char shown[2048];
	struct profile *profile = NULL;
	struct err err = {0};

	assert_true(profile_load_buffer("", "dir/t.yaml", text, strlen(text), &profile, &err) < 0);
	assert_null(profile);
	return err_format(&err, shown, sizeof(shown));
}

static void bad_heads(void **state)
{
	static const struct part_case cases[] = {
		{"",
		 "dir/t.yaml:1:1: is empty: a profile is a mapping that starts with `schema: 1`"},
		{"# only a comment\n",
		 "dir/t.yaml:1:1: is empty: a profile is a mapping that starts with `schema: 1`"},
		{"- a\n", "dir/t.yaml:1:1: expected a profile (a mapping), found a list"},
		{"text\n", "dir/t.yaml:1:1: expected a profile (a mapping), found 'text'"},
		{"name: t\nsummary: s\n",
		 "dir/t.yaml:1:1: 'schema' is missing: a profile needs it"},
		{"schema: 1\n", "dir/t.yaml:1:1: 'name' is missing: a profile needs it"},
		{"schema: 1\nname: t\n",
		 "dir/t.yaml:1:1: 'summary' is missing: a profile needs it"},
		{"schema: 2\n",
		 "dir/t.yaml:1:9: schema: expected the number 1, the schema this fettle "
		 "reads, found '2'"},
		{"schema: 1\nname: u\nsummary: s\n",
		 "dir/t.yaml:2:7: name: 'u' stands in the file 't.yaml': expected 'u.yaml', a "
		 "profile's file has its name"},
		{"schema: 1\nname: T!\n", "dir/t.yaml:2:7: name: expected 1 to 64 of a-z, 0-9 and "
					  "'-', starting with a letter "
					  "or digit, found 'T!'"},
		{"schema: 1\nname: t\nsummary: |\n  a\n  b\n",
		 "dir/t.yaml:3:10: summary: expected one line of text"},
		{"schema: 1\nname: t\nsummary: ' '\n",
		 "dir/t.yaml:3:10: summary: expected text, found none"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(error_of_whole(cases[i].body), cases[i].error);
}

static void bad_keys_of_a_profile(void **state)
{
	static const struct part_case cases[] = {
		{"setings: {}\n",
		 "t.yaml:4:1: unknown key 'setings' in a profile, did you mean 'settings'?"},
		{"zzzzzz: x\n",
		 "t.yaml:4:1: unknown key 'zzzzzz' in a profile; accepted: schema, name, summary, "
		 "extends, when, settings, sockets, limits, paths, waivers"},
		{"name: t\n", "t.yaml:4:1: 'name' is given twice, first on line 2"},
		{"settings: []\n",
		 "t.yaml:4:11: settings: expected a mapping of keys, found a list"},
		{"settings: {}\n",
		 "t.yaml:4:11: settings: expected a mapping of keys, found an empty one"},
		{"settings:\n", "t.yaml:4:10: settings: expected a mapping of keys, found nothing"},
		{"extends: [a, a]\n", "t.yaml:4:14: extends: 'a' is given twice, first on line 4"},
		{"extends: [../a]\n",
		 "t.yaml:4:11: extends: expected the name of a profile, found '../a'"},
		{"extends: {}\n",
		 "t.yaml:4:10: extends: expected a list of names, found a mapping"},
		{"extends:\n",
		 "t.yaml:4:9: extends: expected the name of a profile, found nothing"},
		{"extends: base\n",
		 "t.yaml:4:10: extends: no profile 'base' in an empty search path"},
	};

	(void)state;
	check_errors(cases, ARRAY_SIZE(cases));
}

static void conditions(void **state)
{
	_cleanup_(profile_freep) struct profile *p =
		fixture_load_body("when:\n"
				  "  key: [net/ipv4/tcp_sack, kernel.pid_max]\n"
				  "  cpus: \"!=3\"\n"
				  "  memory: [\">=4GiB\", \"< 1.5TiB\"]\n"
				  "  kernel: [\">=4.9\", \"<=6.18.44\", \"=5\", \">4\", \"<7\"]\n");
	_cleanup_free_ char *text = dump_profile(p);

	(void)state;
	assert_string_equal(text, "profile 't' 's'\n"
				  "when 'kernel >=4.9' 0 4 4.9.0 0 ''\n"
				  "when 'kernel <=6.18.44' 0 1 6.18.44 0 ''\n"
				  "when 'kernel =5' 0 2 5.0.0 0 ''\n"
				  "when 'kernel >4' 0 5 4.0.0 0 ''\n"
				  "when 'kernel <7' 0 0 7.0.0 0 ''\n"
				  "when 'memory >=4GiB' 1 4 0.0.0 4294967296 ''\n"
				  "when 'memory <1.5TiB' 1 0 0.0.0 1649267441664 ''\n"
				  "when 'cpus !=3' 2 3 0.0.0 3 ''\n"
				  "when 'key net.ipv4.tcp_sack' 3 2 0.0.0 0 'net.ipv4.tcp_sack'\n"
				  "when 'key kernel.pid_max' 3 2 0.0.0 0 'kernel.pid_max'\n");
	assert_int_equal(p->when.conditions[0].origin.line, 8);
	assert_string_equal(p->when.conditions[0].origin.file, "t.yaml");
	assert_int_equal(p->when.conditions[0].version_parts, 2);
	assert_int_equal(p->when.conditions[1].version_parts, 3);
	assert_int_equal(p->when.conditions[2].version_parts, 1);
}

#define KERNEL "expected one of < <= = != >= > and a value, such as \">=4.9\", found "

static void bad_conditions(void **state)
{
	static const struct part_case cases[] = {
		{"when: []\n", "t.yaml:4:7: when: expected a mapping of conditions, found a list"},
		{"when: {foo: 1}\n",
		 "t.yaml:4:8: when: unknown key 'foo' in a condition; accepted: "
		 "kernel, memory, cpus, key"},
		{"when: {kernel: 4.9}\n", "t.yaml:4:16: when: kernel: " KERNEL "'4.9'"},
		{"when: {kernel: \">=4.9.1.2\"}\n",
		 "t.yaml:4:16: when: kernel: " KERNEL "'>=4.9.1.2'"},
		{"when: {kernel: \">=4.\"}\n", "t.yaml:4:16: when: kernel: " KERNEL "'>=4.'"},
		{"when: {kernel: \">=4.9-rc1\"}\n",
		 "t.yaml:4:16: when: kernel: " KERNEL "'>=4.9-rc1'"},
		{"when: {kernel: \">=\"}\n", "t.yaml:4:16: when: kernel: " KERNEL "'>='"},
		{"when: {kernel: \">=1234567\"}\n",
		 "t.yaml:4:16: when: kernel: " KERNEL "'>=1234567'"},
		{"when: {kernel: {a: b}}\n", "t.yaml:4:16: when: kernel: " KERNEL "a mapping"},
		{"when: {kernel: []}\n",
		 "t.yaml:4:16: when: kernel: expected a list of conditions, found an empty one"},
		{"when: {memory: \">=4\"}\n",
		 "t.yaml:4:16: when: memory: expected one of < <= = != >= > and a value, such as "
		 "\">=4GiB\", found '>=4'"},
		{"when: {memory: \">=4GB\"}\n",
		 "t.yaml:4:16: when: memory: unknown unit 'GB' in '4GB', did you mean '4GiB'?"},
		{"when: {cpus: \">=-1\"}\n",
		 "t.yaml:4:14: when: cpus: expected one of < <= = != >= > and a value, such as "
		 "\">=2\", found '>=-1'"},
		{"when: {key: \"net.*\"}\n",
		 "t.yaml:4:13: when: key: 'net.*' is a pattern, expected one key"},
		{"when: {key: [a.b, {}]}\n",
		 "t.yaml:4:19: when: key: expected text, found a mapping"},
	};

	(void)state;
	check_errors(cases, ARRAY_SIZE(cases));
}

static void waivers(void **state)
{
	_cleanup_(profile_freep) struct profile *p =
		fixture_load_body("waivers:\n"
				  "  - {finding: sysctl.net.*, reason: \"Because: so\", owner: "
				  "ops, until: 2028-02-29}\n"
				  "  - finding: a\n"
				  "    reason: b\n");
	_cleanup_free_ char *text = dump_profile(p);

	(void)state;
	assert_string_equal(text,
			    "profile 't' 's'\n"
			    "waiver 'sysctl.net.*' 'Because: so' 'ops' '2028-02-29' 128-1-29\n"
			    "waiver 'a' 'b' '-' '-' 0-0-0\n");
	assert_int_equal(p->waivers[1].origin.line, 6);
}

static void bad_waivers(void **state)
{
	static const struct part_case cases[] = {
		{"waivers: {}\n",
		 "t.yaml:4:10: waivers: expected a list of waivers, found a mapping"},
		{"waivers: []\n",
		 "t.yaml:4:10: waivers: expected a list of waivers, found an empty one"},
		{"waivers: [x]\n",
		 "t.yaml:4:11: waivers: expected a waiver (a mapping), found 'x'"},
		{"waivers: [{finding: a}]\n",
		 "t.yaml:4:11: waivers: 'reason' is missing: a waiver needs it"},
		{"waivers: [{reason: a}]\n",
		 "t.yaml:4:11: waivers: 'finding' is missing: a waiver needs it"},
		{"waivers: [{finding: a, reasn: b}]\n",
		 "t.yaml:4:24: waivers: unknown key 'reasn' in a waiver, did you mean 'reason'?"},
		{"waivers: [{finding: a b, reason: b}]\n",
		 "t.yaml:4:21: waivers: finding: expected a finding's id such as "
		 "sysctl.net.ipv4.tcp_sack, found 'a b'"},
		{"waivers: [{finding: a, reason: b, until: 2027-02-29}]\n",
		 "t.yaml:4:42: waivers: until: there is no such day as '2027-02-29' (from the year "
		 "2000 on)"},
		{"waivers: [{finding: a, reason: b, until: 2100-02-29}]\n",
		 "t.yaml:4:42: waivers: until: there is no such day as '2100-02-29' (from the year "
		 "2000 on)"},
		{"waivers: [{finding: a, reason: b, until: 2027-13-01}]\n",
		 "t.yaml:4:42: waivers: until: there is no such day as '2027-13-01' (from the year "
		 "2000 on)"},
		{"waivers: [{finding: a, reason: b, until: 2027-04-31}]\n",
		 "t.yaml:4:42: waivers: until: there is no such day as '2027-04-31' (from the year "
		 "2000 on)"},
		{"waivers: [{finding: a, reason: b, until: 1900-01-01}]\n",
		 "t.yaml:4:42: waivers: until: there is no such day as '1900-01-01' (from the year "
		 "2000 on)"},
		{"waivers: [{finding: a, reason: b, until: 27-02-28}]\n",
		 "t.yaml:4:42: waivers: until: expected a date, YYYY-MM-DD, found '27-02-28'"},
		{"waivers: [{finding: a, reason: b, until: 2027--2-28}]\n",
		 "t.yaml:4:42: waivers: until: there is no such day as '2027--2-28' (from the year "
		 "2000 on)"},
		{"waivers: [{finding: a, reason: b, until: soon}]\n",
		 "t.yaml:4:42: waivers: until: expected a date, YYYY-MM-DD, found 'soon'"},
	};

	(void)state;
	check_errors(cases, ARRAY_SIZE(cases));
}

static void rules(void **state)
{
	_cleanup_(profile_freep) struct profile *p = fixture_load_body(
		"sockets:\n"
		"  - name: http\n"
		"    match: {state: listen, port: [80, 443]}\n"
		"    expect: {backlog: {at-least: {sysctl: net.core.somaxconn}}, TCP_NODELAY: on}\n"
		"    severity: critical\n"
		"limits:\n"
		"  open-files: {process: nginx, headroom: {at-least: 20%}, why: It stops.}\n"
		"paths:\n"
		"  - {name: far, to: \"192.0.2.10:4433\", expect: {buffers: {at-least: bdp}}, \n"
		"     severity: info, why: It is slow., source: RFC 7323}\n");
	_cleanup_free_ char *text = dump_profile(p);

	(void)state;
	assert_string_equal(text,
			    "profile 't' 's'\n"
			    "sockets 'http'\n"
			    "severity 'critical'\n"
			    "match 'state' 'listen'\n"
			    "match 'port' '80,443'\n"
			    "expect 'backlog' (at-least arg=7:'net.core.somaxconn':0:0:0:0:0)\n"
			    "expect 'TCP_NODELAY' (equals arg=0:'on':0:0:0:0:0)\n"
			    "limits 'open-files'\n"
			    "why 'It stops.'\n"
			    "match 'process' 'nginx'\n"
			    "expect 'headroom' (at-least arg=0:'20%':0:0:0:0:0)\n"
			    "paths 'far'\n"
			    "why 'It is slow.'\n"
			    "source 'RFC 7323'\n"
			    "severity 'info'\n"
			    "match 'to' '192.0.2.10:4433'\n"
			    "expect 'buffers' (at-least arg=0:'bdp':0:0:0:0:0)\n");
	assert_int_equal(p->rules[1].origin.line, 10);
}

static void names_that_nobody_knows(void **state)
{
	static const struct part_case cases[] = {
		{"sockets: [{name: a, match: {prt: 1}}]\n",
		 "t.yaml:4:29: sockets: match: unknown thing to match 'prt', did you mean 'port'?"},
		{"sockets: [{name: a, match: {x: 1}}]\n",
		 "t.yaml:4:29: sockets: match: unknown thing to match 'x'; accepted: state, kind, "
		 "port, remote-port, path, process, unit, container"},
		{"sockets: [{name: a, match: {state: listn}}]\n",
		 "t.yaml:4:36: sockets: match: state: unknown state 'listn', did you mean "
		 "'listen'?"},
		{"sockets: [{name: a, match: {kind: [tcp, unix-strem]}}]\n",
		 "t.yaml:4:35: sockets: match: kind: unknown kind of socket 'unix-strem', did you "
		 "mean 'unix-stream'?"},
		{"sockets: [{name: a, match: {port: [80, 65536]}}]\n",
		 "t.yaml:4:35: sockets: match: port: expected a port from 1 to 65535, found "
		 "'65536'"},
		{"sockets: [{name: a, match: {remote-port: http}}]\n",
		 "t.yaml:4:42: sockets: match: remote-port: expected a port from 1 to 65535, found "
		 "'http'"},
		{"sockets: [{name: a, match: {process: \"a,,b\"}}]\n",
		 "t.yaml:4:38: sockets: match: process: expected names or patterns between commas, "
		 "found 'a,,b'"},
		{"sockets: [{name: a, match: {port: 1}, expect: {TCP_NODELAI: on}}]\n",
		 "t.yaml:4:48: sockets: expect: unknown option 'TCP_NODELAI', did you mean "
		 "'TCP_NODELAY'?"},
		{"sockets: [{name: a, match: {port: 1}, expect: {TCP_NODELAY: 1}}]\n",
		 "t.yaml:4:61: sockets: expect: TCP_NODELAY: expected on or off, found '1'"},
		{"sockets: [{name: a, match: {port: 1}, expect: {SO_RCVBUF: on}}]\n",
		 "t.yaml:4:59: sockets: expect: SO_RCVBUF: expected a number, found 'on'"},
		{"sockets: [{name: a, match: {port: 1}, expect: {SO_LINGER: on}}]\n",
		 "t.yaml:4:59: sockets: expect: SO_LINGER: expected a time, or off, found 'on'"},
		{"sockets: [{name: a, match: {port: 1}, expect: {TCP_CONGESTION: 5}}]\n",
		 "t.yaml:4:64: sockets: expect: TCP_CONGESTION: expected the name of an algorithm, "
		 "found '5'"},
		{"paths: [{name: a, to: 192.0.2.1, expect: {bufers: {at-least: bdp}}}]\n",
		 "t.yaml:4:43: paths: expect: unknown expectation 'bufers', did you mean "
		 "'buffers'?"},
		{"paths: [{name: a, to: 192.0.2.1, expect: {loss: 1}}]\n",
		 "t.yaml:4:43: paths: expect: unknown expectation 'loss'; accepted: buffers, rtt, "
		 "rate"},
		{"paths: [{name: a, to: 192.0.2.1, expect: {buffers: {at-least: 4MiB}}}]\n",
		 "t.yaml:4:52: paths: expect: buffers: expected {at-least: bdp}, found '>= 4MiB'"},
		{"paths: [{name: a, to: 192.0.2.1, expect: {buffers: bdp}}]\n",
		 "t.yaml:4:52: paths: expect: buffers: expected {at-least: bdp}, found 'bdp'"},
		{"paths: [{name: a, to: 192.0.2.1, expect: {rtt: 80ms}}]\n",
		 "t.yaml:4:48: paths: expect: rtt: expected at-most, at-least or between with "
		 "times, as in {at-most: 80ms}, found '80ms'"},
		{"paths: [{name: a, to: 192.0.2.1, expect: {rtt: {at-most: 80}}}]\n",
		 "t.yaml:4:48: paths: expect: rtt: expected at-most, at-least or between with "
		 "times, as in {at-most: 80ms}, found '<= 80'"},
		{"paths: [{name: a, to: 192.0.2.1, expect: {rate: {at-least: 80ms}}}]\n",
		 "t.yaml:4:49: paths: expect: rate: expected at-least, at-most or between with "
		 "rates, as in {at-least: 100Mbit}, found '>= 80ms'"},
		{"paths: [{name: a, to: example.org, expect: {rtt: {at-most: 80ms}}}]\n",
		 "t.yaml:4:23: paths: to: expected an address, ADDRESS:PORT ([ADDRESS]:PORT of "
		 "IPv6) or PREFIX/LENGTH, found 'example.org'"},
		{"paths: [{name: a, to: [192.0.2.1, 10.1.0.0/8], expect: {rtt: {at-most: 1s}}}]\n",
		 "t.yaml:4:23: paths: to: 10.1.0.0/8 has bits beyond its length: did you mean "
		 "10.0.0.0/8?"},
		{"limits: {open-fils: {process: a, headroom: {at-least: 20%}}}\n",
		 "t.yaml:4:10: limits: unknown limit 'open-fils', did you mean 'open-files'?"},
		{"limits: {open-files: {port: 1, headroom: {at-least: 20%}}}\n",
		 "t.yaml:4:23: limits: open-files: unknown thing to match 'port'; accepted: "
		 "process, unit, container"},
		{"limits: {open-files: {process: a, hedroom: {at-least: 20%}}}\n",
		 "t.yaml:4:35: limits: open-files: unknown expectation 'hedroom', did you mean "
		 "'headroom'?"},
		{"limits: {open-files: {process: a, headroom: {at-least: 200%}}}\n",
		 "t.yaml:4:45: limits: open-files: headroom: expected {at-least: N%} of at most "
		 "100%, found '200%'"},
		{"limits: {open-files: {process: a, headroom: {at-most: 20%}}}\n",
		 "t.yaml:4:45: limits: open-files: headroom: expected {at-least: N%} of at most "
		 "100%, found '20%'"},
	};

	(void)state;
	check_errors(cases, ARRAY_SIZE(cases));
}

static void bad_rules(void **state)
{
	static const struct part_case cases[] = {
		{"limits: {open-files: {process: a, severity: high, headroom: {at-least: 20%}}}\n",
		 "t.yaml:4:45: limits: open-files: severity: expected info, warning or critical, "
		 "found 'high'"},
		{"sockets: {}\n",
		 "t.yaml:4:10: sockets: expected a list of rules, found a mapping"},
		{"sockets: [{name: a}]\n",
		 "t.yaml:4:11: sockets: 'match' is missing: a socket rule needs it"},
		{"sockets: [{nam: a}]\n",
		 "t.yaml:4:12: sockets: unknown key 'nam' in a socket rule, did you mean 'name'?"},
		{"sockets: [{name: a/b}]\n", "t.yaml:4:18: sockets: name: expected a name of "
					     "letters, digits, '.', '_' and '-', at "
					     "most 64, found 'a/b'"},
		{"sockets: [{name: a, match: {}}]\n",
		 "t.yaml:4:28: sockets: match: expected a mapping of names with values, found an "
		 "empty "
		 "one"},
		{"sockets: [{name: a, match: {port: {a: 1}}}]\n",
		 "t.yaml:4:35: sockets: match: port: expected a list of values, found a mapping"},
		{"sockets: [{name: a, match: {port: 1}, expect: {MARK: {at-leest: 1}}}]\n",
		 "t.yaml:4:55: sockets: expect: MARK: unknown key 'at-leest' in an expectation, "
		 "did "
		 "you "
		 "mean 'at-least'?"},
		{"sockets: [{name: a, match: {port: 1}, expect: {MARK: {at-least: 1, set: 1}}}]\n",
		 "t.yaml:4:68: sockets: expect: MARK: unknown key 'set' in an expectation; "
		 "accepted: "
		 "equals, at-least, at-most, between, one-of, includes, excludes"},
		{"sockets: [{name: a, match: {port: 1}, expect: {MARK: ~}}]\n",
		 "t.yaml:4:54: sockets: expect: MARK: expected a value, found nothing"},
		{"sockets: [{name: a, match: {port: 1}, expect: {SO_MARK: 1}}, "
		 "{name: a, match: {port: 1}, expect: {SO_MARK: 1}}]\n",
		 "t.yaml:4:62: sockets: 'a' is given twice, first on line 4"},
		{"limits: [a]\n", "t.yaml:4:9: limits: expected a mapping of limits, found a list"},
		{"limits: {open-files: {process: c}}\n",
		 "t.yaml:4:22: limits: open-files: nothing is expected: give at least one mapping "
		 "such as "
		 "headroom: {at-least: 20%}"},
		{"limits: {open-files: 1}\n", "t.yaml:4:22: limits: open-files: expected a mapping "
					      "of names with values, found '1'"},
		{"paths: [{name: a, to: 192.0.2.1}]\n",
		 "t.yaml:4:9: paths: 'expect' is missing: a path needs it"},
		{"paths: [{name: a, expect: {rtt: {at-most: 1s}}}]\n",
		 "t.yaml:4:9: paths: 'to' is missing: a path needs it"},
	};

	(void)state;
	check_errors(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_heads),
		cmocka_unit_test(bad_keys_of_a_profile),
		cmocka_unit_test(conditions),
		cmocka_unit_test(bad_conditions),
		cmocka_unit_test(waivers),
		cmocka_unit_test(bad_waivers),
		cmocka_unit_test(rules),
		cmocka_unit_test(bad_rules),
		cmocka_unit_test(names_that_nobody_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
