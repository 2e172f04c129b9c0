/* base/unix_address.c - see unix_address.h. */
#include "base/unix_address.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

int unix_address_make(const char *path, struct sockaddr_un *out, struct err *err)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(out->sun_path))
		return err_set(err, ENAMETOOLONG,
			       "%s: a socket's path has at most %zu bytes (unix(7))", path,
			       sizeof(out->sun_path) - 1);
	memcpy(out->sun_path, path, strlen(path) + 1);
	return 0;
}
