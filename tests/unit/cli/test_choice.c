/* tests/unit/cli/test_choice.c - which sockets a command line asks for, and which it then gets. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/choice.h"

/* Everything that was understood, in one text. */
static char *summary(const struct socket_choice *choice)
{
	struct strbuf out = {0};

	strbuf_printf(&out, "kinds=%x states=%x", choice->filter.kinds, choice->filter.states);
	for (size_t i = 0; i < choice->filter.n_either; i++)
		strbuf_printf(&out, " %u", choice->filter.either_ports[i]);
	if (choice->listen)
		strbuf_puts(&out, " listen");
	for (size_t i = 0; i < choice->n_processes; i++) {
		const struct choice_process *process = &choice->processes[i];

		if (process->name)
			strbuf_printf(&out, " process=%s", process->name);
		else
			strbuf_printf(&out, " pid=%d", (int)process->pid);
	}
	return strbuf_take(&out);
}

static void good_choices(void **state)
{
	static const struct {
		struct cli cli;
		const char *summary;
	} cases[] = {
		{{0}, "kinds=0 states=0"},
		{{.listen = true}, "kinds=0 states=480 listen"},
		{{.state = "listen"}, "kinds=0 states=400"},
		{{.state = "established,time-wait"}, "kinds=0 states=42"},
		{{.state = "syn-recv"}, "kinds=0 states=1008"},
		{{.state = "connected"}, "kinds=0 states=1b7e"},
		{{.state = "synchronized"}, "kinds=0 states=1b7a"},
		{{.state = "bucket"}, "kinds=0 states=1048"},
		{{.state = "big"}, "kinds=0 states=fb6"},
		{{.state = "all"}, "kinds=0 states=1ffe"},
		{{.state = "unconnected,listening"}, "kinds=0 states=480"},
		{{.kind = "tcp"}, "kinds=1 states=0"},
		{{.kind = "unix,udp"}, "kinds=1e states=0"},
		{{.kind = "unix-dgram"}, "kinds=8 states=0"},
		{{.port = "80"}, "kinds=3 states=0 80"},
		{{.port = "65535,1", .kind = "udp,unix"}, "kinds=2 states=0 65535 1"},
		{{.process = "nginx"}, "kinds=0 states=0 process=nginx"},
		{{.process = "7zip"}, "kinds=0 states=0 process=7zip"},
		{{.process = "1"}, "kinds=0 states=0 pid=1"},
		{{.process = "nginx,1,php-fpm*"},
		 "kinds=0 states=0 process=nginx pid=1 process=php-fpm*"},
		{{.state = "ESTAB,time_wait"}, "kinds=0 states=42"},
		{{.state = "LISTEN,UNCONN"}, "kinds=0 states=480"},
		{{.state = "FIN_WAIT1,fin-wait-2"}, "kinds=0 states=30"},
		{{.kind = "TCP,unix_dgram"}, "kinds=9 states=0"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(choice_fini) struct socket_choice choice = {.processes = NULL};
		_cleanup_free_ char *text = NULL;
		struct err err = {0};

		if (choice_parse(&cases[i].cli, &choice, &err) < 0)
			fail_msg("case %zu: %s", i, err.text);
		text = summary(&choice);
		assert_string_equal(text, cases[i].summary);
	}
}

/* The names of the model are names here, with the same meaning. */
static void every_state_has_its_name(void **state)
{
	(void)state;
	for (unsigned i = SOCKET_ESTABLISHED; i < SOCKET_STATE_COUNT; i++) {
		struct cli cli = {.state = socket_state_name((enum socket_state)i)};
		struct socket_choice choice;
		struct err err = {0};

		assert_int_equal(choice_parse(&cli, &choice, &err), 0);
		assert_true(choice.filter.states & 1U << i);
	}
	for (unsigned i = 0; i < SOCKET_KIND_COUNT; i++) {
		struct cli cli = {.kind = socket_kind_name((enum socket_kind)i)};
		struct socket_choice choice;
		struct err err = {0};

		assert_int_equal(choice_parse(&cli, &choice, &err), 0);
		assert_int_equal(choice.filter.kinds, 1U << i);
	}
}

static void bad_choices(void **state)
{
	static const char sixty_five[] =
		"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,"
		"31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,"
		"58,59,60,61,62,63,64,65";
	static const struct {
		struct cli cli;
		const char *text;
	} cases[] = {
		{{.kind = "tpc"},
		 "--kind: there is no 'tpc', did you mean 'tcp'? Expected one or more, by commas, "
		 "of tcp, udp, unix, unix-stream, unix-dgram, unix-seqpacket"},
		{{.kind = "tcp,banana"},
		 "--kind: there is no 'banana'. Expected one or more, by commas, of tcp, udp, "
		 "unix, unix-stream, unix-dgram, unix-seqpacket"},
		{{.kind = "tcp,"},
		 "--kind: there is no ''. Expected one or more, by commas, of tcp, udp, unix, "
		 "unix-stream, unix-dgram, unix-seqpacket"},
		{{.state = "estabilshed"}, NULL},
		{{.state = ""}, NULL},
		{{.state = "listen,"}, NULL},
		{{.listen = true, .state = "listen"},
		 "--listen and --state contradict each other: give one of them"},
		{{.port = "http"}, "--port is a number from 1 to 65535, not 'http'"},
		{{.port = "0"}, "--port is a number from 1 to 65535, not '0'"},
		{{.port = "65536"}, "--port is a number from 1 to 65535, not '65536'"},
		{{.port = "80,-1"}, "--port is a number from 1 to 65535, not '-1'"},
		{{.port = "80,"}, "--port is a number from 1 to 65535, not ''"},
		{{.port = "99999999999999999999999"},
		 "--port is a number from 1 to 65535, not '99999999999999999999999'"},
		{{.port = sixty_five}, "--port takes 64 ports, got more"},
		{{.port = "80", .kind = "unix"},
		 "--port and --kind contradict each other: Unix sockets have no port"},
		{{.process = ""},
		 "--process is a name, a pattern or a pid, or some by commas, not ''"},
		{{.process = "nginx,"},
		 "--process is a name, a pattern or a pid, or some by commas, not ''"},
		{{.process = "0"}, "--process is a number from 1 to 4194304, not '0'"},
		{{.process = "4294967297"},
		 "--process is a number from 1 to 4194304, not '4294967297'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct socket_choice choice = {.n_processes = 7};
		struct err err = {0};

		assert_int_equal(choice_parse(&cases[i].cli, &choice, &err), -EINVAL);
		if (cases[i].text)
			assert_string_equal(err.text, cases[i].text);
		assert_int_equal(choice.n_processes, 7); /* untouched */
	}
}

static void a_process_that_is_not_there_is_told(void **state)
{
	pid_t pid = fork();
	_cleanup_free_ char *text = NULL, *wanted = NULL;
	struct socket_choice choice;
	struct err err = {0};
	struct cli cli;

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	text = mem_printf("nginx,%d", (int)pid);
	cli = (struct cli){.process = text};
	wanted = mem_printf("--process %d: there is no such process", (int)pid);
	assert_int_equal(choice_parse(&cli, &choice, &err), -ESRCH);
	assert_string_equal(err.text, wanted);
}

static void a_slip_in_a_state_is_guessed(void **state)
{
	const struct cli cli = {.state = "established,tmie-wait"};
	struct socket_choice choice;
	struct err err = {0};

	(void)state;
	assert_int_equal(choice_parse(&cli, &choice, &err), -EINVAL);
	assert_true(str_starts(
		err.text, "--state: there is no 'tmie-wait', did you mean 'time-wait'? Expected"));
}

static const struct socket_owner nginx[] = {{10, 3, NULL, NULL, NULL},
					    {812, 6, "nginx", "nginx.service", NULL}},
				 cut[] = {{9, 1, "systemd-resolve", NULL, NULL}};

static void what_waits_is_listed(void **state)
{
	static const struct {
		struct socket_record record;
		bool waits;
	} cases[] = {
		{{.kind = SOCKET_TCP, .state = SOCKET_LISTEN}, true},
		{{.kind = SOCKET_UNIX_STREAM, .state = SOCKET_LISTEN, .path = "/x"}, true},
		{{.kind = SOCKET_UDP, .state = SOCKET_CLOSE, .local.port = 53}, true},
		{{.kind = SOCKET_UDP, .state = SOCKET_CLOSE}, false},
		{{.kind = SOCKET_TCP, .state = SOCKET_CLOSE, .local.port = 53}, false},
		{{.kind = SOCKET_UNIX_DGRAM, .state = SOCKET_CLOSE, .path = "/dev/log"}, true},
		{{.kind = SOCKET_UNIX_DGRAM, .state = SOCKET_CLOSE}, false},
		{{.kind = SOCKET_UNIX_DGRAM, .state = SOCKET_CLOSE, .path = "/x", .peer_inode = 1},
		 false},
		{{.kind = SOCKET_UNIX_STREAM, .state = SOCKET_CLOSE, .path = "/x"}, false},
	};
	const struct socket_choice choice = {.listen = true};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool unsure = true;

		if (choice_matches(&choice, &cases[i].record, &unsure) != cases[i].waits)
			fail_msg("case %zu", i);
		assert_false(unsure);
	}
}

static void owners_are_matched(void **state)
{
	static const struct {
		const char *name; /* NULL: by pid */
		pid_t pid;        /* 0: any, too */
		const struct socket_owner *owners;
		size_t n_owners;
		const char *unknown;
		bool matches, unsure;
	} cases[] = {
		{NULL, 0, NULL, 0, NULL, true, false},
		{NULL, 0, NULL, 0, "denied", true, false},
		{"nginx", 0, nginx, 2, NULL, true, false},
		{"nginx", 0, nginx, 1, NULL, false, false},
		{"ngin", 0, nginx, 2, NULL, false, false},
		{"ngin*", 0, nginx, 2, NULL, true, false},
		{"nginx2", 0, nginx, 2, NULL, false, false},
		{"nginx", 0, nginx, 2, "denied", true, false},
		{"sshd", 0, nginx, 2, "denied", false, true},
		{"sshd", 0, NULL, 0, "denied", false, true},
		{"sshd", 0, NULL, 0, NULL, false, false},
		{"systemd-resolved", 0, cut, 1, NULL, true, false},
		{"systemd-resolv", 0, cut, 1, NULL, false, false},
		{NULL, 812, nginx, 2, NULL, true, false},
		{NULL, 6, nginx, 2, NULL, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct socket_record record = {.owners = cases[i].owners,
						     .n_owners = cases[i].n_owners,
						     .owners_unknown = cases[i].unknown};
		_cleanup_free_ char *name = mem_strdup(cases[i].name);
		/* another than the one that is asked about comes first */
		struct choice_process processes[] = {{NULL, 4711}, {name, cases[i].pid}};
		const struct socket_choice choice = {
			.processes = processes,
			.n_processes = name || cases[i].pid ? ARRAY_SIZE(processes) : 0};
		bool unsure;

		if (choice_matches(&choice, &record, &unsure) != cases[i].matches ||
		    unsure != cases[i].unsure)
			fail_msg("case %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_choices),
		cmocka_unit_test(every_state_has_its_name),
		cmocka_unit_test(bad_choices),
		cmocka_unit_test(a_process_that_is_not_there_is_told),
		cmocka_unit_test(a_slip_in_a_state_is_guessed),
		cmocka_unit_test(what_waits_is_listed),
		cmocka_unit_test(owners_are_matched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
