/* probes/progress.c - see probe.h. A line at once, whatever standard output is. */
#include <stdio.h>

#include "probes/probe.h"

void probe_progress(json_t *progress)
{
	json_t *line = json_pack("{s:o}", "progress", progress);

	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(line);
}
