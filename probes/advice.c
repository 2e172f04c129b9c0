/* probes/advice.c - see advice.h.
 *
 * How much of a buffer is window is not assumed: kernel 6.1 offers about 0.47 of tcp_rmem, 6.18
 * about 0.61 with full packets, and it depends on the driver (tcp_win_from_space(), scaling_ratio
 * from 6.6 on). It is what this connection was offered, over the buffer it had. */
#include "probes/advice.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum {
	ROOM_TIMES = 2,
	STEP_TIMES = 8,
	ROUND_TO = 65536,
	SHARE_LEAST = 5, /* percent; less was measured on a connection that never filled up */
};

/* Whether trains of packets showed more than what got through: a congestion control that spaces
 * packets out (bbr) hides it. */
static bool shows_more(const struct way *way)
{
	return way->received.burst_Bps * 2 > way->sent.rate_Bps * 3;
}

uint64_t advice_bdp_bytes(const struct way *way)
{
	uint64_t rate = way->sent.rate_Bps;
	bool held = way->sent.limited_by == LIMITED_RECEIVE_WINDOW ||
		    way->sent.limited_by == LIMITED_SEND_BUFFER;

	if (held && way->received.burst_Bps > rate)
		rate = way->received.burst_Bps;
	return (uint64_t)((double)rate * (double)way->sent.min_rtt_us / 1e6);
}

/* The window to ask for: room for one loss; or, when nothing tells how much more the path takes, a
 * large step. */
static uint64_t window_for(const struct way *way)
{
	return advice_bdp_bytes(way) * (shows_more(way) ? ROOM_TIMES : STEP_TIMES);
}

/* What the path holds, by its trains, is another number than the measured product, which is of what
 * the sender was held to: it gets another name. */
static char *explain(const struct way *way, const char *limit, uint64_t size, uint64_t held)
{
	unsigned long long bdp = advice_bdp_bytes(way);
	_cleanup_free_ char *wanted =
		shows_more(way)
			? mem_printf(
				  "The path holds %llu bytes, by how fast trains of packets came "
				  "in: twice that is asked for",
				  bdp)
			: mem_printf("Eight times the measured bandwidth-delay product of %llu "
				     "bytes is what is asked for: how much more the path takes was "
				     "not to be seen, so measure again then",
				     bdp);

	return mem_printf("%s was the limit: of a buffer of %llu bytes it held %llu. %s.", limit,
			  (unsigned long long)size, (unsigned long long)held, wanted);
}

/* The buffer that holds so much, when `used` of `size` is what one held; 0: cannot be told. */
static uint64_t buffer_for(uint64_t bytes, uint64_t used, uint64_t size)
{
	double share = size ? (double)used / (double)size : 0;

	if (share * 100 < SHARE_LEAST)
		return 0;
	if (share > 1)
		share = 1;
	return ((uint64_t)((double)bytes / share) / ROUND_TO + 1) * ROUND_TO;
}

static void add(json_t *advice, const char *host, const char *key, uint64_t at_least, char *why)
{
	json_array_append_new(advice,
			      json_pack("{s:s, s:s, s:i, s:I, s:s}", "host", host, "key", key,
					"field", 3, "at_least", (json_int_t)at_least, "why", why));
	free(why);
}

static void advise_receiver(const struct way *way, json_t *advice)
{
	uint64_t window = way->received.window_bytes > way->sent.window_bytes
				  ? way->received.window_bytes
				  : way->sent.window_bytes;
	uint64_t needs = buffer_for(window_for(way), window, way->received.rcvbuf_bytes);

	if (needs && way->receiver_most < needs)
		add(advice, way->receiver, "net.ipv4.tcp_rmem", needs,
		    explain(way, "The receive window", way->received.rcvbuf_bytes, window));
}

static void advise_sender(const struct way *way, json_t *advice)
{
	uint64_t needs =
		buffer_for(window_for(way), way->sent.flight_bytes, way->sent.sndbuf_bytes);

	if (needs && way->sender_most < needs)
		add(advice, way->sender, "net.ipv4.tcp_wmem", needs,
		    explain(way, "The send buffer", way->sent.sndbuf_bytes,
			    way->sent.flight_bytes));
}

json_t *advice_make(const struct way *way)
{
	json_t *advice = json_array();

	if (way->sent.limited_by == LIMITED_RECEIVE_WINDOW)
		advise_receiver(way, advice);
	else if (way->sent.limited_by == LIMITED_SEND_BUFFER)
		advise_sender(way, advice);
	else if (way->sent.limited_by == LIMITED_LOSS && strcmp(way->sent.congestion, "bbr") != 0)
		json_array_append_new(
			advice,
			json_pack("{s:s, s:s, s:s, s:s}", "host", way->sender, "key",
				  "net.ipv4.tcp_congestion_control", "value", "bbr", "why",
				  "Packets are lost though no queue builds up: look for what loses "
				  "them; a congestion control that does not take loss for "
				  "congestion, as bbr where the kernel has it, keeps its rate "
				  "meanwhile. The profile asks for cubic where it does not."));
	return advice;
}

static void print_setting(const json_t *one, struct strbuf *out)
{
	const json_t *at_least = json_object_get(one, "at_least");
	const char *why = json_string_value(json_object_get(one, "why"));

	strbuf_printf(out, "  %s:\n", json_string_value(json_object_get(one, "key")));
	if (at_least)
		strbuf_printf(out, "    fields: [~, ~, {at-least: %lld}]\n",
			      (long long)json_integer_value(at_least));
	else
		strbuf_printf(out, "    first-available: [%s, cubic]\n",
			      json_string_value(json_object_get(one, "value")));
	strbuf_printf(out, "    why: >-\n      %s\n    source: fettle probe bdp\n", why);
}

json_t *advice_profiles(const json_t *advice)
{
	static const char *const hosts[] = {"here", "there"};
	json_t *profiles = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		struct strbuf text = {0};
		const json_t *one;
		size_t at;

		json_array_foreach(advice, at, one)
		{
			if (!str_equal(json_string_value(json_object_get(one, "host")), hosts[i]))
				continue;
			if (!text.len)
				strbuf_printf(&text,
					      "schema: 1\nname: path-%s\nsummary: What a "
					      "measured path needs\nsettings:\n",
					      hosts[i]);
			print_setting(one, &text);
		}
		if (text.len)
			json_object_set_new(profiles, hosts[i], json_string(text.text));
		strbuf_fini(&text);
	}
	return profiles;
}
