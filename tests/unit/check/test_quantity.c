/* tests/unit/check/test_quantity.c - quantities in a key's own unit. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "base/str.h"
#include "check/quantity.h"
#include "tests/unit/check/fixture.h"

static const struct catalog_key in_bytes = {.name = "test.bytes", .unit = UNIT_BYTES};
static const struct catalog_key in_pages = {.name = "test.pages", .unit = UNIT_PAGES};
static const struct catalog_key in_kib = {.name = "test.kib", .unit = UNIT_KIB};
static const struct catalog_key in_seconds = {.name = "test.seconds", .unit = UNIT_SECONDS};
static const struct catalog_key in_ms = {.name = "test.ms", .unit = UNIT_MILLISECONDS};
static const struct catalog_key in_jiffies = {.name = "test.jiffies", .unit = UNIT_JIFFIES};
static const struct catalog_key plain = {.name = "test.plain", .unit = UNIT_NONE};

static struct quantity number(enum quantity_kind kind, uint64_t n, const char *text)
{
	return (struct quantity){.kind = kind, .number = num_of(n), .text = (char *)text};
}

static struct quantity share(uint32_t ppm, const char *text)
{
	return (struct quantity){.kind = QUANTITY_MEMORY, .share_ppm = ppm, .text = (char *)text};
}

static struct quantity bdp(uint64_t rate_bps, uint64_t rtt_us, uint32_t times_milli)
{
	return (struct quantity){.kind = QUANTITY_BDP,
				 .rate_bps = rate_bps,
				 .rtt_us = rtt_us,
				 .times_milli = times_milli,
				 .text = (char *)"bdp"};
}

struct conversion {
	const struct catalog_key *known;
	struct quantity quantity;
	int code;
	uint64_t wanted;
	const char *error;
	enum rounding rounding;
};

static void run(const struct fixture *f, const struct conversion *c)
{
	const struct resolve_key key = {.name = c->known ? c->known->name : "test.stranger",
					.known = c->known,
					.kind = VALUE_INTEGER,
					.rounding = c->rounding};
	struct num got = {0};
	struct err err = {0};
	int r = check_quantity(f->host, &key, &c->quantity, &got, &err);

	if (r != -c->code)
		fail_msg("%s for %s: %d, %s", c->quantity.text, key.name, r, err.text);
	if (c->code) {
		assert_string_equal(err.text, c->error);
	} else {
		assert_int_equal(got.magnitude, c->wanted);
		assert_false(got.negative);
	}
}

static void conversions(void **state)
{
	const struct conversion cases[] = {
		{&plain, number(QUANTITY_NUMBER, 4096, "4096"), 0, 4096, NULL, ROUND_AS_IT_IS},
		{NULL, number(QUANTITY_NUMBER, 4096, "4096"), 0, 4096, NULL, ROUND_AS_IT_IS},
		{&in_bytes, number(QUANTITY_BYTES, 64 << 20, "64MiB"), 0, 64 << 20, NULL,
		 ROUND_AS_IT_IS},
		{&in_pages, number(QUANTITY_BYTES, 64 << 20, "64MiB"), 0, 16384, NULL,
		 ROUND_AS_IT_IS},
		{&in_kib, number(QUANTITY_BYTES, 64 << 20, "64MiB"), 0, 65536, NULL,
		 ROUND_AS_IT_IS},
		{&in_seconds, number(QUANTITY_DURATION, 60000000, "60s"), 0, 60, NULL,
		 ROUND_AS_IT_IS},
		{&in_ms, number(QUANTITY_DURATION, 60000000, "60s"), 0, 60000, NULL,
		 ROUND_AS_IT_IS},
		{&in_jiffies, number(QUANTITY_DURATION, 60000000, "60s"), 0, 6000, NULL,
		 ROUND_AS_IT_IS},
		{&in_pages, share(20000, "2% of memory"), 0, (8ULL << 30) / 50 / 4096, NULL,
		 ROUND_AS_IT_IS},
		{&in_pages, share(20000, "2% of memory"), 0, (8ULL << 30) / 50 / 4096 + 1, NULL,
		 ROUND_UP},
		/* 10 Gbit/s x 80 ms = 100 MB; twice that */
		{&in_bytes, bdp(10000000000, 80000, 2000), 0, 200000000, NULL, ROUND_AS_IT_IS},
		/* 1 bit is a byte begun */
		{&in_bytes, bdp(1, 1000000, 1000), 0, 1, NULL, ROUND_AS_IT_IS},
		{&in_bytes, bdp(UINT64_MAX, UINT64_MAX, 1000), EOVERFLOW, 0,
		 "bdp is more than test.bytes can hold", ROUND_AS_IT_IS},
		{&in_seconds, number(QUANTITY_DURATION, 1500000, "1500ms"), EINVAL, 0,
		 "1500ms is not a whole number of seconds, which test.seconds counts",
		 ROUND_AS_IT_IS},
		{&in_pages, number(QUANTITY_BYTES, 5000, "5000B"), EINVAL, 0,
		 "5000B is not a whole number of pages, which test.pages counts", ROUND_AS_IT_IS},
		{&plain, number(QUANTITY_BYTES, 64 << 20, "64MiB"), EINVAL, 0,
		 "64MiB is an amount of memory, but test.plain counts things, not units: write a "
		 "plain number",
		 0},
		{&in_bytes, number(QUANTITY_DURATION, 60000000, "60s"), EINVAL, 0,
		 "60s is a time, but test.bytes counts bytes: write a plain number",
		 ROUND_AS_IT_IS},
		{&in_bytes, number(QUANTITY_RATE, 1000, "1kbit"), EINVAL, 0,
		 "1kbit is a rate, but test.bytes counts bytes: write a plain number",
		 ROUND_AS_IT_IS},
		{NULL, number(QUANTITY_BYTES, 64 << 20, "64MiB"), EINVAL, 0,
		 "the unit of test.stranger is not known, so 64MiB cannot be converted to it: "
		 "write a "
		 "plain number",
		 0},
		{&plain, number(QUANTITY_TEXT, 0, "fast"), EINVAL, 0,
		 "'fast' is no number, and test.plain holds integer", ROUND_AS_IT_IS},
	};
	struct fixture f;

	(void)state;
	fixture_init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		run(&f, &cases[i]);
	fixture_fini(&f);
}

static void another_key_is_converted_between_units(void **state)
{
	struct quantity pages = {.kind = QUANTITY_SYSCTL, .text = (char *)"net.core.rmem_max"};
	struct resolve_key key = {.name = in_pages.name, .known = &in_pages, .kind = VALUE_INTEGER};
	const struct resolve_key other = {
		.name = plain.name, .known = &plain, .kind = VALUE_INTEGER};
	struct fixture f;
	struct num got;
	struct err err;

	(void)state;
	fixture_init(&f);
	assert_int_equal(check_quantity(f.host, &key, &pages, &got, &err), -ENOENT);
	fixture_key(&f, "net/core/rmem_max", "212992\n");
	assert_int_equal(check_quantity(f.host, &key, &pages, &got, &err), 0);
	assert_int_equal(got.magnitude, 52);
	assert_int_equal(check_quantity(f.host, &other, &pages, &got, &err), -EINVAL);
	assert_string_equal(err.text,
			    "test.plain and net.core.rmem_max do not measure the same thing");
	/* no bound may get weaker by rounding, and what is neither is not rounded */
	fixture_key(&f, "net/core/rmem_max", "212993\n");
	assert_int_equal(check_quantity(f.host, &key, &pages, &got, &err), -EINVAL);
	key.rounding = ROUND_UP;
	assert_int_equal(check_quantity(f.host, &key, &pages, &got, &err), 0);
	assert_int_equal(got.magnitude, 53);
	key.rounding = ROUND_DOWN;
	assert_int_equal(check_quantity(f.host, &key, &pages, &got, &err), 0);
	assert_int_equal(got.magnitude, 52);
	fixture_fini(&f);
}

static void a_count_is_no_amount_of_bytes(void **state)
{
	const struct quantity count = {.kind = QUANTITY_SYSCTL,
				       .text = (char *)"net.core.somaxconn"};
	const struct resolve_key key = {
		.name = in_bytes.name, .known = &in_bytes, .kind = VALUE_INTEGER};
	struct fixture f;
	struct num got;
	struct err err;

	(void)state;
	fixture_init(&f);
	fixture_key(&f, "net/core/somaxconn", "4096\n");
	assert_int_equal(check_quantity(f.host, &key, &count, &got, &err), -EINVAL);
	assert_string_equal(err.text,
			    "test.bytes and net.core.somaxconn do not measure the same thing");
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversions),
		cmocka_unit_test(another_key_is_converted_between_units),
		cmocka_unit_test(a_count_is_no_amount_of_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
