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

/* What a unit measures, and how many bytes or microseconds one of it is. */
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

/* What each kind of quantity measures, and which way it goes when left to itself. QUANTITY_NUMBER
 * is in the key's unit, QUANTITY_SYSCTL in that of the key it names. */
static const struct {
	enum dimension dimension;
	bool computed; /* need not be a whole number of units */
	int way;       /* -1 down, 1 up, 0 must be whole */
} kinds[] = {
	[QUANTITY_BYTES] = {DIMENSION_BYTES, false, 0},
	[QUANTITY_DURATION] = {DIMENSION_TIME, false, 0},
	[QUANTITY_RATE] = {DIMENSION_RATE, false, 0},
	[QUANTITY_MEMORY] = {DIMENSION_BYTES, true, -1},
	[QUANTITY_BDP] = {DIMENSION_BYTES, true, 1},
	[QUANTITY_SYSCTL] = {DIMENSION_COUNT, true, 0},
};

static uint64_t unit_size(const struct host *host, const struct catalog_key *known)
{
	enum catalog_unit unit = known ? known->unit : UNIT_NONE;

	return unit == UNIT_PAGES ? host->page_bytes : units[unit].size;
}

static enum dimension dimension_of_key(const struct catalog_key *known)
{
	return known ? units[known->unit].dimension : DIMENSION_COUNT;
}

static int refuse_unit(const struct resolve_key *key, const struct quantity *quantity,
		       enum dimension given, struct err *err)
{
	const char *unit;

	if (quantity->kind == QUANTITY_SYSCTL)
		return err_set(err, EINVAL, "%s and %s do not measure the same thing", key->name,
			       quantity->text);
	if (!key->known)
		return err_set(err, EINVAL,
			       "the unit of %s is not known, so %s cannot be converted to it: "
			       "write a plain number",
			       key->name, quantity->text);
	unit = catalog_unit_name(key->known->unit);
	return err_set(err, EINVAL, "%s is %s, but %s counts %s: write a plain number",
		       quantity->text, dimension_names[given], key->name,
		       unit[0] ? unit : "things, not units");
}

int check_quantity_fits(const struct resolve_key *key, const struct quantity *quantity,
			struct err *err)
{
	enum dimension given;

	if (quantity->kind == QUANTITY_NUMBER)
		return 0;
	if (quantity->kind == QUANTITY_TEXT)
		return err_set(err, EINVAL, "'%s' is no number, and %s holds %s", quantity->text,
			       key->name, value_kind_name(key->kind));
	given = quantity->kind == QUANTITY_SYSCTL ? dimension_of_key(catalog_find(quantity->text))
						  : kinds[quantity->kind].dimension;
	return given == dimension_of_key(key->known) ? 0 : refuse_unit(key, quantity, given, err);
}

static int too_much(const struct quantity *quantity, const struct resolve_key *key, struct err *err)
{
	return err_set(err, EOVERFLOW, "%s is more than %s can hold", quantity->text, key->name);
}

/* What another key holds, in bytes, microseconds or as a count. */
static int amount_of_key(const struct host *host, const struct quantity *quantity, struct num *out,
			 struct err *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(value_freep) struct value *value = NULL;
	uint64_t size = unit_size(host, catalog_find(quantity->text));
	int r = sysctl_read(host->root, quantity->text, &text, err);

	if (r == 0)
		r = sysctl_value_parse(VALUE_INTEGER, text, &value, err);
	if (r < 0)
		return err_prefix(err, "cannot compare with %s: ", quantity->text);
	*out = value->nums[0];
	if (__builtin_mul_overflow(out->magnitude, size, &out->magnitude))
		return err_set(err, EOVERFLOW, "%s holds %s, too much to compare with",
			       quantity->text, text);
	return 0;
}

/* In bytes, microseconds or as a count; fractions of a byte are begun bytes. */
static int amount_of(const struct host *host, const struct resolve_key *key,
		     const struct quantity *quantity, struct num *out, struct err *err)
{
	unsigned __int128 product;

	switch (quantity->kind) {
	case QUANTITY_MEMORY:
		product = (unsigned __int128)host->memory_bytes * quantity->share_ppm / 1000000;
		*out = num_of((uint64_t)product);
		return 0;
	case QUANTITY_BDP:
		/* bits per second x microseconds x thousandths */
		product = (unsigned __int128)quantity->rate_bps * quantity->rtt_us;
		if (product >> 96)
			return too_much(quantity, key, err);
		product = (product * quantity->times_milli + 7999999999) / 8000000000;
		if (product > UINT64_MAX)
			return too_much(quantity, key, err);
		*out = num_of((uint64_t)product);
		return 0;
	case QUANTITY_SYSCTL:
		return amount_of_key(host, quantity, out, err);
	default:
		*out = quantity->number;
		return 0;
	}
}

static int way_of(const struct resolve_key *key, const struct quantity *quantity)
{
	static const int asked[] = {[ROUND_UP] = 1, [ROUND_DOWN] = -1};

	if (!kinds[quantity->kind].computed)
		return 0;
	return key->rounding ? asked[key->rounding] : kinds[quantity->kind].way;
}

int check_quantity(const struct host *host, const struct resolve_key *key,
		   const struct quantity *quantity, struct num *out, struct err *err)
{
	struct num amount;
	uint64_t size, rest;
	int way, r = check_quantity_fits(key, quantity, err);

	if (r == 0)
		r = amount_of(host, key, quantity, &amount, err);
	if (r < 0)
		return r;
	if (quantity->kind == QUANTITY_NUMBER) {
		*out = amount;
		return 0;
	}
	size = unit_size(host, key->known);
	way = way_of(key, quantity);
	rest = amount.magnitude % size;
	if (rest && !way)
		return err_set(err, EINVAL, "%s is not a whole number of %s, which %s counts",
			       quantity->text, catalog_unit_name(key->known->unit), key->name);
	/* up is towards zero for what is negative */
	amount.magnitude = amount.magnitude / size + (rest && (way > 0) != amount.negative);
	amount.negative = amount.negative && amount.magnitude;
	*out = amount;
	return 0;
}
