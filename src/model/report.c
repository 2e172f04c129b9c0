/* model/report.c - see report.h. */
#include "model/report.h"

#include <string.h>

#include "base/str.h"

/* Which statuses a reader must see first, and which mean that something was not checked. */
static const struct {
	int rank;
	int unchecked;
} statuses[STATUS_COUNT] = {
	[STATUS_FAIL] = {.rank = 0},
	[STATUS_UNREADABLE] = {.rank = 1, .unchecked = 1},
	[STATUS_UNKNOWN] = {.rank = 2, .unchecked = 1},
	[STATUS_ABSENT] = {.rank = 3, .unchecked = 1},
	[STATUS_UNSUPPORTED] = {.rank = 4, .unchecked = 1},
	[STATUS_WAIVED] = {.rank = 5},
	[STATUS_NOT_APPLICABLE] = {.rank = 6},
	[STATUS_PASS] = {.rank = 7},
};

struct report *report_new(void)
{
	return mem_alloc(sizeof(struct report));
}

void report_free(struct report *report)
{
	if (!report)
		return;
	free(report->generator);
	free(report->host);
	free(report->kernel);
	free(report->profile.name);
	free(report->profile.file);
	free(report->profile.summary);
	free(report->profile.digest);
	for (size_t i = 0; i < report->n_findings; i++)
		finding_fini(&report->findings[i]);
	free(report->findings);
	free(report);
}

struct finding *report_add(struct report *report)
{
	return MEM_APPEND(report->findings, report->n_findings);
}

static int by_urgency(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;

	if (a->status != b->status)
		return statuses[a->status].rank - statuses[b->status].rank;
	if (a->severity != b->severity)
		return (int)b->severity - (int)a->severity;
	if (strcmp(a->id, b->id) != 0)
		return strcmp(a->id, b->id);
	if (!str_equal(a->netns, b->netns))
		return !a->netns ? -1 : !b->netns ? 1 : strcmp(a->netns, b->netns);
	return strcmp(a->subject, b->subject);
}

/* What is alike stays in the order in which it was made, which qsort(3) does not promise. */
static int by_urgency_and_place(const void *left, const void *right, void *findings)
{
	const size_t a = *(const size_t *)left, b = *(const size_t *)right;
	int order = by_urgency((struct finding *)findings + a, (struct finding *)findings + b);

	return order ? order : (a > b) - (a < b);
}

void report_sort(struct report *report)
{
	const size_t count = report->n_findings;
	_cleanup_free_ size_t *places = mem_alloc_array(count, sizeof(*places));
	_cleanup_free_ struct finding *made = mem_alloc_array(count, sizeof(*made));

	for (size_t i = 0; i < count; i++) {
		places[i] = i;
		made[i] = report->findings[i];
	}
	qsort_r(places, count, sizeof(*places), by_urgency_and_place, made);
	for (size_t i = 0; i < count; i++)
		report->findings[i] = made[places[i]];
}

struct coverage report_coverage(const struct report *report)
{
	struct coverage coverage = {.total = report->n_findings};

	for (size_t i = 0; i < report->n_findings; i++)
		coverage.by_status[report->findings[i].status]++;
	return coverage;
}

enum report_verdict report_verdict(const struct report *report, enum severity fail_on)
{
	enum report_verdict verdict = report->n_findings ? REPORT_FINE : REPORT_INCOMPLETE;

	for (size_t i = 0; i < report->n_findings; i++) {
		const struct finding *finding = &report->findings[i];

		if (finding->severity < fail_on)
			continue;
		if (finding->status == STATUS_FAIL)
			return REPORT_FINDINGS;
		if (statuses[finding->status].unchecked)
			verdict = REPORT_INCOMPLETE;
	}
	return verdict;
}
