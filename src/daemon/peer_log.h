/* daemon/peer_log.h - lines that clients cause: logged, but never faster than somebody can read. */
#ifndef DAEMON_PEER_LOG_H
#define DAEMON_PEER_LOG_H

/* As log_info(), at most 20 lines in 10 seconds; the next line after that says how many were left
 * out. */
void peer_log(const char *format, ...) __attribute__((nonnull, format(printf, 1, 2)));
/* The same for what a client was not permitted, counted apart: whoever tries doors must not be able
 * to keep that out of the log by making noise. */
void peer_log_denied(const char *format, ...) __attribute__((nonnull, format(printf, 1, 2)));

#endif
