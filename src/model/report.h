/* model/report.h - the one report every renderer, client and exit code is made from.
 *
 * It holds no time on purpose: the same host in the same state against the same profile gives the
 * same bytes, so two reports diff. Whoever keeps reports knows when they were made. */
#ifndef MODEL_REPORT_H
#define MODEL_REPORT_H

#include <stddef.h>

#include "base/mem.h"
#include "model/finding.h"

#define REPORT_SCHEMA "fettle-report/1"

struct report {
	char *generator; /* "fettle 0.1.0" */
	char *host, *kernel;
	struct {
		char *name, *file, *summary;
		char *digest; /* SHA-256 of every file it was made from, in order, as hexadecimal */
	} profile;
	struct finding *findings; /* see report_sort() */
	size_t n_findings;
	size_t left_out; /* findings that whoever asked did not want to see */
};

/* How many findings have each status: what was checked, and what could not be. */
struct coverage {
	size_t total;
	size_t by_status[STATUS_COUNT];
};

enum report_verdict {
	REPORT_FINE = 0,
	REPORT_FINDINGS = 1, /* at least one fail at or above the severity asked for */
	REPORT_INCOMPLETE =
		2, /* no such fail, but something at that severity could not be checked */
};

struct report *report_new(void) __attribute__((returns_nonnull, warn_unused_result));
void report_free(struct report *report);
MEM_DEFINE_FREEP(struct report, report)

/* Adds a finding, all empty, and returns it; the pointer holds until the next addition. */
struct finding *report_add(struct report *report) __attribute__((nonnull, returns_nonnull));
/* Fails first, by severity; then what could not be checked, waived, passed; then by id. */
void report_sort(struct report *report) __attribute__((nonnull));
struct coverage report_coverage(const struct report *report) __attribute__((nonnull));
/* Also the exit code of whoever shows it. */
enum report_verdict report_verdict(const struct report *report, enum severity fail_on)
	__attribute__((nonnull));

#endif
