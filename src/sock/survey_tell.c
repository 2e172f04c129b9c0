/* sock/survey_tell.c - what a destination of the survey says; see survey.h. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "sock/survey.h"

enum {
	LOSS_SHARE = 64, /* one of so many segments was sent again, of so many at least: */
	LOSS_LEAST_SEGMENTS = 640,
};

const char *const survey_value_names[SURVEY_VALUES] = {
	[SURVEY_MIN_RTT_US] = "min_rtt_us",
	[SURVEY_MEDIAN_RTT_US] = "median_min_rtt_us",
	[SURVEY_RATE_BPS] = "delivery_rate_Bps",
	[SURVEY_APP_RATE_BPS] = "app_limited_delivery_rate_Bps",
	[SURVEY_BDP_BYTES] = "bdp_bytes",
	[SURVEY_BUSY_US] = "busy_time_us",
	[SURVEY_RWND_LIMITED_US] = "rwnd_limited_us",
	[SURVEY_SNDBUF_LIMITED_US] = "sndbuf_limited_us",
	[SURVEY_RETRANS] = "total_retrans",
	[SURVEY_SEGS_OUT] = "segs_out",
	[SURVEY_RCVBUF_BYTES] = "rcvbuf_bytes",
	[SURVEY_SNDBUF_BYTES] = "sndbuf_bytes",
};

bool survey_get(const struct survey_destination *destination, enum survey_value which,
		uint64_t *out)
{
	if (!(destination->known & UINT32_C(1) << which))
		return false;
	*out = destination->values[which];
	return true;
}

bool survey_best_rate(const struct survey_destination *destination, uint64_t *out_Bps)
{
	uint64_t rate = 0, app_rate = 0;
	bool has_rate = survey_get(destination, SURVEY_RATE_BPS, &rate);
	bool has_app_rate = survey_get(destination, SURVEY_APP_RATE_BPS, &app_rate);

	if (!has_rate && !has_app_rate)
		return false;
	*out_Bps = rate > app_rate ? rate : app_rate;
	return true;
}

bool survey_is_lower_bound(const struct survey_destination *destination)
{
	const char *limit = survey_limited_by(destination);
	uint64_t rate = 0, app_rate = 0;

	survey_get(destination, SURVEY_RATE_BPS, &rate);
	survey_get(destination, SURVEY_APP_RATE_BPS, &app_rate);
	return app_rate > rate ||
	       (limit && strcmp(limit, "path") != 0 && strcmp(limit, "loss") != 0);
}

const char *survey_limited_by(const struct survey_destination *destination)
{
	uint64_t busy, window, buffer, again, sent;

	if (destination->best.rank < SURVEY_APP_LIMITED ||
	    !survey_get(destination, SURVEY_BUSY_US, &busy) || !busy ||
	    !survey_get(destination, SURVEY_RWND_LIMITED_US, &window) ||
	    !survey_get(destination, SURVEY_SNDBUF_LIMITED_US, &buffer))
		return NULL;
	if (window >= buffer && window * 100 >= busy * SURVEY_LIMITED_SHARE)
		return "receive-window";
	if (buffer * 100 >= busy * SURVEY_LIMITED_SHARE)
		return "send-buffer";
	if (destination->best.rank < SURVEY_UNBOUNDED)
		return "sender";
	if (survey_get(destination, SURVEY_RETRANS, &again) &&
	    survey_get(destination, SURVEY_SEGS_OUT, &sent) && sent >= LOSS_LEAST_SEGMENTS &&
	    again * LOSS_SHARE > sent)
		return "loss";
	return "path";
}

const char *survey_destination_print(const struct survey_key *key, char buf[SOCKET_ADDRESS_SIZE])
{
	char address[INET6_ADDRSTRLEN] = "", link[16] = "";

	if (key->family == AF_UNSPEC) {
		snprintf(buf, SOCKET_ADDRESS_SIZE, "loopback");
		return buf;
	}
	inet_ntop(key->family, key->prefix, address, sizeof(address));
	if (key->ifindex)
		snprintf(link, sizeof(link), "%%%u", key->ifindex);
	snprintf(buf, SOCKET_ADDRESS_SIZE, "%s/%d%s", address,
		 key->family == AF_INET ? SURVEY_PREFIX_IP4 : SURVEY_PREFIX_IP6, link);
	return buf;
}
