/* model/tcp_info.h - struct tcp_info by its returned length: a field beyond it is not known.
 *
 * The structure only grows (linux/tcp.h: "Metrics" are appended), so a field is there when the
 * kernel's answer reaches its end. Offsets are from this build's linux/tcp.h or, for fields newer
 * than it, written out in the table. */
#ifndef MODEL_TCP_INFO_H
#define MODEL_TCP_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tcp_field {
	TCP_STATE,
	TCP_CA_STATE,
	TCP_RETRANSMITS,
	TCP_PROBES,
	TCP_BACKOFF,
	TCP_OPTIONS, /* TCPI_OPT_ bits */
	TCP_SND_WSCALE,
	TCP_RCV_WSCALE,
	TCP_APP_LIMITED, /* delivery_rate_app_limited */
	TCP_RTO_US,
	TCP_ATO_US,
	TCP_SND_MSS_BYTES,
	TCP_RCV_MSS_BYTES,
	TCP_UNACKED,
	TCP_SACKED,
	TCP_LOST,
	TCP_RETRANS,
	TCP_LAST_DATA_SENT_MS,
	TCP_LAST_DATA_RECV_MS,
	TCP_LAST_ACK_RECV_MS,
	TCP_PMTU_BYTES,
	TCP_RCV_SSTHRESH_BYTES,
	TCP_RTT_US,
	TCP_RTTVAR_US,
	TCP_SND_SSTHRESH,
	TCP_SND_CWND,
	TCP_ADVMSS_BYTES,
	TCP_REORDERING,
	TCP_RCV_RTT_US,
	TCP_RCV_SPACE_BYTES,
	TCP_TOTAL_RETRANS,
	TCP_PACING_RATE_BPS, /* bytes a second, as every rate of it */
	TCP_MAX_PACING_RATE_BPS,
	TCP_BYTES_ACKED,
	TCP_BYTES_RECEIVED,
	TCP_SEGS_OUT,
	TCP_SEGS_IN,
	TCP_NOTSENT_BYTES,
	TCP_MIN_RTT_US,
	TCP_DATA_SEGS_IN,
	TCP_DATA_SEGS_OUT,
	TCP_DELIVERY_RATE_BPS,
	TCP_BUSY_TIME_US,
	TCP_RWND_LIMITED_US,
	TCP_SNDBUF_LIMITED_US,
	TCP_DELIVERED,
	TCP_DELIVERED_CE,
	TCP_BYTES_SENT,
	TCP_BYTES_RETRANS,
	TCP_DSACK_DUPS,
	TCP_REORD_SEEN,
	TCP_RCV_OOOPACK,
	TCP_SND_WND_BYTES,
	TCP_RCV_WND_BYTES, /* 6.2 */
	TCP_REHASH,        /* 6.2 */
	TCP_FIELD_COUNT
};

/* "rtt_us", "delivery_rate_Bps", ... */
extern const char *const tcp_field_names[TCP_FIELD_COUNT];

/* False when the answer does not reach it, or holds the kernel's "not measured": ~0 of min_rtt and
 * of the max pacing rate, a delivery rate of 0, ... (see the table). */
bool tcp_info_get(const void *info, size_t len, enum tcp_field field, uint64_t *out)
	__attribute__((nonnull(4)));

#endif
