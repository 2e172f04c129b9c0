/* probes/path_tell.c - what the probe `path` measured, as JSON. What is not known is left out. */
#include "probes/path_state.h"

#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno_name.h"
#include "base/mem.h"

static json_t *whole(uint64_t number)
{
	return json_integer((json_int_t)number);
}

static void set_field(json_t *out, const struct handshake *handshake, const char *name,
		      enum tcp_field field)
{
	uint64_t value;

	if (handshake_get(handshake, field, &value))
		json_object_set_new(out, name, whole(value));
}

static json_t *address_to_json(const struct net_address *address, const struct handshake *tried)
{
	char text[NET_TEXT_SIZE];
	json_t *out = json_pack("{s:s, s:i, s:s, s:o}", "address", net_print(address, text),
				"family", address->at.ss_family == AF_INET6 ? 6 : 4, "outcome",
				tried->code ? "failed" : "answered", "connect_us",
				whole(tried->connect_us));
	_cleanup_free_ char *reason = tried->code ? handshake_reason(tried) : NULL;

	json_object_set_new(out, "syn_retransmits", json_integer(handshake_again(tried)));
	if (!reason)
		return out;
	json_object_set_new(
		out, "error",
		json_pack("{s:s, s:s}", "code", errno_name(tried->code), "text", reason));
	if (tried->heard && tried->answer.from.len && !handshake_found_nobody(tried))
		json_object_set_new(out, "said_by",
				    json_string(net_print_host(&tried->answer.from, text)));
	return out;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static json_t *handshakes_to_json(const struct path_state *path)
{
	uint64_t times_us[PATH_HANDSHAKES];
	json_t *list = json_array(), *out = json_object();
	size_t count = 0;

	for (size_t i = 0; i < path->n_handshakes; i++) {
		const struct handshake *handshake = &path->handshakes[i];
		json_t *one = json_pack("{s:o, s:i}", "connect_us", whole(handshake->connect_us),
					"syn_retransmits", (int)handshake_again(handshake));

		json_array_append_new(list, one);
		if (handshake->code) {
			_cleanup_free_ char *reason = handshake_reason(handshake);

			json_object_set_new(one, "error", json_string(reason));
			continue;
		}
		times_us[count++] = handshake->connect_us;
		set_field(one, handshake, "rtt_us", TCP_RTT_US);
		set_field(one, handshake, "min_rtt_us", TCP_MIN_RTT_US);
	}
	qsort(times_us, count, sizeof(*times_us), compare);
	if (count) {
		json_object_set_new(out, "min_us", whole(times_us[0]));
		json_object_set_new(out, "median_us", whole(times_us[count / 2]));
	}
	json_object_set_new(out, "list", list);
	return out;
}

/* One of the options that both ends agreed on. */
static void set_option(json_t *out, const char *name, uint64_t options, unsigned bit)
{
	json_object_set_new(out, name, json_boolean(options & bit));
}

static json_t *negotiated_to_json(const struct handshake *handshake)
{
	static const struct {
		const char *name;
		enum tcp_field field;
	} fields[] = {
		{"snd_mss_bytes", TCP_SND_MSS_BYTES}, {"rcv_mss_bytes", TCP_RCV_MSS_BYTES},
		{"advmss_bytes", TCP_ADVMSS_BYTES},   {"initial_cwnd", TCP_SND_CWND},
		{"pmtu_bytes", TCP_PMTU_BYTES},       {"rto_us", TCP_RTO_US},
	};
	json_t *out = json_object();
	uint64_t options, send, receive;

	if (handshake_get(handshake, TCP_OPTIONS, &options)) {
		set_option(out, "sack", options, TCPI_OPT_SACK);
		set_option(out, "timestamps", options, TCPI_OPT_TIMESTAMPS);
		set_option(out, "ecn", options, TCPI_OPT_ECN);
		if (!(options & TCPI_OPT_WSCALE))
			json_object_set_new(out, "window_scale", json_null());
		else if (handshake_get(handshake, TCP_SND_WSCALE, &send) &&
			 handshake_get(handshake, TCP_RCV_WSCALE, &receive))
			json_object_set_new(out, "window_scale",
					    json_pack("{s:o, s:o}", "send", whole(send), "receive",
						      whole(receive)));
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		set_field(out, handshake, fields[i].name, fields[i].field);
	if (handshake->congestion[0])
		json_object_set_new(out, "congestion", json_string(handshake->congestion));
	return out;
}

void path_tell(const struct path_state *path, json_t *result)
{
	const struct net_address *to = &path->addresses.list[path->chosen];
	char text[NET_TEXT_SIZE];
	json_t *addresses = json_array();

	for (size_t i = 0; i < path->addresses.count; i++)
		json_array_append_new(addresses,
				      address_to_json(&path->addresses.list[i], &path->tried[i]));
	json_object_set_new(result, "host", json_string(path->host));
	json_object_set_new(result, "address", json_string(net_print(to, text)));
	json_object_set_new(result, "connected", json_boolean(path->connected));
	json_object_set_new(result, "addresses", addresses);
	if (path->connected) {
		json_object_set_new(result, "from",
				    json_string(net_print_host(&path_first(path)->from, text)));
		json_object_set_new(result, "handshakes", handshakes_to_json(path));
		json_object_set_new(result, "tcp", negotiated_to_json(path_first(path)));
	}
	if (path->no_udp)
		return;
	json_object_set_new(result, "mtu",
			    path_mtu_to_json(&path->mtu, &path->hops, &path->volley));
	json_object_set_new(result, "hops", hops_to_json(&path->hops, &path->volley));
}
