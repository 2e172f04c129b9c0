/* profile/json.c - a merged profile as one JSON object. See show.h. */
#include <stdint.h>

#include "base/str.h"
#include "profile/computed.h"
#include "profile/quantity.h"
#include "profile/show.h"
#include "profile/when.h"

static void put(json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, value) < 0)
		abort(); /* no memory: every string here is valid UTF-8 */
}

static void put_text(json_t *object, const char *name, const char *text)
{
	if (text)
		put(object, name, json_string(text));
}

/* A path need not be UTF-8, which JSON must be. */
static void put_file(json_t *object, const char *name, const char *file)
{
	_cleanup_free_ char *safe = str_printable(file);

	put(object, name, json_string(safe));
}

static void append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		abort();
}

static json_t *origin_to_json(const char *file, unsigned line)
{
	json_t *object = json_object();

	put_file(object, "file", file);
	put(object, "line", json_integer(line));
	return object;
}

static json_t *number_to_json(const struct quantity *q)
{
	struct num n = q->number;

	/* JSON readers keep 64 bits with a sign at best; what is beyond stays text */
	if (n.magnitude > (uint64_t)INT64_MAX)
		return json_string(q->text);
	return json_integer(n.negative ? -(json_int_t)n.magnitude : (json_int_t)n.magnitude);
}

static json_t *bdp_to_json(const struct quantity *q)
{
	_cleanup_free_ char *rate = quantity_format(q->rate_bps, QUANTITY_RATE);
	_cleanup_free_ char *rtt = quantity_format(q->rtt_us, QUANTITY_DURATION);
	json_t *object = json_object(), *bdp = json_object();

	put_text(bdp, "rate", rate);
	put_text(bdp, "rtt", rtt);
	put(object, "bdp", bdp);
	put(object, "times", json_real(q->times_milli / 1000.0));
	return object;
}

static json_t *quantity_to_json(const struct quantity *q)
{
	json_t *object;

	switch (q->kind) {
	case QUANTITY_NUMBER:
		return number_to_json(q);
	case QUANTITY_BDP:
		return bdp_to_json(q);
	case QUANTITY_SYSCTL:
		object = json_object();
		put_text(object, "sysctl", q->text);
		return object;
	default:
		return json_string(q->text);
	}
}

static json_t *list_to_json(const struct quantity *list, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		append(array, quantity_to_json(&list[i]));
	return array;
}

static json_t *expect_to_json(const struct expect *expect);

static json_t *operand_to_json(const struct expect *expect)
{
	json_t *array;

	switch (expect->op) {
	case EXPECT_AT_LEAST:
	case EXPECT_AT_MOST:
		return quantity_to_json(expect->args);
	case EXPECT_ABSENT:
		return json_true();
	case EXPECT_FIELDS:
		array = json_array();
		for (size_t i = 0; i < expect->n_fields; i++)
			append(array,
			       expect->fields[i] ? expect_to_json(expect->fields[i]) : json_null());
		return array;
	case EXPECT_EQUALS:
		if (expect->n_args == 1)
			return quantity_to_json(expect->args);
		return list_to_json(expect->args, expect->n_args);
	default:
		return list_to_json(expect->args, expect->n_args);
	}
}

/* Fields nest once at most. */
static json_t *expect_to_json(const struct expect *expect)
{
	json_t *object = json_object();

	put(object, expect_op_name(expect->op), operand_to_json(expect));
	if (expect->n_set == 1)
		put(object, "set", quantity_to_json(expect->set));
	else if (expect->n_set)
		put(object, "set", list_to_json(expect->set, expect->n_set));
	return object;
}

static json_t *when_to_json(const struct when *when)
{
	json_t *array = json_array();

	for (size_t i = 0; i < when->count; i++) {
		const struct condition *c = &when->conditions[i];
		json_t *object = json_object();

		put_text(object, when_subject_name(c->subject), when_condition_value(c));
		put(object, "origin", origin_to_json(c->origin.file, c->origin.line));
		append(array, object);
	}
	return array;
}

static json_t *setting_to_json(const struct setting *s)
{
	json_t *object = json_object();

	put_text(object, "key", s->key);
	put(object, "expect", expect_to_json(s->expect));
	put_text(object, "severity", severity_name(s->severity));
	put_text(object, "why", s->why);
	put_text(object, "source", s->source);
	if (s->when.count)
		put(object, "when", when_to_json(&s->when));
	put(object, "origin", origin_to_json(s->origin.file, s->origin.line));
	return object;
}

static json_t *rule_to_json(const struct rule *rule)
{
	json_t *object = json_object(), *match = json_object(), *expect = json_object();

	put_text(object, "name", rule->name);
	for (size_t i = 0; i < rule->n_match; i++)
		put_text(match, rule->match[i].name, rule->match[i].value);
	for (size_t i = 0; i < rule->n_expects; i++)
		put(expect, rule->expects[i].name, expect_to_json(rule->expects[i].expect));
	put(object, "match", match);
	put(object, "expect", expect);
	put_text(object, "severity", severity_name(rule->severity));
	put_text(object, "why", rule->why);
	put_text(object, "source", rule->source);
	put(object, "origin", origin_to_json(rule->origin.file, rule->origin.line));
	return object;
}

static json_t *waiver_to_json(const struct waiver *waiver)
{
	json_t *object = json_object();

	put_text(object, "finding", waiver->finding);
	put_text(object, "reason", waiver->reason);
	put_text(object, "owner", waiver->owner);
	put_text(object, "until", waiver->until_text);
	put(object, "origin", origin_to_json(waiver->origin.file, waiver->origin.line));
	return object;
}

static json_t *family_to_json(const struct profile *profile, const char *family)
{
	json_t *array = json_array();

	for (size_t i = 0; i < profile->n_rules; i++)
		if (str_equal(profile->rules[i].family, family))
			append(array, rule_to_json(&profile->rules[i]));
	return array;
}

json_t *profile_to_json(const struct profile *profile)
{
	static const char *const families[] = {"sockets", "limits", "paths"};
	json_t *object = json_object(), *layers = json_array(), *settings = json_array();
	json_t *waivers = json_array();

	put(object, "schema", json_integer(1));
	put_text(object, "name", profile->name);
	put_text(object, "summary", profile->summary);
	put_file(object, "file", profile->file);
	put_text(object, "digest", profile->digest);
	for (size_t i = 0; i < profile->n_layers; i++) {
		json_t *layer = json_object();

		put_text(layer, "name", profile->layers[i].name);
		put_file(layer, "file", profile->layers[i].file);
		append(layers, layer);
	}
	put(object, "layers", layers);
	put(object, "when", when_to_json(&profile->when));
	for (size_t i = 0; i < profile->n_settings; i++)
		append(settings, setting_to_json(&profile->settings[i]));
	put(object, "settings", settings);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		put(object, families[i], family_to_json(profile, families[i]));
	for (size_t i = 0; i < profile->n_waivers; i++)
		append(waivers, waiver_to_json(&profile->waivers[i]));
	put(object, "waivers", waivers);
	return object;
}
