/* base/notify.c - see notify.h. */
#include "base/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

void notify_send(const char *format, ...)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	_cleanup_free_ char *text = NULL;
	_cleanup_fd_ int fd = -1;
	ssize_t ignored;
	va_list args;
	size_t len;

	if (!path || (path[0] != '/' && path[0] != '@'))
		return;
	len = strlen(path);
	if (len >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0'; /* an abstract name: no file, its length counts */
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || !text)
		return;
	ignored = sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&address,
			 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	(void)ignored;
}

/* A whole decimal number that is not 0, or 0. */
static uint64_t read_number(const char *text)
{
	unsigned long long number;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	number = strtoull(text, &end, 10);
	return errno || *end ? 0 : number;
}

uint64_t notify_watchdog_us(void)
{
	const char *pid = getenv("WATCHDOG_PID");

	/* meant for another process, which passed its environment on */
	if (pid && read_number(pid) != (uint64_t)getpid())
		return 0;
	return read_number(getenv("WATCHDOG_USEC"));
}
