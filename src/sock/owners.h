/* sock/owners.h - the join: socket inode -> who holds it, and its options.
 *
 * Made whole before the dump that it is joined with. 24 bytes an entry and no more: option sets are
 * shared between the sockets that have the same. */
#ifndef SOCK_OWNERS_H
#define SOCK_OWNERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "model/socket.h"

/* The options of a socket, without what sock_diag tells as well and differs for every socket:
 * SO_RCVBUF and SO_SNDBUF are left 0 by sources whose sockets sock_diag gives memory for. */
struct sock_options {
	uint32_t known;
	enum socket_congestion_by congestion_by;
	char congestion[16]; /* "": not known */
	int64_t values[SOCKOPT_COUNT];
};

struct owners;
struct owners *owners_new(void) __attribute__((returns_nonnull));
void owners_free(struct owners *owners);
MEM_DEFINE_FREEP(struct owners, owners)

/* One descriptor of one process. `options` NULL: not read (yet). */
void owners_add(struct owners *owners, uint64_t inode, pid_t pid, int fd,
		const struct sock_options *options) __attribute__((nonnull(1)));
/* Once, after the last addition. */
void owners_sort(struct owners *owners) __attribute__((nonnull));

struct owner {
	pid_t pid;
	int fd;
};
/* Owners of a socket, by pid and fd; `*options` NULL when nobody read them. The arrays hold until
 * the next call. */
size_t owners_find(struct owners *owners, uint64_t inode, const struct owner **found,
		   const struct sock_options **options) __attribute__((nonnull));
size_t owners_bytes(const struct owners *owners) __attribute__((nonnull)); /* memory in use */

#endif
