/* tests/unit/daemon/test_requests.c - the queue before the engine: order, sharing, bounds. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/str.h"
#include "daemon/requests.h"

enum {
	CLIENTS = 80
};

struct fixture {
	struct event_base *base;
	struct channel *channel;
	struct requests *requests;
	struct connection *connections[CLIENTS];
	int engine, clients[CLIENTS];
};

static void on_call(void *owner, struct connection *connection, const struct rpc_call *call)
{
	(void)owner;
	(void)connection;
	(void)call;
}

static void on_nothing(void *owner)
{
	(void)owner;
}

static void on_closed(void *owner, struct connection *connection, const char *reason)
{
	struct fixture *fixture = owner;

	(void)reason;
	requests_forget(fixture->requests, connection);
	for (size_t i = 0; i < CLIENTS; i++)
		if (fixture->connections[i] == connection)
			fixture->connections[i] = NULL;
}

static void on_message(void *owner, char *text, size_t len)
{
	(void)owner;
	(void)text;
	(void)len;
}

static const struct connection_owner connection_calls = {on_call, on_nothing, on_closed};
static const struct channel_owner channel_calls = {on_message, on_nothing};

static void turn(struct fixture *fixture)
{
	for (int i = 0; i < 10; i++)
		event_base_loop(fixture->base, EVLOOP_NONBLOCK);
}

/* The first and the last are of different users, and every user but root has as many as one may
 * have waiting. */
static const uid_t users[CLIENTS / REQUESTS_MOST_USER] = {1, 2, 3, 0, 4};

static int open_all(void **state)
{
	static const char call[] = "{\"method\":\"a.B\",\"more\":true}";
	struct fixture *fixture = mem_alloc(sizeof(*fixture));
	int ends[2];

	fixture->base = event_base_new();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0)
		return -1;
	fixture->engine = ends[0];
	fixture->channel = channel_new(fixture->base, ends[1], &channel_calls, fixture);
	fixture->requests = requests_new(fixture->channel);
	for (size_t i = 0; i < CLIENTS; i++) {
		struct credentials who = {.uid = users[i / REQUESTS_MOST_USER]};

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0)
			return -1;
		fixture->clients[i] = ends[0];
		fixture->connections[i] = connection_new(fixture->base, ends[1], &who, 60,
							 &connection_calls, fixture);
		/* a call that waits for its answer */
		if (send(fixture->clients[i], call, sizeof(call), 0) != sizeof(call))
			return -1;
	}
	turn(fixture);
	*state = fixture;
	return 0;
}

static int close_all(void **state)
{
	struct fixture *fixture = *state;

	requests_free(fixture->requests);
	for (size_t i = 0; i < CLIENTS; i++) {
		connection_free(fixture->connections[i]);
		close(fixture->clients[i]);
	}
	channel_free(fixture->channel);
	close(fixture->engine);
	event_base_free(fixture->base);
	free(fixture);
	return 0;
}

static void hear(struct fixture *fixture, int fd, const char *wanted)
{
	char buf[4096];
	ssize_t got;

	turn(fixture);
	got = recv(fd, buf, sizeof(buf) - 1, 0);
	if (got < 0)
		got = 0;
	for (ssize_t i = 0; i < got; i++)
		if (!buf[i])
			buf[i] = '|';
	buf[got] = '\0';
	assert_string_equal(buf, wanted);
}

static int finish(struct fixture *fixture, json_int_t id, const char *text)
{
	struct answer *answer = answer_new(text, strlen(text));
	int r = requests_finish(fixture->requests, id, answer);

	answer_unref(answer);
	return r;
}

static int add(struct fixture *fixture, const char *op, const char *profile, size_t client)
{
	return requests_add(fixture->requests, REQUEST_READS, op,
			    profile ? json_pack("{s:s}", "profile", profile) : NULL,
			    fixture->connections[client]);
}

static void one_after_the_other(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(add(fixture, "audit", "web", 0), 0);
	assert_int_equal(add(fixture, "list", NULL, 1), 0);
	hear(fixture, fixture->engine, "{\"id\":1,\"op\":\"audit\",\"profile\":\"web\"}|");
	assert_int_equal(finish(fixture, 2, "too early"), -EPROTO);
	assert_int_equal(finish(fixture, 1, "one"), 0);
	hear(fixture, fixture->clients[0], "one|");
	hear(fixture, fixture->engine, "{\"id\":2,\"op\":\"list\"}|");
	assert_int_equal(finish(fixture, 2, "two"), 0);
	hear(fixture, fixture->clients[1], "two|");
	assert_true(requests_are_empty(fixture->requests));
	assert_int_equal(finish(fixture, 2, "twice"), -EPROTO);
}

static void the_same_once_for_all(void **state)
{
	struct fixture *fixture = *state;

	/* the first runs, and may have read already what has changed since */
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(add(fixture, "audit", "web", i), 0);
	assert_int_equal(add(fixture, "audit", NULL, 5), 0);
	assert_int_equal(add(fixture, "show", "web", 6), 0);
	hear(fixture, fixture->engine, "{\"id\":1,\"op\":\"audit\",\"profile\":\"web\"}|");
	assert_int_equal(finish(fixture, 1, "old"), 0);
	hear(fixture, fixture->clients[0], "old|");
	hear(fixture, fixture->clients[1], "");
	hear(fixture, fixture->engine, "{\"id\":2,\"op\":\"audit\",\"profile\":\"web\"}|");
	assert_int_equal(finish(fixture, 2, "new"), 0);
	for (size_t i = 1; i < 5; i++)
		hear(fixture, fixture->clients[i], "new|");
	hear(fixture, fixture->engine, "{\"id\":3,\"op\":\"audit\"}|");
	assert_int_equal(finish(fixture, 3, "active"), 0);
	hear(fixture, fixture->engine, "{\"id\":4,\"op\":\"show\",\"profile\":\"web\"}|");
	assert_int_equal(finish(fixture, 4, "shown"), 0);
	hear(fixture, fixture->clients[6], "shown|");
}

/* Two who ask for the same change each get one, and each their own answer. */
static void changes_are_for_each(void **state)
{
	struct fixture *fixture = *state;

	/* one that only reads is none of them, whatever it is called */
	assert_int_equal(add(fixture, "rollback", NULL, 0), 0);
	hear(fixture, fixture->engine, "{\"id\":1,\"op\":\"rollback\"}|");
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(requests_add(fixture->requests, REQUEST_CHANGES, "rollback", NULL,
					      fixture->connections[i]),
				 0);
	for (json_int_t id = 2; id < 5; id++) {
		_cleanup_free_ char *asked =
			mem_printf("{\"id\":%d,\"op\":\"rollback\"}|", (int)id);
		_cleanup_free_ char *text = mem_printf("%d", (int)id);
		_cleanup_free_ char *heard = mem_printf("%d|", (int)id);

		hear(fixture, fixture->engine, asked);
		assert_int_equal(finish(fixture, id, text), 0);
		hear(fixture, fixture->clients[id - 1], heard);
	}
	hear(fixture, fixture->clients[0], "");
}

/* Whoever confirms a change waits neither for the one who looks, nor for all who want to. */
static void changes_wait_for_changes_alone(void **state)
{
	static const struct {
		const char *asked; /* once those above are answered */
		json_int_t id;     /* which is answered then */
	} order[] = {
		{"{\"id\":1,\"op\":\"audit\"}|{\"id\":4,\"op\":\"rollback\"}|", 4},
		{"{\"id\":5,\"op\":\"confirm\"}|", 5},
		{"", 1},
		{"{\"id\":2,\"op\":\"show\"}|", 2},
		{"{\"id\":3,\"op\":\"list\"}|", 3},
		{"{\"id\":6,\"op\":\"plan\"}|", 6},
	};
	struct fixture *fixture = *state;

	assert_int_equal(add(fixture, "audit", NULL, 0), 0); /* runs */
	assert_int_equal(add(fixture, "show", NULL, 1), 0);
	assert_int_equal(add(fixture, "list", NULL, 2), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(requests_add(fixture->requests, REQUEST_CHANGES,
					      i ? "confirm" : "rollback", NULL,
					      fixture->connections[3 + i]),
				 0);
	assert_int_equal(add(fixture, "plan", NULL, 5), 0);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		hear(fixture, fixture->engine, order[i].asked);
		assert_int_equal(finish(fixture, order[i].id, "done"), 0);
	}
	for (size_t i = 0; i < 6; i++)
		hear(fixture, fixture->clients[i], "done|");
}

static int sample(struct fixture *fixture, const char *profile, int sample_ms, size_t client)
{
	return requests_add(fixture->requests, sample_ms ? REQUEST_LASTS : REQUEST_READS, "audit",
			    json_pack("{s:s, s:i}", "profile", profile, "sample_ms", sample_ms),
			    fixture->connections[client]);
}

static void one_audit_that_takes_time_for_each_user(void **state)
{
	const size_t of_another = CLIENTS - 1;
	struct fixture *fixture = *state;

	assert_int_equal(sample(fixture, "a", 30000, 0), 0); /* runs */
	assert_int_equal(sample(fixture, "b", 30000, 1), 0);
	assert_int_equal(sample(fixture, "c", 1, 2), -EALREADY);
	assert_int_equal(sample(fixture, "b", 30000, 2), 0); /* the same */
	assert_int_equal(sample(fixture, "c", 0, 3), 0);     /* one look takes none */
	assert_int_equal(add(fixture, "audit", "c", 4), 0);
	assert_int_equal(sample(fixture, "d", 30000, of_another), 0);
	assert_int_equal(sample(fixture, "e", 30000, of_another - 1), -EALREADY);
	assert_int_equal(finish(fixture, 1, "a"), 0); /* b runs */
	assert_int_equal(sample(fixture, "c", 30000, 5), 0);
}

static int measure(struct fixture *fixture, const char *probe, size_t client)
{
	return requests_add(fixture->requests, REQUEST_LASTS, "probe",
			    json_pack("{s:s}", "probe", probe), fixture->connections[client]);
}

static int tell(struct fixture *fixture, json_int_t id, const char *text)
{
	struct answer *answer = answer_new(text, strlen(text));
	int r = requests_continue(fixture->requests, id, answer);

	answer_unref(answer);
	return r;
}

/* Nobody who wants to know soon waits for what lasts. */
static void what_lasts_goes_on_beside(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(measure(fixture, "bdp", 0), 0);
	assert_int_equal(sample(fixture, "a", 1000, CLIENTS - 1), 0); /* of another, waits */
	assert_int_equal(add(fixture, "audit", "web", 1), 0);
	hear(fixture, fixture->engine,
	     "{\"id\":1,\"op\":\"probe\",\"probe\":\"bdp\"}|"
	     "{\"id\":3,\"op\":\"audit\",\"profile\":\"web\"}|");
	assert_int_equal(finish(fixture, 3, "soon"), 0);
	hear(fixture, fixture->clients[1], "soon|");
	hear(fixture, fixture->engine, "");
	assert_int_equal(finish(fixture, 1, "at last"), 0);
	hear(fixture, fixture->clients[0], "at last|");
	hear(fixture, fixture->engine,
	     "{\"id\":2,\"op\":\"audit\",\"profile\":\"a\",\"sample_ms\":1000}|");
	assert_int_equal(finish(fixture, 2, "sampled"), 0);
	assert_true(requests_are_empty(fixture->requests));
}

static void all_who_wait_are_told(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(measure(fixture, "path", CLIENTS - 1), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(measure(fixture, "bdp", i), 0); /* shared */
	assert_int_equal(tell(fixture, 2, "too early"), -EPROTO);
	assert_int_equal(finish(fixture, 1, "path"), 0);
	shutdown(fixture->clients[1], SHUT_RDWR);
	assert_int_equal(tell(fixture, 2, "begun"), 0);
	assert_null(fixture->connections[1]);
	assert_int_equal(finish(fixture, 2, "bdp"), 0);
	hear(fixture, fixture->clients[0], "begun|bdp|");
	hear(fixture, fixture->clients[2], "begun|bdp|");
	hear(fixture, fixture->clients[CLIENTS - 1], "path|");
	assert_int_equal(tell(fixture, 2, "too late"), -EPROTO);
}

/* Once nobody waits for it, it need not go on, and what is not begun is not. */
static void what_lasts_is_cancelled(void **state)
{
	static const char asked[] = "{\"id\":1,\"op\":\"probe\",\"probe\":\"bdp\"}|";
	struct fixture *fixture = *state;

	assert_int_equal(measure(fixture, "bdp", 0), 0);
	assert_int_equal(measure(fixture, "path", 1), 0);
	assert_int_equal(measure(fixture, "path", 2), 0);
	assert_int_equal(measure(fixture, "limits", CLIENTS - 1), 0);
	hear(fixture, fixture->engine, asked);
	shutdown(fixture->clients[0], SHUT_RDWR);
	shutdown(fixture->clients[1], SHUT_RDWR);
	shutdown(fixture->clients[2], SHUT_RDWR);
	assert_true(requests_look(fixture->requests));
	hear(fixture, fixture->engine, "{\"id\":1,\"op\":\"cancel\"}|");
	assert_int_equal(measure(fixture, "transports", 3), 0); /* its user waits for nothing */
	assert_int_equal(finish(fixture, 1, "for nobody"), 0);
	hear(fixture, fixture->engine, "{\"id\":3,\"op\":\"probe\",\"probe\":\"limits\"}|");
	assert_int_equal(finish(fixture, 3, "limits"), 0);
	assert_int_equal(finish(fixture, 4, "transports"), 0);
	assert_false(requests_look(fixture->requests));
}

static void what_lasts_is_cancelled_when_told(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(measure(fixture, "bdp", 0), 0);
	hear(fixture, fixture->engine, "{\"id\":1,\"op\":\"probe\",\"probe\":\"bdp\"}|");
	shutdown(fixture->clients[0], SHUT_RDWR);
	assert_int_equal(tell(fixture, 1, "begun"), 0);
	hear(fixture, fixture->engine, "{\"id\":1,\"op\":\"cancel\"}|");
	assert_int_equal(finish(fixture, 1, "for nobody"), 0);
	assert_true(requests_are_empty(fixture->requests));
}

/* The daemon is to end: it does not wait for what lasts. */
static void what_lasts_ends_with_the_daemon(void **state)
{
	struct fixture *fixture = *state;
	struct answer *ending = answer_new("ending", 6);

	assert_int_equal(measure(fixture, "bdp", 0), 0);
	assert_int_equal(measure(fixture, "path", CLIENTS - 1), 0);
	assert_int_equal(add(fixture, "list", NULL, 1), 0);
	hear(fixture, fixture->engine,
	     "{\"id\":1,\"op\":\"probe\",\"probe\":\"bdp\"}|{\"id\":3,\"op\":\"list\"}|");
	requests_end_lasting(fixture->requests, ending);
	assert_int_equal(ending->references, 1);
	answer_unref(ending);
	hear(fixture, fixture->engine, "{\"id\":1,\"op\":\"cancel\"}|");
	hear(fixture, fixture->clients[0], "ending|");
	hear(fixture, fixture->clients[CLIENTS - 1], "ending|");
	assert_int_equal(finish(fixture, 1, "for nobody"), 0);
	hear(fixture, fixture->engine, "");
	assert_false(requests_are_empty(fixture->requests)); /* what is soon done is waited for */
	assert_int_equal(finish(fixture, 3, "listed"), 0);
	hear(fixture, fixture->clients[1], "listed|");
	assert_true(requests_are_empty(fixture->requests));
}

static void no_more_than_there_is_room_for(void **state)
{
	struct fixture *fixture = *state;
	char name[16];

	for (size_t i = 0; i < REQUESTS_MOST; i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		assert_int_equal(add(fixture, "show", name, i), 0);
	}
	assert_int_equal(add(fixture, "show", "another", REQUESTS_MOST), -EBUSY);
	/* what waits already can still be shared */
	assert_int_equal(add(fixture, "show", "p7", REQUESTS_MOST), 0);
	/* nor does it keep a change out */
	for (size_t i = 0; i <= REQUESTS_MOST_CHANGES; i++)
		assert_int_equal(requests_add(fixture->requests, REQUEST_CHANGES, "confirm", NULL,
					      fixture->connections[REQUESTS_MOST + 2]),
				 i < REQUESTS_MOST_CHANGES ? 0 : -EBUSY);
	for (int i = 0; i < REQUESTS_MOST_CHANGES; i++)
		requests_forget(fixture->requests, fixture->connections[REQUESTS_MOST + 2]);
	assert_int_equal(finish(fixture, 1, "done"), 0);
	assert_int_equal(add(fixture, "show", "another", REQUESTS_MOST + 1), 0);
}

/* Of the places one user gets no more than a share, and all users together leave some to root. */
static void no_user_takes_the_places_of_others(void **state)
{
	const size_t of_root = REQUESTS_MOST_USERS, of_fourth = CLIENTS - 1;
	struct fixture *fixture = *state;
	char name[16];

	for (size_t i = 0; i < REQUESTS_MOST_USERS; i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		assert_int_equal(add(fixture, "show", name, i), 0);
		if ((i + 1) % REQUESTS_MOST_USER)
			continue;
		assert_int_equal(add(fixture, "show", "another", i), -EDQUOT);
		assert_int_equal(add(fixture, "show", "p1", i), 0); /* waits already */
	}
	assert_int_equal(add(fixture, "show", "another", of_fourth), -EBUSY);
	for (size_t i = REQUESTS_MOST_USERS; i < REQUESTS_MOST; i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		assert_int_equal(add(fixture, "show", name, of_root), 0);
	}
	assert_int_equal(add(fixture, "show", "another", of_root), -EBUSY);
	/* with one less of theirs, there is room for one of theirs */
	requests_forget(fixture->requests, fixture->connections[2]);
	assert_int_equal(add(fixture, "show", "another", of_fourth), 0);
	assert_int_equal(add(fixture, "show", "one more", 3), -EBUSY);
}

/* Root is alone, and may have them all. */
static void root_has_no_share(void **state)
{
	struct fixture *fixture = *state;
	char name[16];

	for (size_t i = 0; i <= REQUESTS_MOST; i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		assert_int_equal(add(fixture, "show", name, REQUESTS_MOST_USERS),
				 i < REQUESTS_MOST ? 0 : -EBUSY);
	}
}

static void who_is_gone_is_forgotten(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(add(fixture, i < 2 ? "list" : "show", i < 2 ? NULL : "web", i), 0);
	hear(fixture, fixture->engine, "{\"id\":1,\"op\":\"list\"}|");
	requests_forget(fixture->requests, fixture->connections[0]); /* runs on, for nobody */
	requests_forget(fixture->requests, fixture->connections[1]); /* is not asked at all */
	requests_forget(fixture->requests, fixture->connections[2]); /* the other still waits */
	requests_forget(fixture->requests, fixture->connections[7]); /* never asked */
	assert_int_equal(finish(fixture, 1, "for nobody"), 0);
	hear(fixture, fixture->engine, "{\"id\":3,\"op\":\"show\",\"profile\":\"web\"}|");
	assert_int_equal(finish(fixture, 3, "web"), 0);
	hear(fixture, fixture->clients[0], "");
	hear(fixture, fixture->clients[2], "");
	hear(fixture, fixture->clients[3], "web|");
	assert_true(requests_are_empty(fixture->requests));
}

static void all_fail_together(void **state)
{
	struct fixture *fixture = *state;
	struct answer *answer = answer_new("sorry", 5);

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(add(fixture, i ? "show" : "list", i ? "web" : NULL, i), 0);
	/* one hung up, which shows when it is answered */
	shutdown(fixture->clients[1], SHUT_RDWR);
	requests_fail(fixture->requests, answer);
	assert_int_equal(answer->references, 1);
	answer_unref(answer);
	hear(fixture, fixture->clients[0], "sorry|");
	hear(fixture, fixture->clients[2], "sorry|");
	assert_null(fixture->connections[1]);
	assert_true(requests_are_empty(fixture->requests));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_after_the_other),
		TEST(the_same_once_for_all),
		TEST(changes_are_for_each),
		TEST(changes_wait_for_changes_alone),
		TEST(one_audit_that_takes_time_for_each_user),
		TEST(what_lasts_goes_on_beside),
		TEST(all_who_wait_are_told),
		TEST(what_lasts_is_cancelled),
		TEST(what_lasts_is_cancelled_when_told),
		TEST(what_lasts_ends_with_the_daemon),
		TEST(no_more_than_there_is_room_for),
		TEST(no_user_takes_the_places_of_others),
		TEST(root_has_no_share),
		TEST(who_is_gone_is_forgotten),
		TEST(all_fail_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
