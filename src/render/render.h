/* render/render.h - a report in one of its formats. A renderer is one file and one row; it sees
 * only the model. */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "model/report.h"

struct render_options {
	unsigned width; /* columns to fit; 0: no limit */
	bool color;
	bool verbose;          /* also what passed, and every why */
	enum severity fail_on; /* findings below it are told, and fail nothing */
};

struct renderer {
	const char *name, *summary; /* as --format takes it; for --help */
	void (*render)(const struct report *report, const struct render_options *options,
		       FILE *out);
};

extern const struct renderer renderers[]; /* ends with a NULL name; the first is the default */
const struct renderer *render_find(const char *name) __attribute__((nonnull)); /* or NULL */

void render_table(const struct report *report, const struct render_options *options, FILE *out)
	__attribute__((nonnull));
void render_json(const struct report *report, const struct render_options *options, FILE *out)
	__attribute__((nonnull));
void render_junit(const struct report *report, const struct render_options *options, FILE *out)
	__attribute__((nonnull));

#endif
