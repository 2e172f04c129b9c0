/* tests/unit/check/test_live_profile.c - `sockets:` and `limits:` of a profile against sockets and
 * processes that a test spells out. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "tests/unit/check/live_fixture.h"

/* A listener of pid 100 on port 80, a connection of pid 200 to port 5432. */
static void put(struct world *world,
		void (*change)(struct sample *listener, struct sample *connection))
{
	struct sample listener, connection;

	sample_tcp(&listener, SOCKET_LISTEN, 80, 0, true);
	listener.record.remote.family = AF_UNSPEC;
	listener.record.send_queue = 128;
	sample_tcp(&connection, SOCKET_ESTABLISHED, 40000, 5432, true);
	connection.owner.pid = 200;
	connection.owner.comm = "a-very-long-nam"; /* as the kernel cuts it */
	connection.owner.unit = NULL;
	connection.owner.container = "docker:0123456789ab";
	connection.record.options[SOCKOPT_KEEPIDLE] = 7200;
	connection.record.options[SOCKOPT_RCVBUF] = 131072;
	if (change)
		change(&listener, &connection);
	live_socket(&world->live, &listener.record);
	live_socket(&world->live, &connection.record);
}

/* The findings of the profile's own rules: "ID STATUS PID: ACTUAL or REASON" a line. */
static char *verdicts(const struct report *report)
{
	struct strbuf out = {0};

	strbuf_puts(&out, "");
	for (size_t i = 0; i < report->n_findings; i++) {
		const struct finding *finding = &report->findings[i];
		const char *said = finding->actual ? finding->actual : finding->reason;

		if (!str_starts(finding->id, "sockets.") && !str_starts(finding->id, "limits."))
			continue;
		strbuf_printf(&out, "%s %s %ld%s%s\n", finding->id,
			      finding_status_name(finding->status), finding->owner.pid,
			      said ? ": " : "", said ? said : "");
	}
	return strbuf_take(&out);
}

static char *judge(const char *yaml,
		   void (*change)(struct sample *listener, struct sample *connection))
{
	_cleanup_free_ char *fails = NULL;
	struct world world;
	char *text;

	world_init(&world, 1, yaml);
	world_look(&world, 0);
	put(&world, change);
	fails = world_fails(&world);
	text = verdicts(world.report);
	world_fini(&world);
	return text;
}

/* systemd opened the listener and keeps it; a helper of the service has it as well. */
static void share(struct sample *listener, struct sample *connection)
{
	static const struct socket_owner owners[] = {
		{1, 41, "systemd", "init.scope", NULL},
		{500, 3, "server", "server.service", NULL},
		{501, 3, "helper", "server.service", NULL},
	};

	(void)connection;
	listener->record.owners = owners;
	listener->record.n_owners = ARRAY_SIZE(owners);
}

static void who_is_named_of_many_owners(void **state)
{
	static const struct {
		const char *match, *verdict;
	} cases[] = {
		{"port: 80", "fail 500"},
		{"{port: 80, unit: server.service}", "fail 500"},
		{"process: helper", "fail 501"},
		{"process: [systemd, helper]", "fail 1"},
		{"process: systemd", "fail 1"},
		{"{process: systemd, unit: server.service}", "fail 500"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *match = cases[i].match;
		_cleanup_free_ char *braced =
			match[0] == '{' ? mem_strdup(match) : mem_printf("{%s}", match);
		_cleanup_free_ char *yaml = mem_printf(
			"sockets:\n  - {name: r, match: %s, expect: {backlog: 1}}\n", braced);
		_cleanup_free_ char *wanted =
			mem_printf("sockets.r %s: backlog 128\n", cases[i].verdict);
		_cleanup_free_ char *text = judge(yaml, share);

		assert_string_equal(text, wanted);
	}
}

static void every_operator_unit_and_match(void **state)
{
	static const struct {
		const char *match, *expect, *verdict;
	} cases[] = {
		{"state: listen", "backlog: {at-least: 128}", "pass 100"},
		{"state: listen", "backlog: {at-least: 129}", "fail 100: backlog 128"},
		{"state: [LISTENING, time_wait]", "backlog: {at-least: 128}", "pass 100"},
		{"state: ESTAB", "TCP_CONGESTION: bbr", "fail 200: TCP_CONGESTION cubic"},
		{"state: connected", "TCP_CONGESTION: bbr", "fail 200: TCP_CONGESTION cubic"},
		{"state: UNCONN", "backlog: 128", "not-applicable 0: nothing matches"},
		{"port: [443, 80]", "backlog: {between: [1, 127]}", "fail 100: backlog 128"},
		{"port: 80", "{backlog: 128, SO_REUSEADDR: on}", "pass 100"},
		{"port: 80", "{backlog: 1, SO_REUSEADDR: off}",
		 "fail 100: backlog 128, SO_REUSEADDR on"},
		{"state: established", "backlog: 1", "not-applicable 0: nothing matches"},
		{"remote-port: 5432", "TCP_NODELAY: on", "fail 200: TCP_NODELAY off"},
		{"remote-port: 80", "TCP_NODELAY: on", "not-applicable 0: nothing matches"},
		{"process: a-very-long-name", "TCP_KEEPIDLE: {at-most: 120s}",
		 "fail 200: TCP_KEEPIDLE 7200"},
		{"process: \"a-very-*\"", "TCP_KEEPIDLE: {at-most: 2h}", "pass 200"},
		{"process: [x, server]", "SO_REUSEADDR: on", "pass 100"},
		{"unit: server.service", "SO_REUSEADDR: on", "pass 100"},
		{"container: \"docker:*\"", "SO_RCVBUF: {at-least: 128KiB}", "pass 200"},
		{"container: \"docker:*\"", "SO_RCVBUF: {at-most: {sysctl: net.core.rmem_max}}",
		 "fail 200: SO_RCVBUF 131072"},
		{"kind: tcp", "{backlog: {at-least: {sysctl: net.core.somaxconn}}}",
		 "fail 100: backlog 128"},
		{"kind: udp", "SO_RCVBUF: 1", "not-applicable 0: nothing matches"},
		{"state: established", "TCP_CONGESTION: {one-of: [bbr, cubic]}", "pass 200"},
		{"state: established", "TCP_CONGESTION: bbr", "fail 200: TCP_CONGESTION cubic"},
		{"state: established", "SO_LINGER: off", "pass 200"},
		{"state: established", "SO_LINGER: {at-least: 5s}", "fail 200: SO_LINGER -1"},
		{"state: established", "TCP_USER_TIMEOUT: {equals: 0}", "pass 200"},
		{"state: established", "SO_RCVTIMEO: {at-least: 5s}", "fail 200: SO_RCVTIMEO 0"},
		{"path: \"/run/*\"", "SO_RCVBUF: 1", "not-applicable 0: nothing matches"},
		{"state: established", "SO_RCVBUF: {at-least: 5s}",
		 "unknown 200: 5s is a time, but SO_RCVBUF counts bytes: write a plain number"},
		{"state: established", "SO_RCVBUF: {at-least: {sysctl: net.core.nonesuch}}",
		 "unknown 200: SO_RCVBUF and net.core.nonesuch do not measure the same thing"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *expect = cases[i].expect;
		_cleanup_free_ char *braced =
			expect[0] == '{' ? mem_strdup(expect) : mem_printf("{%s}", expect);
		_cleanup_free_ char *yaml =
			mem_printf("sockets:\n  - {name: r, match: {%s}, expect: %s}\n",
				   cases[i].match, braced);
		_cleanup_free_ char *wanted = mem_printf("sockets.r %s\n", cases[i].verdict);
		_cleanup_free_ char *fails = NULL, *text = NULL;
		struct world world;

		world_init(&world, 1, NULL);
		fixture_key(&world.base, "net/core/somaxconn", "4096\n");
		fixture_key(&world.base, "net/core/rmem_max", "131071\n");
		world.profile = fixture_profile(&world.base, yaml);
		world.live.profile = world.profile;
		live_rules_resolve(&world.live, world.ns);
		world_look(&world, 0);
		put(&world, NULL);
		fails = world_fails(&world);
		text = verdicts(world.report);
		if (strncmp(text, wanted, strlen(wanted) - 1) != 0)
			fail_msg("%s, %s: %s, wanted %s", cases[i].match, expect, text, wanted);
		world_fini(&world);
	}
}

static void hide(struct sample *listener, struct sample *connection)
{
	listener->record.known = 0;
	listener->record.n_gaps = 1;
	listener->record.gaps[0] = (struct socket_gap){UINT32_MAX, "nobody read them"};
	connection->record.n_owners = 0;
	connection->record.owners_unknown = "of another user";
	connection->record.owners_denied = true;
}

/* As of the kernel: all processes were looked at. */
static void disown(struct sample *listener, struct sample *connection)
{
	(void)listener;
	connection->record.n_owners = 0;
	connection->record.owners_unknown = "no process held it";
}

static void what_no_process_holds_is_of_none(void **state)
{
	_cleanup_free_ char *text =
		judge("sockets:\n"
		      "  - {name: a, match: {process: x}, expect: {TCP_NODELAY: on}}\n"
		      "  - {name: b, match: {unit: x.service}, expect: {TCP_NODELAY: on}}\n"
		      "  - {name: c, match: {container: x}, expect: {TCP_NODELAY: on}}\n"
		      "  - {name: d, match: {state: established}, expect: {TCP_NODELAY: on}}\n",
		      disown);

	(void)state;
	assert_string_equal(text, "sockets.d fail 0: TCP_NODELAY off\n"
				  "sockets.a not-applicable 0: nothing matches\n"
				  "sockets.b not-applicable 0: nothing matches\n"
				  "sockets.c not-applicable 0: nothing matches\n");
}

static void what_is_not_known_does_not_pass(void **state)
{
	_cleanup_free_ char *text =
		judge("sockets:\n"
		      "  - {name: a, match: {port: 80}, expect: {SO_REUSEADDR: on}}\n"
		      "  - {name: b, match: {process: x}, expect: {TCP_NODELAY: on}}\n"
		      "  - {name: c, match: {port: 80, process: x}, expect: {TCP_NODELAY: on}}\n",
		      hide);

	(void)state;
	assert_string_equal(text, "sockets.a unknown 100: nobody read them\n"
				  "sockets.b unknown 0: whose socket it is is not known\n"
				  "sockets.c not-applicable 0: nothing matches\n");
}

/* What meets a rule says nothing of what was not seen; what breaks it is enough. */
static void a_list_with_holes_does_not_pass(void **state)
{
	_cleanup_free_ char *fails = NULL, *text = NULL;
	const struct finding *finding;
	struct world world;

	(void)state;
	world_init(&world, 1,
		   "sockets:\n"
		   "  - {name: a, match: {port: 80}, expect: {backlog: 128}}\n"
		   "  - {name: b, match: {port: 80}, expect: {backlog: 1}, severity: critical,\n"
		   "     why: It waits., source: listen(2)}\n"
		   "  - {name: c, match: {port: 1}, expect: {backlog: 1}}\n"
		   "limits:\n  open-files: {process: x, headroom: {at-least: 20%}}\n");
	world_look(&world, 0);
	put(&world, NULL);
	world.live.sockets_why = mem_strdup("the list is torn");
	world.live.processes_why = mem_strdup("no /proc");
	fails = world_fails(&world);
	text = verdicts(world.report);
	assert_string_equal(text,
			    "sockets.b fail 100: backlog 128\n"
			    "limits.open-files unknown 0: not every process was seen: no /proc\n"
			    "sockets.a unknown 0: not every socket was seen: the list is torn\n"
			    "sockets.c unknown 0: not every socket was seen: the list is torn\n"
			    "sockets.a pass 100\n");
	assert_int_equal(world_finding(&world, "sockets.c")->severity, SEVERITY_WARNING);
	finding = world_finding(&world, "sockets.b");
	assert_int_equal(finding->severity, SEVERITY_CRITICAL);
	assert_string_equal(finding->why, "It waits.");
	assert_string_equal(finding->source, "listen(2)");
	world_fini(&world);
}

static void one_finding_for_each_process(void **state)
{
	struct world world;
	struct sample sample;
	_cleanup_free_ char *fails = NULL, *text = NULL;
	const struct finding *finding;

	(void)state;
	world_init(&world, 1,
		   "sockets:\n  - {name: r, match: {port: 80}, expect: {TCP_NODELAY: on}}\n");
	world_look(&world, 0);
	for (unsigned i = 0; i < 100; i++) {
		sample_tcp(&sample, SOCKET_ESTABLISHED, 80, (uint16_t)(5000 + i), true);
		sample.owner.pid = 100 + (pid_t)(i % 2);
		sample.record.options[SOCKOPT_NODELAY] = i % 2 || i % 4;
		live_socket(&world.live, &sample.record);
	}
	fails = world_fails(&world);
	text = verdicts(world.report);
	assert_string_equal(text, "sockets.r fail 100: TCP_NODELAY off\nsockets.r pass 101\n");
	finding = world_finding(&world, "sockets.r");
	assert_string_equal(finding->expected, "TCP_NODELAY on");
	assert_string_equal(finding->evidence[0].text, "25");
	assert_string_equal(finding->evidence[1].text, "25");
	assert_string_equal(finding->evidence[2].text, "192.0.2.1:80 -> 198.51.100.7:5000");
	world_fini(&world);
}

static void headroom_of_open_files(void **state)
{
	static const struct fds_use uses[] = {
		{80, 100, 100},  {81, 100, 100}, {5, UINT64_MAX, UINT64_MAX},
		{101, 100, 100}, {5, 0, 100},    {0, 1024, 4096}};
	struct finding_owner owner = {.comm = (char[]){"nginx"}};
	_cleanup_free_ char *fails = NULL, *text = NULL;
	struct world world;

	(void)state;
	world_init(&world, 1,
		   "limits:\n  open-files: {process: nginx, headroom: {at-least: 20%}}\n"
		   "  open-files.other: {process: other, headroom: {at-least: 12.5%}}\n");
	world_look(&world, 0);
	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		owner.pid = 100 + (long)i;
		live_rules_process(&world.live, &owner, &uses[i], NULL);
	}
	owner.pid = 200;
	live_rules_process(&world.live, &owner, NULL, "may not be read");
	owner.comm = (char[]){"python"};
	live_rules_process(&world.live, &owner, NULL, "of no rule");
	fails = world_fails(&world);
	text = verdicts(world.report);
	assert_string_equal(
		text, "limits.open-files fail 101: headroom 19.0%: 81 of 100 descriptors in use\n"
		      "limits.open-files fail 103: headroom 0.0%: 101 of 100 descriptors in use\n"
		      "limits.open-files unknown 200: may not be read\n"
		      "limits.open-files not-applicable 104: its soft limit is 0, so that it opens "
		      "no more\n"
		      "limits.open-files.other not-applicable 0: nothing matches\n"
		      "limits.open-files pass 100\n"
		      "limits.open-files pass 102\n"
		      "limits.open-files pass 105\n");
	world_fini(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operator_unit_and_match),
		cmocka_unit_test(who_is_named_of_many_owners),
		cmocka_unit_test(what_is_not_known_does_not_pass),
		cmocka_unit_test(what_no_process_holds_is_of_none),
		cmocka_unit_test(a_list_with_holes_does_not_pass),
		cmocka_unit_test(one_finding_for_each_process),
		cmocka_unit_test(headroom_of_open_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
