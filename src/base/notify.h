/* base/notify.h - telling the service manager what state this is in: sd_notify(3)'s protocol. */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

#include <stdint.h>

/* Sends assignments such as "READY=1\nSTATUS=..." to $NOTIFY_SOCKET; without one, does nothing.
 * What cannot be delivered is lost: nobody else could be told. */
void notify_send(const char *format, ...) __attribute__((nonnull, format(printf, 1, 2)));
/* Within how many microseconds the service manager wants to hear "WATCHDOG=1" again and again, as
 * by sd_watchdog_enabled(3); 0: it does not. */
uint64_t notify_watchdog_us(void) __attribute__((warn_unused_result));

#endif
