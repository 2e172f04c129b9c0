/* tests/unit/render/test_fast_json.c - JSON as it comes: numbers, keys, the end of the buffer. */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "render/fast_json.h"

/* What `write` writes, with everything between its brackets. */
static char *written(void (*write)(struct fast_json *json))
{
	_cleanup_free_ struct fast_json *json = mem_alloc(sizeof(*json));
	char *text = NULL;
	size_t len;

	json->out = open_memstream(&text, &len);
	assert_non_null(json->out);
	write(json);
	fast_json_flush(json);
	fclose(json->out);
	return text;
}

/* Around each power of ten, where the count of digits changes. */
static const uint64_t *numbers(size_t *count)
{
	static uint64_t all[64];
	size_t n = 0;

	for (uint64_t power = 1;; power *= 10) {
		all[n++] = power - 1;
		all[n++] = power;
		all[n++] = power + 1;
		if (power > UINT64_MAX / 10)
			break;
	}
	all[n++] = UINT64_MAX;
	*count = n;
	return all;
}

static void write_numbers(struct fast_json *json)
{
	size_t count;
	const uint64_t *all = numbers(&count);

	for (size_t i = 0; i < count; i++) {
		fast_json_item(json);
		fast_json_uint(json, all[i]);
	}
	for (size_t i = 0; i < count; i++) {
		if (all[i] > INT64_MAX)
			continue;
		fast_json_item(json);
		fast_json_int(json, -(int64_t)all[i]);
	}
	fast_json_item(json);
	fast_json_int(json, INT64_MIN);
}

static void numbers_are_printf_s(void **state)
{
	_cleanup_free_ char *text = written(write_numbers);
	_cleanup_free_ char *wanted = NULL;
	size_t count, len;
	const uint64_t *all = numbers(&count);
	FILE *out = open_memstream(&wanted, &len);

	(void)state;
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%" PRIu64, i ? "," : "", all[i]);
	for (size_t i = 0; i < count; i++) {
		if (all[i] <= INT64_MAX)
			fprintf(out, ",%" PRId64, -(int64_t)all[i]);
	}
	fprintf(out, ",%" PRId64, INT64_MIN);
	fclose(out);
	assert_string_equal(text, wanted);
}

static void write_keys(struct fast_json *json)
{
	struct fast_json_name known = fast_json_name("known");

	fast_json_open(json, '{');
	fast_json_known_key(json, &known);
	fast_json_null(json);
	fast_json_key(json, "plain");
	fast_json_bool(json, true);
	fast_json_known_key(json, &known);
	fast_json_open(json, '[');
	fast_json_close(json, ']');
	fast_json_set_uint(json, "n", 7);
	fast_json_set_text(json, "none", NULL);
	fast_json_set_text(json, "text", "\"\\\n\x7f\xc3\xbc\xff");
	fast_json_close(json, '}');
	fast_json_newline(json);
}

static void keys_have_their_commas(void **state)
{
	_cleanup_free_ char *text = written(write_keys);

	(void)state;
	assert_string_equal(text, "{\"known\":null,\"plain\":true,\"known\":[],\"n\":7,"
				  "\"text\":\"\\\"\\\\\\u000a\\u007f\\u00fc\\\\xff\"}\n");
}

enum {
	ROWS = 4,
	LONGEST = 42,
	MOST_SHIFT = 300 /* more than a row is long */
};
static const char longest[] = "a_name_that_is_as_long_as_one_may_be_known";
static size_t before; /* how much is in the buffer when the rows come */

static void write_rows(struct fast_json *json)
{
	struct fast_json_name known = fast_json_name(longest);
	_cleanup_free_ char *text = mem_alloc(before + 1);

	memset(text, 'x', before);
	fast_json_item(json);
	fast_json_string(json, text, before);
	for (unsigned i = 0; i < ROWS; i++) {
		fast_json_item(json);
		fast_json_open(json, '{');
		fast_json_set_text(json, "text", "some \"words\"");
		fast_json_known_key(json, &known);
		fast_json_uint(json, UINT64_MAX - i);
		fast_json_set_uint(json, "n", i);
		fast_json_key(json, "is");
		fast_json_bool(json, false);
		fast_json_close(json, '}');
	}
}

/* Wherever the buffer ends: in a key, in a number, in a text. */
static void the_end_of_the_buffer_is_anywhere(void **state)
{
	const size_t room = sizeof(((struct fast_json *)NULL)->text);

	(void)state;
	assert_int_equal(strlen(longest), LONGEST);
	for (before = room - MOST_SHIFT; before < room; before++) {
		_cleanup_free_ char *text = written(write_rows);
		_cleanup_strbuf_ struct strbuf wanted = {0};

		for (unsigned i = 0; i < ROWS; i++)
			strbuf_printf(&wanted,
				      ",{\"text\":\"some \\\"words\\\"\",\"%s\":%" PRIu64
				      ",\"n\":%u,\"is\":false}",
				      longest, UINT64_MAX - i, i);
		assert_int_equal(strspn(text + 1, "x"), before);
		assert_string_equal(text + 1 + before + 1, wanted.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_printf_s),
		cmocka_unit_test(keys_have_their_commas),
		cmocka_unit_test(the_end_of_the_buffer_is_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
