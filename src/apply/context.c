/* apply/context.c - see context.h. */
#include "apply/context.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

const char apply_default_state_dir[] = FETTLE_STATEDIR;

static int read_boot_id(struct apply_context *context, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 256, &text, &len, err);

	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	if (strlen(text) != 36)
		return err_set(err, EBADMSG, "the kernel's boot id is no such thing: '%s'", text);
	snprintf(context->boot_id, sizeof(context->boot_id), "%s", text);
	return 0;
}

static int read_netns(struct apply_netns *out, struct err *err)
{
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	struct stat st;

	if (stat("/proc/self/ns/net", &st) < 0)
		return err_set(err, errno, "cannot tell which network namespace this is: %s",
			       strerror(errno));
	out->inode = st.st_ino;
	if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) == 0)
		out->cookie = cookie;
	return 0;
}

int apply_context_init(struct apply_context *context, const struct host *host, struct err *err)
{
	int r;

	*context = (struct apply_context){
		.host = host,
		.state_dir = apply_default_state_dir,
		.etc_dir = "/etc",
		.modprobe = "/sbin/modprobe",
		.again = "",
	};
	r = read_boot_id(context, err);
	return r < 0 ? r : read_netns(&context->netns, err);
}

bool apply_netns_equal(struct apply_netns a, struct apply_netns b)
{
	return a.cookie && b.cookie ? a.cookie == b.cookie : a.inode == b.inode;
}

int apply_netns_find(struct apply_netns netns)
{
	DIR *proc;
	struct apply_netns here = {0};
	struct dirent *entry;
	struct err ignored;
	int found = 0;

	/* the kernel gives the number of one that is gone to the next: here it is another's */
	if (read_netns(&here, &ignored) == 0 && here.inode == netns.inode &&
	    !apply_netns_equal(here, netns))
		return 0;
	proc = opendir("/proc");
	if (!proc)
		return 0;
	while (!found && (entry = readdir(proc))) {
		char path[300];
		struct stat st;
		int pid = atoi(entry->d_name);

		snprintf(path, sizeof(path), "%s/ns/net", entry->d_name);
		if (pid > 0 && fstatat(dirfd(proc), path, &st, 0) == 0 && st.st_ino == netns.inode)
			found = pid;
	}
	closedir(proc);
	return found;
}

char *apply_find_root(const struct apply_context *context)
{
	static const char name[] = "/etc";
	const char *etc_dir = context->etc_dir;
	size_t len = strlen(etc_dir), tail = strlen(name);

	if (len < tail || strcmp(etc_dir + len - tail, name) != 0)
		return NULL;
	return len == tail ? mem_strdup("/") : mem_strndup(etc_dir, len - tail);
}

uint64_t apply_boottime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

const char *apply_time_now(char buf[static APPLY_TIME_SIZE])
{
	time_t now = time(NULL);
	struct tm tm;

	if (!gmtime_r(&now, &tm) || !strftime(buf, APPLY_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm))
		buf[0] = '\0';
	return buf;
}
