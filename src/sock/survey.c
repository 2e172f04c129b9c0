/* sock/survey.c - see survey.h.
 *
 * Two bounded tables: destinations, and connections, each with the destination it counts for. What
 * is measured of a destination is the best of all that was ever seen there: the kernel keeps the
 * last rate that no application bounded (net/ipv4/tcp_rate.c, tcp_rate_gen()), so another look at
 * the same connection may show a worse one. */
#include "sock/survey.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "base/table.h"
#include "model/tcp_info.h"

enum {
	NOWHERE = SURVEY_MOST_DESTINATIONS,      /* measured nothing so far */
	LEFT_OUT = SURVEY_MOST_DESTINATIONS + 1, /* found no room */
};

struct connection {
	struct connection_key {
		uint64_t cookie;
		uint32_t netns, pad;
	} key;
	uint32_t destination; /* by place in the table, NOWHERE or LEFT_OUT */
	uint32_t min_rtt_us;  /* 0: not known */
	bool begun, closed;
};

/* One network namespace: its name, and the ports that somebody listens on. */
struct place {
	char *name; /* NULL: our own */
	uint64_t listening[65536 / 64];
};

struct survey {
	struct table destinations, connections;
	struct place **places;
	size_t n_places;
	size_t left_out;
	uint32_t *order; /* of `destinations`, by survey_finish() */
	size_t n_ordered;
};

struct survey *survey_new(void)
{
	struct survey *survey = mem_alloc(sizeof(*survey));

	survey->destinations =
		table_of(sizeof(struct survey_key), sizeof(struct survey_destination),
			 SURVEY_MOST_DESTINATIONS);
	survey->connections = table_of(sizeof(struct connection_key), sizeof(struct connection),
				       SURVEY_MOST_CONNECTIONS);
	return survey;
}

void survey_free(struct survey *survey)
{
	if (!survey)
		return;
	for (size_t i = 0; i < survey->n_places; i++) {
		free(survey->places[i]->name);
		free(survey->places[i]);
	}
	free(survey->places);
	table_fini(&survey->destinations);
	table_fini(&survey->connections);
	free(survey->order);
	free(survey);
}

static uint32_t place_of(struct survey *survey, const char *netns)
{
	for (size_t i = 0; i < survey->n_places; i++)
		if (str_equal(survey->places[i]->name, netns))
			return (uint32_t)i;
	*MEM_APPEND(survey->places, survey->n_places) = mem_alloc(sizeof(struct place));
	survey->places[survey->n_places - 1]->name = mem_strdup(netns);
	return (uint32_t)survey->n_places - 1;
}

/* To one of our own addresses a connection goes over the loopback device as well. */
static bool stays_here(const struct socket_record *record)
{
	return socket_address_is_loopback(&record->remote) ||
	       memcmp(record->local.bytes, record->remote.bytes, sizeof(record->local.bytes)) == 0;
}

struct survey_key survey_key_of(struct survey *survey, const struct socket_record *record)
{
	struct socket_address remote = socket_address_plain(&record->remote);
	struct survey_key key;
	uint16_t port = record->local.port;

	memset(&key, 0, sizeof(key));
	key.netns = place_of(survey, record->netns);
	key.served = survey->places[key.netns]->listening[port / 64] >> (port % 64) & 1;
	key.port = key.served ? port : record->remote.port;
	if (stays_here(record))
		return key;
	key.family = (uint8_t)remote.family;
	memcpy(key.prefix, remote.bytes,
	       (size_t)(key.family == AF_INET ? SURVEY_PREFIX_IP4 : SURVEY_PREFIX_IP6) / 8);
	key.ifindex = remote.ifindex;
	return key;
}

static void set(struct survey_destination *destination, enum survey_value which, uint64_t value)
{
	destination->known |= UINT32_C(1) << which;
	destination->values[which] = value;
}

static void set_least(struct survey_destination *destination, enum survey_value which,
		      uint64_t value)
{
	uint64_t now;

	if (!survey_get(destination, which, &now) || value < now)
		set(destination, which, value);
}

static void set_most(struct survey_destination *destination, enum survey_value which,
		     uint64_t value)
{
	uint64_t now;

	if (!survey_get(destination, which, &now) || value > now)
		set(destination, which, value);
}

/* What one sight of a connection tells. */
struct sight {
	bool has_rtt, has_rate;
	uint64_t min_rtt_us, rate_Bps, app_limited;
};

static bool tcp(const struct socket_record *record, enum tcp_field field, uint64_t *out)
{
	return tcp_info_get(record->tcp_info, record->tcp_info_len, field, out);
}

/* A rate of which it is not known whether the application bounded it is but a lower bound. */
static struct sight sight_of(const struct socket_record *record)
{
	struct sight sight = {.app_limited = 1};

	sight.has_rtt = tcp(record, TCP_MIN_RTT_US, &sight.min_rtt_us);
	sight.has_rate = tcp(record, TCP_DELIVERY_RATE_BPS, &sight.rate_Bps);
	tcp(record, TCP_APP_LIMITED, &sight.app_limited);
	return sight;
}

/* Who closes tells neither buffers nor congestion control: what was known before stays. */
static void take_limits(struct survey_destination *destination, const struct socket_record *record)
{
	static const struct {
		enum survey_value value;
		enum tcp_field field;
	} rows[] = {
		{SURVEY_BUSY_US, TCP_BUSY_TIME_US},
		{SURVEY_RWND_LIMITED_US, TCP_RWND_LIMITED_US},
		{SURVEY_SNDBUF_LIMITED_US, TCP_SNDBUF_LIMITED_US},
		{SURVEY_RETRANS, TCP_TOTAL_RETRANS},
		{SURVEY_SEGS_OUT, TCP_SEGS_OUT},
	};
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (tcp(record, rows[i].field, &value))
			set(destination, rows[i].value, value);
	if (record->n_memory > SOCKMEM_RCVBUF)
		set(destination, SURVEY_RCVBUF_BYTES, record->memory[SOCKMEM_RCVBUF]);
	if (record->n_memory > SOCKMEM_SNDBUF)
		set(destination, SURVEY_SNDBUF_BYTES, record->memory[SOCKMEM_SNDBUF]);
	if (record->congestion)
		snprintf(destination->best.congestion, sizeof(destination->best.congestion), "%s",
			 record->congestion);
}

/* A rate that no application bounded beats one that it did, and that beats none. */
static void judge_best(struct survey_destination *destination, const struct socket_record *record,
		       const struct sight *sight)
{
	enum survey_rank rank = !sight->has_rate     ? SURVEY_BUSIEST
				: sight->app_limited ? SURVEY_APP_LIMITED
						     : SURVEY_UNBOUNDED;
	uint64_t worth = sight->rate_Bps;
	bool is_same = destination->best.rank && destination->best.cookie == record->cookie;
	bool is_better;

	if (!sight->has_rate)
		tcp(record, TCP_BUSY_TIME_US, &worth);
	is_better = rank > destination->best.rank ||
		    (rank == destination->best.rank && worth > destination->best.worth);
	if (is_better) {
		destination->best.rank = rank;
		destination->best.worth = worth;
	}
	if (is_better && !is_same) {
		destination->known &= (UINT32_C(1) << SURVEY_BUSY_US) - 1;
		destination->best.cookie = record->cookie;
		destination->best.congestion[0] = '\0';
	}
	if (is_better || is_same)
		take_limits(destination, record);
}

static struct connection *connection_of(struct survey *survey, const struct socket_record *record)
{
	struct connection_key key = {.cookie = record->cookie,
				     .netns = place_of(survey, record->netns)};
	struct connection *connection = table_get(&survey->connections, &key);

	if (connection && !connection->begun) {
		connection->begun = true;
		connection->destination = NOWHERE;
	}
	return connection;
}

/* Where it counts, once it has measured something; NULL: nowhere. */
static struct survey_destination *destination_of(struct survey *survey,
						 struct connection *connection,
						 const struct socket_record *record)
{
	struct survey_destination *destination;
	struct survey_key key;

	if (connection->destination == LEFT_OUT)
		return NULL;
	if (connection->destination != NOWHERE)
		return table_at(&survey->destinations, connection->destination);
	key = survey_key_of(survey, record);
	destination = table_get(&survey->destinations, &key);
	if (!destination) {
		survey->left_out++;
		connection->destination = LEFT_OUT;
		return NULL;
	}
	destination->connections++;
	connection->destination = (uint32_t)(destination - (struct survey_destination *)table_at(
								   &survey->destinations, 0));
	return destination;
}

static void add_connection(struct survey *survey, const struct socket_record *record, bool closing)
{
	struct survey_destination *destination;
	struct sight sight = sight_of(record);
	struct connection *connection = connection_of(survey, record);

	if (!connection) {
		survey->left_out++;
		return;
	}
	if (!sight.has_rtt && !sight.has_rate && connection->destination == NOWHERE)
		return;
	destination = destination_of(survey, connection, record);
	if (!destination)
		return;
	if (closing && !connection->closed) {
		connection->closed = true;
		destination->closed++;
	}
	if (sight.has_rtt && (!connection->min_rtt_us || sight.min_rtt_us < connection->min_rtt_us))
		connection->min_rtt_us = (uint32_t)sight.min_rtt_us;
	if (sight.has_rtt)
		set_least(destination, SURVEY_MIN_RTT_US, sight.min_rtt_us);
	if (sight.has_rate)
		set_most(destination, sight.app_limited ? SURVEY_APP_RATE_BPS : SURVEY_RATE_BPS,
			 sight.rate_Bps);
	judge_best(destination, record, &sight);
}

static void add_listener(struct survey *survey, const struct socket_record *record)
{
	uint32_t place = place_of(survey, record->netns);
	uint16_t port = record->local.port;

	survey->places[place]->listening[port / 64] |= UINT64_C(1) << (port % 64);
}

void survey_add(struct survey *survey, const struct socket_record *record, bool closing)
{
	if (record->kind != SOCKET_TCP)
		return;
	if (record->state == SOCKET_LISTEN)
		add_listener(survey, record);
	else if (record->tcp_info && record->remote.family != AF_UNSPEC)
		add_connection(survey, record, closing);
}

static void set_bdp(struct survey_destination *destination)
{
	uint64_t rate, rtt;

	if (survey_best_rate(destination, &rate) &&
	    survey_get(destination, SURVEY_MIN_RTT_US, &rtt))
		set(destination, SURVEY_BDP_BYTES,
		    (uint64_t)((double)rate * (double)rtt / 1e6 + 0.5));
}

static int compare_rtt(const void *a, const void *b)
{
	const struct connection *x = *(struct connection *const *)a;
	const struct connection *y = *(struct connection *const *)b;

	if (x->destination != y->destination)
		return x->destination < y->destination ? -1 : 1;
	return x->min_rtt_us < y->min_rtt_us ? -1 : x->min_rtt_us > y->min_rtt_us;
}

static void set_medians(struct survey *survey)
{
	_cleanup_free_ struct connection **sorted =
		mem_alloc_array(survey->connections.count + 1, sizeof(*sorted));
	struct connection *connection;
	size_t count = 0, next;

	for (size_t i = 0; (connection = table_at(&survey->connections, i)); i++)
		if (connection->destination < NOWHERE && connection->min_rtt_us)
			sorted[count++] = connection;
	qsort(sorted, count, sizeof(*sorted), compare_rtt);
	for (size_t i = 0; i < count; i = next) {
		uint32_t place = sorted[i]->destination;

		for (next = i; next < count && sorted[next]->destination == place; next++)
			;
		set(table_at(&survey->destinations, place), SURVEY_MEDIAN_RTT_US,
		    sorted[i + (next - i - 1) / 2]->min_rtt_us);
	}
}

static int compare_destinations(const void *a, const void *b, void *context)
{
	const struct table *table = context;
	const struct survey_destination *x = table_at(table, *(const uint32_t *)a);
	const struct survey_destination *y = table_at(table, *(const uint32_t *)b);
	bool x_here = x->key.family == AF_UNSPEC, y_here = y->key.family == AF_UNSPEC;

	if (x->key.netns != y->key.netns)
		return x->key.netns < y->key.netns ? -1 : 1;
	if (x_here != y_here)
		return x_here ? 1 : -1;
	if (x->connections != y->connections)
		return x->connections > y->connections ? -1 : 1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

void survey_finish(struct survey *survey)
{
	size_t count = survey->destinations.count;

	set_medians(survey);
	free(survey->order);
	survey->order = mem_alloc_array(count + 1, sizeof(*survey->order));
	survey->n_ordered = count;
	for (size_t i = 0; i < count; i++) {
		survey->order[i] = (uint32_t)i;
		set_bdp(table_at(&survey->destinations, i));
	}
	qsort_r(survey->order, count, sizeof(*survey->order), compare_destinations,
		&survey->destinations);
}

const struct survey_destination *survey_at(const struct survey *survey, size_t i)
{
	return i < survey->n_ordered ? table_at(&survey->destinations, survey->order[i]) : NULL;
}

const struct survey_destination *survey_find(const struct survey *survey,
					     const struct survey_key *key)
{
	return table_find(&survey->destinations, key);
}

struct survey_counts survey_count(const struct survey *survey)
{
	struct survey_counts counts = {.left_out = survey->left_out};
	const struct connection *connection;

	for (size_t i = 0; (connection = table_at(&survey->connections, i)); i++) {
		counts.connections += connection->destination < NOWHERE;
		counts.closed += connection->destination < NOWHERE && connection->closed;
		counts.unmeasured += connection->destination == NOWHERE;
	}
	return counts;
}

const char *survey_netns(const struct survey *survey, uint32_t netns)
{
	return survey->places[netns]->name;
}

void survey_histograms(const struct survey *survey, struct histogram *rtt_us,
		       struct histogram *bdp_bytes)
{
	const struct survey_destination *destination;
	const struct connection *connection;
	uint64_t bytes;

	*rtt_us = (struct histogram){.scale = HISTOGRAM_DECIMAL};
	*bdp_bytes = (struct histogram){.scale = HISTOGRAM_POWER_4};
	for (size_t i = 0; (connection = table_at(&survey->connections, i)); i++)
		if (connection->destination < NOWHERE && connection->min_rtt_us)
			histogram_add(rtt_us, connection->min_rtt_us);
	for (size_t i = 0; (destination = table_at(&survey->destinations, i)); i++)
		if (survey_get(destination, SURVEY_BDP_BYTES, &bytes))
			histogram_add(bdp_bytes, bytes);
}
