/* base/mem.c - see mem.h. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

static void *check(void *p)
{
	if (!p) {
		static const char message[] = "fettle: out of memory\n";
		ssize_t ignored = write(STDERR_FILENO, message, sizeof(message) - 1);

		(void)ignored;
		abort();
	}
	return p;
}

void *mem_alloc(size_t size)
{
	return check(calloc(1, size ? size : 1));
}

void *mem_alloc_array(size_t count, size_t size)
{
	return check(calloc(count ? count : 1, size ? size : 1));
}

void *mem_grow(void *array, size_t count, size_t size)
{
	enum {
		FIRST = 4
	};
	size_t room;

	if (count && (count < FIRST || (count & (count - 1))))
		room = 0; /* still room from the last doubling */
	else
		room = count ? count * 2 : FIRST;
	if (room) {
		if (room > SIZE_MAX / 2 / size)
			check(NULL);
		array = check(realloc(array, room * size));
	}
	memset((char *)array + count * size, 0, size);
	return array;
}

char *mem_strdup(const char *text)
{
	return text ? check(strdup(text)) : NULL;
}

char *mem_strndup(const char *text, size_t len)
{
	return check(strndup(text, len));
}

char *mem_printf(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return check(text);
}

void mem_replace(char **slot, const char *text)
{
	char *copy = mem_strdup(text);

	free(*slot);
	*slot = copy;
}
