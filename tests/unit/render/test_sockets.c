/* tests/unit/render/test_sockets.c - lists of sockets, whole, and what a parser that is not ours
 * makes of them. */
#include "tests/unit/unit.h"

#include <locale.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "render/sockets.h"
#include "render/term.h"
#include "tests/unit/render/golden.h"
#include "tests/unit/render/sockets_fixture.h"

static const struct golden {
	const char *file, *locale;
	struct render_options options;
} goldens[] = {
	{"sockets-30.txt", "C.UTF-8", {.width = 30}},
	{"sockets-80.txt", "C.UTF-8", {.width = 80}},
	{"sockets-120-ascii.txt", "C", {.width = 120}},
	{"sockets-120-color.txt", "C.UTF-8", {.width = 120, .color = true}},
	{"sockets-120-verbose.txt", "C.UTF-8", {.width = 120, .verbose = true}},
	{"sockets-unlimited.txt", "C.UTF-8", {.width = 0}},
};

static char *as_table(const struct render_options *options, size_t times)
{
	struct socket_coverage coverage = sockets_fixture_coverage();
	struct sockets_table *table;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	table = sockets_table_begin(options, out);
	for (size_t i = 0; i < times; i++)
		for (int which = 0; which < SOCKETS_FIXTURES; which++)
			sockets_table_add(table, sockets_fixture((enum sockets_fixture)which));
	sockets_table_end(table, &coverage);
	socket_coverage_fini(&coverage);
	assert_int_equal(fclose(out), 0);
	return text;
}

static char *as_json(const struct socket_record *const *records, size_t count)
{
	struct socket_coverage coverage = sockets_fixture_coverage();
	struct sockets_json *json;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	json = sockets_json_begin(out);
	for (size_t i = 0; i < count; i++)
		sockets_json_add(json, records[i]);
	sockets_json_end(json, &coverage);
	socket_coverage_fini(&coverage);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void every_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
		_cleanup_free_ char *text = NULL;

		assert_non_null(setlocale(LC_CTYPE, goldens[i].locale));
		text = as_table(&goldens[i].options, 1);
		assert_golden(goldens[i].file, text);
	}
}

static void every_key(void **state)
{
	const struct socket_record *records[SOCKETS_FIXTURES];
	_cleanup_free_ char *text = NULL;

	(void)state;
	for (int i = 0; i < SOCKETS_FIXTURES; i++)
		records[i] = sockets_fixture((enum sockets_fixture)i);
	text = as_json(records, SOCKETS_FIXTURES);
	assert_golden("sockets.jsonl", text);
}

/* No line is wider than the terminal, whatever that is, but for a margin and one character, which
 * may take two columns, and a path to copy. */
static void every_width_is_kept(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (unsigned width = 1; width < 200; width++) {
		const struct render_options options = {.width = width, .verbose = true};
		_cleanup_free_ char *text = as_table(&options, 1);
		char *rest = text;

		for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
			if (term_width(line) > width && term_width(line) > strspn(line, " ") + 2 &&
			    (strchr(line + strspn(line, " "), ' ') || !strchr(line, '/')))
				fail_msg("at width %u: %s", width, line);
	}
}

/* The widths are decided by the first thousand; the rows behind look the same. */
static void a_long_list_keeps_its_columns(void **state)
{
	const struct render_options options = {.width = 0};
	_cleanup_free_ char *once = as_table(&options, 1), *often = as_table(&options, 300);
	char *tail = strstr(once, "\nnetwork namespace blue"), *rest = often;
	size_t lines = 0;

	(void)state;
	assert_non_null(tail);
	for (char *line = strsep(&rest, "\n"); rest; line = strsep(&rest, "\n")) {
		bool same = !*line || strstr(once, line) || strstr(line, "network namespace self");

		if (!same && !strstr(line, "2400 sockets of 9 seen"))
			fail_msg("not in the short list: %s", line);
		lines += str_starts(line, "tcp  ");
	}
	assert_int_equal(lines, 300 * 5);
}

static void an_empty_list_says_so(void **state)
{
	static const char want_table[] = "\n0 sockets; 0 of 0 read fully\n",
			  want_json[] = "{\"coverage\":{\"shown\":0,\"seen\":0,\"fully_read\":0,"
					"\"without_owner\":0,\"shortfalls\":[],\"notes\":[]}}\n";
	const struct render_options options = {.width = 80};
	const struct socket_coverage coverage = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	sockets_table_end(sockets_table_begin(&options, out), &coverage);
	sockets_json_end(sockets_json_begin(out), &coverage);
	assert_int_equal(fclose(out), 0);
	assert_memory_equal(text, want_table, strlen(want_table));
	assert_string_equal(text + strlen(want_table), want_json);
	free(text);
}

/* Every byte in every text: safe on a terminal, and the same again in a program. */
static void no_byte_gets_out_raw(void **state)
{
	static const char script[] =
		"import json, sys\n"
		"text = sys.stdin.buffer.read().decode('ascii')\n"
		"socket = json.loads(text.splitlines()[0])\n"
		"want = bytes(range(128)).decode() + ''.join('\\\\x%02x' % i for i in range(128, "
		"256))\n"
		"print(socket['path'] == want, socket['owners'][0]['comm'] == want[1:])\n";
	struct socket_owner owner = {.pid = 1, .fd = 2};
	struct socket_record record = *sockets_fixture(SOCKETS_PATH);
	const struct socket_record *records[] = {&record};
	_cleanup_free_ char *json = NULL, *said = NULL;
	char all[257];

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	all[256] = '\0';
	owner.comm = owner.unit = owner.container = all + 1;
	record.owners = &owner;
	record.n_owners = 1;
	record.path = all;
	record.path_len = 256;
	record.owners_unknown = record.interface = record.netns = all + 1;
	json = as_json(records, 1);
	said = python_says(script, json, strlen(json));
	assert_string_equal(said, "True True\n");
}

/* Texts beyond ASCII come back as they were. */
static void a_real_parser_reads_every_line(void **state)
{
	static const char script[] =
		"import json, sys\n"
		"lines = [json.loads(line) for line in sys.stdin]\n"
		"print(len(lines), lines[-1]['coverage']['shown'])\n"
		"print(ascii(lines[5]['owners'][0]), ascii(lines[5]['path']))\n"
		"print(lines[0]['cookie'], lines[0]['tcp']['delivery_rate_Bps'])\n"
		"print(sorted(set.union(*(set(line) for line in lines))))\n";
	static const char want[] =
		"9 8\n"
		"{'pid': 13, 'comm': 'a\"b\\\\c\\n\\x1b[2Jd', 'fd': 3, "
		"'unit': '\\xe9\\U0001f41f\\\\xff\\x9b.service'} "
		"'@a\\\\x00b\\\\x80\\x7f\\\\xed\\\\xa0\\\\x80'\n"
		"18446744073709551615 12500000000\n"
		"['cgroup_id', 'cookie', 'coverage', 'family', 'inode', 'interface', 'local', "
		"'memory', 'netns', 'options', 'owners', 'owners_unknown', 'path', 'peer_inode', "
		"'protocol', 'queues', 'remote', 'state', 'tcp', 'timer', 'uid', 'unread']\n";
	const struct socket_record *records[SOCKETS_FIXTURES];
	_cleanup_free_ char *text = NULL, *said = NULL;

	(void)state;
	for (int i = 0; i < SOCKETS_FIXTURES; i++)
		records[i] = sockets_fixture((enum sockets_fixture)i);
	text = as_json(records, SOCKETS_FIXTURES);
	said = python_says(script, text, strlen(text));
	assert_string_equal(said, want);
}

/* More than the writer's buffer holds, with its end at every place. */
static void a_full_buffer_loses_nothing(void **state)
{
	enum {
		MANY = 200
	};
	const struct socket_record *records[MANY];
	_cleanup_free_ char *one = NULL, *text = NULL;
	char *at, *end;

	(void)state;
	for (int i = 0; i < MANY; i++)
		records[i] = sockets_fixture(SOCKETS_FULL);
	one = as_json(records, 1);
	end = strchr(one, '\n') + 1;
	text = at = as_json(records, MANY);
	for (int i = 0; i < MANY; i++, at += end - one)
		assert_memory_equal(at, one, (size_t)(end - one));
	assert_true(str_starts(at, "{\"coverage\":"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_table),
		cmocka_unit_test(every_key),
		cmocka_unit_test(every_width_is_kept),
		cmocka_unit_test(a_long_list_keeps_its_columns),
		cmocka_unit_test(an_empty_list_says_so),
		cmocka_unit_test(no_byte_gets_out_raw),
		cmocka_unit_test(a_real_parser_reads_every_line),
		cmocka_unit_test(a_full_buffer_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
