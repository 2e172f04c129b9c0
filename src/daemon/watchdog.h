/* daemon/watchdog.h - telling the service manager that front and engine are both alive.
 *
 * A question goes round: the engine's loop asks, the front's loop answers, and only that answer is
 * passed on. A loop that hangs breaks it, and so does a channel that is stuck. A long job does not:
 * it is a process of its own. */
#ifndef DAEMON_WATCHDOG_H
#define DAEMON_WATCHDOG_H

#include <event2/event.h>

#include "daemon/channel.h"

/* The question, and the front's answer to it. */
#define WATCHDOG_MESSAGE "{\"event\":\"alive\"}"

struct watchdog;

/* Asks `front` on and on, twice as often as the manager wants to hear; NULL when it does not. */
struct watchdog *watchdog_new(struct event_base *base, struct channel *front)
	__attribute__((nonnull, warn_unused_result));
void watchdog_free(struct watchdog *watchdog);
/* The front's answer came; one that was not asked for is nothing. */
void watchdog_answered(struct watchdog *watchdog);

#endif
