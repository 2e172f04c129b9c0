/* cli/duration.c - see duration.h. Read as a profile's durations are. */
#include "cli/duration.h"

#include <errno.h>

#include "base/mem.h"
#include "profile/quantity.h"

enum {
	US_PER_MS = 1000
};

int duration_parse(const char *option, const char *text, const struct duration_bounds *bounds,
		   uint64_t *out_ms, struct err *err)
{
	_cleanup_free_ char *copy = mem_strdup(text), *file = mem_strdup(option);
	const struct node node = {.kind = NODE_SCALAR, .file = file, .text = copy, .plain = true};
	struct quantity quantity = {0};
	uint64_t us;
	bool good;

	if (quantity_decode_kind(&node, QUANTITY_DURATION, &quantity, err) < 0)
		return -err->code;
	us = quantity.number.magnitude;
	good = quantity.kind == QUANTITY_DURATION && !quantity.number.negative &&
	       us >= bounds->least_ms * US_PER_MS && us <= bounds->most_ms * US_PER_MS &&
	       us % (bounds->step_ms * US_PER_MS) == 0;
	quantity_fini(&quantity);
	if (!good)
		return err_set(err, EINVAL, "%s '%s': expected %s", option, text, bounds->words);
	*out_ms = us / US_PER_MS;
	return 0;
}
