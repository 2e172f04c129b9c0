/* cli/probe.h - running fettle-probe, the program that measures, and reading what it says. */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include <jansson.h>

#include "cli/cli.h"

struct probe_call {
	const char *name; /* of the probe */
	char **words;     /* "name=value"; freed by probe_call_fini() */
	size_t count;
	const char *input; /* for its standard input; NULL: none */
	/* Called for every {"progress": ...} with what is in it; NULL: nobody looks. */
	void (*progress)(const struct cli *cli, const json_t *progress);
};
/* Adds a word; one whose value is NULL is left out. */
void probe_call_add(struct probe_call *call, const char *name, const char *value)
	__attribute__((nonnull(1, 2)));
void probe_call_fini(struct probe_call *call) __attribute__((nonnull));

/* Runs it to its end. Returns CLI_FINE with `*result`, a new reference; or what the command is to
 * end with, having said why: CLI_NOT_PERMITTED, CLI_USAGE for a word that is refused, CLI_BAD_INPUT
 * for a host that nobody knows, CLI_INCOMPLETE when there was nothing to be measured. */
enum cli_exit probe_run(const struct cli *cli, const struct probe_call *call, json_t **result)
	__attribute__((nonnull));
/* True when standard error is a terminal: then, and only then, progress is shown there. */
bool probe_is_watched(void);
/* One line over the last one, cut to the terminal's width; "" takes it away. */
void probe_show_progress(const char *line) __attribute__((nonnull));

#endif
