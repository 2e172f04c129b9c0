/* tests/unit/rpc/test_message.c - calls and replies, and what is neither. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "rpc/message.h"

static int parse(const char *text, struct rpc_call *call, const char **member, struct err *err)
{
	return rpc_call_parse(text, strlen(text), call, member, err);
}

static void calls(void **state)
{
	static const struct {
		const char *text, *method, *parameters;
		bool more, oneway, upgrade;
	} cases[] = {
		{"{\"method\":\"a.B\"}", "a.B", NULL, false, false, false},
		{" {\"method\" : \"a.B\", \"parameters\":{}}\n", "a.B", "{}", false, false, false},
		{"{\"method\":\"a.B\",\"parameters\":null,\"more\":true}", "a.B", NULL, true, false,
		 false},
		{"{\"method\":\"a.B\",\"parameters\":{\"x\":[1]},\"oneway\":true}", "a.B",
		 "{\"x\":[1]}", false, true, false},
		{"{\"method\":\"a.B\",\"upgrade\":true,\"more\":false,\"oneway\":null,\"new\":[]}",
		 "a.B", NULL, false, false, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *parameters = NULL;
		struct rpc_call call;
		const char *member;
		struct err err;

		assert_int_equal(parse(cases[i].text, &call, &member, &err), 0);
		assert_string_equal(call.method, cases[i].method);
		parameters = call.parameters ? json_dumps(call.parameters, JSON_COMPACT) : NULL;
		assert_true(str_equal(parameters, cases[i].parameters));
		assert_int_equal(call.more, cases[i].more);
		assert_int_equal(call.oneway, cases[i].oneway);
		assert_int_equal(call.upgrade, cases[i].upgrade);
		rpc_call_fini(&call);
	}
}

static void objects_that_are_no_calls(void **state)
{
	static const struct {
		const char *text, *member;
	} cases[] = {
		{"{}", "method"},
		{"{\"method\":null}", "method"},
		{"{\"method\":1}", "method"},
		{"{\"parameters\":{}}", "method"},
		{"{\"method\":\"a.B\",\"parameters\":[]}", "parameters"},
		{"{\"method\":\"a.B\",\"parameters\":\"x\"}", "parameters"},
		{"{\"method\":\"a.B\",\"more\":1}", "more"},
		{"{\"method\":\"a.B\",\"oneway\":\"true\"}", "oneway"},
		{"{\"method\":\"a.B\",\"upgrade\":{}}", "upgrade"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rpc_call call;
		const char *member = NULL;
		struct err err;

		assert_int_equal(parse(cases[i].text, &call, &member, &err), -EINVAL);
		assert_string_equal(member, cases[i].member);
		assert_non_null(strstr(err.text, cases[i].member));
	}
}

static void no_objects_at_all(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"", "not JSON"},
		{" ", "not JSON"},
		{"GET / HTTP/1.1", "not JSON"},
		{"[]", "not a JSON object"},
		{"{\"method\":\"a.B\"", "not JSON"},
		{"{\"method\":\"a.B\"}}", "not JSON"},
		{"{\"method\":\"a.B\"} {}", "not JSON"},
		{"{'method':'a.B'}", "not JSON"},
		{"{\"method\":\"a.B\",\"method\":\"a.B\"}", "duplicate"},
		{"{\"method\":\"a\\u0000\"}", "not JSON"},
		{"{\"method\":\"\\ud800\"}", "not JSON"},
		{"{\"method\":\"\xff\"}", "not JSON"},
		{"{\"method\":\"\xc0\x80\"}", "not JSON"},
		{"{\"method\":\"\xed\xa0\x80\"}", "not JSON"},
		{"{\"method\":\"a\nb\"}", "not JSON"},
		{"\xef\xbb\xbf{}", "not JSON"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rpc_call call;
		const char *member;
		struct err err;

		assert_int_equal(parse(cases[i].text, &call, &member, &err), -EBADMSG);
		if (!strstr(err.text, cases[i].reason))
			fail_msg("case %zu: %s", i, err.text);
		assert_true(str_is_utf8(err.text, strlen(err.text)));
	}
}

static char *nested(size_t levels, const char *inside)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	strbuf_puts(&text, "{\"method\":\"a.B\",\"x\":");
	for (size_t i = 1; i < levels; i++)
		strbuf_puts(&text, "[");
	strbuf_puts(&text, inside);
	for (size_t i = 1; i < levels; i++)
		strbuf_puts(&text, "]");
	strbuf_puts(&text, "}");
	return strbuf_take(&text);
}

static void depth_is_bounded(void **state)
{
	static const struct {
		size_t levels;
		const char *inside;
		int result;
	} cases[] = {
		{RPC_MOST_DEPTH, "1", 0},
		{RPC_MOST_DEPTH + 1, "1", -EBADMSG},
		{RPC_MOST_DEPTH, "{}", -EBADMSG},
		{RPC_MOST_DEPTH, "[],[],[]", -EBADMSG},
		{RPC_MOST_DEPTH - 1, "[],[],[]", 0},
		/* brackets in strings are text, also behind an escaped quote */
		{RPC_MOST_DEPTH, "\"[[[[{{{{\"", 0},
		{RPC_MOST_DEPTH, "\"\\\"[[[[\\\\\"", 0},
		{RPC_MOST_DEPTH, "\"\\\\\",[\"\"]", -EBADMSG},
		{100000, "1", -EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = nested(cases[i].levels, cases[i].inside);
		struct rpc_call call = {0};
		const char *member;
		struct err err;
		int r = parse(text, &call, &member, &err);

		if (r != cases[i].result)
			fail_msg("case %zu: %d", i, r);
		if (r < 0)
			assert_string_equal(err.text, "nested deeper than 32 levels");
		rpc_call_fini(&call);
	}
}

static void replies(void **state)
{
	static const struct {
		const char *text, *error, *parameters;
		bool continues;
	} cases[] = {
		{"{}", NULL, "{}", false},
		{"{\"parameters\":{\"a\":1},\"continues\":false}", NULL, "{\"a\":1}", false},
		{"{\"parameters\":{\"a\":1},\"continues\":true}", NULL, "{\"a\":1}", true},
		{"{\"continues\":1}", NULL, "{}", false},
		{"{\"error\":\"x.Y\"}", "x.Y", "{}", false},
		{"{\"error\":\"x.Y\",\"parameters\":{\"b\":null}}", "x.Y", "{\"b\":null}", false},
	};
	static const char *const bad[] = {
		"", "[]", "5", "{\"error\":5}", "{\"parameters\":[]}", "{\"parameters\":null}", "{",
	};
	struct rpc_reply reply;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *parameters = NULL;

		assert_int_equal(
			rpc_reply_parse(cases[i].text, strlen(cases[i].text), &reply, &err), 0);
		assert_true(str_equal(reply.error, cases[i].error));
		parameters = json_dumps(reply.parameters, JSON_COMPACT);
		assert_string_equal(parameters, cases[i].parameters);
		assert_int_equal(reply.continues, cases[i].continues);
		rpc_reply_fini(&reply);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (rpc_reply_parse(bad[i], strlen(bad[i]), &reply, &err) != -EPROTO)
			fail_msg("taken for a reply: %s", bad[i]);
}

static void texts(void **state)
{
	_cleanup_free_ char *call = rpc_call_text("a.B", json_pack("{s:i}", "x", 1), true);
	_cleanup_free_ char *bare = rpc_call_text("a.B", NULL, false);
	_cleanup_free_ char *reply = rpc_reply_text(NULL), *continued = rpc_continued_text(NULL);
	_cleanup_free_ char *error = rpc_error_text("a.C", json_pack("{s:s}", "y", "z"));

	(void)state;
	assert_string_equal(call, "{\"method\":\"a.B\",\"parameters\":{\"x\":1},\"more\":true}");
	assert_string_equal(bare, "{\"method\":\"a.B\",\"parameters\":{}}");
	assert_string_equal(reply, "{\"parameters\":{}}");
	assert_string_equal(continued, "{\"parameters\":{},\"continues\":true}");
	assert_string_equal(error, "{\"error\":\"a.C\",\"parameters\":{\"y\":\"z\"}}");
}

/* Whatever is in a message, its text holds no NUL and comes back the same. */
static void every_byte_survives(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		const char text[] = {'<', (char)byte, '>', '\0'};
		_cleanup_free_ char *printable = str_printable(text);
		_cleanup_free_ char *message =
			rpc_reply_text(json_pack("{s:o}", "text", rpc_string(text)));
		struct rpc_reply reply;
		struct err err;

		assert_int_equal(rpc_reply_parse(message, strlen(message), &reply, &err), 0);
		assert_string_equal(json_string_value(json_object_get(reply.parameters, "text")),
				    byte < 0x80 ? text : printable);
		rpc_reply_fini(&reply);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls),
		cmocka_unit_test(objects_that_are_no_calls),
		cmocka_unit_test(no_objects_at_all),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(replies),
		cmocka_unit_test(texts),
		cmocka_unit_test(every_byte_survives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
