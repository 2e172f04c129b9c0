/* tests/rigs/certification.c - org.varlink.certification, by which clients and servers test each
 * other, made of what fettle is: "serve SOCKET" with the daemon's connections, "call SOCKET" with
 * the command's client. The other end is somebody else's, see varlink_clients.py. Each call hands
 * over what the call before it returned, and the server compares. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/mem.h"
#include "daemon/connection.h"
#include "rpc/client.h"

#define INTERFACE "org.varlink.certification."

enum {
	REPLIES = 10, /* of the one call that asks for more */
	IDLE_S = 20,
	TIMEOUT_MS = 20000,
};

static const struct test {
	const char *name;
	const char *reply; /* of our server; NULL: several */
	bool more, oneway;
} tests[] = {
	{.name = "Start", .reply = "{\"client_id\": \"\\u00e9 1\"}"},
	{.name = "Test01", .reply = "{\"bool\": true}"},
	{.name = "Test02", .reply = "{\"int\": -9007199254740991}"},
	{.name = "Test03", .reply = "{\"float\": 0.1}"},
	{.name = "Test04", .reply = "{\"string\": \"a \\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\"}"},
	{.name = "Test05",
	 .reply = "{\"bool\": false, \"int\": 2, \"float\": 3.141592653589793, "
		  "\"string\": \"\"}"},
	{.name = "Test06",
	 .reply = "{\"struct\": {\"bool\": true, \"int\": 0, \"float\": -1.5e300, "
		  "\"string\": \"\\ud83d\\ude00\"}}"},
	{.name = "Test07", .reply = "{\"map\": {\"foo\": \"Foo\", \"\": \"Bar\"}}"},
	{.name = "Test08", .reply = "{\"set\": {\"one\": {}, \"two\": {}, \"three\": {}}}"},
	{.name = "Test09",
	 .reply = "{\"mytype\": {\"object\": {\"a\": [1, {\"b\": null}]}, \"enum\": \"two\", "
		  "\"struct\": {\"first\": 1, \"second\": \"2\"}, \"array\": [\"one\", \"two\"], "
		  "\"dictionary\": {\"foo\": \"Foo\"}, \"stringset\": {\"one\": {}}, "
		  "\"nullable\": \"no\", \"nullable_array_struct\": [{\"first\": 1, \"second\": "
		  "\"2\"}], \"interface\": {\"foo\": [{\"foo\": \"bar\"}, {}], \"anon\": {\"foo\": "
		  "true, \"bar\": false}}}}"},
	{.name = "Test10", .more = true},
	{.name = "Test11", .reply = "{}", .oneway = true},
	{.name = "End", .reply = "{\"all_ok\": true}"},
};

static void fail(const char *what, const char *text)
{
	fprintf(stderr, "%s: %s\n", what, text);
	exit(EXIT_FAILURE);
}

/* The server: one client, and then it ends. */
struct server {
	struct event_base *base;
	struct connection *connection;
	json_t *wanted; /* parameters of the next call */
	size_t next;    /* of `tests` */
};

static void refuse(struct connection *connection, const struct rpc_call *call,
		   const struct server *server)
{
	char *got = json_dumps(call->parameters, JSON_ENCODE_ANY);
	char *wanted = json_dumps(server->wanted, JSON_ENCODE_ANY);

	fprintf(stderr, "%s: wanted %s of %s, got %s\n", call->method, wanted,
		tests[server->next].name, got);
	free(got);
	free(wanted);
	connection_answer_text(
		connection, rpc_error_text(INTERFACE "CertificationError",
					   json_pack("{s:O, s:O?}", "wants", server->wanted, "got",
						     (json_t *)(uintptr_t)call->parameters)));
}

/* All but the last with "continues"; what was replied. */
static json_t *reply_often(struct connection *connection)
{
	json_t *all = json_array();

	for (int i = 1; i <= REPLIES; i++) {
		char *string = mem_printf("Reply number %d", i);
		json_t *reply = json_pack("{s:s}", "string", string);

		json_array_append_new(all, json_string(string));
		free(string);
		if (i < REPLIES) {
			char *text = rpc_continued_text(reply);
			struct answer *answer = answer_new(text, strlen(text));

			connection_continue(connection, answer);
			answer_unref(answer);
			free(text);
		} else {
			connection_answer_text(connection, rpc_reply_text(reply));
		}
	}
	return json_pack("{s:o}", "last_more_replies", all);
}

static void take_call(void *owner, struct connection *connection, const struct rpc_call *call)
{
	struct server *server = owner;
	const struct test *test = &tests[server->next];
	json_t *given = call->parameters ? json_deep_copy(call->parameters) : json_object();
	json_t *reply;

	if (strcmp(call->method + strlen(INTERFACE), test->name) != 0 ||
	    !json_equal(given, server->wanted) || call->more != test->more ||
	    call->oneway != test->oneway) {
		json_decref(given);
		refuse(connection, call, server);
		return;
	}
	json_decref(given);
	server->next++;
	if (test->more) {
		reply = reply_often(connection);
	} else {
		reply = json_loads(test->reply, 0, NULL);
		connection_answer_text(connection, rpc_reply_text(json_incref(reply)));
	}
	json_decref(server->wanted);
	server->wanted = test->oneway ? json_object() : reply;
	if (test->oneway)
		json_decref(reply);
	json_object_update_missing_new(server->wanted,
				       json_loads(tests[0].reply, 0, NULL)); /* client_id */
}

static void at_rest(void *owner)
{
	(void)owner;
}

static void closed(void *owner, struct connection *connection, const char *reason)
{
	struct server *server = owner;

	(void)connection;
	server->connection = NULL;
	if (reason)
		fprintf(stderr, "closed: %s\n", reason);
	event_base_loopbreak(server->base);
}

static int accept_one(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0)
		fail(path, strerror(errno));
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client < 0)
		fail("accept4", strerror(errno));
	close(fd);
	return client;
}

static void serve(const char *path)
{
	static const struct connection_owner owner = {take_call, at_rest, closed};
	struct server server = {.base = event_base_new(), .wanted = json_object()};
	struct credentials credentials = {0};
	int client = accept_one(path);
	struct err err;

	if (credentials_read(client, &credentials, &err) < 0)
		fail("credentials", err.text);
	server.connection =
		connection_new(server.base, client, &credentials, IDLE_S, &owner, &server);
	event_base_dispatch(server.base);
	connection_free(server.connection);
	event_base_free(server.base);
	json_decref(server.wanted);
	if (server.next != ARRAY_SIZE(tests))
		fail("not reached", tests[server.next].name);
}

static void keep(void *context, const json_t *parameters)
{
	json_array_append(context, json_object_get(parameters, "string"));
}

/* What the server returned last becomes what it is given next. */
static json_t *call_test(struct rpc_client *client, const struct test *test, json_t *parameters)
{
	_cleanup_free_ char *method = mem_printf(INTERFACE "%s", test->name);
	json_t *all = json_array(), *returned;
	struct rpc_reply reply;
	struct err err;
	int r = test->more ? rpc_client_follow(client, method, parameters, keep, all, &reply, &err)
			   : rpc_client_call(client, method, parameters, &reply, &err);

	if (r < 0)
		fail(method, err.text);
	if (reply.error)
		fail(method, reply.error);
	keep(all, reply.parameters);
	returned = test->more ? json_pack("{s:O}", "last_more_replies", all)
			      : json_incref(reply.parameters);
	json_decref(all);
	rpc_reply_fini(&reply);
	return returned;
}

static void call(const char *path)
{
	_cleanup_(rpc_client_freep) struct rpc_client *client = NULL;
	json_t *parameters = json_object(), *id = NULL;
	struct err err;

	if (rpc_client_connect(path, TIMEOUT_MS, &client, &err) < 0)
		fail(path, err.text);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		json_t *returned;

		if (tests[i].oneway) /* which the command has no use for, and its client cannot */
			break;
		returned = call_test(client, &tests[i], parameters);
		json_decref(parameters);
		parameters = returned;
		if (!id)
			id = json_incref(json_object_get(returned, "client_id"));
		json_object_set(parameters, "client_id", id);
	}
	if (json_array_size(json_object_get(parameters, "last_more_replies")) != REPLIES)
		fail("replies", json_string_value(id));
	json_decref(parameters);
	json_decref(id);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2]);
	else if (argc == 3 && strcmp(argv[1], "call") == 0)
		call(argv[2]);
	else
		fail("usage", "certification serve|call SOCKET");
	return EXIT_SUCCESS;
}
