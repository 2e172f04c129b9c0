/* render/render.c - the renderers there are, one row each. */
#include "render/render.h"

#include <string.h>

const struct renderer renderers[] = {
	{"table", "for people", render_table},
	{"json", "for programs: fettle-report/1", render_json},
	{"junit", "for continuous integration: JUnit XML", render_junit},
	{NULL, NULL, NULL},
};

const struct renderer *render_find(const char *name)
{
	for (const struct renderer *renderer = renderers; renderer->name; renderer++) {
		if (strcmp(renderer->name, name) == 0)
			return renderer;
	}
	return NULL;
}
