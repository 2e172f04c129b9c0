/* check/check.c - the table of families; see check.h. */
#include "check/check.h"

const struct check_family check_families[] = {
	{"sysctl", check_sysctl_run},
	{NULL, NULL},
};
