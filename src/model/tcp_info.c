/* model/tcp_info.c - see tcp_info.h. */
#include "model/tcp_info.h"

#include <linux/tcp.h>
#include <string.h>

#include "base/mem.h"
#include "model/socket.h"

/* What a value says that was never measured (net/ipv4/tcp.c, tcp_get_info(); each was seen on a
 * kernel 6.18). */
enum unmeasured {
	NEVER,     /* every value is one */
	ZERO,      /* no sample yet */
	ALL_ONES,  /* min_rtt and the pacing rates start as ~0 */
	INFINITE,  /* TCP_INFINITE_SSTHRESH: no loss yet */
	WITH_RTT,  /* starts at a quarter of the first time-out, which is no measurement */
	WITH_RATE, /* tells of the delivery rate, and starts as 1 */
	AFTER_SYN, /* counted from the boot of the host until the handshake is over */
};

struct field {
	uint16_t offset;
	uint8_t size, shift, bits; /* `bits` 0: all of it */
	uint8_t unmeasured;        /* enum unmeasured */
};

#define MEMBER(member, unknown_when)                                                               \
	{                                                                                          \
		.offset = offsetof(struct tcp_info, member),                                       \
		.size = sizeof(((struct tcp_info *)NULL)->member), .unmeasured = (unknown_when)    \
	}
#define NEWER(at, length)                                                                          \
	{                                                                                          \
		.offset = (at), .size = (length)                                                   \
	}
/* Bit fields in the two bytes behind tcpi_options. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BITS(byte, first, count) .offset = (byte), .size = 1, .shift = (first), .bits = (count)
#else
#define BITS(byte, first, count)                                                                   \
	.offset = (byte), .size = 1, .shift = (8 - (first) - (count)), .bits = (count)
#endif

static const struct field fields[TCP_FIELD_COUNT] = {
	[TCP_STATE] = MEMBER(tcpi_state, NEVER),
	[TCP_CA_STATE] = MEMBER(tcpi_ca_state, NEVER),
	[TCP_RETRANSMITS] = MEMBER(tcpi_retransmits, NEVER),
	[TCP_PROBES] = MEMBER(tcpi_probes, NEVER),
	[TCP_BACKOFF] = MEMBER(tcpi_backoff, NEVER),
	[TCP_OPTIONS] = MEMBER(tcpi_options, NEVER),
	[TCP_SND_WSCALE] = {BITS(6, 0, 4)},
	[TCP_RCV_WSCALE] = {BITS(6, 4, 4)},
	[TCP_APP_LIMITED] = {BITS(7, 0, 1), .unmeasured = WITH_RATE},
	[TCP_RTO_US] = MEMBER(tcpi_rto, NEVER),
	[TCP_ATO_US] = MEMBER(tcpi_ato, ZERO),
	[TCP_SND_MSS_BYTES] = MEMBER(tcpi_snd_mss, NEVER),
	[TCP_RCV_MSS_BYTES] = MEMBER(tcpi_rcv_mss, ZERO),
	[TCP_UNACKED] = MEMBER(tcpi_unacked, NEVER),
	[TCP_SACKED] = MEMBER(tcpi_sacked, NEVER),
	[TCP_LOST] = MEMBER(tcpi_lost, NEVER),
	[TCP_RETRANS] = MEMBER(tcpi_retrans, NEVER),
	[TCP_LAST_DATA_SENT_MS] = MEMBER(tcpi_last_data_sent, AFTER_SYN),
	[TCP_LAST_DATA_RECV_MS] = MEMBER(tcpi_last_data_recv, AFTER_SYN),
	[TCP_LAST_ACK_RECV_MS] = MEMBER(tcpi_last_ack_recv, AFTER_SYN),
	[TCP_PMTU_BYTES] = MEMBER(tcpi_pmtu, ZERO),
	[TCP_RCV_SSTHRESH_BYTES] = MEMBER(tcpi_rcv_ssthresh, NEVER),
	[TCP_RTT_US] = MEMBER(tcpi_rtt, ZERO),
	[TCP_RTTVAR_US] = MEMBER(tcpi_rttvar, WITH_RTT),
	[TCP_SND_SSTHRESH] = MEMBER(tcpi_snd_ssthresh, INFINITE),
	[TCP_SND_CWND] = MEMBER(tcpi_snd_cwnd, NEVER),
	[TCP_ADVMSS_BYTES] = MEMBER(tcpi_advmss, NEVER),
	[TCP_REORDERING] = MEMBER(tcpi_reordering, NEVER),
	[TCP_RCV_RTT_US] = MEMBER(tcpi_rcv_rtt, ZERO),
	[TCP_RCV_SPACE_BYTES] = MEMBER(tcpi_rcv_space, NEVER),
	[TCP_TOTAL_RETRANS] = MEMBER(tcpi_total_retrans, NEVER),
	[TCP_PACING_RATE_BPS] = MEMBER(tcpi_pacing_rate, ALL_ONES),
	[TCP_MAX_PACING_RATE_BPS] = MEMBER(tcpi_max_pacing_rate, ALL_ONES),
	[TCP_BYTES_ACKED] = MEMBER(tcpi_bytes_acked, NEVER),
	[TCP_BYTES_RECEIVED] = MEMBER(tcpi_bytes_received, NEVER),
	[TCP_SEGS_OUT] = MEMBER(tcpi_segs_out, NEVER),
	[TCP_SEGS_IN] = MEMBER(tcpi_segs_in, NEVER),
	[TCP_NOTSENT_BYTES] = MEMBER(tcpi_notsent_bytes, NEVER),
	[TCP_MIN_RTT_US] = MEMBER(tcpi_min_rtt, ALL_ONES),
	[TCP_DATA_SEGS_IN] = MEMBER(tcpi_data_segs_in, NEVER),
	[TCP_DATA_SEGS_OUT] = MEMBER(tcpi_data_segs_out, NEVER),
	[TCP_DELIVERY_RATE_BPS] = MEMBER(tcpi_delivery_rate, ZERO),
	[TCP_BUSY_TIME_US] = MEMBER(tcpi_busy_time, NEVER),
	[TCP_RWND_LIMITED_US] = MEMBER(tcpi_rwnd_limited, NEVER),
	[TCP_SNDBUF_LIMITED_US] = MEMBER(tcpi_sndbuf_limited, NEVER),
	[TCP_DELIVERED] = MEMBER(tcpi_delivered, NEVER),
	[TCP_DELIVERED_CE] = MEMBER(tcpi_delivered_ce, NEVER),
	[TCP_BYTES_SENT] = MEMBER(tcpi_bytes_sent, NEVER),
	[TCP_BYTES_RETRANS] = MEMBER(tcpi_bytes_retrans, NEVER),
	[TCP_DSACK_DUPS] = MEMBER(tcpi_dsack_dups, NEVER),
	[TCP_REORD_SEEN] = MEMBER(tcpi_reord_seen, NEVER),
	[TCP_RCV_OOOPACK] = MEMBER(tcpi_rcv_ooopack, NEVER),
	[TCP_SND_WND_BYTES] = MEMBER(tcpi_snd_wnd, NEVER),
	/* linux/tcp.h of 6.2 and later; offsets as in the BTF of 6.18. */
	[TCP_RCV_WND_BYTES] = NEWER(232, 4),
	[TCP_REHASH] = NEWER(236, 4),
};
_Static_assert(sizeof(struct tcp_info) >= 232, "linux/tcp.h is of 5.4 or later");

const char *const tcp_field_names[TCP_FIELD_COUNT] = {
	[TCP_STATE] = "state",
	[TCP_CA_STATE] = "ca_state",
	[TCP_RETRANSMITS] = "retransmits",
	[TCP_PROBES] = "probes",
	[TCP_BACKOFF] = "backoff",
	[TCP_OPTIONS] = "options",
	[TCP_SND_WSCALE] = "snd_wscale",
	[TCP_RCV_WSCALE] = "rcv_wscale",
	[TCP_APP_LIMITED] = "delivery_rate_app_limited",
	[TCP_RTO_US] = "rto_us",
	[TCP_ATO_US] = "ato_us",
	[TCP_SND_MSS_BYTES] = "snd_mss_bytes",
	[TCP_RCV_MSS_BYTES] = "rcv_mss_bytes",
	[TCP_UNACKED] = "unacked",
	[TCP_SACKED] = "sacked",
	[TCP_LOST] = "lost",
	[TCP_RETRANS] = "retrans",
	[TCP_LAST_DATA_SENT_MS] = "last_data_sent_ms",
	[TCP_LAST_DATA_RECV_MS] = "last_data_recv_ms",
	[TCP_LAST_ACK_RECV_MS] = "last_ack_recv_ms",
	[TCP_PMTU_BYTES] = "pmtu_bytes",
	[TCP_RCV_SSTHRESH_BYTES] = "rcv_ssthresh_bytes",
	[TCP_RTT_US] = "rtt_us",
	[TCP_RTTVAR_US] = "rttvar_us",
	[TCP_SND_SSTHRESH] = "snd_ssthresh",
	[TCP_SND_CWND] = "snd_cwnd",
	[TCP_ADVMSS_BYTES] = "advmss_bytes",
	[TCP_REORDERING] = "reordering",
	[TCP_RCV_RTT_US] = "rcv_rtt_us",
	[TCP_RCV_SPACE_BYTES] = "rcv_space_bytes",
	[TCP_TOTAL_RETRANS] = "total_retrans",
	[TCP_PACING_RATE_BPS] = "pacing_rate_Bps",
	[TCP_MAX_PACING_RATE_BPS] = "max_pacing_rate_Bps",
	[TCP_BYTES_ACKED] = "bytes_acked",
	[TCP_BYTES_RECEIVED] = "bytes_received",
	[TCP_SEGS_OUT] = "segs_out",
	[TCP_SEGS_IN] = "segs_in",
	[TCP_NOTSENT_BYTES] = "notsent_bytes",
	[TCP_MIN_RTT_US] = "min_rtt_us",
	[TCP_DATA_SEGS_IN] = "data_segs_in",
	[TCP_DATA_SEGS_OUT] = "data_segs_out",
	[TCP_DELIVERY_RATE_BPS] = "delivery_rate_Bps",
	[TCP_BUSY_TIME_US] = "busy_time_us",
	[TCP_RWND_LIMITED_US] = "rwnd_limited_us",
	[TCP_SNDBUF_LIMITED_US] = "sndbuf_limited_us",
	[TCP_DELIVERED] = "delivered",
	[TCP_DELIVERED_CE] = "delivered_ce",
	[TCP_BYTES_SENT] = "bytes_sent",
	[TCP_BYTES_RETRANS] = "bytes_retrans",
	[TCP_DSACK_DUPS] = "dsack_dups",
	[TCP_REORD_SEEN] = "reord_seen",
	[TCP_RCV_OOOPACK] = "rcv_ooopack",
	[TCP_SND_WND_BYTES] = "snd_wnd_bytes",
	[TCP_RCV_WND_BYTES] = "rcv_wnd_bytes",
	[TCP_REHASH] = "rehash",
};

static bool read_raw(const void *info, size_t len, const struct field *field, uint64_t *out)
{
	const unsigned char *at = (const unsigned char *)info + field->offset;
	uint32_t half;

	if (len < (size_t)field->offset + field->size)
		return false;
	switch (field->size) {
	case 1:
		*out = field->bits ? (unsigned)*at >> field->shift & ((1U << field->bits) - 1)
				   : *at;
		break;
	case 4:
		memcpy(&half, at, sizeof(half));
		*out = half;
		break;
	default:
		memcpy(out, at, sizeof(*out));
	}
	return true;
}

static bool is_measured(const void *info, size_t len, const struct field *field, uint64_t value)
{
	uint64_t other = 0;

	switch ((enum unmeasured)field->unmeasured) {
	case ZERO:
		return value != 0;
	case ALL_ONES:
		return value != (field->size == 4 ? UINT32_MAX : UINT64_MAX);
	case INFINITE:
		return value < INT32_MAX;
	case WITH_RTT:
		return read_raw(info, len, &fields[TCP_RTT_US], &other) && other != 0;
	case WITH_RATE:
		return read_raw(info, len, &fields[TCP_DELIVERY_RATE_BPS], &other) && other != 0;
	case AFTER_SYN:
		return read_raw(info, len, &fields[TCP_STATE], &other) &&
		       other != SOCKET_SYN_SENT && other != SOCKET_CLOSE;
	case NEVER:
		break;
	}
	return true;
}

bool tcp_info_get(const void *info, size_t len, enum tcp_field field, uint64_t *out)
{
	uint64_t value = 0, state = 0;

	if (!info || !read_raw(info, len, &fields[field], &value) ||
	    !read_raw(info, len, &fields[TCP_STATE], &state))
		return false;
	/* A listener fills in hardly more; unacked and sacked are its queue then. */
	if (state == SOCKET_LISTEN && field != TCP_STATE && field != TCP_MAX_PACING_RATE_BPS)
		return false;
	if (!is_measured(info, len, &fields[field], value))
		return false;
	*out = value;
	return true;
}
