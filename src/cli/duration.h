/* cli/duration.h - an option's value that is a time: "60s", "5min", "500ms". */
#ifndef CLI_DURATION_H
#define CLI_DURATION_H

#include <stdint.h>

#include "base/err.h"

struct duration_bounds {
	uint64_t least_ms, most_ms, step_ms;
	const char *words; /* for the error: "whole seconds from 1s to 1d, such as 60s" */
};

/* Returns 0, or -EINVAL saying which option and what it takes. */
int duration_parse(const char *option, const char *text, const struct duration_bounds *bounds,
		   uint64_t *out_ms, struct err *err) __attribute__((nonnull, warn_unused_result));

#endif
