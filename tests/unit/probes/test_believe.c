/* tests/unit/probes/test_believe.c - what a far end says, and what was seen of it. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "probes/believe.h"

static const struct flow_sent honest = {
	.bytes = 2000000,
	.elapsed_us = 2000000,
	.rate_Bps = 1000000,
	.min_rtt_us = 40000,
	.mss_bytes = 1448,
	.packet_bytes = 1500,
};

static const struct flow_received seen = {
	.bytes = 2000000,
	.burst_Bps = 1000000,
	.best_Bps = 1000000,
	.whole = true,
};

static void expect_word(const char *what, int r, const struct err *err, const char *wrong)
{
	if (r != (wrong ? -EPROTO : 0) || (wrong && !strstr(err->text, wrong)))
		fail_msg("%s: %d, %s", what, r, r < 0 ? err->text : "believed");
}

static void of_a_way_down(void **state)
{
	static const struct {
		const char *what;
		size_t at; /* of struct flow_sent */
		uint64_t value;
		const char *wrong; /* NULL: it may be true */
	} cases[] = {
#define SENT(field) offsetof(struct flow_sent, field)
		{"the truth", SENT(bytes), 2000000, NULL},
		{"more", SENT(bytes), 2000001, "says it sent 2000001 bytes, and 2000000 were rec"},
		{"fewer", SENT(bytes), 1999999, "says it sent 1999999 bytes, and 2000000 were rec"},
		{"acknowledged in heaps", SENT(rate_Bps), 2000000, NULL},
		{"too fast", SENT(rate_Bps), 2000001, "at 2000001 bytes a second, and never more"},
		{"too fast at once", SENT(rate_Bps), UINT64_C(1) << 44, "never more than 1000000"},
		{"slow", SENT(rate_Bps), 1, NULL},
		{"no rate", SENT(rate_Bps), 0, NULL},
		{"a queue went away", SENT(min_rtt_us), 15000, NULL},
		{"a round trip too short", SENT(min_rtt_us), 14999, "took 14999 us, which took 40"},
		{"a queue came", SENT(min_rtt_us), 260000, NULL},
		{"a round trip too long", SENT(min_rtt_us), 260001, "a round trip took 260001 us"},
		{"no round trip", SENT(min_rtt_us), 0, NULL},
		{"all options", SENT(packet_bytes), 1568, NULL},
		{"a packet too large", SENT(packet_bytes), 1569, "packets of 1569 bytes with 1448"},
		{"and too small", SENT(packet_bytes), 1487, "packets of 1487 bytes with 1448"},
		{"small segments", SENT(mss_bytes), 1, "packets of 1500 bytes with 1 of payload"},
#undef SENT
	};
	const struct witness witness = {.took_us = 2500000, .min_rtt_us = 40000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct way way = {.sent = honest, .received = seen};
		struct err err = {0};

		memcpy((char *)&way.sent + cases[i].at, &cases[i].value, sizeof(uint64_t));
		expect_word(cases[i].what, believe_sent(&way, &witness, &err), &err,
			    cases[i].wrong);
	}
}

/* Broken off, not more is here than was sent; little that came at once shows no rate; without a
 * round trip of our own the whole way is what bounds theirs. */
static void of_less_than_a_whole_way(void **state)
{
	const struct witness none = {.took_us = 2500000};
	struct way way = {.sent = honest, .received = seen};
	struct err err = {0};

	(void)state;
	way.received.whole = false;
	way.received.bytes = 1500000;
	expect_word("broken off", believe_sent(&way, &none, &err), &err, NULL);
	way.received.burst_Bps = 0;
	expect_word("no trains", believe_sent(&way, &none, &err), &err, NULL);
	way.received.burst_Bps = way.sent.rate_Bps = 4000001;
	expect_word("a burst", believe_sent(&way, &none, &err), &err, "never more than 1000000");
	way.sent.rate_Bps = 4000000;
	expect_word("a fast path", believe_sent(&way, &none, &err), &err, NULL);
	way.sent.min_rtt_us = 2500001;
	expect_word("longer than all", believe_sent(&way, &none, &err), &err, "a round trip took");
}

static void of_a_way_up(void **state)
{
	struct way way = {.sent = honest, .received = seen};
	struct err err = {0};

	(void)state;
	expect_word("the truth", believe_received(&way, &err), &err, NULL);
	way.received.bytes--;
	expect_word("broken off", believe_received(&way, &err), &err, NULL);
	way.sent.whole = true;
	expect_word("fewer", believe_received(&way, &err), &err, "says it received 1999999 bytes");
	way.received.bytes = 2000001;
	expect_word("more", believe_received(&way, &err), &err, "and 2000000 were sent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_way_down),
		cmocka_unit_test(of_less_than_a_whole_way),
		cmocka_unit_test(of_a_way_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
