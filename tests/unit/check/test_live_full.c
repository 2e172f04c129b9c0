/* tests/unit/check/test_live_full.c - a host with more of everything than the live checks keep
 * track of: what did not fit is unknown, and no pass. */
#include "tests/unit/unit.h"

#include <sys/socket.h>

#include "tests/unit/check/live_fixture.h"

/* The crowd that fills the table in the first look, then those that do not fit, in every look. */
static char *crowded(struct world *world, struct sample *crowd, struct sample *late, size_t n_late,
		     void (*vary)(struct sample *sample, unsigned i))
{
	for (unsigned look = 0; look < world->live.n_looks; look++) {
		world_look(world, look);
		for (unsigned i = 0; !look && i < LIVE_MOST_TRACKED; i++) {
			vary(crowd, i);
			live_socket(&world->live, &crowd->record);
		}
		for (size_t i = 0; i < n_late; i++)
			live_socket(&world->live, &late[i].record);
	}
	return world_fails(world);
}

static void expect_unknown(struct world *world, const char *id, const char *reason)
{
	const struct finding *finding = world_finding(world, id);

	if (finding->status != STATUS_UNKNOWN)
		fail_msg("%s: %s", id, finding_status_name(finding->status));
	assert_string_equal(finding->reason, reason);
}

static void another_socket(struct sample *sample, unsigned i)
{
	sample->record.cookie = UINT64_C(1000000) + i;
}

static void connections_that_are_not_followed(void **state)
{
	_cleanup_free_ char *fails = NULL;
	struct sample crowd, late[4];
	struct world world;

	(void)state;
	world_init(&world, 3, NULL);
	sample_tcp(&crowd, SOCKET_ESTABLISHED, 80, 5000, true);
	crowd.tcp.info.tcpi_rtt = 20000; /* it waits for acknowledgements */
	for (size_t i = 0; i < ARRAY_SIZE(late); i++)
		sample_tcp(&late[i], SOCKET_ESTABLISHED, 80, (uint16_t)(6000 + i), true);
	late[0].tcp.info.tcpi_rtt = 20000;
	late[1].record.options[SOCKOPT_RCVBUF_LOCKED] = 1;
	late[2].record.memory[SOCKMEM_RCVBUF] = 6291456;
	late[3].record.memory[SOCKMEM_SNDBUF] = 4194304;
	fails = crowded(&world, &crowd, late, ARRAY_SIZE(late), another_socket);
	assert_string_equal(fails, "");
	for (size_t i = 0; i < 4; i++) {
		static const char *const ids[] = {"socket.nagle-delay", "socket.rcvbuf-below-bdp",
						  "socket.recv-buffer-limited",
						  "socket.send-buffer-limited"};

		expect_unknown(&world, ids[i],
			       "1 of 1 could not be judged: more connections than are followed");
	}
	world_fini(&world);
}

static void another_sender(struct sample *sample, unsigned i)
{
	another_socket(sample, i);
	sample->record.remote.port = (uint16_t)i;
}

/* Its window is open, so only its sender could tell that the buffer stops it. */
static void senders_that_are_not_followed(void **state)
{
	_cleanup_free_ char *fails = NULL;
	struct sample crowd, late[2];
	struct world world;

	(void)state;
	world_init(&world, 3, NULL);
	sample_tcp(&crowd, SOCKET_ESTABLISHED, 80, 0, true);
	crowd.tcp.info.tcpi_rwnd_limited = 1;
	sample_tcp(&late[0], SOCKET_ESTABLISHED, 40000, 80, false);
	late[0].tcp.info.tcpi_rwnd_limited = 1;
	sample_tcp(&late[1], SOCKET_ESTABLISHED, 80, 40000, false);
	late[1].record.memory[SOCKMEM_RCVBUF] = 6291456;
	late[1].tcp.rcv_wnd = 100000;
	fails = crowded(&world, &crowd, late, ARRAY_SIZE(late), another_sender);
	assert_string_equal(fails, "");
	expect_unknown(&world, "socket.recv-buffer-limited",
		       "1 of 1 could not be judged: more senders on this host than are followed");
	world_fini(&world);
}

static void make_udp(struct sample *sample, uint32_t drops)
{
	sample_tcp(sample, SOCKET_CLOSE, 53, 0, false);
	sample->record.kind = SOCKET_UDP;
	sample->record.remote.family = AF_UNSPEC;
	sample->record.memory[SOCKMEM_DROPS] = drops;
}

/* What a socket dropped since boot is nothing new. */
static void drops_from_before_that_are_not_followed(void **state)
{
	_cleanup_free_ char *fails = NULL;
	const struct finding *finding;
	struct sample crowd, late;
	struct world world;

	(void)state;
	world_init(&world, 3, NULL);
	world_counters(&world, 2, "Udp.RcvbufErrors=5");
	make_udp(&crowd, 1);
	make_udp(&late, 7);
	fails = crowded(&world, &crowd, &late, 1, another_socket);
	assert_string_equal(fails, "socket.udp-drops");
	finding = world_finding(&world, "socket.udp-drops");
	assert_string_equal(finding->subject, "datagrams dropped");
	assert_string_equal(finding->actual, "5 datagrams dropped between the looks, by a socket "
					     "that is gone or not followed");
	finding++; /* of the same rule, and less */
	assert_string_equal(finding->id, "socket.udp-drops");
	assert_int_equal(finding->status, STATUS_UNKNOWN);
	assert_string_equal(finding->reason,
			    "1 of 2 could not be judged: more sockets than are followed");
	world_fini(&world);
}

static void another_process(struct sample *sample, unsigned i)
{
	another_socket(sample, i);
	sample->owner.pid = (pid_t)(1000 + i);
}

static void processes_that_are_not_followed(void **state)
{
	_cleanup_free_ char *fails = NULL;
	struct sample crowd, late[5];
	struct world world;

	(void)state;
	world_init(&world, 3, NULL);
	sample_tcp(&crowd, SOCKET_CLOSE_WAIT, 80, 5000, true);
	for (size_t i = 0; i < ARRAY_SIZE(late); i++) {
		sample_tcp(&late[i], SOCKET_CLOSE_WAIT, 80, (uint16_t)(6000 + i), true);
		late[i].tcp.info.tcpi_last_ack_recv = 70000;
	}
	fails = crowded(&world, &crowd, late, ARRAY_SIZE(late), another_process);
	assert_string_equal(fails, "");
	expect_unknown(&world, "process.close-wait-aged",
		       "5 of 65541 could not be judged: more processes than are followed");
	expect_unknown(&world, "process.close-wait-growing",
		       "5 of 65541 could not be judged: more processes than are followed");
	world_fini(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_that_are_not_followed),
		cmocka_unit_test(senders_that_are_not_followed),
		cmocka_unit_test(drops_from_before_that_are_not_followed),
		cmocka_unit_test(processes_that_are_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
