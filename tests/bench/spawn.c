/* tests/bench/spawn.c - whole processes, in turns: wall time from spawn to wait, and peak memory.
 *
 * Prints for each command "wall_ns NS" and "cpu_ns NS", its medians (with those it waited for), and
 * "rss_kib KIB", its largest. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "tests/bench/stats.h"

extern char **environ;

struct command {
	char **argv;
	int expected; /* highest exit code that is no failure */
	uint64_t *walls, *cpus;
	long rss_kib;
};

static uint64_t cpu_ns(const struct rusage *usage)
{
	return (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000000U +
	       (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000;
}

static int run_once(struct command *command, size_t round)
{
	posix_spawn_file_actions_t actions;
	uint64_t start = stats_now_ns();
	struct rusage usage;
	int status, ret;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	ret = posix_spawnp(&pid, command->argv[0], &actions, NULL, command->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (ret != 0) {
		fprintf(stderr, "spawn: %s: %s\n", command->argv[0], strerror(ret));
		return 1;
	}
	if (wait4(pid, &status, 0, &usage) != pid)
		return 1;
	command->walls[round] = stats_now_ns() - start;
	command->cpus[round] = cpu_ns(&usage);
	if (usage.ru_maxrss > command->rss_kib)
		command->rss_kib = usage.ru_maxrss;
	if (WIFEXITED(status) && WEXITSTATUS(status) <= command->expected)
		return 0;
	fprintf(stderr, "spawn: %s failed (wait status %#x)\n", command->argv[0], (unsigned)status);
	return 1;
}

/* "MOST WORD... -- MOST WORD...": splits in place. */
static size_t split(char **words, struct command **out)
{
	struct command *commands = NULL;
	size_t count = 0;

	while (*words) {
		struct command *command = MEM_APPEND(commands, count);

		command->expected = atoi(*words++);
		command->argv = words;
		while (*words && strcmp(*words, "--") != 0)
			words++;
		if (*words)
			*words++ = NULL;
	}
	*out = commands;
	return count;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	_cleanup_free_ struct command *commands = NULL;
	size_t count;
	int ret = 0;

	if (rounds == 0 || rounds > 100000) {
		fprintf(stderr,
			"usage: spawn ROUNDS MOST COMMAND [WORD...] [-- MOST COMMAND...]\n");
		return 64;
	}
	count = split(argv + 2, &commands);
	for (size_t i = 0; i < count; i++) {
		commands[i].walls = mem_alloc_array(rounds, sizeof(uint64_t));
		commands[i].cpus = mem_alloc_array(rounds, sizeof(uint64_t));
	}
	for (size_t round = 0; round < rounds && ret == 0; round++)
		for (size_t i = 0; i < count && ret == 0; i++)
			ret = run_once(&commands[i], round);
	for (size_t i = 0; i < count; i++) {
		if (ret == 0)
			printf("wall_ns %ju\ncpu_ns %ju\nrss_kib %ld\n",
			       (uintmax_t)stats_percentile(commands[i].walls, rounds, 50),
			       (uintmax_t)stats_percentile(commands[i].cpus, rounds, 50),
			       commands[i].rss_kib);
		free(commands[i].walls);
		free(commands[i].cpus);
	}
	return ret;
}
