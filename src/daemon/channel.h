/* daemon/channel.h - NUL-ended messages between front and engine, over their socket pair.
 *
 * Front to engine, one at a time, and beside it one that lasts; names only, never a value or a
 * path:
 *   {"id": 7, "op": "audit", "profile": "server"}	what a row of job.c takes; no profile: the
 *							active one
 *   {"id": 7, "op": "cancel"}				nobody waits for 7, which lasts; it is still
 *							answered
 *   {"event": "ready"}					listening, and all rights dropped
 *   {"event": "alive"}					the answer to the same, see watchdog.h
 * Engine to front:
 *   {"id": 7, "audit": {...}}	followed by one more message: the varlink reply, which the front
 *				passes on as it is. "audit" sums the report up for GetStatus;
 *				with "continues" it is not the last.
 *   {"event": "settings", "settings": {...}}, {"event": "stop"}, {"event": "alive"} */
#ifndef DAEMON_CHANNEL_H
#define DAEMON_CHANNEL_H

#include <event2/event.h>
#include <stddef.h>

#include "base/mem.h"

struct channel;

struct channel_owner {
	void (*message)(void *owner, char *text, size_t len);
	/* the other end is gone, sends what is no message, or leaves too much unread; once */
	void (*ended)(void *owner);
};

/* Takes over `fd`, non-blocking. The callbacks must not free the channel. */
struct channel *channel_new(struct event_base *base, int fd, const struct channel_owner *calls,
			    void *owner)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
void channel_free(struct channel *channel);

/* Queues bytes that hold whole messages, each with its NUL. Once it has ended, and when more would
 * be waiting than an honest end leaves unread, which ends it, they are lost. */
void channel_send(struct channel *channel, const char *bytes, size_t len) __attribute__((nonnull));
/* Queues a text and its NUL. */
void channel_send_text(struct channel *channel, const char *text) __attribute__((nonnull));

#endif
