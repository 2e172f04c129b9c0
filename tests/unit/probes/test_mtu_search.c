/* tests/unit/probes/test_mtu_search.c - finding an MTU in few tries, for every MTU that there may
 * be, with routers that tell the truth, lie, or say nothing. */
#include "tests/unit/unit.h"

#include <stdbool.h>

#include "base/mem.h"
#include "probes/mtu_search.h"

enum {
	SMALL = 60,
	INTERFACE = 1500,
	TRIES_MOST = 20
};

/* Routers in a row with the MTUs of what is behind them; `says` what each tells instead, 0: nothing
 * is told, ~0: the truth. */
struct way {
	uint32_t mtus[4], says[4];
	bool silent; /* none of them says that a packet is too big */
};

enum {
	TRUTH = UINT32_MAX
};

static enum mtu_outcome send(const struct way *way, uint32_t size, uint32_t *said)
{
	for (size_t i = 0; i < ARRAY_SIZE(way->mtus) && way->mtus[i]; i++) {
		if (size <= way->mtus[i])
			continue;
		*said = way->says[i] == TRUTH ? way->mtus[i] : way->says[i];
		return way->silent ? MTU_LOST : MTU_REFUSED;
	}
	return MTU_PASSED;
}

/* How many tries it took. */
static unsigned search(struct mtu_search *search, const struct way *way)
{
	unsigned tries = 0;
	uint32_t size;

	mtu_search_begin(search, SMALL, INTERFACE);
	while ((size = mtu_search_next(search))) {
		uint32_t said = 0;
		enum mtu_outcome outcome = send(way, size, &said);

		assert_in_range(size, SMALL + 1, INTERFACE);
		mtu_search_add(search, size, outcome, said);
		assert_true(++tries <= TRIES_MOST);
	}
	return tries;
}

static void nothing_in_the_way(void **state)
{
	const struct way way = {.mtus = {0}};
	struct mtu_search found;

	(void)state;
	assert_int_equal(search(&found, &way), 1);
	assert_int_equal(found.passed_bytes, INTERFACE);
	assert_int_equal(found.lost_bytes + found.refused_bytes, 0);
}

static void routers_that_tell(void **state)
{
	struct mtu_search found;

	(void)state;
	for (uint32_t mtu = SMALL + 1; mtu < INTERFACE; mtu++) {
		const struct way way = {{mtu}, {TRUTH}, false};

		/* the interface's, which is refused, and what the router says */
		assert_int_equal(search(&found, &way), 2);
		assert_int_equal(found.passed_bytes, mtu);
		assert_int_equal(found.said_bytes, mtu);
		assert_int_equal(found.lost_bytes, 0);
	}
}

static void one_after_the_other(void **state)
{
	const struct way way = {{1400, 1350, 1300, 1280}, {TRUTH, TRUTH, TRUTH, TRUTH}, false};
	struct mtu_search found;

	(void)state;
	assert_int_equal(search(&found, &way), 5);
	assert_int_equal(found.passed_bytes, 1280);
	assert_int_equal(found.said_bytes, 1280);
}

static void black_holes(void **state)
{
	unsigned most = 0;

	(void)state;
	for (uint32_t mtu = SMALL; mtu < INTERFACE; mtu++) {
		const struct way way = {{mtu}, {0}, true};
		struct mtu_search found;
		unsigned tries = search(&found, &way);

		assert_int_equal(found.passed_bytes, mtu);
		assert_int_equal(found.lost_bytes, mtu + 1);
		assert_int_equal(found.refused_bytes, 0);
		if (tries > most && mtu >= 1200)
			most = tries;
	}
	assert_in_range(most, 1, 14);
}

/* Those that tunnels and links have, of which there are most. */
static void likely_black_holes(void **state)
{
	static const uint32_t mtus[] = {1280, 1400, 1420, 1450, 1472, 1476, 1480, 1492};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mtus); i++) {
		const struct way way = {{mtus[i]}, {0}, true};
		struct mtu_search found;

		assert_in_range(search(&found, &way), 1, 9);
		assert_int_equal(found.passed_bytes, mtus[i]);
	}
}

/* No size, its own, more, or next to nothing: every one of them is found out all the same. */
static void routers_that_lie(void **state)
{
	static const uint32_t lies[] = {0, 1, SMALL, INTERFACE, INTERFACE + 1, 65535};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		const struct way way = {{1400}, {lies[i]}, false};
		struct mtu_search found;

		search(&found, &way);
		assert_int_equal(found.passed_bytes, 1400);
		assert_int_equal(found.refused_bytes, 1401);
		assert_int_equal(found.lost_bytes, 0);
	}
}

/* What a router says, and is less than it takes, is what everybody will use. */
static void less_than_it_takes(void **state)
{
	const struct way way = {{1400}, {1300}, false};
	struct mtu_search found;

	(void)state;
	assert_int_equal(search(&found, &way), 2);
	assert_int_equal(found.passed_bytes, 1300);
}

/* It names the MTU of its own link, and behind that is a black hole. */
static void a_black_hole_behind_one_that_tells(void **state)
{
	struct mtu_search found;
	uint32_t size;

	(void)state;
	mtu_search_begin(&found, SMALL, INTERFACE);
	while ((size = mtu_search_next(&found)))
		mtu_search_add(&found, size,
			       size > 1400   ? MTU_REFUSED
			       : size > 1380 ? MTU_LOST
					     : MTU_PASSED,
			       1400);
	assert_int_equal(found.passed_bytes, 1380);
	assert_int_equal(found.lost_bytes, 1381);
	assert_int_equal(found.refused_bytes, INTERFACE);
}

static void an_interface_with_jumbo_frames(void **state)
{
	struct mtu_search found;
	unsigned tries = 0;
	uint32_t size;

	(void)state;
	mtu_search_begin(&found, SMALL, 65536);
	while ((size = mtu_search_next(&found))) {
		mtu_search_add(&found, size, size > 8950 ? MTU_LOST : MTU_PASSED, 0);
		tries++;
	}
	assert_int_equal(found.passed_bytes, 8950);
	assert_in_range(tries, 1, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_in_the_way),
		cmocka_unit_test(routers_that_tell),
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(black_holes),
		cmocka_unit_test(likely_black_holes),
		cmocka_unit_test(routers_that_lie),
		cmocka_unit_test(less_than_it_takes),
		cmocka_unit_test(a_black_hole_behind_one_that_tells),
		cmocka_unit_test(an_interface_with_jumbo_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
