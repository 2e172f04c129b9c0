/* render/sockets_detail.h - what the table of sockets says of one: its cells and the lines beneath
 * them. */
#ifndef RENDER_SOCKETS_DETAIL_H
#define RENDER_SOCKETS_DETAIL_H

#include "model/socket.h"

/* "nginx[812] +3 nginx.service", fit to show. */
char *sockets_process_text(const struct socket_record *record)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* Of a Unix socket its path or "#INODE", of others "192.0.2.1:80", fit to show. */
char *sockets_local_text(const struct socket_record *record)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
char *sockets_remote_text(const struct socket_record *record)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* "2": how many options the application set; "2?": at least; "-": it has none. */
char *sockets_chosen_text(const struct socket_record *record)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));
/* Lines, each ended by a newline: what the application set, or with `all` whatever is known. */
char *sockets_detail_text(const struct socket_record *record, bool all)
	__attribute__((nonnull, returns_nonnull, warn_unused_result));

#endif
