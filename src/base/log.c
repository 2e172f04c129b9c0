/* base/log.c - see log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

static const char *log_name = "fettle";
static enum log_level log_most = LOG_LEVEL_INFO;
static bool log_to_journal;

void log_open(const char *name, enum log_level most)
{
	log_name = name;
	log_most = most;
	log_to_journal = getenv("JOURNAL_STREAM") != NULL;
}

void log_line(enum log_level level, const char *format, ...)
{
	_cleanup_free_ char *raw = NULL, *text = NULL, *line = NULL;
	va_list args;
	ssize_t ignored;

	if (level > log_most)
		return;
	va_start(args, format);
	if (vasprintf(&raw, format, args) < 0)
		raw = NULL;
	va_end(args);
	if (!raw)
		return;
	/* a peer's text in a line must not become a line of its own */
	text = str_printable(raw);
	line = log_to_journal ? mem_printf("<%d>%s\n", (int)level, text)
			      : mem_printf("%s: %s\n", log_name, text);
	ignored = write(STDERR_FILENO, line, strlen(line));
	(void)ignored;
}
