/* tests/unit/check/test_live_listen.c - listeners among others: which of them a rule means. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/check/live_fixture.h"

static void set_local(struct sample *sample, const char *host)
{
	int family = strchr(host, ':') ? AF_INET6 : AF_INET;

	sample->record.local.family = family;
	assert_int_equal(inet_pton(family, host, sample->record.local.bytes), 1);
}

/* What bind(2) answered on kernel 6.18 to a socket without SO_REUSEADDR. */
static void time_waits_at_other_addresses_are_no_hindrance(void **state)
{
	static const struct {
		const char *listener, *time_wait;
		bool v6only, refused;
	} cases[] = {
		{"127.0.0.1", "127.0.0.1", false, true},
		{"127.0.0.2", "127.0.0.1", false, false},
		{"0.0.0.0", "127.0.0.1", false, true},
		{"::1", "127.0.0.1", false, false},
		{"::", "127.0.0.1", false, true},
		{"::", "127.0.0.1", true, false},
		{"::ffff:127.0.0.1", "127.0.0.1", false, true},
		{"::ffff:127.0.0.2", "127.0.0.1", false, false},
		{"::ffff:0.0.0.0", "127.0.0.1", false, true},
		{"127.0.0.1", "::1", false, false},
		{"0.0.0.0", "::1", false, false},
		{"::1", "::1", false, true},
		{"::", "::1", false, true},
		{"::", "::1", true, true},
		{"::ffff:0.0.0.0", "::1", false, false},
		{"127.0.0.1", "::ffff:127.0.0.1", false, true},
		{"127.0.0.2", "::ffff:127.0.0.1", false, false},
		{"0.0.0.0", "::ffff:127.0.0.1", false, true},
		{"::1", "::ffff:127.0.0.1", false, false},
		{"::", "::ffff:127.0.0.1", false, true},
		{"::", "::ffff:127.0.0.1", true, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *fails = NULL;
		struct sample sample;
		struct world world;

		world_init(&world, 1, NULL);
		sample_tcp(&sample, SOCKET_LISTEN, 80, 0, false);
		set_local(&sample, cases[i].listener);
		sample.record.has_v6only = sample.record.local.family == AF_INET6;
		sample.record.v6only = cases[i].v6only;
		sample.record.options[SOCKOPT_REUSEADDR] = 0;
		live_socket(&world.live, &sample.record);
		sample_tcp(&sample, SOCKET_TIME_WAIT, 80, 5000, false);
		set_local(&sample, cases[i].time_wait);
		sample.record.inode = 0;
		sample.record.n_owners = 0;
		live_socket(&world.live, &sample.record);
		fails = world_fails(&world);
		if (strcmp(fails, cases[i].refused ? "socket.no-reuseaddr" : "") != 0)
			fail_msg("%s%s with TIME-WAIT at %s: %s", cases[i].listener,
				 cases[i].v6only ? " (IPv6 alone)" : "", cases[i].time_wait, fails);
		world_fini(&world);
	}
}

static const struct socket_owner activated[] = {
	{1, 41, "systemd", "init.scope", NULL},
	{500, 3, "server", "server.service", NULL},
	{501, 3, "server", "server.service", NULL},
};

static void share(struct sample *sample, size_t n_owners)
{
	sample->record.owners = activated;
	sample->record.n_owners = n_owners;
}

/* Before the service was started there is nobody else to name. */
static void a_service_is_named_and_not_who_opened_its_socket(void **state)
{
	(void)state;
	for (size_t n_owners = 1; n_owners <= ARRAY_SIZE(activated); n_owners++) {
		_cleanup_free_ char *fails = NULL;
		pid_t named = n_owners == 1 ? 1 : 500;
		struct sample sample;
		struct world world;

		world_init(&world, 1, NULL);
		sample_tcp(&sample, SOCKET_LISTEN, 80, 0, false);
		sample.record.recv_queue = 1;
		share(&sample, n_owners);
		live_socket(&world.live, &sample.record);
		sample_tcp(&sample, SOCKET_ESTABLISHED, 80, 5000, false);
		sample.record.congestion = "bbr";
		share(&sample, n_owners);
		live_socket(&world.live, &sample.record);
		for (unsigned i = 0; i < 80; i++) {
			sample_tcp(&sample, SOCKET_ESTABLISHED, (uint16_t)(40000 + i), 5432, false);
			share(&sample, n_owners);
			live_socket(&world.live, &sample.record);
		}
		fails = world_fails(&world);
		assert_string_equal(fails, "socket.accept-queue-full socket.ephemeral-ports "
					   "socket.congestion-differs");
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(world.report->findings[i].owner.pid, named);
		world_fini(&world);
	}
}

/* Its connections are not in ListenOverflows; and systemd asks for the most for all of its. */
static void a_cut_backlog_of_a_unix_socket_matters_when_it_is_used(void **state)
{
	static const struct {
		enum socket_kind kind;
		uint32_t backlog, queue;
		bool told;
	} cases[] = {
		{SOCKET_UNIX_STREAM, 4096, 0, false},    {SOCKET_UNIX_STREAM, 4096, 2048, false},
		{SOCKET_UNIX_STREAM, 4096, 2049, true},  {SOCKET_UNIX_SEQPACKET, 4096, 2049, true},
		{SOCKET_UNIX_STREAM, 4095, 4095, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *fails = NULL;
		const struct finding *finding;
		struct sample sample;
		struct world world;

		world_init(&world, 3, NULL);
		world_counters(&world, 2, "TcpExt.ListenOverflows=1");
		world_look(&world, 2);
		sample_tcp(&sample, SOCKET_LISTEN, 0, 0, false);
		sample.record.kind = cases[i].kind;
		sample.record.local.family = AF_UNSPEC;
		sample.record.path = "/run/thing.sock";
		sample.record.send_queue = cases[i].backlog;
		sample.record.recv_queue = cases[i].queue;
		live_socket(&world.live, &sample.record);
		fails = world_fails(&world);
		assert_string_equal(fails, cases[i].told ? "net.listen-overflows socket.backlog-cut"
							 : "net.listen-overflows");
		finding = world_finding(&world, "socket.backlog-cut");
		assert_int_equal(finding->status, cases[i].told ? STATUS_FAIL : STATUS_PASS);
		if (cases[i].told)
			assert_int_equal(finding->severity, SEVERITY_WARNING);
		world_fini(&world);
	}
}

/* Each with a pid of its own, from 100. */
static void overflows_have_the_fullest_listener(void **state)
{
	static const struct {
		struct {
			uint32_t queue, backlog;
		} listeners[3];
		pid_t named;
	} cases[] = {
		{{{5, 5}, {0, 0}, {200, 4096}}, 100}, /* caught just before, or after */
		{{{5, 5}, {6, 5}, {7, 7}}, 101},      /* caught */
		{{{5, 5}, {6, 6}, {7, 8}}, 101},
		{{{4, 5}, {0, 0}, {7, 8}}, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *fails = NULL;
		struct sample sample;
		struct world world;

		world_init(&world, 3, NULL);
		world_counters(&world, 2, "TcpExt.ListenOverflows=1");
		for (size_t j = 0; j < ARRAY_SIZE(cases[i].listeners); j++) {
			sample_tcp(&sample, SOCKET_LISTEN, (uint16_t)(80 + j), 0, false);
			sample.owner.pid = (pid_t)(100 + j);
			sample.record.recv_queue = cases[i].listeners[j].queue;
			sample.record.send_queue = cases[i].listeners[j].backlog;
			world_look(&world, 1); /* the fullest of all looks counts */
			live_socket(&world.live, &sample.record);
			sample.record.recv_queue = 0;
			world_look(&world, 2);
			live_socket(&world.live, &sample.record);
		}
		fails = world_fails(&world);
		assert_int_equal(world_finding(&world, "net.listen-overflows")->owner.pid,
				 cases[i].named);
		world_fini(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_is_named_and_not_who_opened_its_socket),
		cmocka_unit_test(a_cut_backlog_of_a_unix_socket_matters_when_it_is_used),
		cmocka_unit_test(overflows_have_the_fullest_listener),
		cmocka_unit_test(time_waits_at_other_addresses_are_no_hindrance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
