/* boot/problem.h - what was found wrong on the way: told at the end, never fatal. */
#ifndef BOOT_PROBLEM_H
#define BOOT_PROBLEM_H

#include <stddef.h>

struct boot_problem {
	char *file;    /* NULL: about the whole host */
	unsigned line; /* 0: the whole file */
	char *text;
};

/* Starts as {0}. At most 1000 are kept; the last of them then says so. */
struct boot_problems {
	struct boot_problem *items;
	size_t count;
};

void boot_problem_add(struct boot_problems *problems, const char *file, unsigned line,
		      const char *format, ...) __attribute__((nonnull(1, 4), format(printf, 4, 5)));
void boot_problems_fini(struct boot_problems *problems) __attribute__((nonnull));

#endif
