/* base/notify.h - telling the service manager what state this is in: sd_notify(3)'s protocol. */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

/* Sends assignments such as "READY=1\nSTATUS=..." to $NOTIFY_SOCKET; without one, does nothing.
 * What cannot be delivered is lost: nobody else could be told. */
void notify_send(const char *format, ...) __attribute__((nonnull, format(printf, 1, 2)));

#endif
