/* cli/probe_words.h - options that say how far a probe may go, as words for fettle-probe. */
#ifndef CLI_PROBE_WORDS_H
#define CLI_PROBE_WORDS_H

#include "base/err.h"
#include "cli/probe.h"

/* --max-time, --max-bytes, --max-rate, --congestion. Returns 0, or -EINVAL saying what an option
 * takes. */
int probe_words_limits(const struct cli *cli, struct measure *measure, struct err *err)
	__attribute__((nonnull, warn_unused_result));
/* The token for the probe's standard input, the caller's: from the file of --token-file; or, with
 * --path, of the configuration. Refuses one that others may read. */
int probe_words_token(const struct cli *cli, char **out, struct err *err)
	__attribute__((nonnull, warn_unused_result));

/* "94.8 Mbit/s", "1.30 MB", "18 B": three digits, decimal; into `buf`, which is returned. */
#define PROBE_TEXT_SIZE 32
const char *probe_words_amount(double amount, const char *unit, char buf[PROBE_TEXT_SIZE])
	__attribute__((nonnull));
/* "0.005 ms", "12.3 ms", "204 ms", "1.25 s"; the caller's. */
char *probe_words_time(json_int_t us) __attribute__((returns_nonnull, warn_unused_result));

#endif
