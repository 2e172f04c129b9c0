/* base/log.h - the daemon's log: one line a decision, on standard error.
 *
 * Under systemd (JOURNAL_STREAM set) each line starts with "<N>", which the journal takes as its
 * priority (sd-daemon(3)); elsewhere with the program's name. Libraries below the daemon never
 * log: they fill a struct err. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* `name` must outlive the log. Lines above `most` are left out. */
void log_open(const char *name, enum log_level most) __attribute__((nonnull));
void log_line(enum log_level level, const char *format, ...)
	__attribute__((nonnull, format(printf, 2, 3)));

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
