/* The profile loader: any bytes either load or give an error with a place, which is the first that
 * lint tells; and what loads is the same again after it was shown. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "profile/load.h"
#include "profile/show.h"
#include "profile/source.h"
#include "tests/unit/profile/dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char file[] = "fuzz.yaml";

static void check_error(const struct err *err)
{
	if (!err->code || !err->text[0] || !str_equal(err->file, file) || !err->line ||
	    !err->column)
		abort();
}

static void check_errors(const char *data, size_t size, const struct err *first)
{
	struct err errs[8];
	size_t count = source_errors(file, data, size, errs, ARRAY_SIZE(errs));

	if (count > ARRAY_SIZE(errs) || (count && !str_equal(errs[0].text, first->text)))
		abort();
	for (size_t i = 0; i < count; i++)
		check_error(&errs[i]);
}

static void check_round_trip(const struct profile *profile)
{
	_cleanup_(profile_freep) struct profile *again = NULL;
	_cleanup_free_ char *text = NULL, *before = NULL, *after = NULL;
	struct err err = {0};
	size_t len;
	FILE *out = open_memstream(&text, &len);

	profile_show(profile, out);
	fclose(out);
	if (profile_load_buffer("", file, text, len, &again, &err) < 0) {
		fprintf(stderr, "%u:%u: %s\n%s", err.line, err.column, err.text, text);
		abort();
	}
	before = dump_profile(profile);
	after = dump_profile(again);
	if (!str_equal(before, after)) {
		fprintf(stderr, "before:\n%s\nafter:\n%s", before, after);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(profile_freep) struct profile *profile = NULL;
	struct err err = {0};

	if (profile_load_buffer("", file, (const char *)data, size, &profile, &err) < 0) {
		check_error(&err);
		check_errors((const char *)data, size, &err);
		return 0;
	}
	check_round_trip(profile);
	json_decref(profile_to_json(profile));
	return 0;
}
