/* base/unix_address.h - the address of a Unix-domain socket that has a path, unix(7). */
#ifndef BASE_UNIX_ADDRESS_H
#define BASE_UNIX_ADDRESS_H

#include <sys/un.h>

#include "base/err.h"

/* Returns 0, or -ENAMETOOLONG. */
int unix_address_make(const char *path, struct sockaddr_un *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

#endif
