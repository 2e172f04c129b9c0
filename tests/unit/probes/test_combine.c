/* tests/unit/probes/test_combine.c - what two ends say of one way, and what is made of it. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/mem.h"
#include "probes/combine.h"

enum {
	Bps = 1000000,
	RTT_US = 100000, /* 100000 bytes are under way */
};

static void what_is_made_of_it(void **state)
{
	static const struct {
		const char *what;
		uint64_t burst_Bps, window_bytes, flight_bytes, retransmits;
		const char *congestion;
		enum limited_by before, limited_by;
		enum confidence confidence;
		uint64_t rate_Bps;
	} cases[] = {
		{"they agree", 1020000, 400000, 200000, 0, "cubic", LIMITED_PATH, LIMITED_PATH,
		 CONFIDENCE_HIGH, 1010000},
		{"they nearly do", 1080000, 400000, 200000, 0, "cubic", LIMITED_PATH, LIMITED_PATH,
		 CONFIDENCE_HIGH, 1040000},
		{"they do not", 1200000, 400000, 200000, 0, "cubic", LIMITED_PATH, LIMITED_PATH,
		 CONFIDENCE_MEDIUM, Bps},
		{"the window is full", 2500000, 105000, 200000, 0, "cubic", LIMITED_PATH,
		 LIMITED_RECEIVE_WINDOW, CONFIDENCE_MEDIUM, Bps},
		{"most of the buffer is under way", 2500000, 400000, 170000, 0, "cubic",
		 LIMITED_PATH, LIMITED_SEND_BUFFER, CONFIDENCE_MEDIUM, Bps},
		{"most of it waits", 2500000, 400000, 380000, 0, "cubic", LIMITED_PATH,
		 LIMITED_CONGESTION_WINDOW, CONFIDENCE_MEDIUM, Bps},
		{"neither is told", 2500000, 0, 0, 0, "cubic", LIMITED_PATH,
		 LIMITED_CONGESTION_WINDOW, CONFIDENCE_MEDIUM, Bps},
		{"packets are lost", 2500000, 105000, 200000, 9, "cubic", LIMITED_PATH,
		 LIMITED_LOSS, CONFIDENCE_MEDIUM, Bps},
		{"and made good at once", 2500000, 105000, 200000, 9, "bbr", LIMITED_PATH,
		 LIMITED_PATH, CONFIDENCE_HIGH, Bps},
		{"the sender knows what holds it", 2500000, 400000, 200000, 0, "cubic",
		 LIMITED_SENDER, LIMITED_SENDER, CONFIDENCE_HIGH, Bps},
		{"no train came", 0, 400000, 200000, 0, "cubic", LIMITED_PATH, LIMITED_PATH,
		 CONFIDENCE_HIGH, Bps},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct way way = {
			.sent = {.rate_Bps = Bps,
				 .min_rtt_us = RTT_US,
				 .window_bytes = cases[i].window_bytes,
				 .flight_bytes = cases[i].flight_bytes,
				 .retransmits = cases[i].retransmits,
				 .limited_by = cases[i].before,
				 .confidence = CONFIDENCE_HIGH,
				 .converged = 1},
			.received = {.burst_Bps = cases[i].burst_Bps},
		};

		snprintf(way.sent.congestion, sizeof(way.sent.congestion), "%s",
			 cases[i].congestion);
		combine_measured(&way);
		if (way.sent.limited_by != cases[i].limited_by ||
		    way.sent.confidence != cases[i].confidence ||
		    way.sent.rate_Bps != cases[i].rate_Bps)
			fail_msg("%s: %s, %s, %llu", cases[i].what,
				 limited_names[way.sent.limited_by],
				 confidence_names[way.sent.confidence],
				 (unsigned long long)way.sent.rate_Bps);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_made_of_it)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
