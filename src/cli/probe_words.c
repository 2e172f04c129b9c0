/* cli/probe_words.c - see probe_words.h. Amounts are read as a profile's are. */
#include "cli/probe_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/duration.h"
#include "profile/config.h"
#include "profile/quantity.h"

enum {
	BITS = 8,
};

/* `kind` is QUANTITY_BYTES or QUANTITY_RATE; a plain number is bytes, or bits a second. */
static int read_amount(const char *option, const char *text, enum quantity_kind kind,
		       const char *words, uint64_t *out, struct err *err)
{
	_cleanup_free_ char *copy = mem_strdup(text), *file = mem_strdup(option);
	const struct node node = {.kind = NODE_SCALAR, .file = file, .text = copy, .plain = true};
	struct quantity quantity = {0};
	bool good;

	if (quantity_decode(&node, PLACE_FIELD, &quantity, err) < 0)
		return -err->code;
	good = (quantity.kind == kind || quantity.kind == QUANTITY_NUMBER) &&
	       !quantity.number.negative && quantity.number.magnitude;
	*out = quantity.number.magnitude;
	quantity_fini(&quantity);
	return good ? 0 : err_set(err, EINVAL, "%s '%s': expected %s", option, text, words);
}

static void add_number(struct measure *measure, const char *name, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	measure_add(measure, name, text);
}

int probe_words_limits(const struct cli *cli, struct measure *measure, struct err *err)
{
	static const struct duration_bounds bounds = {100, 600000, 1,
						      "a time from 100ms to 10min, such as 10s"};
	uint64_t number;
	int r = 0;

	if (cli->max_time) {
		r = duration_parse("--max-time", cli->max_time, &bounds, &number, err);
		if (r == 0)
			add_number(measure, "time_ms", number);
	}
	if (r == 0 && cli->max_bytes) {
		r = read_amount("--max-bytes", cli->max_bytes, QUANTITY_BYTES,
				"a size, such as 100MiB", &number, err);
		if (r == 0)
			add_number(measure, "bytes", number);
	}
	if (r == 0 && cli->max_rate) {
		r = read_amount("--max-rate", cli->max_rate, QUANTITY_RATE,
				"a rate in bits a second, such as 50Mbit", &number, err);
		if (r == 0 && number < 8000)
			return err_set(err, EINVAL, "--max-rate '%s': expected 8kbit or more",
				       cli->max_rate);
		if (r == 0)
			add_number(measure, "rate_Bps", number / BITS);
	}
	measure_add(measure, "congestion", cli->congestion);
	return r;
}

int probe_words_token(const struct cli *cli, char **out, struct err *err)
{
	_cleanup_(config_freep) struct config *config = NULL;
	const char *file = cli->token_file;
	int r;

	if (!file && cli->path_name) {
		r = config_load(cli->config ? cli->config : config_default_file, &config, err);
		if (r < 0)
			return r;
		file = config->probe_token_file;
	}
	if (!file && cli->path_name)
		return err_set(err, ENOKEY,
			       "bdp takes the token of the far end: --token-file FILE, or a file "
			       "that 'probe-token-file' names in the configuration");
	if (!file)
		return err_set(err, EINVAL,
			       "--token-file FILE is needed: both ends must know one token; make "
			       "one with: %s",
			       measure_token_recipe);
	return measure_read_token(file, out, err);
}

const char *probe_words_amount(double amount, const char *unit, char buf[PROBE_TEXT_SIZE])
{
	static const char *const prefixes[] = {"", "k", "M", "G", "T"};
	size_t prefix = 0;
	int digits;

	for (; amount >= 999.5 && prefix + 1 < ARRAY_SIZE(prefixes); prefix++)
		amount /= 1000;
	digits = amount >= 99.95 || !prefix ? 0 : amount >= 9.995 ? 1 : 2;
	snprintf(buf, PROBE_TEXT_SIZE, "%.*f %s%s", digits, amount, prefixes[prefix], unit);
	return buf;
}

char *probe_words_time(json_int_t us)
{
	double ms = (double)us / 1e3;

	if (ms >= 999.5)
		return mem_printf("%.*f s", ms < 9995 ? 2 : ms < 99950 ? 1 : 0, ms / 1e3);
	return mem_printf("%.*f ms", us < 1000 ? 3 : ms < 9.995 ? 2 : ms < 99.95 ? 1 : 0, ms);
}
