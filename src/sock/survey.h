/* sock/survey.h - what TCP connections have measured of their paths, by destination; nothing of our
 * own is sent.
 *
 * A destination is a /24 of IPv4 or a /48 of IPv6, and the port of the end that listens; what never
 * leaves this host is one apart. A connection counts once however often it is seen, live or
 * closing. */
#ifndef SOCK_SURVEY_H
#define SOCK_SURVEY_H

#include "base/histogram.h"
#include "base/mem.h"
#include "model/socket.h"

enum {
	SURVEY_MOST_DESTINATIONS = 65536,
	SURVEY_MOST_CONNECTIONS = 262144,
	SURVEY_PREFIX_IP4 = 24,
	SURVEY_PREFIX_IP6 = 48,
	SURVEY_LIMITED_SHARE =
		20, /* percent of its busy time that a limit held a connection back */
};

/* Numbers of a destination; from SURVEY_BUSY_US on of its best connection alone. */
enum survey_value {
	SURVEY_MIN_RTT_US,    /* the least */
	SURVEY_MEDIAN_RTT_US, /* of the connections' least ones */
	SURVEY_RATE_BPS,      /* bytes a second: the best that no application held back */
	SURVEY_APP_RATE_BPS,  /* the best that one did: the path does at least this */
	SURVEY_BDP_BYTES,     /* the better of the two times the least round trip */
	SURVEY_BUSY_US,
	SURVEY_RWND_LIMITED_US,
	SURVEY_SNDBUF_LIMITED_US,
	SURVEY_RETRANS,
	SURVEY_SEGS_OUT,
	SURVEY_RCVBUF_BYTES,
	SURVEY_SNDBUF_BYTES,
	SURVEY_VALUES
};

struct survey_key {
	uint32_t netns;           /* see survey_netns() */
	uint32_t ifindex;         /* link-local addresses: of which link */
	unsigned char prefix[16]; /* the rest of the address is 0; all of it on this host */
	uint16_t port;
	uint8_t family; /* AF_INET, AF_INET6; AF_UNSPEC: on this host */
	uint8_t served; /* the port is ours, and the connections came from there */
};

/* Which connection is the best: one whose rate no application bounded, else one whose rate one did,
 * else the busiest. */
enum survey_rank {
	SURVEY_NO_BEST,
	SURVEY_BUSIEST,
	SURVEY_APP_LIMITED,
	SURVEY_UNBOUNDED
};

struct survey_destination {
	struct survey_key key;
	uint32_t connections, closed; /* all of them; those that were seen closing */
	uint32_t known;               /* 1 << enum survey_value of `values` */
	uint64_t values[SURVEY_VALUES];
	struct {
		enum survey_rank rank;
		uint64_t cookie, worth;
		char congestion[16]; /* "": not known */
	} best;
};

/* What came of the connections that were seen; all but `unmeasured` and `left_out` are in a
 * destination. */
struct survey_counts {
	size_t connections, closed;
	size_t unmeasured; /* neither a round trip nor a rate so far */
	size_t left_out;   /* beyond what is kept; each time they were seen */
};

struct survey;
struct survey *survey_new(void) __attribute__((returns_nonnull, warn_unused_result));
void survey_free(struct survey *survey);
MEM_DEFINE_FREEP(struct survey, survey)

/* One TCP socket as it is, or as it was when it closed. A listener says that its port is served,
 * so it should come before its connections, as sock_diag's lists have it. Whatever else is let
 * pass. */
void survey_add(struct survey *survey, const struct socket_record *record, bool closing)
	__attribute__((nonnull));
/* Medians and products, and the order of survey_at(): by namespace, in each the most connections
 * first and this host last. More may be added, and this called again. */
void survey_finish(struct survey *survey) __attribute__((nonnull));

const struct survey_destination *survey_at(const struct survey *survey, size_t i)
	__attribute__((nonnull)); /* until NULL */
/* Which destination a connection is of, whether it is in the survey or not. */
struct survey_key survey_key_of(struct survey *survey, const struct socket_record *record)
	__attribute__((nonnull));
const struct survey_destination *survey_find(const struct survey *survey,
					     const struct survey_key *key)
	__attribute__((nonnull)); /* NULL: none */
struct survey_counts survey_count(const struct survey *survey) __attribute__((nonnull));
/* As the records called it; NULL: our own. */
const char *survey_netns(const struct survey *survey, uint32_t netns) __attribute__((nonnull));

/* False: not known. */
bool survey_get(const struct survey_destination *destination, enum survey_value which,
		uint64_t *out) __attribute__((nonnull));
extern const char *const survey_value_names[SURVEY_VALUES]; /* with their units */
/* The rate that the product is of: of the two the better one. */
bool survey_best_rate(const struct survey_destination *destination, uint64_t *out_Bps)
	__attribute__((nonnull));
/* The path may carry more than its product says: an application or a buffer bounded the rate. */
bool survey_is_lower_bound(const struct survey_destination *destination) __attribute__((nonnull));
/* What bounded its best connection: "receive-window" (of the far end), "send-buffer", "sender" (the
 * application), "loss", "path"; NULL: not known. */
const char *survey_limited_by(const struct survey_destination *destination)
	__attribute__((nonnull));
/* "198.51.100.0/24", "2001:db8::/48", "fe80::/48%3", "loopback"; into buf, which is returned. */
const char *survey_destination_print(const struct survey_key *key, char buf[SOCKET_ADDRESS_SIZE])
	__attribute__((nonnull));

/* Of connections by their least round trip, and of destinations by their product. */
void survey_histograms(const struct survey *survey, struct histogram *rtt_us,
		       struct histogram *bdp_bytes) __attribute__((nonnull));

#endif
