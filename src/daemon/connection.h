/* daemon/connection.h - one client: its calls in order, one at a time, and their answers.
 *
 * Nothing more is read from a client until it has taken its last answer, so what it can make the
 * daemon hold is one message in and one answer out, and an answer that goes to several clients is
 * held once. */
#ifndef DAEMON_CONNECTION_H
#define DAEMON_CONNECTION_H

#include <event2/event.h>
#include <stddef.h>

#include "daemon/credentials.h"
#include "rpc/message.h"

struct connection;

/* An answer, shared by all who wait for it. */
struct answer {
	unsigned references;
	size_t len; /* with the NUL that ends it */
	char bytes[];
};

/* A copy of `text`, with one reference, the caller's. */
struct answer *answer_new(const char *text, size_t len)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
void answer_unref(struct answer *answer) __attribute__((nonnull));

struct connection_owner {
	/* A call to be answered with connection_answer(), now or later. */
	void (*call)(void *owner, struct connection *connection, const struct rpc_call *call);
	/* It was answered, and waits for the client. */
	void (*rest)(void *owner);
	/* The connection is gone once this returns. `reason` is NULL when the client hung up. */
	void (*closed)(void *owner, struct connection *connection, const char *reason);
};

/* Takes over `fd` (non-blocking) and what `credentials` owns. A client that asks nothing, ends no
 * message or does not take its answer for `idle_s` seconds is dropped. */
struct connection *connection_new(struct event_base *base, int fd, struct credentials *credentials,
				  unsigned idle_s, const struct connection_owner *calls,
				  void *owner)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* For whoever ends the process: closes without calling the owner. */
void connection_free(struct connection *connection);

const struct credentials *connection_credentials(const struct connection *connection)
	__attribute__((nonnull));
/* A call is being answered: waited for, or not yet taken by the client. */
bool connection_is_busy(const struct connection *connection) __attribute__((nonnull));

/* Closes the connection when the client waits for its answer no more: while it waits, nothing is
 * read that would tell. One that wants no answer need not wait. */
void connection_look(struct connection *connection) __attribute__((nonnull));
/* Tells a client that asked for more what is known so far; one that did not, or that has yet to
 * take what it was told before, misses it. Outside the owner's call() this may close the
 * connection. */
void connection_continue(struct connection *connection, struct answer *answer)
	__attribute__((nonnull));
/* Answers the call; outside the owner's call() this may close the connection. */
void connection_answer(struct connection *connection, struct answer *answer)
	__attribute__((nonnull));
/* The same with a text, which is taken over. */
void connection_answer_text(struct connection *connection, char *text) __attribute__((nonnull));

/* For the owner's list. */
struct connection *connection_next(const struct connection *connection) __attribute__((nonnull));
void connection_link(struct connection **head, struct connection *connection)
	__attribute__((nonnull));
void connection_unlink(struct connection **head, struct connection *connection)
	__attribute__((nonnull));

#endif
