/* Value parsing: the first byte picks the kind, the rest is the text. What is shown of a value must
 * parse to an equal one. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sysctl/normalise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(value_freep) struct value *once = NULL, *twice = NULL;
	_cleanup_free_ char *text = NULL;
	struct err err = {0};
	enum value_kind kind;

	if (!size)
		return 0;
	kind = (enum value_kind)(data[0] % VALUE_KINDS);
	text = mem_strndup((const char *)data + 1, size - 1);
	(void)sysctl_value_guess(text);
	if (sysctl_value_parse(kind, text, &once, &err) < 0)
		return 0;
	if (sysctl_value_parse(kind, once->text, &twice, &err) < 0 || !value_equal(once, twice))
		abort();
	return 0;
}
