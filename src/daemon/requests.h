/* daemon/requests.h - what clients want of the engine: bounded, asked one of a kind at a time, and
 * once for all who want the same. Nobody who confirms a change waits for those who look, and nobody
 * but its like for what lasts, an audit with a sample or a measurement. */
#ifndef DAEMON_REQUESTS_H
#define DAEMON_REQUESTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/channel.h"
#include "daemon/connection.h"

struct requests;

enum {
	REQUESTS_MOST = 64,         /* different ones, waiting */
	REQUESTS_MOST_USERS = 48,   /* of those, of all users but root */
	REQUESTS_MOST_USER = 16,    /* of those, of each */
	REQUESTS_MOST_CHANGES = 16, /* beside those */
};

struct requests *requests_new(struct channel *engine)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
void requests_free(struct requests *requests);

enum request_kind {
	REQUEST_READS,   /* one that waits for its turn is shared by all who ask the same; one that
			  * runs already is not: it may have read what has changed since */
	REQUEST_CHANGES, /* one for each who asks */
	REQUEST_LASTS,   /* shared as those that read; no user has more than one waiting */
	REQUEST_KINDS
};

/* Has `connection` answered by the engine. `arguments` is taken over, may be NULL. Returns 0,
 * -EBUSY when there is no room, -EDQUOT when its user has as many as one user may, or -EALREADY
 * for a second one that lasts. */
int requests_add(struct requests *requests, enum request_kind kind, const char *op,
		 json_t *arguments, struct connection *connection)
	__attribute__((nonnull(1, 3, 5), warn_unused_result));
/* The connection is gone. What lasts and was asked by nobody else is cancelled. */
void requests_forget(struct requests *requests, const struct connection *connection)
	__attribute__((nonnull));
/* Not the answer yet, but what is known so far, of one that runs. Returns 0, or -EPROTO as
 * requests_finish(). */
int requests_continue(struct requests *requests, json_int_t id, struct answer *answer)
	__attribute__((nonnull, warn_unused_result));
/* The engine's answer to one that runs; asks the next. Returns 0, or -EPROTO when `id` is not
 * what was asked. */
int requests_finish(struct requests *requests, json_int_t id, struct answer *answer)
	__attribute__((nonnull, warn_unused_result));
/* Finds who has gone among those who wait for what lasts. True when somebody waits. */
bool requests_look(struct requests *requests) __attribute__((nonnull));
/* Nothing that lasts goes on: everybody who waits for it gets this. */
void requests_end_lasting(struct requests *requests, struct answer *answer)
	__attribute__((nonnull));
/* The engine will answer no more: everybody who waits gets this. */
void requests_fail(struct requests *requests, struct answer *answer) __attribute__((nonnull));
bool requests_are_empty(const struct requests *requests) __attribute__((nonnull));

#endif
