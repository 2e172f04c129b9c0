/* daemon/peer_log.c - see peer_log.h. */
#include "daemon/peer_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"

enum {
	LINES = 20,
	PERIOD_S = 10
};

void peer_log(const char *format, ...)
{
	static unsigned lines, left_out;
	static time_t since;
	_cleanup_free_ char *text = NULL;
	struct timespec now;
	va_list args;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - since >= PERIOD_S) {
		if (left_out)
			log_info("%u more lines about clients were left out", left_out);
		since = now.tv_sec;
		lines = left_out = 0;
	}
	if (lines >= LINES) {
		left_out++;
		return;
	}
	lines++;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		log_info("%s", text);
}
