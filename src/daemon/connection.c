/* daemon/connection.c - see connection.h. */
#include "daemon/connection.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event_struct.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "rpc/frame.h"

enum state {
	STATE_READING, /* for the next call */
	STATE_WAITING, /* for the owner to answer */
	STATE_WRITING, /* the client has yet to take the answer */
	STATE_LAST,    /* the same, and that is the end of it */
};

struct connection {
	int fd;
	enum state state;
	bool oneway;        /* the call wants no answer */
	bool more;          /* it wants to hear what comes before the answer, too */
	bool handling;      /* calls are being handled further up the stack */
	bool ended;         /* close as soon as nothing is being handled */
	const char *reason; /* why, when it is not the client's wish */
	struct frame_buffer in;
	struct evbuffer *out; /* what the socket did not take at once; NULL when it did */
	struct event readable, writable, patience;
	struct timeval idle;
	struct credentials credentials;
	const struct connection_owner *calls;
	void *owner;
	struct connection *next, *previous;
};

struct answer *answer_new(const char *text, size_t len)
{
	struct answer *answer = mem_alloc(sizeof(*answer) + len + 1);

	answer->references = 1;
	answer->len = len + 1;
	memcpy(answer->bytes, text, len);
	return answer;
}

void answer_unref(struct answer *answer)
{
	if (!--answer->references)
		free(answer);
}

static void answer_sent(const void *bytes, size_t len, void *answer)
{
	(void)bytes;
	(void)len;
	answer_unref(answer);
}

static void end(struct connection *connection, const char *reason)
{
	connection->ended = true;
	connection->reason = reason;
}

void connection_free(struct connection *connection)
{
	if (!connection)
		return;
	event_del(&connection->readable);
	event_del(&connection->writable);
	event_del(&connection->patience);
	if (connection->out)
		evbuffer_free(connection->out);
	frame_buffer_fini(&connection->in);
	credentials_fini(&connection->credentials);
	close(connection->fd);
	free(connection);
}

static void watch(struct event *event, bool wanted)
{
	int r = 0;

	if (wanted && !event_pending(event, EV_READ | EV_WRITE, NULL))
		r = event_add(event, NULL);
	else if (!wanted)
		r = event_del(event);
	if (r < 0)
		abort();
}

/* Every way in ends here: the connection is closed, or waits for what its state needs. */
static void settle(struct connection *connection)
{
	bool waiting = connection->state == STATE_WAITING;

	if (connection->handling)
		return;
	if (connection->ended) {
		connection->calls->closed(connection->owner, connection, connection->reason);
		connection_free(connection);
		return;
	}
	watch(&connection->readable, connection->state == STATE_READING);
	watch(&connection->writable, connection->out != NULL);
	if (waiting)
		event_del(&connection->patience);
	else if (!event_pending(&connection->patience, EV_TIMEOUT, NULL) &&
		 event_add(&connection->patience, &connection->idle) < 0)
		abort();
	if (connection->state == STATE_READING)
		connection->calls->rest(connection->owner);
}

static void refuse(struct connection *connection, const struct err *err)
{
	connection_answer_text(connection,
			       rpc_error_text("org.fettle.ProtocolError",
					      json_pack("{s:o}", "reason", rpc_string(err->text))));
	if (connection->out)
		connection->state = STATE_LAST;
	else
		connection->ended = true;
	connection->reason = "it sent what is no varlink call";
}

static void handle(struct connection *connection, const char *text, size_t len)
{
	struct rpc_call call;
	const char *member;
	struct err err;
	int r = rpc_call_parse(text, len, &call, &member, &err);

	/* a whole message: the client is at work, whatever it says in it */
	event_del(&connection->patience);
	connection->state = STATE_WAITING;
	connection->oneway = connection->more = false;
	if (r == -EBADMSG) {
		refuse(connection, &err);
	} else if (r < 0) {
		connection_answer_text(connection,
				       rpc_error_text("org.varlink.service.InvalidParameter",
						      json_pack("{s:s}", "parameter", member)));
	} else {
		connection->oneway = call.oneway;
		connection->more = call.more && !call.oneway;
		connection->calls->call(connection->owner, connection, &call);
		rpc_call_fini(&call);
	}
}

/* All whole messages that were read, as far as each is answered at once. */
static void handle_all(struct connection *connection)
{
	struct err err;
	char *text;
	size_t len;

	connection->handling = true;
	while (connection->state == STATE_READING && !connection->ended) {
		int r = frame_next(&connection->in, &text, &len);

		if (!r)
			break;
		if (r > 0) {
			handle(connection, text, len);
		} else {
			err_set(&err, EOVERFLOW, "a message of more than %d bytes",
				FRAME_MOST_CALL);
			connection->oneway = false;
			refuse(connection, &err);
		}
	}
	connection->handling = false;
}

static void on_readable(evutil_socket_t fd, short what, void *data)
{
	struct connection *connection = data;
	/* one read a wake-up, so that a client with much to say does not keep others waiting */
	char piece[16384];
	ssize_t got = recv(fd, piece, sizeof(piece), 0);

	(void)what;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0) {
		frame_add(&connection->in, piece, (size_t)got);
		handle_all(connection);
	} else {
		end(connection,
		    frame_is_pending(&connection->in) ? "it hung up in mid-message" : NULL);
	}
	settle(connection);
}

/* The answer is with the kernel: on with the next call. */
static void answered(struct connection *connection)
{
	if (connection->state == STATE_LAST)
		connection->ended = true;
	connection->state = STATE_READING;
	if (!connection->handling && !connection->ended)
		handle_all(connection);
}

static void on_writable(evutil_socket_t fd, short what, void *data)
{
	struct connection *connection = data;

	(void)what;
	if (evbuffer_write(connection->out, fd) < 0 && errno != EAGAIN && errno != EINTR)
		end(connection, "it hung up before it took its answer");
	if (!connection->ended && !evbuffer_get_length(connection->out)) {
		evbuffer_free(TAKE_PTR(connection->out));
		event_del(&connection->patience);
		if (connection->state != STATE_WAITING)
			answered(connection);
	}
	settle(connection);
}

static void on_patience(evutil_socket_t fd, short what, void *data)
{
	struct connection *connection = data;

	(void)fd;
	(void)what;
	if (connection->out)
		end(connection, "it does not take its answer");
	else if (frame_is_pending(&connection->in))
		end(connection, "it did not end its message");
	else
		end(connection, "it was idle");
	settle(connection);
}

struct connection *connection_new(struct event_base *base, int fd, struct credentials *credentials,
				  unsigned idle_s, const struct connection_owner *calls,
				  void *owner)
{
	struct connection *connection = mem_alloc(sizeof(*connection));

	connection->fd = fd;
	connection->in.most = FRAME_MOST_CALL;
	connection->idle.tv_sec = (time_t)idle_s;
	connection->credentials = *credentials;
	*credentials = (struct credentials){0};
	connection->calls = calls;
	connection->owner = owner;
	if (event_assign(&connection->readable, base, fd, EV_READ | EV_PERSIST, on_readable,
			 connection) < 0 ||
	    event_assign(&connection->writable, base, fd, EV_WRITE | EV_PERSIST, on_writable,
			 connection) < 0 ||
	    evtimer_assign(&connection->patience, base, on_patience, connection) < 0)
		abort();
	settle(connection);
	return connection;
}

const struct credentials *connection_credentials(const struct connection *connection)
{
	return &connection->credentials;
}

bool connection_is_busy(const struct connection *connection)
{
	return connection->state != STATE_READING;
}

/* How much of it the socket takes now. */
static size_t send_now(struct connection *connection, const struct answer *answer)
{
	ssize_t sent;

	do
		sent = send(connection->fd, answer->bytes, answer->len, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && errno != EAGAIN)
		end(connection, "it hung up before it took its answer");
	return sent < 0 ? 0 : (size_t)sent;
}

/* The rest is held by reference until the client takes it, behind what it has yet to take. */
static void send_answer(struct connection *connection, struct answer *answer)
{
	size_t sent = connection->out ? 0 : send_now(connection, answer);

	if (sent == answer->len || connection->ended)
		return;
	if (!connection->out)
		connection->out = evbuffer_new();
	answer->references++;
	if (!connection->out || evbuffer_add_reference(connection->out, answer->bytes + sent,
						       answer->len - sent, answer_sent, answer) < 0)
		abort();
}

/* Asked by a write of nothing, as a client that says no more may still listen
 * (unix_stream_sendmsg() in net/unix/af_unix.c; tried on 6.18). */
void connection_look(struct connection *connection)
{
	if (connection->oneway || connection->state != STATE_WAITING ||
	    send(connection->fd, "", 0, MSG_NOSIGNAL) == 0 || errno != EPIPE)
		return;
	end(connection, NULL);
	settle(connection);
}

void connection_continue(struct connection *connection, struct answer *answer)
{
	if (connection->more && !connection->out)
		send_answer(connection, answer);
	settle(connection);
}

void connection_answer(struct connection *connection, struct answer *answer)
{
	if (!connection->oneway)
		send_answer(connection, answer);
	if (connection->out)
		connection->state = STATE_WRITING;
	else if (!connection->ended)
		answered(connection);
	settle(connection);
}

void connection_answer_text(struct connection *connection, char *text)
{
	struct answer *answer = answer_new(text, strlen(text));

	free(text);
	connection_answer(connection, answer);
	answer_unref(answer);
}

struct connection *connection_next(const struct connection *connection)
{
	return connection->next;
}

void connection_link(struct connection **head, struct connection *connection)
{
	connection->next = *head;
	if (*head)
		(*head)->previous = connection;
	*head = connection;
}

void connection_unlink(struct connection **head, struct connection *connection)
{
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		*head = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
}
