/* man/main.c - weave SRCDIR TEMPLATE [OTHER...]: writes the manual page to standard output.
 * A part of the build, which is not installed. */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "man/weave.h"

int main(int argc, char **argv)
{
	struct weave weave = {0};
	struct err err;

	if (argc < 3) {
		fputs("usage: weave SRCDIR TEMPLATE [OTHER...]\n", stderr);
		return EX_USAGE;
	}
	weave.srcdir = argv[1];
	weave.template = argv[2];
	weave.others = argv + 3;
	weave.n_others = (size_t)(argc - 3);
	if (weave_page(&weave, stdout, &err) < 0) {
		fprintf(stderr, "weave: %s: %s\n", weave.template, err.text);
		return EX_DATAERR;
	}
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EX_IOERR;
}
