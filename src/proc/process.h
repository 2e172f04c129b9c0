/* proc/process.h - who a process is: its name, its systemd unit, its container. */
#ifndef PROC_PROCESS_H
#define PROC_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/mem.h"

struct process {
	pid_t pid;
	char *comm; /* any bytes but NUL; NULL: it was gone, or may not be looked at */
	/* "nginx.service", "session-3.scope": the innermost, of the user's manager or of the one in
	 * its container; \xNN of systemd-escape(1) stays; NULL: none */
	char *unit;
	/* "docker:", "podman:", "containerd:", "crio:", "kubernetes:" (a pod's, of a runtime that
	 * the path does not tell), "lxc:", "nspawn:" and a name or the first 12 digits of an id;
	 * the outermost; NULL: none, or the path tells none */
	char *container;
};

/* A cache: each process is read once. Pointers hold until the cache is freed. */
struct process_cache;
struct process_cache *process_cache_new(void) __attribute__((returns_nonnull));
void process_cache_free(struct process_cache *cache);
MEM_DEFINE_FREEP(struct process_cache, process_cache)
const struct process *process_get(struct process_cache *cache, pid_t pid)
	__attribute__((nonnull, returns_nonnull));

/* The unit and the container that /proc/PID/cgroup means, whole or one line of it: cgroup v2, v1
 * or both. Each may be NULL, else is the caller's. */
void process_cgroup_parse(const char *text, char **unit, char **container) __attribute__((nonnull));

#endif
