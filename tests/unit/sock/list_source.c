/* tests/unit/sock/list_source.c - what a source says of sockets, for tests that know the truth.
 *
 *     list_source bpf|pidfd|proc INODE...
 *
 * A JSON object a line for every owner of these; then one with what could not be seen, and how long
 * it took. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "sock/source.h"

static const struct sock_source *const sources[] = {
	&sock_source_bpf,
	&sock_source_pidfd,
	&sock_source_proc,
};

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_owner(uint64_t inode, const struct owner *owner,
			const struct sock_options *options)
{
	const char *comma = "";

	printf("{\"inode\": %" PRIu64 ", \"pid\": %d, \"fd\": %d, \"options\": {", inode,
	       (int)owner->pid, owner->fd);
	for (unsigned i = 0; options && i < SOCKOPT_COUNT; i++) {
		if (!(options->known & SOCKOPT_BIT(i)))
			continue;
		printf("%s\"%s\": ", comma, socket_options[i].name);
		comma = ", ";
		if (i == SOCKOPT_CONGESTION)
			printf("\"%s\"", options->congestion);
		else
			printf("%" PRId64, options->values[i]);
	}
	printf("}}\n");
}

static void print_end(const struct owners *owners, const struct socket_coverage *coverage,
		      double wall, double cpu)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("{\"shortfalls\": [");
	for (size_t i = 0; i < coverage->n_shortfalls; i++)
		printf("%s\"%s: %s\"", i ? ", " : "", coverage->shortfalls[i].what,
		       coverage->shortfalls[i].why);
	printf("], \"wall_s\": %.4f, \"cpu_s\": %.4f, \"bytes\": %zu, \"peak_kib\": %ld}\n", wall,
	       cpu, owners_bytes(owners), usage.ru_maxrss);
}

int main(int argc, char **argv)
{
	static const struct sock_source_options unbounded = {0};
	const struct sock_source *source = NULL;
	struct socket_coverage coverage = {0};
	_cleanup_(owners_freep) struct owners *owners = owners_new();
	struct err err = {0};
	char text[1600];

	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(sources); i++)
		if (strcmp(sources[i]->name, argv[1]) == 0)
			source = sources[i];
	if (!source) {
		fprintf(stderr, "usage: list_source SOURCE INODE...\n");
		return 64;
	}
	double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	if (source->collect(&unbounded, owners, &coverage, &err)) {
		fprintf(stderr, "%s\n", err_format(&err, text, sizeof(text)));
		return 1;
	}
	owners_sort(owners);
	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	for (int i = 2; i < argc; i++) {
		const struct owner *found;
		const struct sock_options *options;
		uint64_t inode = strtoull(argv[i], NULL, 10);
		size_t n = owners_find(owners, inode, &found, &options);

		for (size_t j = 0; j < n; j++)
			print_owner(inode, &found[j], options);
	}
	print_end(owners, &coverage, wall, cpu);
	socket_coverage_fini(&coverage);
	return 0;
}
