/* tests/unit/rpc/test_client.c - the client against services that behave and that do not. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "base/mem.h"
#include "rpc/client.h"
#include "rpc/frame.h"

static char folder[] = "/tmp/test_client.XXXXXX";
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int listening = -1;

static int open_socket(void **state)
{
	(void)state;
	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return listening < 0 || bind(listening, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	       listen(listening, 0) < 0;
}

static int close_socket(void **state)
{
	(void)state;
	close(listening);
	return unlink(address.sun_path);
}

/* What a service says to whoever calls, in pieces. */
struct script {
	const char *bytes;
	size_t len, piece;
	bool waits; /* and then keeps the connection */
};

static pid_t serve(const struct script *script)
{
	pid_t pid = fork();
	char call[256];
	int fd;

	if (pid)
		return pid;
	alarm(20);
	fd = accept(listening, NULL, NULL);
	if (read(fd, call, sizeof(call)) < 0)
		_exit(1);
	for (size_t at = 0; at < script->len; at += script->piece) {
		size_t left = script->len - at;

		if (send(fd, script->bytes + at, left < script->piece ? left : script->piece,
			 MSG_NOSIGNAL) < 0)
			_exit(0);
	}
	if (script->waits)
		pause();
	_exit(0);
}

static int call_once(unsigned timeout_ms, struct rpc_reply *reply, struct err *err)
{
	_cleanup_(rpc_client_freep) struct rpc_client *client = NULL;
	int r = rpc_client_connect(address.sun_path, timeout_ms, &client, err);

	return r < 0 ? r : rpc_client_call(client, "a.B", NULL, reply, err);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void answers_in_any_pieces(void **state)
{
	static const char answer[] = "{\"error\":\"x.Y\",\"parameters\":{\"n\":7}}";

	(void)state;
	for (size_t piece = 1; piece <= sizeof(answer); piece++) {
		struct script script = {answer, sizeof(answer), piece, true};
		pid_t pid = serve(&script);
		struct rpc_reply reply;
		struct err err;

		assert_int_equal(call_once(10000, &reply, &err), 0);
		assert_string_equal(reply.error, "x.Y");
		assert_int_equal(json_integer_value(json_object_get(reply.parameters, "n")), 7);
		rpc_reply_fini(&reply);
		end(pid);
	}
}

static void add_step(void *context, const json_t *parameters)
{
	json_array_append(context, json_object_get(parameters, "step"));
}

static void follows_until_the_last(void **state)
{
	static const char answers[] = "{\"parameters\":{\"step\":1},\"continues\":true}\0"
				      "{\"parameters\":{\"step\":2},\"continues\":true}\0"
				      "{\"parameters\":{\"step\":3}}";

	(void)state;
	for (size_t piece = 1; piece <= sizeof(answers); piece += 7) {
		_cleanup_(rpc_client_freep) struct rpc_client *client = NULL;
		struct script script = {answers, sizeof(answers), piece, true};
		json_t *steps = json_array(), *wanted = json_pack("[i, i]", 1, 2);
		pid_t pid = serve(&script);
		struct rpc_reply reply;
		struct err err;

		assert_int_equal(rpc_client_connect(address.sun_path, 10000, &client, &err), 0);
		assert_int_equal(
			rpc_client_follow(client, "a.B", NULL, add_step, steps, &reply, &err), 0);
		assert_true(json_equal(steps, wanted));
		assert_int_equal(json_integer_value(json_object_get(reply.parameters, "step")), 3);
		rpc_reply_fini(&reply);
		json_decref(steps);
		json_decref(wanted);
		end(pid);
	}
}

static void what_is_no_answer(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool waits;
		int result;
	} cases[] = {
		{"", 0, false, -ECONNRESET},       /* hangs up */
		{"{\"par", 5, false, -ECONNRESET}, /* in the middle */
		{"hello\0", 6, true, -EPROTO},     {"[]\0", 3, true, -EPROTO},
		{"\0", 1, true, -EPROTO},          {"{\"error\":1}\0", 12, true, -EPROTO},
		{"", 0, true, -ETIMEDOUT},       /* says nothing */
		{"{\"par", 5, true, -ETIMEDOUT}, /* stops in the middle */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct script script = {cases[i].bytes, cases[i].len, 64, cases[i].waits};
		pid_t pid = serve(&script);
		struct rpc_reply reply;
		struct err err;
		int r = call_once(cases[i].result == -ETIMEDOUT ? 100 : 10000, &reply, &err);

		end(pid);
		if (r != cases[i].result)
			fail_msg("case %zu: %d, %s", i, r, err.text);
		if (!strstr(err.text, address.sun_path))
			fail_msg("case %zu does not name the socket: %s", i, err.text);
	}
}

static void too_long_an_answer(void **state)
{
	size_t len = FRAME_MOST_REPLY + 100000;
	_cleanup_free_ char *bytes = mem_alloc(len);
	struct script script = {bytes, len, 65536, true};
	struct rpc_reply reply;
	struct err err;
	pid_t pid;

	(void)state;
	memset(bytes, ' ', len);
	pid = serve(&script);
	assert_int_equal(call_once(20000, &reply, &err), -EOVERFLOW);
	end(pid);
}

static void nobody_there(void **state)
{
	char longest[200], path[64];
	struct rpc_client *client;
	struct err err;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/none", folder);
	assert_int_equal(rpc_client_connect(path, 100, &client, &err), -ENOENT);
	assert_non_null(strstr(err.text, path));
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(rpc_client_connect(longest, 100, &client, &err), -ENAMETOOLONG);
	/* bound, but nobody listens any more */
	assert_int_equal(open_socket(NULL), 0);
	close(listening);
	assert_int_equal(rpc_client_connect(address.sun_path, 100, &client, &err), -ECONNREFUSED);
	if (geteuid() != 0) {
		chmod(address.sun_path, 0);
		assert_int_equal(rpc_client_connect(address.sun_path, 100, &client, &err), -EACCES);
	}
	fd = unlink(address.sun_path);
	assert_int_equal(fd, 0);
}

/* A service that accepts nobody: its backlog fills, and a connect(2) would wait for ever. */
static void a_full_backlog_times_out(void **state)
{
	struct rpc_client *clients[8] = {NULL};
	struct timespec before, after;
	struct err err;
	size_t n = 0;
	int r = 0;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &before);
	while (!r && n < ARRAY_SIZE(clients)) {
		r = rpc_client_connect(address.sun_path, 200, &clients[n], &err);
		n += !r;
	}
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_int_equal(r, -ETIMEDOUT);
	assert_true(after.tv_sec - before.tv_sec < 5);
	for (size_t i = 0; i < n; i++)
		rpc_client_free(clients[i]);
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_in_any_pieces, open_socket, close_socket),
		cmocka_unit_test_setup_teardown(follows_until_the_last, open_socket, close_socket),
		cmocka_unit_test_setup_teardown(what_is_no_answer, open_socket, close_socket),
		cmocka_unit_test_setup_teardown(too_long_an_answer, open_socket, close_socket),
		cmocka_unit_test_setup_teardown(a_full_backlog_times_out, open_socket,
						close_socket),
		cmocka_unit_test(nobody_there),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
