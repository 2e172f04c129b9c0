/* check/host.c - see host.h. */
#include "check/host.h"

#include <errno.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "boot/host.h"

static int read_uname(struct host *host, struct err *err)
{
	struct utsname name;

	if (uname(&name) < 0)
		return err_set(err, errno, "cannot ask the kernel's version: %s", strerror(errno));
	host->name = mem_strdup(name.nodename);
	host->kernel = mem_strdup(name.release);
	host->modules_path = mem_printf("%s/lib/modules/%s", boot_modules_root(), name.release);
	if (version_parse(name.release, &host->version) < 0)
		return err_set(err, EBADMSG, "cannot read a version in the kernel's release '%s'",
			       name.release);
	return 0;
}

static int read_sizes(struct host *host, struct err *err)
{
	struct sysinfo info;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), page = sysconf(_SC_PAGESIZE);

	if (sysinfo(&info) < 0 || cpus < 1 || page < 1)
		return err_set(err, errno, "cannot ask for the sizes of this host: %s",
			       strerror(errno));
	host->memory_bytes = (uint64_t)info.totalram * info.mem_unit;
	host->cpus = (unsigned)cpus;
	host->page_bytes = (uint64_t)page;
	return 0;
}

int host_open(const char *sysctl_path, struct host **out, struct err *err)
{
	_cleanup_(host_freep) struct host *host = mem_alloc(sizeof(*host));
	int r = read_uname(host, err);

	if (r == 0)
		r = read_sizes(host, err);
	if (r == 0)
		r = sysctl_root_open(sysctl_path, &host->root, err);
	if (r < 0)
		return r;
	*out = TAKE_PTR(host);
	return 0;
}

void host_free(struct host *host)
{
	if (!host)
		return;
	sysctl_root_free(host->root);
	free(host->name);
	free(host->kernel);
	free(host->modules_path);
	free(host);
}
