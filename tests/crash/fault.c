/* tests/crash/fault.c - the other half of base/fault.h: what happens at the places it marks.
 *
 * FETTLE_FAULT=N		dies by SIGKILL at the Nth place passed
 * FETTLE_FAULT_ERRNO=N:NAME	the Nth marked call fails once with ENOSPC, EIO or EROFS; "N+:" that
 *one and all that follow FETTLE_FAULT_TRACE=FILE	a line for each place and call: "point|call
 *NAME SIZE", SIZE that of the file FETTLE_FAULT_JOURNAL, so that a test knows what was on the disk
*/
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned points, calls;

static void trace(const char *what, const char *name)
{
	const char *file = getenv("FETTLE_FAULT_TRACE"), *journal = getenv("FETTLE_FAULT_JOURNAL");
	struct stat st = {0};
	char line[256];
	int fd, saved = errno;
	ssize_t ignored;

	if (!file)
		return;
	if (journal && stat(journal, &st) < 0)
		st.st_size = 0;
	fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	snprintf(line, sizeof(line), "%s %s %lld\n", what, name, (long long)st.st_size);
	ignored = write(fd, line, strlen(line));
	(void)ignored;
	close(fd);
	errno = saved;
}

void fault_point(const char *name)
{
	const char *at = getenv("FETTLE_FAULT");

	trace("point", name);
	if (++points == (at ? strtoul(at, NULL, 10) : 0))
		kill(getpid(), SIGKILL);
}

static int by_name(const char *name)
{
	static const struct {
		const char *name;
		int code;
	} codes[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EROFS", EROFS}, {"EDQUOT", EDQUOT}};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strcmp(codes[i].name, name) == 0)
			return codes[i].code;
	}
	fprintf(stderr, "FETTLE_FAULT_ERRNO: what is %s?\n", name);
	exit(2);
}

int fault_errno(const char *name)
{
	const char *asked = getenv("FETTLE_FAULT_ERRNO");
	char *end;
	unsigned long at;
	bool on;

	trace("call", name);
	calls++;
	if (!asked)
		return 0;
	at = strtoul(asked, &end, 10);
	on = *end == '+' ? calls >= at : calls == at;
	return on ? by_name(strchr(asked, ':') + 1) : 0;
}
