/* measure/token.c - see measure.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "measure/measure.h"

enum {
	TOKEN_MOST = 4096
};

const char measure_token_recipe[] =
	"(umask 077; od -An -N16 -tx1 /dev/urandom | tr -dc 0-9a-f >FILE)";

int measure_read_token(const char *file, char **out, struct err *err)
{
	struct stat st;
	size_t len;

	if (stat(file, &st) < 0)
		return err_set(err, errno, "the token: %s: %s%s%s", file, strerror(errno),
			       errno == ENOENT ? "; make one, the same at both ends, with: " : "",
			       errno == ENOENT ? measure_token_recipe : "");
	if (S_ISREG(st.st_mode) && st.st_mode & (S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH))
		return err_set(err, EPERM,
			       "%s may be read or written by others (mode %04o): chmod 600 it",
			       file, st.st_mode & 07777);
	return file_read(AT_FDCWD, file, TOKEN_MOST, out, &len, err);
}
