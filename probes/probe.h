/* probes/probe.h - what a probe is: one row of the table in main.c, one file that measures.
 *
 * fettle-probe is the only program of fettle's that talks to the network. It begins with the rights
 * of whoever starts it, prepares, gives all rights up for good, and only then reads what a network
 * sends: no capability, no user, no file, and only the system calls that measuring takes. */
#ifndef PROBES_PROBE_H
#define PROBES_PROBE_H

#include <jansson.h>

#include "base/err.h"
#include "probes/words.h"

struct probe {
	const char *name;
	/* With the caller's rights: reads its words, resolves names, opens what will be needed.
	 * What it makes is the context of the others. Nothing that a network sent is read yet. */
	int (*prepare)(struct words *words, void **context, struct err *err);
	/* Without any: measures, and fills the object that is printed. */
	int (*run)(void *context, json_t *result, struct err *err);
	void (*free)(void *context);
	/* System calls beside those of every probe, as confine/calls.h has them; or NULL. */
	const int *calls;
};

extern const struct probe probe_bdp, probe_limits, probe_path, probe_reflect, probe_transports;

/* One line for whoever watches, `{"progress": {...}}`; takes `progress`. */
void probe_progress(json_t *progress);

#endif
