/* proc/netns.h - the network namespaces of this host, each once, and the way into them.
 *
 * Found by the leaders of processes: a thread in another namespace than its leader (which only
 * programs that call setns(2) for a thread have) does not count, for reading every
 * /proc/PID/task would cost more than all the rest. Nor do namespaces that only an open
 * descriptor, or a mount outside /run/netns, keeps. */
#ifndef PROC_NETNS_H
#define PROC_NETNS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct netns {
	uint64_t inode;   /* of nsfs, as /proc/PID/ns/net shows it: its identity on this host */
	char *name;       /* "" for our own; "blue" of /run/netns, "docker:0123456789ab",
			   * "nginx.service", else "pid:1234" or "net:4026532001". Where two would
			   * have the same name, all but the first have their inode behind it:
			   * "session-3.scope:4026532002" */
	pid_t pid;        /* the first process inside; 0: none was seen */
	char *path;       /* to open(2): "/run/netns/blue", "/proc/1234/ns/net" */
	int fd;           /* keeps it while the list is kept; -1: it could not be had */
	char *unreadable; /* why it cannot be entered; NULL: it can */
};

struct netns_list {
	struct netns *items; /* our own first, then by name */
	size_t count;
	size_t hidden; /* processes whose namespace could not be looked at */
};

/* Every namespace that a process is in or /run/netns holds. What cannot be looked at is counted,
 * not an error. Steps into each for a moment, to know `unreadable`. None of them ends before the
 * list does, but for those beyond half of the files that this process may open. */
int netns_list(struct netns_list *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* One by name of /run/netns, by pid, by path, or by a name that netns_list() gives; "self" is our
 * own. -ENOENT with a did-you-mean, -EINVAL for a file that is no network namespace, -EACCES for
 * a process that may not be looked at. */
int netns_find(const char *name, struct netns_list *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void netns_list_fini(struct netns_list *list) __attribute__((nonnull));

/* Runs `act` inside the namespace, on this thread, and comes back. What it opens (sockets, files of
 * /proc/thread-self/net) stays of that namespace. Returns what `act` does; -EPERM without
 * CAP_SYS_ADMIN here, there, or over our own (without which there is no way back), -ENOENT when it
 * is gone. Never leaves the thread in the wrong namespace: when it cannot come back the process
 * ends. */
int netns_run(const struct netns *netns, int (*act)(void *context, struct err *err), void *context,
	      struct err *err) __attribute__((nonnull(1, 2, 4), warn_unused_result));

#endif
