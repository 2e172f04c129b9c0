/* daemon/front.c - see front.h. */
#include "daemon/front.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "config.h"
#include "daemon/channel.h"
#include "daemon/methods.h"
#include "daemon/peer_log.h"
#include "daemon/requests.h"
#include "daemon/watchdog.h"

enum {
	DRAIN_S = 5,           /* for what still runs when the daemon is to end */
	ACCEPT_AT_ONCE = 64,   /* then the clients there are get their turn */
	ACCEPT_PAUSE_MS = 100, /* when the kernel has no more to give */
	LOOK_MS = 500,         /* how often to see who still waits for what lasts */
};

struct front {
	struct event_base *base;
	struct channel *engine;
	struct requests *requests;
	struct settings settings;
	pid_t main_pid;

	int listen_fd;
	struct event *acceptable, *accept_again, *drained, *look;
	struct connection *connections;
	unsigned n_connections;

	char started[32];
	struct timespec since;
	json_int_t n_requests, n_denied;
	json_t *last_audit; /* NULL before the first */

	json_int_t answering; /* the next message is the answer to this request; 0: it is none */
	bool continues;       /* and not the last */
	bool engine_gone, draining;
	int exit_code;
};

static void stop(struct front *front, int exit_code)
{
	front->exit_code = exit_code;
	event_base_loopexit(front->base, NULL);
}

const struct settings *front_settings(const struct front *front)
{
	return &front->settings;
}

void front_count_denied(struct front *front)
{
	front->n_denied++;
}

json_t *front_status(const struct front *front)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return json_pack("{s:s, s:I, s:s, s:I, s:o, s:o, s:I, s:I, s:I, s:O*}", "version",
			 PACKAGE_VERSION, "pid", (json_int_t)front->main_pid, "started",
			 front->started, "uptime_s", (json_int_t)(now.tv_sec - front->since.tv_sec),
			 "active_profile", rpc_string(front->settings.active_profile),
			 "profile_path", rpc_string(front->settings.profile_path), "connections",
			 (json_int_t)front->n_connections, "requests", front->n_requests, "denied",
			 front->n_denied, "last_audit", front->last_audit);
}

static struct answer *failure(const char *error, const char *reason)
{
	json_t *parameters = reason ? json_pack("{s:s}", "reason", reason) : NULL;
	_cleanup_free_ char *text = rpc_error_text(error, parameters);

	return answer_new(text, strlen(text));
}

static void fail(struct connection *connection, const char *error, const char *reason)
{
	struct answer *answer = failure(error, reason);

	connection_answer(connection, answer);
	answer_unref(answer);
}

static void look_again(struct front *front)
{
	static const struct timeval pause = {.tv_usec = LOOK_MS * 1000};

	if (!event_pending(front->look, EV_TIMEOUT, NULL))
		event_add(front->look, &pause);
}

static void on_look(evutil_socket_t fd, short what, void *data)
{
	struct front *front = data;

	(void)fd;
	(void)what;
	if (requests_look(front->requests))
		look_again(front);
}

static const char *why_busy(int r)
{
	switch (r) {
	case -EALREADY:
		return "another measurement, or audit with a sample, of this user is waiting "
		       "already";
	case -EDQUOT:
		return "as many different requests of this user are waiting already as one user "
		       "may have: try again when one of them is answered";
	default:
		return "too many different requests are waiting already: try again in a moment";
	}
}

void front_ask_engine(struct front *front, struct connection *connection, enum request_kind kind,
		      const char *op, json_t *arguments)
{
	int r;

	if (front->engine_gone) {
		json_decref(arguments);
		fail(connection, "org.fettle.EngineFailed", "the engine has ended");
		return;
	}
	if (kind == REQUEST_LASTS)
		look_again(front);
	r = requests_add(front->requests, kind, op, arguments, connection);
	if (r < 0)
		fail(connection, "org.fettle.Busy", why_busy(r));
}

static void on_call(void *owner, struct connection *connection, const struct rpc_call *call)
{
	struct front *front = owner;

	front->n_requests++;
	if (front->draining)
		fail(connection, "org.fettle.ShuttingDown", NULL);
	else
		methods_call(front, connection, call);
}

/* Ends the process once every answer has been taken; the timer ends it anyway. */
static void finish_draining(struct front *front)
{
	if (!requests_are_empty(front->requests))
		return;
	for (const struct connection *c = front->connections; c; c = connection_next(c))
		if (connection_is_busy(c))
			return;
	stop(front, EX_OK);
}

static void on_rest(void *owner)
{
	struct front *front = owner;

	if (front->draining)
		finish_draining(front);
}

static void on_closed(void *owner, struct connection *connection, const char *reason)
{
	const struct credentials *who = connection_credentials(connection);
	struct front *front = owner;

	if (reason)
		peer_log("dropped a client of uid %u (pid %d): %s", who->uid, who->pid, reason);
	requests_forget(front->requests, connection);
	connection_unlink(&front->connections, connection);
	front->n_connections--;
	on_rest(front);
}

static const struct connection_owner connection_calls = {on_call, on_rest, on_closed};

static unsigned count_of_user(const struct front *front, uid_t uid)
{
	unsigned count = 0;

	for (const struct connection *c = front->connections; c; c = connection_next(c))
		count += connection_credentials(c)->uid == uid;
	return count;
}

/* Turned away at once, with a reason: a client left in the backlog would hang instead, and while it
 * waits the next one cannot even connect. */
static void turn_away(int fd, const struct credentials *who, const char *reason)
{
	struct answer *answer = failure("org.fettle.Busy", reason);
	ssize_t ignored = send(fd, answer->bytes, answer->len, MSG_NOSIGNAL);

	(void)ignored; /* an empty socket takes it; a client that is gone does not need it */
	answer_unref(answer);
	peer_log("turned away a client of uid %u (pid %d): %s", who->uid, who->pid, reason);
}

static void welcome(struct front *front, int client)
{
	_cleanup_(credentials_fini) struct credentials who = {0};
	_cleanup_fd_ int fd = client;
	struct connection *connection;
	struct err err;

	if (credentials_read(fd, &who, &err) < 0) {
		peer_log("turned away a client: %s", err.text);
	} else if (front->n_connections >= front->settings.max_connections) {
		turn_away(fd, &who, "the daemon has as many connections as it may have");
	} else if (who.uid != 0 &&
		   count_of_user(front, who.uid) >= front->settings.max_connections_per_user) {
		turn_away(fd, &who, "this user has as many connections as one may have");
	} else {
		connection =
			connection_new(front->base, TAKE_FD(fd), &who,
				       front->settings.idle_timeout_s, &connection_calls, front);
		connection_link(&front->connections, connection);
		front->n_connections++;
	}
}

static void on_acceptable(evutil_socket_t listen_fd, short what, void *data)
{
	static const struct timeval pause = {.tv_usec = ACCEPT_PAUSE_MS * 1000};
	struct front *front = data;

	(void)what;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			welcome(front, fd);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			/* no descriptors or memory: the event stays, so looking at it again at once
			 * would be a busy loop */
			peer_log("cannot accept a client: %s", strerror(errno));
			event_del(front->acceptable);
			event_add(front->accept_again, &pause);
			return;
		}
	}
}

static void on_accept_again(evutil_socket_t fd, short what, void *data)
{
	struct front *front = data;

	(void)fd;
	(void)what;
	event_add(front->acceptable, NULL);
}

static void on_drained(evutil_socket_t fd, short what, void *data)
{
	struct front *front = data;

	(void)fd;
	(void)what;
	log_warning("ended with requests still running after %d s", DRAIN_S);
	stop(front, EX_OK);
}

static void start_draining(struct front *front, const json_t *message, struct err *err)
{
	static const struct timeval limit = {.tv_sec = DRAIN_S};
	struct answer *ending = failure("org.fettle.ShuttingDown", NULL);

	(void)message;
	(void)err;
	front->draining = true;
	requests_end_lasting(front->requests, ending);
	answer_unref(ending);
	event_del(front->acceptable);
	event_del(front->accept_again);
	close(front->listen_fd);
	front->listen_fd = -1;
	event_add(front->drained, &limit);
}

static void take_settings(struct front *front, const json_t *message, struct err *err)
{
	struct settings settings;

	if (settings_from_json(json_object_get(message, "settings"), &settings, err) < 0)
		return;
	settings_fini(&front->settings);
	front->settings = settings;
	channel_send_text(front->engine, "{\"event\":\"ready\"}");
}

static void answer_alive(struct front *front, const json_t *message, struct err *err)
{
	(void)message;
	(void)err;
	channel_send_text(front->engine, WATCHDOG_MESSAGE);
}

static const struct {
	const char *name;
	void (*run)(struct front *front, const json_t *message, struct err *err);
} events[] = {
	{"alive", answer_alive},
	{"settings", take_settings},
	{"stop", start_draining},
};

static void take_header(struct front *front, const json_t *message, struct err *err)
{
	const char *event = json_string_value(json_object_get(message, "event"));
	json_t *audit = json_object_get(message, "audit");

	for (size_t i = 0; event && i < ARRAY_SIZE(events); i++) {
		if (strcmp(event, events[i].name) == 0) {
			events[i].run(front, message, err);
			return;
		}
	}
	front->answering = json_integer_value(json_object_get(message, "id"));
	front->continues = json_is_true(json_object_get(message, "continues"));
	if (!front->answering)
		err_set(err, EPROTO, "a message without id or a known event");
	else if (audit) {
		json_decref(front->last_audit);
		front->last_audit = json_incref(audit);
	}
}

static void take_answer(struct front *front, const char *text, size_t len, struct err *err)
{
	struct answer *answer = answer_new(text, len);
	int r = front->continues ? requests_continue(front->requests, front->answering, answer)
				 : requests_finish(front->requests, front->answering, answer);

	if (r < 0)
		err_set(err, EPROTO, "an answer to what was not asked");
	answer_unref(answer);
	front->answering = 0;
}

static void on_engine_message(void *owner, char *text, size_t len)
{
	struct front *front = owner;
	struct err err = {0};

	if (front->answering) {
		take_answer(front, text, len, &err);
	} else {
		json_t *message = rpc_object_parse(text, len, &err);

		if (message)
			take_header(front, message, &err);
		json_decref(message);
	}
	if (err.code) {
		log_error("the engine sent %s", err.text);
		stop(front, EX_SOFTWARE);
	} else if (front->draining) {
		finish_draining(front);
	}
}

static void on_engine_ended(void *owner)
{
	struct answer *answer = failure("org.fettle.EngineFailed", "the engine has ended");
	struct front *front = owner;

	front->engine_gone = true;
	requests_fail(front->requests, answer);
	answer_unref(answer);
	if (!front->draining)
		log_error("the engine has ended: so does the front");
	stop(front, front->draining ? EX_OK : EX_SOFTWARE);
}

static const struct channel_owner engine_calls = {on_engine_message, on_engine_ended};

static void open_front(struct front *front, struct front_start *start)
{
	struct tm utc;
	time_t now = time(NULL);

	strftime(front->started, sizeof(front->started), "%Y-%m-%dT%H:%M:%SZ",
		 gmtime_r(&now, &utc));
	clock_gettime(CLOCK_MONOTONIC, &front->since);
	front->main_pid = start->main_pid;
	front->settings = start->settings;
	start->settings = (struct settings){0};
	front->listen_fd = start->listen_fd;
	front->base = event_base_new();
	if (!front->base)
		abort();
	front->engine = channel_new(front->base, start->engine_fd, &engine_calls, front);
	front->requests = requests_new(front->engine);
	front->acceptable = event_new(front->base, front->listen_fd, EV_READ | EV_PERSIST,
				      on_acceptable, front);
	front->accept_again = evtimer_new(front->base, on_accept_again, front);
	front->drained = evtimer_new(front->base, on_drained, front);
	front->look = evtimer_new(front->base, on_look, front);
	if (!front->acceptable || !front->accept_again || !front->drained || !front->look)
		abort();
}

static void front_fini(struct front *front)
{
	while (front->connections) {
		struct connection *connection = front->connections;

		connection_unlink(&front->connections, connection);
		connection_free(connection);
	}
	requests_free(front->requests);
	channel_free(front->engine);
	event_free(front->acceptable);
	event_free(front->accept_again);
	event_free(front->drained);
	event_free(front->look);
	event_base_free(front->base);
	if (front->listen_fd >= 0)
		close(front->listen_fd);
	settings_fini(&front->settings);
	json_decref(front->last_audit);
}

int front_run(struct front_start *start)
{
	_cleanup_(front_fini) struct front front = {.exit_code = EX_SOFTWARE};
	struct err err;

	/* jansson reads /dev/urandom for its hash seed: while files are still in reach */
	json_object_seed(0);
	open_front(&front, start);
	if (sandbox_front(&start->identity, &err) < 0) {
		log_error("the front cannot start: %s", err.text);
		return EX_SOFTWARE;
	}
	event_add(front.acceptable, NULL);
	channel_send_text(front.engine, "{\"event\":\"ready\"}");
	if (event_base_dispatch(front.base) < 0)
		log_error("the front's event loop failed");
	return front.exit_code;
}
