/* cli/show_survey_json.c - the passive survey for programs: one object; see show_survey.h. */
#include <jansson.h>
#include <sys/socket.h>

#include "base/str.h"
#include "cli/output.h"
#include "cli/show_survey.h"

/* null: not known. */
static json_t *number(const struct survey_destination *destination, enum survey_value which)
{
	uint64_t value;

	return survey_get(destination, which, &value) ? json_integer((json_int_t)value)
						      : json_null();
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *best_to_json(const struct survey_destination *destination)
{
	const char *congestion = destination->best.congestion;
	json_t *json = json_object();

	for (unsigned i = SURVEY_BUSY_US; i < SURVEY_VALUES; i++)
		json_object_set_new(json, survey_value_names[i],
				    number(destination, (enum survey_value)i));
	json_object_set_new(json, "congestion", text_or_null(congestion[0] ? congestion : NULL));
	return json;
}

static json_t *destination_to_json(const struct survey *survey,
				   const struct survey_destination *destination)
{
	const struct survey_key *key = &destination->key;
	char where[SOCKET_ADDRESS_SIZE];
	uint64_t bdp;
	bool has_bdp = survey_get(destination, SURVEY_BDP_BYTES, &bdp);
	_cleanup_free_ char *netns = NULL;
	json_t *json;

	if (survey_netns(survey, key->netns))
		netns = str_printable(survey_netns(survey, key->netns));
	json = json_pack(
		"{s:o, s:s, s:b, s:i, s:s, s:I, s:I}", "netns", text_or_null(netns), "destination",
		survey_destination_print(key, where), "loopback", key->family == AF_UNSPEC, "port",
		(int)key->port, "listens", key->served ? "here" : "there", "connections",
		(json_int_t)destination->connections, "closed", (json_int_t)destination->closed);
	json_object_set_new(json, "min_rtt_us",
			    json_pack("{s:o, s:o}", "least", number(destination, SURVEY_MIN_RTT_US),
				      "median", number(destination, SURVEY_MEDIAN_RTT_US)));
	for (unsigned i = SURVEY_RATE_BPS; i <= SURVEY_BDP_BYTES; i++)
		json_object_set_new(json, survey_value_names[i],
				    number(destination, (enum survey_value)i));
	json_object_set_new(json, "bdp_is_lower_bound",
			    has_bdp ? json_boolean(survey_is_lower_bound(destination))
				    : json_null());
	json_object_set_new(json, "limited_by", text_or_null(survey_limited_by(destination)));
	json_object_set_new(json, "best", best_to_json(destination));
	return json;
}

static json_t *histogram_to_json(const struct histogram *histogram, const char *counted)
{
	json_t *json = json_array();

	for (size_t i = histogram->first; i < histogram->end; i++)
		json_array_append_new(json,
				      json_pack("{s:I, s:I, s:I}", "from",
						(json_int_t)histogram_from(histogram, i), "below",
						(json_int_t)histogram_from(histogram, i + 1),
						counted, (json_int_t)histogram->counts[i]));
	return json;
}

static json_t *coverage_to_json(const struct survey *survey, const struct survey_made *made)
{
	struct survey_counts counts = survey_count(survey);
	json_t *shortfalls = json_array();

	for (size_t i = 0; i < made->coverage->n_shortfalls; i++) {
		const struct socket_shortfall *row = &made->coverage->shortfalls[i];
		_cleanup_free_ char *what = str_printable(row->what),
				    *why = str_printable(row->why);

		json_array_append_new(
			shortfalls,
			json_pack("{s:s, s:s, s:o}", "what", what, "why", why, "count",
				  row->count ? json_integer((json_int_t)row->count) : json_null()));
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:i, s:o, s:o}", "connections",
			 (json_int_t)counts.connections, "closed", (json_int_t)counts.closed,
			 "without_measurement", (json_int_t)counts.unmeasured, "left_out",
			 (json_int_t)counts.left_out, "looks", (int)made->looks, "listened_ms",
			 made->listened ? json_integer((json_int_t)made->listened_ms) : json_null(),
			 "shortfalls", shortfalls);
}

void show_survey_json(const struct survey *survey, const struct survey_made *made)
{
	const struct survey_destination *destination;
	json_t *destinations = json_array(), *json;
	struct histogram rtt, bdp;

	for (size_t i = 0; (destination = survey_at(survey, i)); i++)
		json_array_append_new(destinations, destination_to_json(survey, destination));
	survey_histograms(survey, &rtt, &bdp);
	json = json_pack("{s:o, s:{s:o, s:o}, s:o}", "destinations", destinations, "histograms",
			 "min_rtt_us", histogram_to_json(&rtt, "connections"), "bdp_bytes",
			 histogram_to_json(&bdp, "destinations"), "coverage",
			 coverage_to_json(survey, made));
	output_json(json);
}
