/* tests/unit/profile/test_quantity.c - every unit, and everything that is nearly one. */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "profile/quantity.h"

struct values {
	struct quantity *list;
	size_t count;
};

static void values_fini(struct values *v)
{
	for (size_t i = 0; i < v->count; i++)
		quantity_fini(&v->list[i]);
	free(v->list);
}

/* Reads "- VALUE" as a setting's words, or one computed quantity. */
static int read_value(const char *value, enum place place, struct values *out, struct err *err)
{
	_cleanup_free_ char *text = mem_printf("- %s\n", value);
	_cleanup_(doc_freep) struct doc *doc = NULL;
	const struct node *node;
	int r = doc_parse("t.yaml", text, strlen(text), &doc, err);

	if (r < 0)
		return r;
	node = doc->root->items[0].value;
	if (node->kind == NODE_SCALAR)
		return quantity_decode_words(node, place, &out->list, &out->count, err);
	return quantity_decode(node, place, MEM_APPEND(out->list, out->count), err);
}

static char *describe(const struct quantity *q)
{
	static const char *const kinds[] = {"text",   "number", "bytes", "us",
					    "bits/s", "ppm",    "bdp",   "sysctl"};
	char number[NUM_TEXT_SIZE];

	if (q->kind == QUANTITY_BDP)
		return mem_printf("bdp %" PRIu64 " %" PRIu64 " %u '%s'", q->rate_bps, q->rtt_us,
				  q->times_milli, q->text);
	if (q->kind == QUANTITY_MEMORY)
		return mem_printf("ppm %u '%s'", q->share_ppm, q->text);
	if (q->kind == QUANTITY_TEXT || q->kind == QUANTITY_SYSCTL)
		return mem_printf("%s '%s'", kinds[q->kind], q->text);
	return mem_printf("%s %s '%s'", kinds[q->kind], num_format(q->number, number), q->text);
}

static char *result_of(const char *value, enum place place)
{
	__attribute__((cleanup(values_fini))) struct values values = {0};
	struct strbuf out = {0};
	struct err err = {0};

	if (read_value(value, place, &values, &err) < 0)
		return mem_printf("%u: %s", err.column, err.text);
	for (size_t i = 0; i < values.count; i++) {
		_cleanup_free_ char *text = describe(&values.list[i]);

		strbuf_printf(&out, "%s%s", i ? ", " : "", text);
	}
	return strbuf_take(&out);
}

struct quantity_case {
	const char *value, *result;
};

static void check(const struct quantity_case *cases, size_t count, enum place place)
{
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *result = result_of(cases[i].value, place);

		assert_string_equal(result, cases[i].result);
	}
}

static void every_unit(void **state)
{
	static const struct quantity_case cases[] = {
		{"0", "number 0 '0'"},
		{"4096", "number 4096 '4096'"},
		{"\"4096\"", "number 4096 '4096'"},
		{"-1", "number -1 '-1'"},
		{"-0", "number 0 '-0'"},
		{"18446744073709551615", "number 18446744073709551615 '18446744073709551615'"},
		{"-9223372036854775808", "number -9223372036854775808 '-9223372036854775808'"},
		{"7B", "bytes 7 '7B'"},
		{"1KiB", "bytes 1024 '1KiB'"},
		{"64MiB", "bytes 67108864 '64MiB'"},
		{"'64MiB'", "bytes 67108864 '64MiB'"},
		{"1.5GiB", "bytes 1610612736 '1.5GiB'"},
		{"0.5KiB", "bytes 512 '0.5KiB'"},
		{"1.50KiB", "bytes 1536 '1.50KiB'"},
		{"2TiB", "bytes 2199023255552 '2TiB'"},
		{"16777215TiB", "bytes 18446742974197923840 '16777215TiB'"},
		{"100kbit", "bits/s 100000 '100kbit'"},
		{"2.5Mbit", "bits/s 2500000 '2.5Mbit'"},
		{"10Gbit", "bits/s 10000000000 '10Gbit'"},
		{"10Gbit/s", "bits/s 10000000000 '10Gbit/s'"},
		{"5us", "us 5 '5us'"},
		{"80ms", "us 80000 '80ms'"},
		{"0.25ms", "us 250 '0.25ms'"},
		{"60s", "us 60000000 '60s'"},
		{"2min", "us 120000000 '2min'"},
		{"1.5h", "us 5400000000 '1.5h'"},
		{"1d", "us 86400000000 '1d'"},
		{"2% of memory", "ppm 20000 '2% of memory'"},
		{"0.5% of memory", "ppm 5000 '0.5% of memory'"},
		{"100% of memory", "ppm 1000000 '100% of memory'"},
		{"{bdp: {rate: 10Gbit, rtt: 80ms}, times: 2}",
		 "bdp 10000000000 80000 2000 '2 x bdp(10Gbit, 80ms)'"},
		{"{bdp: {rate: 1000Mbit/s, rtt: 0.1s}}",
		 "bdp 1000000000 100000 1000 'bdp(1Gbit, 100ms)'"},
		{"{times: 1.25, bdp: {rate: 1.001kbit, rtt: 7us}}",
		 "bdp 1001 7 1250 '1.25 x bdp(1.001kbit, 7us)'"},
		{"{sysctl: net/core/somaxconn}", "sysctl 'net.core.somaxconn'"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases), PLACE_SETTING);
}

static void words(void **state)
{
	static const struct quantity_case cases[] = {
		{"bbr", "text 'bbr'"},
		{"\"\"", "text ''"},
		{"\"  \"", "text ''"},
		{"\"on\"", "text 'on'"},
		{"\"010\"", "text '010'"},
		{"\"0x10\"", "text '0x10'"},
		{"\"2go\"", "text '2go'"},
		{"1-3", "text '1-3'"},
		{"8080,9000-9010", "text '8080,9000-9010'"},
		{"192.0.2.10:4433", "text '192.0.2.10:4433'"},
		{"00000000,0000000f", "text '00000000,0000000f'"},
		{"\"-\"", "text '-'"},
		{"4096 131072 6291456",
		 "number 4096 '4096', number 131072 '131072', number 6291456 '6291456'"},
		{"\"4096\\t131072\\n\"", "number 4096 '4096', number 131072 '131072'"},
		{"4KiB 1MiB", "bytes 4096 '4KiB', bytes 1048576 '1MiB'"},
		{"\"|/usr/bin/core %p\"", "text '|/usr/bin/core', text '%p'"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases), PLACE_SETTING);
}

static void what_could_mean_two_things_is_refused(void **state)
{
	static const struct quantity_case cases[] = {
		{"0x10", "3: '0x10' is hexadecimal: quote it for a mask of bits (\"10\"), or write "
			 "16 for a "
			 "number"},
		{"0Xff", "3: '0Xff' is hexadecimal: quote it for a mask of bits (\"ff\"), or write "
			 "255 for a "
			 "number"},
		{"1_000", "3: '1_000': write the number without '_'"},
		{"1e6", "3: '1e6': write all the digits of the number"},
		{"1E+6", "3: '1E+6': write all the digits of the number"},
		{"010",
		 "3: '010' could be octal: write it without the leading 0, or quote it if it is "
		 "a word"},
		{"007MiB", "3: '007MiB' starts with 0: write it without"},
		{"+5", "3: '+5': write it without the '+'"},
		{".5GiB", "3: '.5GiB': write it with a 0 before the point"},
		{"1.5", "3: '1.5' has a fraction and no unit: expected a whole number"},
		{"64KB", "3: unknown unit 'KB' in '64KB', did you mean '64KiB'?"},
		{"64MB", "3: unknown unit 'MB' in '64MB', did you mean '64MiB'?"},
		{"1.5GB", "3: unknown unit 'GB' in '1.5GB', did you mean '1.5GiB'?"},
		{"64K", "3: unknown unit 'K' in '64K', did you mean '64KiB'?"},
		{"64k", "3: unknown unit 'k' in '64k', did you mean '64KiB'?"},
		{"64M", "3: unknown unit 'M' in '64M', did you mean '64MiB'?"},
		{"64mib", "3: unknown unit 'mib' in '64mib', did you mean '64MiB'?"},
		{"10Gbps", "3: unknown unit 'Gbps' in '10Gbps', did you mean '10Gbit'?"},
		{"5m", "3: unknown unit 'm' in '5m', did you mean '5min'?"},
		{"5sec", "3: unknown unit 'sec' in '5sec', did you mean '5s'?"},
		{"10%", "3: unknown unit '%' in '10%', did you mean '10% of memory'?"},
		{"12parsecs",
		 "3: unknown unit 'parsecs' in '12parsecs'; accepted: B, KiB, MiB, GiB, TiB, kbit, "
		 "Mbit, Gbit, us, ms, s, min, h, d, '% of memory'; a word that starts with a digit "
		 "must be quoted"},
		{"64 MiB", "3: 'MiB' stands alone: write the unit next to its number, as in 64MiB"},
		{"on", "3: 'on' is no number: write 1, or quote it if the kernel keeps this word"},
		{"TRUE",
		 "3: 'TRUE' is no number: write 1, or quote it if the kernel keeps this word"},
		{"no", "3: 'no' is no number: write 0, or quote it if the kernel keeps this word"},
		{"~", "3: expected a value, found nothing"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases), PLACE_SETTING);
}

static void numbers_that_do_not_fit(void **state)
{
	static const struct quantity_case cases[] = {
		{"18446744073709551616",
		 "3: '18446744073709551616' is beyond 64 bits: accepted are "
		 "-9223372036854775808 to 18446744073709551615"},
		{"-9223372036854775809",
		 "3: '-9223372036854775809' is beyond 64 bits: accepted are "
		 "-9223372036854775808 to 18446744073709551615"},
		{"16777216TiB",
		 "3: '16777216TiB' is beyond 64 bits: at most 16777215TiB is accepted"},
		{"99999999999999999999999B", "3: '99999999999999999999999B' is beyond 64 bits: at "
					     "most 18446744073709551615B is "
					     "accepted"},
		{"300000000000d",
		 "3: '300000000000d' is beyond 64 bits: at most 213503982d is accepted"},
		{"1.3B", "3: '1.3B' is not a whole number of bytes"},
		{"0.0001ms", "3: '0.0001ms' is not a whole number of microseconds"},
		{"0.00000001Gbit", "3: '0.00000001Gbit' is not a whole number of bits per second"},
		{"-5s", "3: '-5s' is negative: with a unit it must not be"},
		{"100.1% of memory",
		 "3: '100.1% of memory' is more than all of it: expected 0 to 100%"},
		{"99999999999999999999% of memory",
		 "3: '99999999999999999999% of memory' is more than all of it: expected 0 to 100%"},
		{"{bdp: {rate: 10Gbit}}",
		 "9: bdp: 'rtt' is missing: a bandwidth-delay product needs it"},
		{"{bdp: {rate: 10, rtt: 1ms}}",
		 "16: bdp: rate: expected a quantity such as 10Gbit, found '10'"},
		{"{bdp: {rate: 10Gbit, rtt: 2h}}",
		 "29: bdp: rtt: '2h' is out of range for a network path"},
		{"{bdp: {rate: 10001Gbit, rtt: 1s}}",
		 "16: bdp: rate: '10001Gbit' is out of range for a network path"},
		{"{bdp: {rate: 0kbit, rtt: 1s}}",
		 "16: bdp: rate: '0kbit' is out of range for a network path"},
		{"{bdp: {rate: 1Gbit, rtt: 1s}, times: 0}",
		 "40: times: expected a number such as 2 or 1.5, found '0'"},
		{"{bdp: {rate: 1Gbit, rtt: 1s}, times: 1000.001}",
		 "40: times: expected a number such as 2 or 1.5, found '1000.001'"},
		{"{bdp: {rate: 1Gbit, rtt: 1s, x: 1}}",
		 "32: bdp: unknown key 'x' in a bandwidth-delay product; accepted: rate, rtt"},
		{"{times: 2}",
		 "3: expected {bdp: {rate: 10Gbit, rtt: 80ms}, times: 2} or {sysctl: KEY}"},
		{"{sysctl: a.b, times: 2}",
		 "3: expected {bdp: {rate: 10Gbit, rtt: 80ms}, times: 2} or {sysctl: KEY}"},
		{"{sysctl: net.ipv4.conf.*.x}",
		 "12: sysctl: 'net.ipv4.conf.*.x' is a pattern, expected one key"},
		{"{sysctl: [a]}", "12: sysctl: expected text, found a list"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases), PLACE_SETTING);
}

static void rules_have_words_of_their_own(void **state)
{
	static const struct quantity_case cases[] = {
		{"on", "text 'on'"},
		{"false", "text 'false'"},
		{"20%", "text '20%'"},
		{"bdp", "text 'bdp'"},
		{"120s", "us 120000000 '120s'"},
		{"64MB", "3: unknown unit 'MB' in '64MB', did you mean '64MiB'?"},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases), PLACE_RULE);
}

static void formatted_in_the_largest_whole_unit(void **state)
{
	static const struct {
		uint64_t value;
		enum quantity_kind kind;
		const char *text;
	} cases[] = {
		{10000000000, QUANTITY_RATE, "10Gbit"}, {1500000000, QUANTITY_RATE, "1500Mbit"},
		{1001000, QUANTITY_RATE, "1001kbit"},   {1001, QUANTITY_RATE, "1.001kbit"},
		{80000, QUANTITY_DURATION, "80ms"},     {1, QUANTITY_DURATION, "1us"},
		{3600000000, QUANTITY_DURATION, "1h"},  {90000000, QUANTITY_DURATION, "90s"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = quantity_format(cases[i].value, cases[i].kind);

		assert_string_equal(text, cases[i].text);
	}
}

/* Where only a time makes sense no size is suggested. */
static void one_kind_names_its_own_units(void **state)
{
	static char file[] = "--sample";
	static const struct {
		const char *text;
		enum quantity_kind kind;
		const char *said;
	} cases[] = {
		{"5x", QUANTITY_DURATION,
		 "unknown unit 'x' in '5x'; accepted: us, ms, s, min, h, d"},
		{"5k", QUANTITY_DURATION,
		 "unknown unit 'k' in '5k'; accepted: us, ms, s, min, h, d"},
		{"5m", QUANTITY_DURATION, "unknown unit 'm' in '5m', did you mean '5min'?"},
		{"5S", QUANTITY_DURATION, "unknown unit 'S' in '5S', did you mean '5s'?"},
		{"5mins", QUANTITY_DURATION,
		 "unknown unit 'mins' in '5mins', did you mean '5min'?"},
		{"5MB", QUANTITY_BYTES, "unknown unit 'MB' in '5MB', did you mean '5MiB'?"},
		{"5sec", QUANTITY_RATE, "unknown unit 'sec' in '5sec'; accepted: kbit, Mbit, Gbit"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = mem_strdup(cases[i].text);
		const struct node node = {
			.kind = NODE_SCALAR, .file = file, .text = text, .plain = true};
		struct quantity quantity;
		struct err err = {0};

		assert_true(quantity_decode_kind(&node, cases[i].kind, &quantity, &err) < 0);
		assert_string_equal(err.text, cases[i].said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_unit),
		cmocka_unit_test(words),
		cmocka_unit_test(what_could_mean_two_things_is_refused),
		cmocka_unit_test(numbers_that_do_not_fit),
		cmocka_unit_test(rules_have_words_of_their_own),
		cmocka_unit_test(formatted_in_the_largest_whole_unit),
		cmocka_unit_test(one_kind_names_its_own_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
