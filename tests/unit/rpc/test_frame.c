/* tests/unit/rpc/test_frame.c - messages out of bytes, however they are cut. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "rpc/frame.h"

/* Everything that is there by now, each message followed by '|'. */
static void take_all(struct frame_buffer *buffer, struct strbuf *out)
{
	char *text;
	size_t len;

	while (frame_next(buffer, &text, &len) == 1) {
		assert_int_equal(strlen(text), len);
		strbuf_add(out, text, len);
		strbuf_puts(out, "|");
	}
}

static void split_at_every_byte(void **state)
{
	static const char stream[] = "first\0\0{\"third\":3}\0last";

	(void)state;
	for (size_t cut = 0; cut <= sizeof(stream); cut++) {
		struct frame_buffer buffer = {.most = 100};
		_cleanup_strbuf_ struct strbuf out = {0};

		frame_add(&buffer, stream, cut);
		take_all(&buffer, &out);
		frame_add(&buffer, stream + cut, sizeof(stream) - cut);
		take_all(&buffer, &out);
		assert_string_equal(out.text, "first||{\"third\":3}|last|");
		assert_false(frame_is_pending(&buffer));
		frame_buffer_fini(&buffer);
	}
}

static void byte_by_byte(void **state)
{
	static const char stream[] = "a\0bc\0";
	struct frame_buffer buffer = {.most = 100};
	_cleanup_strbuf_ struct strbuf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(stream); i++) {
		frame_add(&buffer, stream + i, 1);
		take_all(&buffer, &out);
	}
	assert_string_equal(out.text, "a|bc||");
	frame_buffer_fini(&buffer);
}

static void holds_nothing_at_rest(void **state)
{
	struct frame_buffer buffer = {.most = 1 << 20};
	_cleanup_free_ char *large = mem_alloc(100000);
	char *text;
	size_t len;

	(void)state;
	memset(large, 'x', 99999);
	frame_add(&buffer, large, 100000);
	assert_true(frame_is_pending(&buffer));
	assert_int_equal(frame_next(&buffer, &text, &len), 1);
	assert_int_equal(len, 99999);
	assert_int_equal(frame_next(&buffer, &text, &len), 0);
	assert_null(buffer.data);
	assert_int_equal(buffer.room, 0);
}

static void as_long_as_may_be(void **state)
{
	struct frame_buffer buffer = {.most = 4};
	char *text;
	size_t len;

	(void)state;
	frame_add(&buffer, "1234", 4);
	assert_int_equal(frame_next(&buffer, &text, &len), 0);
	frame_add(&buffer, "", 1);
	assert_int_equal(frame_next(&buffer, &text, &len), 1);
	assert_string_equal(text, "1234");
	frame_buffer_fini(&buffer);
}

static void too_long_for_good(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{"12345", 5},     /* no end in sight */
		{"12345\0ok", 9}, /* with its end */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct frame_buffer buffer = {.most = 4};
		char *text;
		size_t len;

		frame_add(&buffer, "ok\0", 3);
		frame_add(&buffer, cases[i].bytes, cases[i].len);
		assert_int_equal(frame_next(&buffer, &text, &len), 1);
		assert_string_equal(text, "ok");
		assert_int_equal(frame_next(&buffer, &text, &len), -EOVERFLOW);
		assert_int_equal(frame_next(&buffer, &text, &len), -EOVERFLOW);
		frame_buffer_fini(&buffer);
	}
}

static void floods_of_nuls(void **state)
{
	enum {
		COUNT = 1000000
	};
	_cleanup_free_ char *nuls = mem_alloc(COUNT);
	struct frame_buffer buffer = {.most = 4};
	size_t len, found = 0;
	char *text;

	(void)state;
	frame_add(&buffer, nuls, COUNT);
	while (frame_next(&buffer, &text, &len) == 1) {
		assert_int_equal(len, 0);
		found++;
	}
	assert_int_equal(found, COUNT);
	frame_buffer_fini(&buffer);
}

/* A message that trickles in must not be looked through from its start each time: that would be
 * half a terabyte here, and no test would end. */
static void looks_at_each_byte_once(void **state)
{
	enum {
		LENGTH = 1 << 20
	};
	struct frame_buffer buffer = {.most = LENGTH};
	char *text;
	size_t len;

	(void)state;
	for (size_t i = 0; i < LENGTH; i++) {
		frame_add(&buffer, "x", 1);
		assert_int_equal(frame_next(&buffer, &text, &len), 0);
	}
	frame_add(&buffer, "", 1);
	assert_int_equal(frame_next(&buffer, &text, &len), 1);
	assert_int_equal(len, LENGTH);
	frame_buffer_fini(&buffer);
}

/* Random pieces of a random stream; the seed is printed, and taken from FRAME_SEED. */
static void any_pieces_give_the_same_messages(void **state)
{
	const char *given = getenv("FRAME_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();

	(void)state;
	print_message("FRAME_SEED=%u\n", seed);
	for (int round = 0; round < 200; round++) {
		struct frame_buffer buffer = {.most = 1 << 20};
		_cleanup_strbuf_ struct strbuf stream = {0}, wanted = {0}, out = {0};

		for (int i = rand_r(&seed) % 20; i >= 0; i--) {
			for (int j = rand_r(&seed) % 3000; j > 0; j--) {
				char c = (char)('a' + rand_r(&seed) % 26);

				strbuf_add(&stream, &c, 1);
				strbuf_add(&wanted, &c, 1);
			}
			strbuf_add(&stream, "", 1);
			strbuf_puts(&wanted, "|");
		}
		for (size_t at = 0; at < stream.len;) {
			size_t piece = 1 + (size_t)rand_r(&seed) % 4096;

			if (piece > stream.len - at)
				piece = stream.len - at;
			frame_add(&buffer, stream.text + at, piece);
			at += piece;
			take_all(&buffer, &out);
		}
		assert_string_equal(out.text, wanted.text);
		frame_buffer_fini(&buffer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_at_every_byte),
		cmocka_unit_test(byte_by_byte),
		cmocka_unit_test(holds_nothing_at_rest),
		cmocka_unit_test(as_long_as_may_be),
		cmocka_unit_test(too_long_for_good),
		cmocka_unit_test(floods_of_nuls),
		cmocka_unit_test(looks_at_each_byte_once),
		cmocka_unit_test(any_pieces_give_the_same_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
