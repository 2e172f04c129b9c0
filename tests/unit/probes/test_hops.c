/* tests/unit/probes/test_hops.c - loops among hops, distances from a TTL, how hops are told. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/mem.h"
#include "probes/hops.h"

static struct net_address v4(const char *text)
{
	struct net_address out = {.len = sizeof(struct sockaddr_in)};
	struct sockaddr_in *at = (struct sockaddr_in *)&out.at;

	at->sin_family = AF_INET;
	assert_int_equal(inet_pton(AF_INET, text, &at->sin_addr), 1);
	return out;
}

/* A letter is a router, a dot one that is silent. */
static bool find(const char *way, struct hop_loop *loop)
{
	struct net_address routers[HOPS_MOST];
	const struct net_address *by_ttl[HOPS_MOST];
	size_t count = strlen(way);

	for (size_t i = 0; i < count; i++) {
		char text[] = "192.0.2.x";

		text[sizeof(text) - 2] = (char)('1' + (way[i] - 'a') % 9);
		if (way[i] != '.')
			routers[i] = v4(text);
		by_ttl[i] = way[i] == '.' ? NULL : &routers[i];
	}
	return hops_find_loop(by_ttl, count, loop);
}

static void loops(void **state)
{
	static const struct {
		const char *way;
		uint8_t first, period; /* 0: none */
	} cases[] = {
		{"", 0, 0},
		{"a", 0, 0},
		{"abc", 0, 0},
		{"......", 0, 0},
		{"abab", 1, 2},
		{"abcbcbc", 2, 2},
		{"abcdbcdbcd", 2, 3},
		{"abcdbcdb", 2, 3},
		/* once again is no loop yet: a router may have two places on the way */
		{"abca", 0, 0},
		{"abcbd", 0, 0},
		{"ababc", 0, 0},
		/* one that forwards what it should have ended, or answers for all */
		{"abbbbb", 0, 0},
		{"aaaaaa", 0, 0},
		/* those that are silent may be any, but are no proof */
		{"ab.bab", 1, 2},
		{"abab......", 1, 2},
		{"a.a.a.a.", 1, 2},
		{"ab..", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hop_loop loop = {0};

		if (find(cases[i].way, &loop) != (cases[i].period != 0) ||
		    loop.first != cases[i].first || loop.period != cases[i].period)
			fail_msg("%s: from %u, of %u", cases[i].way, loop.first, loop.period);
	}
}

static void distances(void **state)
{
	(void)state;
	assert_int_equal(hops_guess_distance(64), 1);
	assert_int_equal(hops_guess_distance(62), 3);
	assert_int_equal(hops_guess_distance(35), 30);
	assert_int_equal(hops_guess_distance(34), 0); /* too far to be believed */
	assert_int_equal(hops_guess_distance(128), 1);
	assert_int_equal(hops_guess_distance(65), 0);
	assert_int_equal(hops_guess_distance(255), 1);
	assert_int_equal(hops_guess_distance(240), 16);
	assert_int_equal(hops_guess_distance(0), 0);
}

enum {
	UNHEARD = -1
};

/* One more probe of the hop; its answer comes from `from` after 100 us. */
static void add(struct hops *hops, struct volley *volley, uint8_t ttl, int kind, const char *from)
{
	struct hop *hop = &hops->list[ttl];
	struct volley_probe *probe;

	hop->probes[hop->sent++] = volley->count;
	probe = MEM_APPEND(volley->probes, volley->count);
	*probe = (struct volley_probe){.ttl = ttl, .sent_us = 1000};
	if (kind == UNHEARD)
		return;
	probe->heard = true;
	probe->heard_us = 1100;
	probe->answer.kind = (enum icmp_answer_kind)kind;
	probe->answer.from = v4(from);
	/* host unreachable */
	probe->answer.type = kind == ANSWER_UNREACHABLE ? 3 : 0;
	probe->answer.code = kind == ANSWER_UNREACHABLE ? 1 : 0;
}

static void assert_json(json_t *got, const char *wanted)
{
	_cleanup_free_ char *text = json_dumps(got, JSON_COMPACT);

	assert_string_equal(text, wanted);
	json_decref(got);
}

static void told(void **state)
{
	struct volley volley = {.fd = -1, .to = v4("192.0.2.99")};
	struct hops hops = {
		.tried = 4, .answered = 4, .destination = 4, .destination_answers = true};

	(void)state;
	add(&hops, &volley, 1, ANSWER_EXPIRED, "192.0.2.1");
	add(&hops, &volley, 1, UNHEARD, NULL);
	add(&hops, &volley, 1, ANSWER_EXPIRED, "192.0.2.1");
	add(&hops, &volley, 2, UNHEARD, NULL);
	/* more than one way there */
	add(&hops, &volley, 3, ANSWER_EXPIRED, "192.0.2.3");
	add(&hops, &volley, 3, ANSWER_EXPIRED, "192.0.2.4");
	add(&hops, &volley, 4, ANSWER_NO_PORT, "192.0.2.99");
	assert_json(hops_to_json(&hops, &volley),
		    "{\"reached\":true,\"list\":["
		    "{\"ttl\":1,\"addresses\":[\"192.0.2.1\"],\"rtt_us\":[100,null,100]},"
		    "{\"ttl\":2,\"addresses\":[],\"rtt_us\":[null]},"
		    "{\"ttl\":3,\"addresses\":[\"192.0.2.3\",\"192.0.2.4\"],\"rtt_us\":[100,100]},"
		    "{\"ttl\":4,\"addresses\":[\"192.0.2.99\"],\"rtt_us\":[100]}],"
		    "\"destination_ttl\":4}");
	assert_null(hops_router(&hops, &volley, 2));
	assert_null(hops_router(&hops, &volley, 30));
	free(volley.probes);
}

static void told_where_it_ends(void **state)
{
	struct volley volley = {.fd = -1, .to = v4("192.0.2.99")};
	struct hops hops = {.tried = 30, .answered = 2, .stopped = 2};

	(void)state;
	add(&hops, &volley, 1, UNHEARD, NULL);
	add(&hops, &volley, 2, ANSWER_UNREACHABLE, "192.0.2.2");
	assert_json(hops_to_json(&hops, &volley),
		    "{\"reached\":false,\"list\":["
		    "{\"ttl\":1,\"addresses\":[],\"rtt_us\":[null]},"
		    "{\"ttl\":2,\"addresses\":[\"192.0.2.2\"],\"rtt_us\":[100],"
		    "\"error\":\"host unreachable\"}]}");
	hops.stopped = 0;
	hops.answered = 1;
	assert_json(hops_to_json(&hops, &volley), "{\"reached\":false,\"list\":["
						  "{\"ttl\":1,\"addresses\":[],\"rtt_us\":[null]}],"
						  "\"silent\":{\"from_ttl\":2,\"to_ttl\":30}}");
	free(volley.probes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops),
		cmocka_unit_test(distances),
		cmocka_unit_test(told),
		cmocka_unit_test(told_where_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
