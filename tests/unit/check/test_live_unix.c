/* tests/unit/check/test_live_unix.c - Unix sockets of root: which of them are open to whom. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/check/live_fixture.h"

static void unix_sockets_that_are_meant_for_all(void **state)
{
	static const struct {
		const char *path;
		uint32_t uid;
		bool matters;
		const char *comm;
	} cases[] = {
		{"/run/thing.sock", 0, true, "server"},
		{"/run/thing.sock", 0, false, "fettled"},
		{"/run/thing.sock", 0, false, "fettled-front"},
		{"/run/thing.sock", 0, true, "fettled2"},
		{"/run/thing.sock", 1000, false, "server"},
		{"/run/dbus/system_bus_socket", 0, false, "server"},
		{"/var/run/dbus/system_bus_socket", 0, false, "server"},
		{"/run/dbus/system_bus_socket2", 0, true, "server"},
		{"/run/systemd/private", 0, false, "server"},
		{"/run/docker.sock", 0, true, "server"},
		{"@abstract", 0, true, "server"},
		{"@abstract", 1000, false, "server"},
		{"@/tmp/.X11-unix/X0", 0, false, "server"},
		{"/tmp/.X11-unix/X0", 0, false, "server"},
		{"@/org/kernel/linux/storage/multipathd", 0, false, "server"},
		{"@ISCSIADM_ABSTRACT_NAMESPACE", 0, false, "server"},
		{"@/var/lib/lxc/web/command", 0, false, "server"},
		{"@/containerd-shim/1234.sock", 0, true, "server"},
		{"relative", 0, false, "server"},
		{NULL, 0, false, "server"},
	};
	struct sample sample;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		sample_tcp(&sample, SOCKET_LISTEN, 0, 0, false);
		sample.record.kind = SOCKET_UNIX_SEQPACKET;
		sample.record.path = cases[i].path;
		sample.record.uid = cases[i].uid;
		sample.owner.comm = cases[i].comm;
		assert_int_equal(live_unix_matters(&sample.record), cases[i].matters);
	}
	sample.record.path = "/run/thing.sock";
	sample.record.uid = 1000;
	sample.record.has_uid = false;
	assert_true(live_unix_matters(&sample.record));
	sample.record.state = SOCKET_ESTABLISHED;
	assert_false(live_unix_matters(&sample.record));
}

static void datagram_sockets_that_take_from_all(void **state)
{
	static const struct {
		const char *path;
		uint64_t peer;
		bool matters;
	} cases[] = {
		{"/run/thing.sock", 0, true},
		{"/run/thing.sock", 4711, false}, /* from its peer alone */
		{"/run/systemd/notify", 0, false},
		{"/run/systemd/journal/dev-log", 0, false},
		{"/dev/log", 0, false},
		{"/var/spool/postfix/dev/log", 0, false},
		{"/var/lib/dev/logger", 0, true},
		{"@00012", 0, false},
		{NULL, 0, false},
	};
	struct sample sample;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		/* as the kernel tells one that somebody else is connected to */
		sample_tcp(&sample, i % 2 ? SOCKET_ESTABLISHED : SOCKET_CLOSE, 0, 0, false);
		sample.record.kind = SOCKET_UNIX_DGRAM;
		sample.record.path = cases[i].path;
		sample.record.peer_inode = cases[i].peer;
		if (live_unix_matters(&sample.record) != cases[i].matters)
			fail_msg("%s", cases[i].path);
	}
}

static void how_a_unix_socket_is_open(void **state)
{
	static const struct {
		enum socket_kind kind;
		const char *path, *actual;
		enum severity severity;
	} cases[] = {
		{SOCKET_UNIX_STREAM, "/run/thing.sock", "any local user may connect to it",
		 SEVERITY_WARNING},
		{SOCKET_UNIX_DGRAM, "/run/thing.sock", "any local user may send to it",
		 SEVERITY_WARNING},
		{SOCKET_UNIX_SEQPACKET, "@thing",
		 "an abstract name has no mode: any process of this network namespace may connect",
		 SEVERITY_INFO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *fails = NULL;
		const struct finding *finding;
		struct sample sample;
		struct world world;

		world_init(&world, 1, NULL);
		sample_tcp(&sample, SOCKET_LISTEN, 0, 0, false);
		sample.record.kind = cases[i].kind;
		sample.record.path = cases[i].path;
		live_unix(&world.live, world.ns, &sample.record, true);
		fails = world_fails(&world);
		assert_string_equal(fails, "socket.unix-writable");
		finding = world_finding(&world, "socket.unix-writable");
		assert_string_equal(finding->actual, cases[i].actual);
		assert_int_equal(finding->severity, cases[i].severity);
		world_fini(&world);
	}
}

static void who_may_connect_to_a_path(void **state)
{
	struct tree *tree = tree_new();
	_cleanup_free_ char *folder = tree_path(tree, "d"), *path = tree_path(tree, "d/s");
	_cleanup_free_ char *gone = tree_path(tree, "d/gone");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool writable;
	struct err err;

	(void)state;
	tree_put(tree, "d/.keep", "");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(chmod(tree->path, 0755) | chmod(folder, 0755) | chmod(path, 0777), 0);
	assert_int_equal(live_unix_access(getpid(), path, &writable, &err), 0);
	assert_true(writable);
	assert_int_equal(chmod(path, 0775), 0);
	assert_int_equal(live_unix_access(getpid(), path, &writable, &err), 0);
	assert_false(writable);
	assert_int_equal(chmod(path, 0777) | chmod(folder, 0750), 0);
	assert_int_equal(live_unix_access(getpid(), path, &writable, &err), 0);
	assert_false(writable);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(live_unix_access(getpid(), gone, &writable, &err), 0);
	assert_false(writable);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unix_sockets_that_are_meant_for_all),
		cmocka_unit_test(datagram_sockets_that_take_from_all),
		cmocka_unit_test(how_a_unix_socket_is_open),
		cmocka_unit_test(who_may_connect_to_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
