/* boot/problem.c - see problem.h. */
#include "boot/problem.h"

#include <stdarg.h>

#include "base/mem.h"

enum {
	PROBLEMS_MOST = 1000
};

void boot_problem_add(struct boot_problems *problems, const char *file, unsigned line,
		      const char *format, ...)
{
	struct boot_problem *problem;
	char text[512];
	va_list args;

	if (problems->count == PROBLEMS_MOST)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	problem = MEM_APPEND(problems->items, problems->count);
	if (problems->count == PROBLEMS_MOST) {
		problem->text = mem_strdup("more problems follow that are not listed");
		return;
	}
	problem->file = mem_strdup(file);
	problem->line = line;
	problem->text = mem_strdup(text);
}

void boot_problems_fini(struct boot_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		free(problems->items[i].file);
		free(problems->items[i].text);
	}
	free(problems->items);
	*problems = (struct boot_problems){0};
}
