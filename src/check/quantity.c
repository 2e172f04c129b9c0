/* check/quantity.c - see quantity.h.
 *
 * Every quantity is first an amount of something (bytes, microseconds, or a bare count), then that
 * amount is expressed in the key's unit, if the unit measures the same thing. */
#include "check/quantity.h"

#include <errno.h>
#include <inttypes.h>

#include "sysctl/normalise.h"
#include "sysctl/read.h"

enum dimension {
	DIMENSION_COUNT,
	DIMENSION_BYTES,
	DIMENSION_TIME, /* in microseconds */
	DIMENSION_RATE,
};

static const char *const dimension_names[] = {
	[DIMENSION_COUNT] = "a count",
	[DIMENSION_BYTES] = "an amount of memory",
	[DIMENSION_TIME] = "a time",
	[DIMENSION_RATE] = "a rate",
};

struct amount {
	enum dimension dimension;
	struct num number;
	int rounding; /* what to do with a rest: -1 drop it, 1 round up, 0 refuse */
};

/* What a unit measures, and how many bytes or microseconds one of it is. */
static uint64_t unit_size(const struct host *host, enum catalog_unit unit, enum dimension *dimension)
{
	static const struct {
		enum dimension dimension;
		uint64_t size;
	} units[] = {
		[UNIT_NONE] = {DIMENSION_COUNT, 1},
		[UNIT_BYTES] = {DIMENSION_BYTES, 1},
		[UNIT_KIB] = {DIMENSION_BYTES, 1024},
		[UNIT_PAGES] = {DIMENSION_BYTES, 0}, /* the host's */
		[UNIT_SECONDS] = {DIMENSION_TIME, 1000000},
		[UNIT_MILLISECONDS] = {DIMENSION_TIME, 1000},
		[UNIT_MICROSECONDS] = {DIMENSION_TIME, 1},
		[UNIT_JIFFIES] = {DIMENSION_TIME, 10000},
	};

	*dimension = units[unit].dimension;
	return unit == UNIT_PAGES ? host->page_bytes : units[unit].size;
}

static int overflow(const struct quantity *quantity, const struct resolve_key *key, struct err *err)
{
	return err_set(err, EOVERFLOW, "%s is more than %s can hold", quantity->text, key->name);
}

/* Another key's value, as an amount of what that key measures. */
static int amount_of_key(const struct host *host, const char *name, struct amount *out,
			 struct err *err)
{
	const struct catalog_key *known = catalog_find(name);
	_cleanup_free_ char *text = NULL;
	_cleanup_(value_freep) struct value *value = NULL;
	int r = sysctl_read(host->root, name, &text, err);

	if (r == 0)
		r = sysctl_value_parse(VALUE_INTEGER, text, &value, err);
	if (r < 0)
		return err_prefix(err, "cannot compare with %s: ", name);
	out->number = value->nums[0];
	if (known) {
		uint64_t size = unit_size(host, known->unit, &out->dimension);

		if (__builtin_mul_overflow(out->number.magnitude, size, &out->number.magnitude))
			return err_set(err, EOVERFLOW, "%s holds %s, too much to compare with", name,
				       text);
	}
	return 0;
}

static int amount_of(const struct host *host, const struct resolve_key *key,
		     const struct quantity *quantity, struct amount *out, struct err *err)
{
	unsigned __int128 product;

	*out = (struct amount){.number = quantity->number};
	switch (quantity->kind) {
	case QUANTITY_NUMBER:
		return 0;
	case QUANTITY_BYTES:
		out->dimension = DIMENSION_BYTES;
		return 0;
	case QUANTITY_DURATION:
		out->dimension = DIMENSION_TIME;
		return 0;
	case QUANTITY_RATE:
		out->dimension = DIMENSION_RATE;
		return 0;
	case QUANTITY_MEMORY:
		product = (unsigned __int128)host->memory_bytes * quantity->share_ppm / 1000000;
		*out = (struct amount){DIMENSION_BYTES, num_of((uint64_t)product), -1};
		return 0;
	case QUANTITY_BDP:
		/* bits per second x microseconds x thousandths, in bytes, rounded up */
		product = (unsigned __int128)quantity->rate_bps * quantity->rtt_us;
		if (product >> 96)
			return overflow(quantity, key, err);
		product = (product * quantity->times_milli + 7999999999) / 8000000000;
		if (product > UINT64_MAX)
			return overflow(quantity, key, err);
		*out = (struct amount){DIMENSION_BYTES, num_of((uint64_t)product), 1};
		return 0;
	case QUANTITY_SYSCTL:
		return amount_of_key(host, quantity->text, out, err);
	case QUANTITY_TEXT:
		break;
	}
	return err_set(err, EINVAL, "'%s' is no number, and %s holds %s", quantity->text, key->name,
		       value_kind_name(key->kind));
}

static int wrong_unit(const struct resolve_key *key, const struct quantity *quantity,
		      enum dimension given, struct err *err)
{
	const char *unit = key->known ? catalog_unit_name(key->known->unit) : "";

	if (!key->known)
		return err_set(err, EINVAL,
			       "the unit of %s is not known, so %s cannot be converted to it: write a "
			       "plain number",
			       key->name, quantity->text);
	return err_set(err, EINVAL, "%s is %s, but %s counts %s: write a plain number", quantity->text,
		       dimension_names[given], key->name, unit[0] ? unit : "things, not units");
}

int check_quantity(const struct host *host, const struct resolve_key *key,
		   const struct quantity *quantity, struct num *out, struct err *err)
{
	enum dimension wanted = DIMENSION_COUNT;
	uint64_t size = key->known ? unit_size(host, key->known->unit, &wanted) : 1;
	struct amount amount;
	uint64_t rest;
	int r = amount_of(host, key, quantity, &amount, err);

	if (r < 0)
		return r;
	if (amount.dimension == DIMENSION_COUNT) { /* a plain number is in the key's own unit */
		*out = amount.number;
		return 0;
	}
	if (amount.dimension != wanted && quantity->kind == QUANTITY_SYSCTL) {
		/* "at least what that key holds" compares the two as they read */
		return err_set(err, EINVAL, "%s and %s do not measure the same thing", key->name,
			       quantity->text);
	}
	if (amount.dimension != wanted)
		return wrong_unit(key, quantity, amount.dimension, err);
	rest = amount.number.magnitude % size;
	if (rest && !amount.rounding && quantity->kind != QUANTITY_SYSCTL)
		return err_set(err, EINVAL, "%s is not a whole number of %s, which %s counts",
			       quantity->text, catalog_unit_name(key->known->unit), key->name);
	*out = amount.number;
	out->magnitude = out->magnitude / size + (rest && amount.rounding > 0);
	out->negative = out->negative && out->magnitude;
	return 0;
}
