/* probes/tcp_most.c - see tcp_most.h. */
#include "probes/tcp_most.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"

static uint64_t third_field(const char *path)
{
	_cleanup_free_ char *text = NULL;
	uint64_t value = 0;
	struct err ignored;
	size_t len;

	if (file_read(AT_FDCWD, path, 4096, &text, &len, &ignored) < 0 ||
	    sscanf(text, "%*u %*u %" SCNu64, &value) != 1)
		return 0;
	return value;
}

void tcp_most_read(struct tcp_most *most)
{
	most->rmem_bytes = third_field("/proc/sys/net/ipv4/tcp_rmem");
	most->wmem_bytes = third_field("/proc/sys/net/ipv4/tcp_wmem");
}
