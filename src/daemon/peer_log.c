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

struct budget {
	const char *about;
	unsigned lines, left_out;
	time_t since;
};

static void __attribute__((format(printf, 2, 0)))
log_within(struct budget *budget, const char *format, va_list args)
{
	_cleanup_free_ char *text = NULL;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - budget->since >= PERIOD_S) {
		if (budget->left_out)
			log_info("%u more lines about %s were left out", budget->left_out,
				 budget->about);
		budget->since = now.tv_sec;
		budget->lines = budget->left_out = 0;
	}
	if (budget->lines >= LINES) {
		budget->left_out++;
		return;
	}
	budget->lines++;
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	if (text)
		log_info("%s", text);
}

void peer_log(const char *format, ...)
{
	static struct budget budget = {.about = "clients"};
	va_list args;

	va_start(args, format);
	log_within(&budget, format, args);
	va_end(args);
}

void peer_log_denied(const char *format, ...)
{
	static struct budget budget = {.about = "what was denied"};
	va_list args;

	va_start(args, format);
	log_within(&budget, format, args);
	va_end(args);
}
