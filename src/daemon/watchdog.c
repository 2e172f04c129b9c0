/* daemon/watchdog.c - see watchdog.h. */
#include "daemon/watchdog.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/notify.h"

struct watchdog {
	struct channel *front;
	struct event *due;
	bool asked;
};

/* One that has not answered is not asked again: nothing piles up before a front that hangs. */
static void on_due(evutil_socket_t fd, short what, void *data)
{
	struct watchdog *watchdog = data;

	(void)fd;
	(void)what;
	if (!watchdog->asked)
		channel_send_text(watchdog->front, WATCHDOG_MESSAGE);
	watchdog->asked = true;
}

struct watchdog *watchdog_new(struct event_base *base, struct channel *front)
{
	uint64_t half_us = notify_watchdog_us() / 2;
	const struct timeval every = {.tv_sec = (time_t)(half_us / 1000000),
				      .tv_usec = (suseconds_t)(half_us % 1000000)};
	struct watchdog *watchdog;

	if (!half_us)
		return NULL;
	watchdog = mem_alloc(sizeof(*watchdog));
	watchdog->front = front;
	watchdog->due = event_new(base, -1, EV_PERSIST, on_due, watchdog);
	if (!watchdog->due || event_add(watchdog->due, &every) < 0)
		abort();
	return watchdog;
}

void watchdog_free(struct watchdog *watchdog)
{
	if (!watchdog)
		return;
	event_free(watchdog->due);
	free(watchdog);
}

void watchdog_answered(struct watchdog *watchdog)
{
	if (!watchdog || !watchdog->asked)
		return;
	watchdog->asked = false;
	notify_send("WATCHDOG=1");
}
