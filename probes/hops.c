/* probes/hops.c - see hops.h: what answers mean, and how hops are told. hops_measure.c sends. */
#include "probes/hops.h"

#include <string.h>

uint8_t hops_guess_distance(uint8_t ttl)
{
	unsigned began = ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
	unsigned distance = began - ttl + 1;

	return ttl && distance <= HOPS_MOST ? (uint8_t)distance : 0;
}

static bool all_equal(const struct net_address *const *routers, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (!routers[i] || !routers[0] || !net_same_host(routers[0], routers[i]))
			return false;
	}
	return true;
}

static bool is_loop(const struct net_address *const *routers, size_t count, size_t period)
{
	size_t same = 0;

	for (size_t i = 0; i + period < count; i++) {
		const struct net_address *a = routers[i], *b = routers[i + period];

		if (a && b && !net_same_host(a, b))
			return false;
		same += a && b;
	}
	/* One address again and again is a router that forwards what it should have ended. */
	return same >= period && !all_equal(routers, period);
}

bool hops_find_loop(const struct net_address *const *routers, size_t count, struct hop_loop *out)
{
	while (count && !routers[count - 1])
		count--;
	for (size_t first = 0; first < count; first++) {
		for (size_t period = 2; routers[first] && period <= (count - first) / 2; period++) {
			if (is_loop(routers + first, count - first, period)) {
				*out = (struct hop_loop){(uint8_t)(first + 1), (uint8_t)period};
				return true;
			}
		}
	}
	return false;
}

const struct net_address *hops_router(const struct hops *hops, const struct volley *volley,
				      uint8_t ttl)
{
	const struct hop *hop = &hops->list[ttl];

	for (unsigned i = 0; i < hop->sent; i++) {
		const struct volley_probe *probe = &volley->probes[hop->probes[i]];

		if (probe->heard && probe->answer.from.len)
			return &probe->answer.from;
	}
	return NULL;
}

static void add_address(json_t *list, const struct net_address *address)
{
	char text[NET_TEXT_SIZE];
	json_t *known;
	size_t i;

	net_print_host(address, text);
	json_array_foreach(list, i, known)
	{
		if (strcmp(json_string_value(known), text) == 0)
			return;
	}
	json_array_append_new(list, json_string(text));
}

static json_t *tcp_hop_to_json(const struct hop_by_tcp *hop, uint8_t ttl)
{
	char text[NET_TEXT_SIZE];

	return json_pack("{s:i, s:[s], s:[I], s:s}", "ttl", ttl, "addresses",
			 net_print_host(&hop->from, text), "rtt_us", (json_int_t)hop->rtt_us, "by",
			 "tcp");
}

static json_t *hop_to_json(const struct hop *hop, const struct volley *volley, uint8_t ttl)
{
	json_t *addresses = json_array(), *rtts = json_array(), *out;
	const char *reason = NULL;

	for (unsigned i = 0; i < hop->sent; i++) {
		const struct volley_probe *probe = &volley->probes[hop->probes[i]];
		enum icmp_answer_kind kind = probe->answer.kind;

		if (!probe->heard) {
			json_array_append_new(rtts, json_null());
			continue;
		}
		json_array_append_new(rtts,
				      json_integer((json_int_t)(probe->heard_us - probe->sent_us)));
		add_address(addresses, &probe->answer.from);
		if (kind != ANSWER_EXPIRED &&
		    (kind != ANSWER_NO_PORT || !volley_arrived(volley, probe)))
			reason = icmp_answer_reason(&probe->answer);
	}
	out = json_pack("{s:i, s:o, s:o}", "ttl", ttl, "addresses", addresses, "rtt_us", rtts);
	if (reason)
		json_object_set_new(out, "error", json_string(reason));
	return out;
}

/* The last hop of which anything is told. */
static uint8_t last_of(const struct hops *hops, uint8_t destination)
{
	uint8_t last = destination ? destination : hops->stopped ? hops->stopped : hops->answered;

	for (uint8_t ttl = last; !destination && ttl <= HOPS_MOST; ttl++)
		last = hops->by_tcp[ttl].heard ? ttl : last;
	return last;
}

json_t *hops_to_json(const struct hops *hops, const struct volley *volley)
{
	uint8_t destination = hops->destination ? hops->destination : hops->tcp_destination;
	uint8_t last = last_of(hops, destination);
	json_t *list = json_array(), *out;

	for (uint8_t ttl = 1; ttl <= last; ttl++)
		json_array_append_new(list, hops->by_tcp[ttl].heard
						    ? tcp_hop_to_json(&hops->by_tcp[ttl], ttl)
						    : hop_to_json(&hops->list[ttl], volley, ttl));
	out = json_pack("{s:b, s:o}", "reached",
			hops->destination_answers || hops->tcp_destination > 0, "list", list);
	if (destination)
		json_object_set_new(out, "destination_ttl", json_integer(destination));
	else if (!hops->stopped && hops->tried > last)
		json_object_set_new(
			out, "silent",
			json_pack("{s:i, s:i}", "from_ttl", last + 1, "to_ttl", hops->tried));
	if (hops->loop.period)
		json_object_set_new(out, "loop",
				    json_pack("{s:i, s:i}", "from_ttl", hops->loop.first, "routers",
					      hops->loop.period));
	if (hops->paced)
		json_object_set_new(out, "paced",
				    json_pack("{s:i, s:i}", "sent", hops->paced, "answered",
					      hops->paced_heard));
	return out;
}
