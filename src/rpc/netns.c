/* rpc/netns.c - see netns.h. */
#include "rpc/netns.h"

#include <unistd.h>

#include "base/mem.h"

char *rpc_netns(void)
{
	char name[64];
	ssize_t len = readlink("/proc/self/ns/net", name, sizeof(name));

	return mem_strndup(name, len > 0 ? (size_t)len : 0);
}
