/* probes/main.c - fettle-probe: one measurement, one JSON object on standard output. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/errno_name.h"
#include "base/mem.h"
#include "config.h"
#include "probes/probe.h"
#include "probes/sandbox.h"

static const struct probe *const probes[] = {&probe_bdp, &probe_limits, &probe_path, &probe_reflect,
					     &probe_transports};

static int measure(const struct probe *probe, char *const *given, json_t *result, struct err *err)
{
	struct words words;
	void *context = NULL;
	int r = words_init(&words, given, err);

	if (r == 0)
		r = probe->prepare(&words, &context, err);
	if (r == 0)
		r = words_end(&words, err);
	if (r == 0)
		r = sandbox_enter(probe->calls, err);
	if (r == 0)
		r = probe->run(context, result, err);
	probe->free(context);
	return r;
}

int main(int argc, char **argv)
{
	json_t *result = json_object();
	struct err err = {0};
	int r = -EINVAL;

	/* musl looks what standard output is when it first writes there, by then too late */
	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* nobody would read what it says */
	err_set(&err, EINVAL, "usage: fettle-probe NAME [WORD=VALUE...]; `fettle probe` runs it");
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(probes); i++) {
		if (strcmp(probes[i]->name, argv[1]) == 0)
			r = measure(probes[i], argv + 2, result, &err);
	}
	if (r < 0)
		json_object_set_new(
			result, "error",
			json_pack("{s:s, s:s}", "code", errno_name(-r), "text", err.text));
	json_dumpf(result, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(result);
	return fflush(stdout) != 0 || r < 0;
}
