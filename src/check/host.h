/* check/host.h - the host as far as checks depend on it; every fact can be given by a test. */
#ifndef CHECK_HOST_H
#define CHECK_HOST_H

#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "model/version.h"
#include "sysctl/read.h"

struct host {
	char *name, *kernel; /* uname(2): nodename, release */
	struct version version;
	uint64_t memory_bytes; /* all of it, as the kernel counts it: sysinfo(2), MemTotal */
	uint64_t page_bytes;
	unsigned cpus;      /* online */
	char *modules_path; /* "/lib/modules/6.1.0-18-amd64" */
	struct sysctl_root *root;
};

/* This host, its keys below `sysctl_path` ("/proc/sys"). */
int host_open(const char *sysctl_path, struct host **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
void host_free(struct host *host);
MEM_DEFINE_FREEP(struct host, host)

#endif
