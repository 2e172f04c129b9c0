/* check/range.c - see range.h. */
#include "check/range.h"

#include <errno.h>

#include "sysctl/normalise.h"

bool check_range_holds(const struct catalog_key *known, struct num number)
{
	return !known->ranged ||
	       (num_compare(number, known->least) >= 0 && num_compare(number, known->most) <= 0);
}

static bool is_held(const struct value *now, size_t i, struct num number)
{
	return now && i < now->n_nums && num_compare(now->nums[i], number) == 0;
}

int check_range(const struct catalog_key *known, enum value_kind kind, const char *from,
		const char *to, struct err *err)
{
	_cleanup_(value_freep) struct value *value = NULL, *now = NULL;
	char given[NUM_TEXT_SIZE], least[NUM_TEXT_SIZE], most[NUM_TEXT_SIZE];
	struct err ignored;

	if (!known || !known->ranged || (kind != VALUE_INTEGER && kind != VALUE_VECTOR) ||
	    sysctl_value_parse(kind, to, &value, &ignored) < 0)
		return 0;
	if (from && sysctl_value_parse(kind, from, &now, &ignored) < 0)
		now = NULL;
	for (size_t i = 0; i < value->n_nums; i++) {
		if (!check_range_holds(known, value->nums[i]) && !is_held(now, i, value->nums[i]))
			return err_set(err, ERANGE, "the kernel takes %s to %s, not %s (%s)",
				       num_format(known->least, least),
				       num_format(known->most, most),
				       num_format(value->nums[i], given), known->source);
	}
	return 0;
}
