/* tests/unit/daemon/test_connection.c - one client, in its order, whatever it does. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/str.h"
#include "daemon/connection.h"

/* The owner: answers "now" at once, keeps "later", and writes down what it sees. */
struct fixture {
	struct event_base *base;
	struct connection *connection;
	int client;
	struct strbuf seen;
	bool closed;
};

static void on_call(void *owner, struct connection *connection, const struct rpc_call *call)
{
	struct fixture *fixture = owner;

	strbuf_printf(&fixture->seen, "%s ", call->method);
	if (strcmp(call->method, "now") == 0)
		connection_answer_text(connection, rpc_reply_text(NULL));
	if (strcmp(call->method, "big") == 0) {
		char *text = mem_alloc(4000001);

		memset(text, 'b', 4000000);
		connection_answer_text(connection, text);
	}
}

static void on_rest(void *owner)
{
	(void)owner;
}

static void on_closed(void *owner, struct connection *connection, const char *reason)
{
	struct fixture *fixture = owner;

	assert_ptr_equal(connection, fixture->connection);
	fixture->closed = true;
	strbuf_printf(&fixture->seen, "closed: %s", reason ? reason : "-");
}

static const struct connection_owner calls = {on_call, on_rest, on_closed};

static int open_connection(void **state)
{
	struct fixture *fixture = mem_alloc(sizeof(*fixture));
	struct credentials who = {.uid = 1};
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0)
		return -1;
	fixture->base = event_base_new();
	fixture->client = ends[0];
	fixture->connection = connection_new(fixture->base, ends[1], &who, 1, &calls, fixture);
	*state = fixture;
	return 0;
}

static int close_connection(void **state)
{
	struct fixture *fixture = *state;

	if (!fixture->closed)
		connection_free(fixture->connection);
	event_base_free(fixture->base);
	close(fixture->client);
	strbuf_fini(&fixture->seen);
	free(fixture);
	return 0;
}

/* Lets the connection do what it can without waiting. */
static void turn(struct fixture *fixture)
{
	for (int i = 0; i < 50; i++)
		event_base_loop(fixture->base, EVLOOP_NONBLOCK);
}

static void say(struct fixture *fixture, const char *bytes, size_t len)
{
	assert_int_equal(send(fixture->client, bytes, len, MSG_NOSIGNAL), len);
	turn(fixture);
}

#define SAY(fixture, literal) say((fixture), (literal), sizeof(literal))

/* What has come, its NULs as '|'. */
static void hear(struct fixture *fixture, const char *wanted)
{
	char buf[4096];
	ssize_t got = recv(fixture->client, buf, sizeof(buf) - 1, 0);

	if (got < 0)
		got = 0;
	for (ssize_t i = 0; i < got; i++)
		if (!buf[i])
			buf[i] = '|';
	buf[got] = '\0';
	assert_string_equal(buf, wanted);
}

static void all_that_came_at_once(void **state)
{
	struct fixture *fixture = *state;

	SAY(fixture,
	    "{\"method\":\"now\"}\0{\"method\":\"now\",\"oneway\":true}\0{\"method\":\"now\"}");
	hear(fixture, "{\"parameters\":{}}|{\"parameters\":{}}|");
	assert_string_equal(fixture->seen.text, "now now now ");
}

static void the_second_waits_for_the_first(void **state)
{
	struct fixture *fixture = *state;

	SAY(fixture, "{\"method\":\"later\"}\0{\"method\":\"now\"}");
	hear(fixture, "");
	assert_true(connection_is_busy(fixture->connection));
	assert_string_equal(fixture->seen.text, "later ");
	connection_answer_text(fixture->connection, mem_strdup("first"));
	hear(fixture, "first|{\"parameters\":{}}|");
	assert_string_equal(fixture->seen.text, "later now ");
	assert_false(connection_is_busy(fixture->connection));
}

static void one_way_is_one_way(void **state)
{
	struct fixture *fixture = *state;

	SAY(fixture, "{\"method\":\"later\",\"oneway\":true}\0{\"method\":\"now\"}");
	connection_answer_text(fixture->connection, mem_strdup("not wanted"));
	hear(fixture, "{\"parameters\":{}}|");
}

static void no_more_is_read_than_was_taken(void **state)
{
	struct fixture *fixture = *state;
	size_t got = 0;
	char buf[65536];
	ssize_t n;

	SAY(fixture, "{\"method\":\"big\"}\0{\"method\":\"now\"}\0{\"method\":\"now\"}");
	assert_string_equal(fixture->seen.text, "big ");
	while ((n = recv(fixture->client, buf, sizeof(buf), 0)) > 0 || got < 4000001) {
		got += n > 0 ? (size_t)n : 0;
		turn(fixture);
	}
	assert_string_equal(fixture->seen.text, "big now now ");
	assert_int_equal(got, 4000001 + 2 * sizeof("{\"parameters\":{}}"));
}

static void what_is_no_call_ends_it(void **state)
{
	struct fixture *fixture = *state;

	SAY(fixture, "{\"method\":\"now\"}\0{}\0[]\0{\"method\":\"now\"}");
	hear(fixture, "{\"parameters\":{}}|{\"error\":\"org.varlink.service.InvalidParameter\","
		      "\"parameters\":{\"parameter\":\"method\"}}|"
		      "{\"error\":\"org.fettle.ProtocolError\",\"parameters\":{\"reason\":"
		      "\"not a JSON object\"}}|");
	assert_string_equal(fixture->seen.text, "now closed: it sent what is no varlink call");
}

static void hanging_up(void **state)
{
	struct fixture *fixture = *state;

	shutdown(fixture->client, SHUT_WR);
	turn(fixture);
	assert_string_equal(fixture->seen.text, "closed: -");
}

static void hanging_up_in_mid_message(void **state)
{
	struct fixture *fixture = *state;

	say(fixture, "{", 1);
	shutdown(fixture->client, SHUT_WR);
	turn(fixture);
	assert_string_equal(fixture->seen.text, "closed: it hung up in mid-message");
}

/* It has said all it wants to say, and listens still. */
static void half_closed_is_answered(void **state)
{
	struct fixture *fixture = *state;

	SAY(fixture, "{\"method\":\"later\"}");
	shutdown(fixture->client, SHUT_WR);
	turn(fixture);
	connection_answer_text(fixture->connection, mem_strdup("late"));
	turn(fixture);
	hear(fixture, "late|");
	assert_string_equal(fixture->seen.text, "later closed: -");
}

static void gone_before_the_answer(void **state)
{
	struct fixture *fixture = *state;

	SAY(fixture, "{\"method\":\"later\"}");
	shutdown(fixture->client, SHUT_RDWR);
	connection_answer_text(fixture->connection, mem_strdup("late"));
	assert_string_equal(fixture->seen.text,
			    "later closed: it hung up before it took its answer");
}

static void patience_ends(void **state)
{
	struct fixture *fixture = *state;

	SAY(fixture, "{\"method\":\"now\"}");
	say(fixture, "{", 1);
	event_base_dispatch(fixture->base);
	assert_string_equal(fixture->seen.text, "now closed: it did not end its message");
}

static void an_answer_is_shared(void **state)
{
	struct fixture *fixture = *state;
	struct answer *answer;
	char *text = mem_alloc(1000001);

	memset(text, 's', 1000000);
	answer = answer_new(text, 1000000);
	free(text);
	SAY(fixture, "{\"method\":\"later\"}");
	connection_answer(fixture->connection, answer);
	assert_int_equal(answer->references, 2);
	shutdown(fixture->client, SHUT_RDWR);
	turn(fixture);
	assert_true(fixture->closed);
	assert_int_equal(answer->references, 1);
	answer_unref(answer);
}

static void tell(struct fixture *fixture, size_t len)
{
	char *text = mem_alloc(len + 1);
	struct answer *answer;

	memset(text, 't', len);
	answer = answer_new(text, len);
	free(text);
	connection_continue(fixture->connection, answer);
	answer_unref(answer);
}

static void who_asked_for_more_is_told(void **state)
{
	struct fixture *fixture = *state;

	SAY(fixture, "{\"method\":\"later\",\"more\":true}\0{\"method\":\"now\"}");
	tell(fixture, 3);
	hear(fixture, "ttt|");
	assert_true(connection_is_busy(fixture->connection));
	connection_answer_text(fixture->connection, mem_strdup("first"));
	hear(fixture, "first|{\"parameters\":{}}|");
	SAY(fixture, "{\"method\":\"later\"}");
	tell(fixture, 3);
	hear(fixture, "");
}

/* What is told is small beside the answer: one that does not take it is not worth more memory. */
static void who_does_not_listen_misses_it(void **state)
{
	struct fixture *fixture = *state;
	size_t heard = 0;
	ssize_t got;
	char buf[65536];

	SAY(fixture, "{\"method\":\"later\",\"more\":true}");
	tell(fixture, 4000000);
	tell(fixture, 4000000);
	connection_answer_text(fixture->connection, mem_strdup("answer"));
	turn(fixture);
	while ((got = recv(fixture->client, buf, sizeof(buf), 0)) > 0) {
		heard += (size_t)got;
		turn(fixture);
	}
	assert_int_equal(heard, 4000001 + sizeof("answer"));
	assert_false(connection_is_busy(fixture->connection));
}

/* Nobody works on for who has gone; but whoever says no more may listen, and whoever wants no
 * answer need not wait for it. */
static void gone_while_it_waits(void **state)
{
	struct fixture *fixture = *state;

	SAY(fixture, "{\"method\":\"later\"}");
	connection_look(fixture->connection);
	shutdown(fixture->client, SHUT_WR);
	turn(fixture);
	connection_look(fixture->connection);
	assert_false(fixture->closed);
	shutdown(fixture->client, SHUT_RD);
	connection_look(fixture->connection);
	assert_true(fixture->closed);
}

static void gone_without_waiting(void **state)
{
	struct fixture *fixture = *state;

	SAY(fixture, "{\"method\":\"later\",\"oneway\":true}");
	shutdown(fixture->client, SHUT_RDWR);
	turn(fixture);
	connection_look(fixture->connection);
	assert_false(fixture->closed);
}

static void gone_while_it_is_told(void **state)
{
	struct fixture *fixture = *state;

	SAY(fixture, "{\"method\":\"later\",\"more\":true}");
	shutdown(fixture->client, SHUT_RDWR);
	turn(fixture);
	assert_false(fixture->closed);
	tell(fixture, 3);
	assert_true(fixture->closed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_connection, close_connection)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_that_came_at_once),     TEST(the_second_waits_for_the_first),
		TEST(one_way_is_one_way),        TEST(no_more_is_read_than_was_taken),
		TEST(what_is_no_call_ends_it),   TEST(hanging_up),
		TEST(hanging_up_in_mid_message), TEST(half_closed_is_answered),
		TEST(gone_before_the_answer),    TEST(patience_ends),
		TEST(an_answer_is_shared),       TEST(who_asked_for_more_is_told),
		TEST(gone_while_it_waits),       TEST(gone_without_waiting),
		TEST(gone_while_it_is_told),     TEST(who_does_not_listen_misses_it),
	};

	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
