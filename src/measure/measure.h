/* measure/measure.h - running fettle-probe, the program that measures, and reading what it says. */
#ifndef MEASURE_MEASURE_H
#define MEASURE_MEASURE_H

#include <jansson.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"

struct measure {
	const char *program; /* NULL: measure_find_program() */
	const char *probe;   /* its name */
	char **words;        /* "name=value", see measure_add() */
	size_t count;
	const char *input; /* for its standard input; NULL: none */
	/* Called with what is in each {"progress": ...}; NULL: nobody looks. */
	void (*progress)(void *context, const json_t *progress);
	void *context;
};

/* Adds a word; one whose value is NULL is left out. */
void measure_add(struct measure *measure, const char *name, const char *value)
	__attribute__((nonnull(1, 2)));
/* Frees the words. */
void measure_fini(struct measure *measure) __attribute__((nonnull));

/* Beside this program, as in a build tree, else where it is installed; the caller's. */
char *measure_find_program(void) __attribute__((returns_nonnull, warn_unused_result));

struct measure_running {
	pid_t pid;
	int fd; /* of its standard output */
};

/* Starts it with this process's rights, which it gives up itself. */
int measure_start(const struct measure *measure, struct measure_running *out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* Reads what it says, which takes no right, and waits for its end. */
int measure_finish(const struct measure *measure, struct measure_running *running, json_t **answer,
		   struct err *err) __attribute__((nonnull, warn_unused_result));

/* Both: runs it to its end, with its standard error as ours. Returns 0 with its answer, a new
 * reference: the result, or {"error": {"code", "text"}}; or -EPROTO and the like when it has
 * none. */
int measure_run(const struct measure *measure, json_t **answer, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* The token that both ends of a measurement know, from a file; the caller's. -EPERM when others may
 * read or write it. */
int measure_read_token(const char *file, char **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));
extern const char measure_token_recipe[]; /* the command that makes one, in FILE */

#endif
