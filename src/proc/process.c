/* proc/process.c - see process.h. */
#include "proc/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

enum {
	FIRST_ROOM = 256,
	MOST_STAT = 4096,
	MOST_CGROUP = 1 << 20,
};

/* Open addressing by pid; `room` is a power of two, at most half of it in use. */
struct process_cache {
	struct process **slots;
	size_t count, room;
};

static void process_free(struct process *process)
{
	if (!process)
		return;
	free(process->comm);
	free(process->unit);
	free(process->container);
	free(process);
}

struct process_cache *process_cache_new(void)
{
	struct process_cache *cache = mem_alloc(sizeof(*cache));

	cache->room = FIRST_ROOM;
	cache->slots = mem_alloc_array(cache->room, sizeof(*cache->slots));
	return cache;
}

void process_cache_free(struct process_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->room; i++)
		process_free(cache->slots[i]);
	free(cache->slots);
	free(cache);
}

/* Where `pid` is, or would go. */
static struct process **slot_of(const struct process_cache *cache, pid_t pid)
{
	size_t at = (uint32_t)pid * UINT32_C(2654435761) & (cache->room - 1);

	while (cache->slots[at] && cache->slots[at]->pid != pid)
		at = (at + 1) & (cache->room - 1);
	return &cache->slots[at];
}

static void grow(struct process_cache *cache)
{
	struct process_cache larger = {.room = cache->room * 2};

	larger.slots = mem_alloc_array(larger.room, sizeof(*larger.slots));
	for (size_t i = 0; i < cache->room; i++) {
		if (cache->slots[i])
			*slot_of(&larger, cache->slots[i]->pid) = cache->slots[i];
	}
	free(cache->slots);
	cache->slots = larger.slots;
	cache->room = larger.room;
}

/* proc_pid_stat(5): "PID (COMM) STATE ...", and COMM may hold anything, ")" too. */
static void read_stat(const char *text, struct process *process)
{
	const char *first = strchr(text, '('), *last = strrchr(text, ')');

	if (first && last && last > first)
		process->comm = mem_strndup(first + 1, (size_t)(last - first - 1));
}

static struct process *read_process(pid_t pid)
{
	struct process *process = mem_alloc(sizeof(*process));
	_cleanup_free_ char *stat = NULL, *cgroup = NULL;
	_cleanup_fd_ int dir = -1;
	char path[32];
	struct err ignored;
	size_t len;

	process->pid = pid;
	/* all through one open folder is of one process: when its pid is used again, that is
	 * another folder */
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return process;
	if (!file_read(dir, "stat", MOST_STAT, &stat, &len, &ignored))
		read_stat(stat, process);
	if (!file_read(dir, "cgroup", MOST_CGROUP, &cgroup, &len, &ignored))
		process_cgroup_parse(cgroup, &process->unit, &process->container);
	return process;
}

const struct process *process_get(struct process_cache *cache, pid_t pid)
{
	struct process **slot = slot_of(cache, pid);

	if (*slot)
		return *slot;
	if (++cache->count > cache->room / 2) {
		grow(cache);
		slot = slot_of(cache, pid);
	}
	*slot = read_process(pid);
	return *slot;
}
