/* daemon/listen.h - the socket clients come to: passed by systemd, or bound here. */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

struct listener {
	int fd;
	char *path; /* of what was bound here; NULL for a socket that was passed */
	dev_t device;
	ino_t inode;
};

/* How many file descriptors, from the number 3 on, are this process's by sd_listen_fds(3). */
unsigned listener_count_passed(void) __attribute__((warn_unused_result));
/* Takes the socket of sd_listen_fds(3), or binds `path`: with no access for anybody else until
 * listener_open_to_all(), replacing one that nobody answers on any more, never a live one. Returns
 * 0, -EADDRINUSE for a live one, -EEXIST for a file that is no socket, or what a call said. */
int listener_open(const char *path, struct listener *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Mode 0666: everybody may connect, each method decides who may call it. */
int listener_open_to_all(const struct listener *listener, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Removes what was bound here, unless somebody else has put another in its place; closes. */
void listener_fini(struct listener *listener) __attribute__((nonnull));

#endif
