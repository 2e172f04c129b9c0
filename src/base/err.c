/* base/err.c - see err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message that was cut says so, instead of ending in the middle of a path. */
static void mark_cut(char *text, size_t size, int wanted)
{
	if (wanted >= 0 && (size_t)wanted >= size)
		memcpy(text + size - 4, "...", 4);
}

__attribute__((format(printf, 2, 0))) static void set_text(struct err *err, const char *format,
							   va_list args)
{
	mark_cut(err->text, sizeof(err->text),
		 vsnprintf(err->text, sizeof(err->text), format, args));
}

int err_set(struct err *err, int code, const char *format, ...)
{
	va_list args;

	*err = (struct err){.code = code};
	va_start(args, format);
	set_text(err, format, args);
	va_end(args);
	return -code;
}

int err_at(struct err *err, int code, const char *file, unsigned line, unsigned column,
	   const char *format, ...)
{
	va_list args;

	*err = (struct err){.code = code, .line = line, .column = column};
	mark_cut(err->file, sizeof(err->file), snprintf(err->file, sizeof(err->file), "%s", file));
	va_start(args, format);
	set_text(err, format, args);
	va_end(args);
	return -code;
}

int err_prefix(struct err *err, const char *format, ...)
{
	struct err whole = *err;
	size_t used;
	va_list args;

	va_start(args, format);
	set_text(&whole, format, args);
	va_end(args);
	used = strlen(whole.text);
	mark_cut(whole.text, sizeof(whole.text),
		 (int)used +
			 snprintf(whole.text + used, sizeof(whole.text) - used, "%s", err->text));
	*err = whole;
	return -err->code;
}

const char *err_format(const struct err *err, char *buf, size_t size)
{
	if (!err->file[0])
		snprintf(buf, size, "%s", err->text);
	else if (!err->line)
		snprintf(buf, size, "%s: %s", err->file, err->text);
	else
		snprintf(buf, size, "%s:%u:%u: %s", err->file, err->line, err->column, err->text);
	return buf;
}
